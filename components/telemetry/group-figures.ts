import type { EntityKind } from "@/contract/metrics";
import type { QuantityKind } from "@/contract/units";
import type { Inputs, Outputs } from "@/server/root";

type GroupsInput = Inputs["telemetry"]["groups"] & { from: Date; to: Date };
export type Group = Outputs["telemetry"]["groups"]["groups"][number];

/** What can be added up over machines, and in which unit the sum is. Counters come as their growth per second. */
export const GROUP_FIGURES = {
  power: { kind: "machine", metric: "energyJoules", unit: "watts" },
  cores: { kind: "machine", metric: "cpuUserSeconds", unit: "count" },
  memoryAvailable: { kind: "machine", metric: "memoryAvailableBytes", unit: "bytes" },
  filesystemUsed: { kind: "filesystem", metric: "usedBytes", unit: "bytes" },
  filesystemAvailable: { kind: "filesystem", metric: "availableBytes", unit: "bytes" },
  networkReceived: { kind: "interface", metric: "receivedBytes", unit: "bytesPerSecond" },
  networkTransmitted: { kind: "interface", metric: "transmittedBytes", unit: "bytesPerSecond" },
} as const satisfies Record<string, { kind: EntityKind; metric: string; unit: QuantityKind }>;
export type GroupFigure = keyof typeof GROUP_FIGURES;
export const GROUP_FIGURE_NAMES = [
  "power",
  "cores",
  "memoryAvailable",
  "filesystemUsed",
  "filesystemAvailable",
  "networkReceived",
  "networkTransmitted",
] as const satisfies readonly GroupFigure[];

export const GROUP_WINDOWS = ["24h", "7d", "30d", "1h"] as const;
const WINDOW_MS: Record<(typeof GROUP_WINDOWS)[number], number> = {
  "1h": 3_600_000,
  "24h": 86_400_000,
  "7d": 7 * 86_400_000,
  "30d": 30 * 86_400_000,
};

/** Each site by itself is offered up to so many: beyond that nobody reads the lines. */
const SITES_MAX = 50;
const LABELS_MAX = 30;

/** How sites can be grouped: all together, by a label that at least one has, and each by itself where they are few. */
export function groupChoices(sites: readonly { labels: Record<string, string> }[]): [string, ...string[]] {
  const labels = [...new Set(sites.flatMap((site) => Object.keys(site.labels)))].sort().slice(0, LABELS_MAX);
  return ["none", ...(sites.length <= SITES_MAX ? ["site"] : []), ...labels.map((label) => `label:${label}`)];
}

/** What the server is asked for. */
export function groupInput(choice: {
  figure: GroupFigure;
  window: (typeof GROUP_WINDOWS)[number];
  groupBy: string;
  selector: string | null;
  toMs: number;
}): GroupsInput {
  const { kind, metric } = GROUP_FIGURES[choice.figure];
  const { groupBy } = choice;
  return {
    kind,
    metric,
    from: new Date(choice.toMs - WINDOW_MS[choice.window]),
    to: new Date(choice.toMs),
    groupBy: groupBy.startsWith("label:")
      ? { label: groupBy.slice("label:".length) }
      : groupBy === "site"
        ? "site"
        : "none",
    selector: choice.selector,
  };
}

/** The groups with the largest newest sum, the largest first; those of which nothing is known come last. */
export function largestGroups(groups: readonly Group[], max: number): Group[] {
  const newest = ({ points }: Group) => points.at(-1)?.value ?? Number.NEGATIVE_INFINITY;
  // Not a difference: infinity minus infinity is none.
  return [...groups].sort((a, b) => Number(newest(b) > newest(a)) - Number(newest(a) > newest(b))).slice(0, max);
}
