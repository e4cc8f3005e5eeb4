import type { SupportData } from "./support-data";
import type { Support } from "./support-schema";

export const SUPPORT_STATES = ["supported", "ending", "extended", "ended", "unknown"] as const;
export type SupportState = (typeof SUPPORT_STATES)[number];

/** A version whose support ends within so many days needs a plan now. */
export const SUPPORT_ENDING_DAYS = 90;
/** Data that is older may have been overtaken: dates move, and new versions come every four months. */
export const SUPPORT_DATA_STALE_DAYS = 90;

const DAY_MS = 86_400_000;
/** The day (UTC) so many days after a moment, as `2026-11-23`. */
export const dayAfter = (moment: Date, days = 0): string =>
  new Date(moment.getTime() + days * DAY_MS).toISOString().slice(0, 10);

/** `1.33` of `v1.33.1+k3s1`, with "major" `17` of `17.5`; null for what is no version. */
export function cycleOf(version: string | null | undefined, cyclesAre: "minor" | "major" = "minor"): string | null {
  if (cyclesAre === "major") return /^v?(\d+)/.exec(version ?? "")?.[1] ?? null;
  const found = /(?:^|[^\d.])v?(\d+)\.(\d+)(?:[.\-+\s]|$)/.exec(` ${version ?? ""}`);
  return found ? `${found[1]}.${found[2]}` : null;
}

/** Whose dates hold for a distribution: its own where there are some, else those of the Kubernetes in it. */
export function productOf(
  { products }: SupportData,
  distribution: string | null,
): { product: string; isDerived: boolean } {
  if (distribution === "upstream") return { product: "kubernetes", isDerived: false };
  const own = distribution === "gke_autopilot" ? "gke" : (distribution ?? "");
  return own in products ? { product: own, isDerived: false } : { product: "kubernetes", isDerived: true };
}

/** Support of a cluster's Kubernetes: by the dates of its provider where it has some, else by those of Kubernetes. */
export function clusterSupport(
  data: SupportData,
  { distribution, gitVersion }: { distribution: string | null; gitVersion: string | null },
  today: Date,
): Support {
  const { product, isDerived } = productOf(data, distribution);
  return supportOf(data, product, gitVersion, today, isDerived);
}

/** Support of a version of a product; unknown where there is no date for it. */
export function supportOf(
  data: SupportData,
  product: string,
  version: string | null | undefined,
  today: Date,
  isDerived = false,
): Support {
  const known = data.products[product];
  const cycle = cycleOf(version, known?.cyclesAre);
  const dated = cycle === null ? undefined : known?.cycles[cycle];
  const origin = { source: known?.source ?? null, sourceUrl: known?.sourceUrl ?? null, asOf: known?.asOf ?? null };
  const of = { product, cycle, isDerived, ...origin };
  if (!dated) {
    const isOld = cycle !== null && isBeforeAll(known?.cycles ?? {}, cycle, today);
    return { ...of, state: isOld ? "ended" : "unknown", ends: null, extendedEnds: null };
  }
  const extendedEnds = dated.extendedEnds ?? null;
  return { ...of, state: stateOn(dated.ends, extendedEnds, today), ends: dated.ends, extendedEnds };
}

type Cycles = SupportData["products"][string]["cycles"];

/** Orders cycles: 1.9 comes before 1.10. */
export const cycleRank = (cycle: string): number =>
  cycle.split(".").reduce((sum, part) => 10_000 * sum + Number(part), 0);

/** Dates of long ago are not kept: what is older than the oldest dated cycle ended before that one did. */
function isBeforeAll(cycles: Cycles, cycle: string, today: Date): boolean {
  const [oldest] = Object.entries(cycles).sort(([a], [b]) => cycleRank(a) - cycleRank(b));
  if (!oldest || cycleRank(cycle) >= cycleRank(oldest[0])) return false;
  return stateOn(oldest[1].ends, oldest[1].extendedEnds ?? null, today) === "ended";
}

function stateOn(ends: string | null, extendedEnds: string | null, today: Date): SupportState {
  // The last day is still a day of support.
  if (ends === null || ends > dayAfter(today, SUPPORT_ENDING_DAYS)) return "supported";
  if (ends >= dayAfter(today)) return "ending";
  return extendedEnds !== null && extendedEnds >= dayAfter(today) ? "extended" : "ended";
}

/** Minor versions that a kubelet may be older than the API server (Kubernetes' version skew policy, since 1.28). */
const KUBELET_SKEW_MAX = 3;

/** Minors that a kubelet may be behind an API server of this minor of Kubernetes 1; `limit`: its distribution allows less. */
export const kubeletBehindMax = (serverMinor: number, limit = KUBELET_SKEW_MAX): number =>
  // Before 1.28 one less.
  Math.min(limit, serverMinor >= 28 ? KUBELET_SKEW_MAX : KUBELET_SKEW_MAX - 1);

/** How far a kubelet is behind the API server; null when a version is unknown. It may never be newer. */
export function kubeletSkew(
  server: string | null | undefined,
  kubelet: string | null | undefined,
  limit?: number,
): { minorsBehind: number; isAllowed: boolean } | null {
  const [is, of] = [cycleOf(kubelet)?.split("."), cycleOf(server)?.split(".")];
  if (!is || !of || is[0] !== of[0]) return null;
  const minorsBehind = Number(of[1]) - Number(is[1]);
  return { minorsBehind, isAllowed: minorsBehind >= 0 && minorsBehind <= kubeletBehindMax(Number(of[1]), limit) };
}
