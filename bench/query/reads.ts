import { createRandom } from "@/bench/data/random";
import { type Profile, RECIPES } from "@/bench/data/recipes";
import type { MetricName } from "@/contract/metrics";
import { type Database, withTenant } from "@/db/client";
import type { Caller } from "@/server/access/caller";
import { lineOf } from "@/server/telemetry/charts";
import { readGroups } from "@/server/telemetry/groups-read";
import { readSeries } from "@/server/telemetry/series-read";
import { topMachines } from "@/server/telemetry/top";

/** What the reads are of: a fleet as `fillFleet` leaves it. */
export type Subject = {
  orgId: string;
  entitiesPerStream: number;
  streams: number;
  nodes: number;
  profile: Profile;
  days: number;
  seed: number;
};

/** A read of the product, and in how many milliseconds 19 of 20 should be answered; null where nobody has said. */
export type Read = { title: string; target: number | null; read: () => Promise<number> };

const SECONDS_A_DAY = 86_400;
const HOUR_SECONDS = 3600;

/** @returns the reads by name; each gives how many figures came, and asks about something else every time */
export function readsOf(database: Database, caller: Caller, subject: Subject): Record<string, Read> {
  const { streams, nodes, days } = subject;
  const random = createRandom(subject.seed);
  const now = Math.floor(Date.now() / 1000);
  const day = { from: now - SECONDS_A_DAY, to: now };
  const month = { from: now - days * SECONDS_A_DAY, to: now, stepSeconds: HOUR_SECONDS };
  const watts = async (
    groupBy: "none" | { label: string },
    { from, to, stepSeconds }: { from: number; to: number; stepSeconds?: number },
    selector: string | null = null,
  ) => {
    const range = { from: new Date(from * 1000), to: new Date(to * 1000), stepSeconds };
    const input = { kind: "machine", metric: "energyJoules", groupBy, selector, ...range } as const;
    const { groups } = await readGroups(caller, input);
    return groups.reduce((points, group) => points + group.points.length, 0);
  };
  const top = { figure: "cpuUsedRatio", window: "now", order: "most", limit: 20, selector: null } as const;
  return {
    oneNode24h: {
      title: "one node, 24 h, all readings of the machine by the minute",
      target: 15,
      read: () => readNodes(database, subject, random.below(streams), { ...day, stepSeconds: 60 }, 1, ["machine"]),
    },
    oneNodeAndParts24h: {
      title: "one node with its disks, interfaces and sensors, 24 h by the minute",
      target: null,
      read: () => readNodes(database, subject, random.below(streams), { ...day, stepSeconds: 60 }, 1),
    },
    clusterMonth: {
      title: "all readings of all machines of a cluster, 30 days by the hour",
      target: 25,
      read: () => readNodes(database, subject, random.below(streams), month, nodes, ["machine"]),
    },
    clusterWattsMonth: {
      title: "watts of one cluster, 30 days by the hour",
      target: 25,
      read: () => watts("none", month, `site=s${random.below(streams)}`),
    },
    fleetWatts24h: { title: "watts of the fleet, 24 h", target: null, read: () => watts("none", day) },
    fleetWattsByRegion24h: {
      title: "watts by region, 24 h (a grouped label)",
      target: null,
      read: () => watts({ label: "region" }, day),
    },
    fleetWattsByAny24h: {
      title: "watts by tier, 24 h (any label)",
      target: 250,
      read: () => watts({ label: "tier" }, day),
    },
    top20: {
      title: "top 20 of all by processor",
      target: null,
      read: async () => (await topMachines(caller, top)).rows.length,
    },
    forecastInput: {
      title: "what the forecast of the filesystems of one node is made of, 30 days by the hour",
      target: 15,
      read: () => readNodes(database, subject, random.below(streams), month, 1, ["filesystem"]),
    },
  };
}

/** All that is recorded of some nodes, or of some kinds of entities of them: a read for each, as a machine's page asks. */
function readNodes(
  database: Database,
  { orgId, profile, entitiesPerStream, nodes }: Subject,
  stream: number,
  range: { from: number; to: number; stepSeconds: number },
  wanted: number,
  kinds: readonly string[] | null = null,
): Promise<number> {
  const entitiesPerNode = entitiesPerStream / nodes;
  return withTenant(database, { orgId }, async (tx) => {
    let points = 0;
    let place = 0;
    for (const { kind, names, readings } of RECIPES[profile]) {
      for (const _name of names) {
        const offset = place;
        place += 1;
        if (kinds && !kinds.includes(kind)) continue;
        const entityIds = Array.from(
          { length: wanted },
          (_, node) => stream * entitiesPerStream + node * entitiesPerNode + offset + 1,
        );
        const lines = (Object.keys(readings) as MetricName[]).map((metric) => lineOf(kind, metric));
        const found = await readSeries(tx, { orgId, entityIds, lines, ...range });
        for (const series of found) for (const line of series.lines) points += line.points.length;
      }
    }
    return points;
  });
}
