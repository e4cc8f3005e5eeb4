import { asCaller, type Caller } from "@/server/access/caller";
import { calendarMonths, endsWithin, quarterOf, supportEnds } from "./calendar";
import { countComponents, countKubelets, hasKubelet, type Kubelet, skewOf } from "./component-counts";
import { currentSupport } from "./dates";
import {
  cycleOf,
  cycleRank,
  dayAfter,
  SUPPORT_DATA_STALE_DAYS,
  SUPPORT_STATES,
  type SupportState,
  supportOf,
} from "./model";
import type { FleetSupport, SupportNotes } from "./shapes";
import type { SupportData } from "./support-data";
import { countVersions, supportedVersions } from "./version-counts";

/** The whole fleet: what runs, how long it is supported, what ends when, and how far kubelets are behind. */
export async function getFleetSupport(caller: Caller, now = new Date()): Promise<FleetSupport> {
  const { data, problem } = currentSupport();
  return asCaller(caller, async (tx) => {
    const running = supportedVersions(data, await countVersions(tx, caller), now);
    const kubelets = await countKubelets(tx, caller);
    const components = (await countComponents(tx, caller)).map((row) => ({
      ...row,
      support: supportOf(data, row.component, row.cycle, now),
    }));
    const isDated = ({ component }: { component: string }) => component in data.products;
    const breaking = kubelets.filter((kind) => skewOf(data, kind)?.isAllowed === false);
    const skewed = breaking.length === 0 ? [] : await countVersions(tx, caller, hasKubelet(breaking));
    const quarter = quarterOf(now);
    const dated = components.filter(isDated);
    return {
      today: dayAfter(now),
      total: sum(running),
      states: Object.fromEntries(
        SUPPORT_STATES.map((state) => [state, sum(running.filter(({ support }) => support.state === state))]),
      ) as Record<SupportState, number>,
      quarter: {
        ...quarter,
        clusters: sum(running.filter(({ support }) => endsWithin(support, quarter.from, quarter.until))),
      },
      versions: foldMinors(running),
      skew: foldSkew(data, kubelets),
      skewClusters: sum(skewed),
      components: dated.sort(
        (a, b) => a.component.localeCompare(b.component) || cycleRank(a.cycle || "0") - cycleRank(b.cycle || "0"),
      ),
      undated: foldUndated(components.filter((row) => !isDated(row))),
      calendar: { months: calendarMonths(now), ends: supportEnds([...running, ...dated]) },
      notes: { ...notesOf(data, now), problem },
    };
  });
}

const sum = (rows: readonly { clusters: number }[]) => rows.reduce((total, { clusters }) => total + clusters, 0);

/** Patches of a minor are one row, what ends first comes first, what is unknown last. */
function foldMinors(running: ReturnType<typeof supportedVersions>): FleetSupport["versions"] {
  const rows = new Map<string, FleetSupport["versions"][number]>();
  for (const { distribution, gitVersion, clusters, support } of running) {
    const cycle = cycleOf(gitVersion);
    const key = `${distribution} ${cycle}`;
    const known = rows.get(key);
    if (known) known.clusters += clusters;
    else rows.set(key, { distribution, cycle, clusters, support });
  }
  return [...rows.values()].sort(
    (a, b) =>
      cycleRank(a.cycle ?? "99999") - cycleRank(b.cycle ?? "99999") ||
      (a.distribution ?? "~").localeCompare(b.distribution ?? "~"),
  );
}

function foldSkew(data: SupportData, kubelets: readonly (Kubelet & { nodes: number })[]): FleetSupport["skew"] {
  const rows = new Map<string, FleetSupport["skew"][number]>();
  for (const kind of kubelets) {
    const skew = skewOf(data, kind);
    const row = { minorsBehind: skew?.minorsBehind ?? null, isAllowed: skew?.isAllowed ?? null, nodes: 0 };
    const key = JSON.stringify(row);
    const known = rows.get(key) ?? row;
    known.nodes += kind.nodes;
    rows.set(key, known);
  }
  return [...rows.values()].sort((a, b) => (a.minorsBehind ?? 1e6) - (b.minorsBehind ?? 1e6));
}

/** A cluster that runs two versions of one counts once for each: there is no date to tell them apart by. */
function foldUndated(rows: readonly { component: string; clusters: number }[]): FleetSupport["undated"] {
  const counts = new Map<string, number>();
  for (const { component, clusters } of rows) counts.set(component, (counts.get(component) ?? 0) + clusters);
  return [...counts]
    .map(([component, count]) => ({ component, clusters: count }))
    .sort((a, b) => b.clusters - a.clusters || a.component.localeCompare(b.component));
}

/** Sources of the dates with how old they are. */
function notesOf(data: SupportData, now: Date): Omit<SupportNotes, "problem"> {
  const origins = new Map<string, SupportNotes["origins"][number]>();
  for (const [product, { source, sourceUrl, asOf }] of Object.entries(data.products)) {
    const known = origins.get(`${source} ${asOf}`);
    if (known) known.products.push(product);
    else {
      const isStale = asOf < dayAfter(now, -SUPPORT_DATA_STALE_DAYS);
      origins.set(`${source} ${asOf}`, { source, sourceUrl, asOf, isStale, products: [product] });
    }
  }
  return { origins: [...origins.values()].sort((a, b) => a.asOf.localeCompare(b.asOf)), plan: data.plan };
}
