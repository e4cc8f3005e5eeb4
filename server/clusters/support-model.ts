import { z } from "zod";
import type { SupportDates } from "./support";

export const SUPPORT_STATES = ["supported", "ending", "extended", "ended", "unknown"] as const;

/** Whether a version is still supported by those who make it, on the day that it was asked. */
export const Support = z.object({
  state: z.enum(SUPPORT_STATES),
  /** Whose dates these are; another one than the version's own when `isDerived`. */
  product: z.string().nullable(),
  cycle: z.string().nullable(),
  /** Null with the state `supported`: no end is announced. */
  ends: z.string().nullable(),
  /** Support at a price beyond that day. */
  extendedEnds: z.string().nullable(),
  /** The distribution publishes no dates of its own: those of the Kubernetes that it contains. */
  isDerived: z.boolean(),
  source: z.string(),
  asOf: z.string(),
});
export type Support = z.infer<typeof Support>;

/** A version whose support ends within so many days is worth a plan: half a year is two minor versions. */
export const SUPPORT_ENDING_DAYS = 183;

/** `1.33` of `v1.33.1+k3s1`; null for what is no version. */
export function cycleOf(version: string | null | undefined): string | null {
  const found = /(?:^|[^\d.])v?(\d+)\.(\d+)(?:[.\-+\s]|$)/.exec(` ${version ?? ""}`);
  return found ? `${found[1]}.${found[2]}` : null;
}

const OWN_DATES: Record<string, string> = { eks: "eks", gke: "gke", gke_autopilot: "gke", upstream: "kubernetes" };

/** Support of a cluster's Kubernetes: by the dates of its provider where it has some, else by those of Kubernetes. */
export function clusterSupport(
  dates: SupportDates,
  { distribution, gitVersion }: { distribution: string | null; gitVersion: string | null },
  today: Date,
): Support {
  const product = OWN_DATES[distribution ?? ""];
  return supportOf(dates, product ?? "kubernetes", gitVersion, today, product === undefined);
}

/** Support of a version of a product; unknown where there is no date for it. */
export function supportOf(
  dates: SupportDates,
  product: string,
  version: string | null | undefined,
  today: Date,
  isDerived = false,
): Support {
  const cycle = cycleOf(version);
  const dated = cycle === null ? undefined : dates.products[product]?.[cycle];
  const { source, asOf } = dates;
  if (!dated) {
    const state = cycle !== null && isBeforeAll(dates.products[product] ?? {}, cycle, today) ? "ended" : "unknown";
    return { state, product, cycle, ends: null, extendedEnds: null, isDerived, source, asOf };
  }
  const extendedEnds = dated.extendedEnds ?? null;
  return {
    state: stateOn(dated.ends, extendedEnds, today),
    product,
    cycle,
    ends: dated.ends,
    extendedEnds,
    isDerived,
    source,
    asOf,
  };
}

/** Dates of long ago are not kept: what is older than the oldest dated cycle ended before that one did. */
function isBeforeAll(cycles: SupportDates["products"][string], cycle: string, today: Date): boolean {
  const rank = (text: string) => text.split(".").reduce((sum, part) => 10_000 * sum + Number(part), 0);
  const [oldest] = Object.entries(cycles).sort(([a], [b]) => rank(a) - rank(b));
  if (!oldest || rank(cycle) >= rank(oldest[0])) return false;
  return stateOn(oldest[1].ends, oldest[1].extendedEnds ?? null, today) === "ended";
}

function stateOn(ends: string | null, extendedEnds: string | null, today: Date): Support["state"] {
  const day = today.toISOString().slice(0, 10);
  const soon = new Date(today.getTime() + SUPPORT_ENDING_DAYS * 86_400_000).toISOString().slice(0, 10);
  // The last day is still a day of support.
  if (ends === null || ends > soon) return "supported";
  if (ends >= day) return "ending";
  return extendedEnds !== null && extendedEnds >= day ? "extended" : "ended";
}

/** Minor versions that a kubelet may be older than the API server (Kubernetes' version skew policy, since 1.28). */
export const KUBELET_SKEW_MAX = 3;

/** How far a kubelet is behind the API server; null when a version is unknown. It may never be newer. */
export function kubeletSkew(
  server: string | null | undefined,
  kubelet: string | null | undefined,
): { minorsBehind: number; isAllowed: boolean } | null {
  const [is, of] = [cycleOf(kubelet)?.split("."), cycleOf(server)?.split(".")];
  if (!is || !of || is[0] !== of[0]) return null;
  const minorsBehind = Number(of[1]) - Number(is[1]);
  // Before 1.28 one less.
  const most = Number(of[1]) >= 28 ? KUBELET_SKEW_MAX : KUBELET_SKEW_MAX - 1;
  return { minorsBehind, isAllowed: minorsBehind >= 0 && minorsBehind <= most };
}
