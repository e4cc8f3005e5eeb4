import { sql } from "drizzle-orm";
import { type MetricName, metricIndex } from "@/contract/metrics";
import { openDatabase, withTenant } from "@/db/client";
import type { Caller } from "@/server/access/caller";
import { lineOf } from "@/server/telemetry/charts";
import { readGroups } from "@/server/telemetry/groups-read";
import { readSeries } from "@/server/telemetry/series-read";
import { topMachines } from "@/server/telemetry/top";
import { createMember, signIn } from "@/server/testing/people";
import { createRandom } from "./data/random";
import type { Profile } from "./data/recipes";
import { RECIPES } from "./data/recipes";
import { percentile, readOptions, significant } from "./options";
import { openStage, type Stage } from "./programs/stage";
import { type FilledFleet, fillFleet } from "./query/fill";

/**
 * `npm run bench:query`: how long the product's own reads take over a large fleet: 10,000 streams of 10 nodes with 30 days of
 * roll-ups and readings by the minute for the last days. Rows are written past the gateway, by the real packing and
 * roll-ups; streams repeat some that were really generated. The last line is one JSON object, in milliseconds.
 */

const options = readOptions({
  streams: 10_000,
  nodes: 10,
  profile: "twelve",
  days: 30,
  "raw-days": 3,
  patterns: 40,
  repeats: 20,
  seed: 1,
});
const SECONDS_A_DAY = 86_400;
const STEP_OF_LONG_RANGES = 3600;

const say = (line: string) => console.log(line);

type Timing = { p50: number; p95: number; first: number; size: number };

/** One read that fails does not keep the others from being measured. @returns null for one that failed */
async function time(name: string, read: (index: number) => Promise<number>): Promise<Timing | null> {
  try {
    return await timeAll(name, read);
  } catch (error) {
    say(`${name}: failed: ${error instanceof Error ? error.message.slice(0, 500) : error}`);
    process.exitCode = 1;
    return null;
  }
}

/** Runs a read again and again, each time about something else. @returns milliseconds */
async function timeAll(name: string, read: (index: number) => Promise<number>): Promise<Timing> {
  const all: number[] = [];
  let size = 0;
  for (let index = 0; index <= options.repeats; index += 1) {
    const startedAt = performance.now();
    size = await read(index);
    all.push(performance.now() - startedAt);
  }
  const [first = 0, ...warm] = all;
  if (size === 0) throw new Error(`${name}: nothing was read, so nothing was measured`);
  const timing = {
    p50: significant(percentile(warm, 50)),
    p95: significant(percentile(warm, 95)),
    first: significant(first),
    size,
  };
  say(`${name}: ${JSON.stringify(timing)}`);
  return timing;
}

/** All that is recorded of one node, entity by entity: as the machine's page asks for it. */
function readNode(
  database: ReturnType<typeof openDatabase>,
  fleet: FilledFleet,
  stream: number,
  range: { from: number; to: number; stepSeconds: number },
  nodes: number,
): Promise<number> {
  const recipes = RECIPES[options.profile as Profile];
  const entitiesPerNode = fleet.entitiesPerStream / options.nodes;
  return withTenant(database, { orgId: fleet.orgId }, async (tx) => {
    let points = 0;
    let place = 0;
    for (const { kind, names, readings } of recipes) {
      for (const _name of names) {
        const offset = place;
        place += 1;
        const entityIds = Array.from(
          { length: nodes },
          (_, node) => stream * fleet.entitiesPerStream + node * entitiesPerNode + offset + 1,
        );
        const lines = (Object.keys(readings) as MetricName[]).map((metric) => lineOf(kind, metric));
        const found = await readSeries(tx, { orgId: fleet.orgId, entityIds, lines, ...range });
        for (const series of found) for (const line of series.lines) points += line.points.length;
      }
    }
    return points;
  });
}

async function measure(stage: Stage, fleet: FilledFleet, caller: Caller): Promise<Record<string, Timing | null>> {
  const database = openDatabase(stage.roles.appUrl, { applicationName: "bench-console", connectionsMax: 4 });
  const random = createRandom(options.seed);
  const now = Math.floor(Date.now() / 1000);
  const day = { from: now - SECONDS_A_DAY, to: now };
  const month = { from: now - options.days * SECONDS_A_DAY, to: now, stepSeconds: STEP_OF_LONG_RANGES };
  const anyStream = () => random.below(options.streams);
  const watts = async (groupBy: "none" | { label: string }) => {
    const range = { from: new Date(day.from * 1000), to: new Date(day.to * 1000) };
    const input = { kind: "machine", metric: "energyJoules", groupBy, selector: null, ...range } as const;
    const { groups } = await readGroups(caller, input);
    return groups.reduce((points, group) => points + group.points.length, 0);
  };
  const forecast = () =>
    withTenant(database, { orgId: fleet.orgId }, async (tx) => {
      const { rows } = await tx.execute(sql`
        select d.entity_id, regr_slope(d.sum / d.n, d.day - date '1970-01-01') as slope, count(*) as days
        from telemetry_entity_days d join telemetry_entities e on e.org_id = d.org_id and e.id = d.entity_id
        where d.org_id = ${fleet.orgId}::uuid and e.kind = 'filesystem'
          and d.metric = ${metricIndex("filesystem", "usedBytes")}::int and d.day > current_date - ${options.days}::int
        group by d.entity_id order by slope desc nulls last limit 50`);
      return rows.length;
    });
  try {
    return {
      oneNode24h: await time("one node, 24 h, all readings by the minute", () =>
        readNode(database, fleet, anyStream(), { ...day, stepSeconds: 60 }, 1),
      ),
      clusterMonth: await time("all nodes of a cluster, 30 days by the hour", () =>
        readNode(database, fleet, anyStream(), month, options.nodes),
      ),
      fleetWatts24h: await time("watts of the fleet, 24 h", () => watts("none")),
      fleetWattsByRegion24h: await time("watts by region, 24 h (a grouped label)", () => watts({ label: "region" })),
      fleetWattsByAny24h: await time("watts by tier, 24 h (any label)", () => watts({ label: "tier" })),
      top20: await time("top 20 of all by processor", async () => {
        const { rows } = await topMachines(caller, {
          figure: "cpuUsedRatio",
          window: "now",
          order: "most",
          limit: 20,
          selector: null,
        });
        return rows.length;
      }),
      forecastInput: await time("fill rates of all filesystems over 30 days", forecast),
    };
  } finally {
    await database.close();
  }
}

async function main(): Promise<void> {
  const stage = await openStage("query");
  try {
    const startedAt = performance.now();
    const plan = {
      seed: options.seed,
      patterns: options.patterns,
      nodes: options.nodes,
      intervalSeconds: 60,
      profile: options.profile as Profile,
      streams: options.streams,
      days: options.days,
      rawDays: options["raw-days"],
    };
    const fleet = await fillFleet(stage.admin, plan, say);
    const fillSeconds = significant((performance.now() - startedAt) / 1000);
    const database = openDatabase(stage.roles.appUrl, { applicationName: "bench-console", connectionsMax: 4 });
    const doors = { admin: stage.admin, database };
    const owner = await createMember(doors, fleet.orgId, { email: "owner@bench.test", role: "owner" });
    const caller = await signIn(doors, owner);
    const { rows } = await stage.admin.query<{ name: string; bytes: string }>("select * from list_telemetry_sizes()");
    const megabytes = Object.fromEntries(
      rows.filter(({ bytes }) => Number(bytes) > 1e6).map(({ name, bytes }) => [name, Math.round(Number(bytes) / 1e6)]),
    );
    const milliseconds = await measure(stage, fleet, caller);
    await database.close();
    console.log(
      JSON.stringify({
        nodes: options.streams * options.nodes,
        milliseconds,
        megabytes,
        fillSeconds,
        setting: options,
      }),
    );
  } finally {
    await stage.close();
  }
}

await main();
