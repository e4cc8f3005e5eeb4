import { cycleRank } from "./model";
import type { Support } from "./support-schema";

/** A day on which the support of a version ends, and how many clusters still run it. */
export type SupportEnd = {
  product: string;
  cycle: string;
  day: string;
  /** `end`: regular support; `extendedEnd`: what is sold beyond that. */
  kind: "end" | "extendedEnd";
  clusters: number;
  /** Of these: distributions without dates of their own. */
  derived: number;
  source: string | null;
  asOf: string | null;
};

/** Ends of support of what runs, by day; versions of different distributions that share a date are one. */
export function supportEnds(running: readonly { clusters: number; support: Support }[]): SupportEnd[] {
  const ends = new Map<string, SupportEnd>();
  for (const { clusters, support } of running) {
    const { product, cycle, isDerived, source, asOf } = support;
    if (cycle === null) continue;
    for (const [kind, day] of [
      ["end", support.ends],
      ["extendedEnd", support.extendedEnds],
    ] as const) {
      if (day === null) continue;
      const key = `${product} ${cycle} ${kind}`;
      const known = ends.get(key) ?? { product, cycle, day, kind, clusters: 0, derived: 0, source, asOf };
      known.clusters += clusters;
      known.derived += isDerived ? clusters : 0;
      ends.set(key, known);
    }
  }
  return [...ends.values()].sort(
    (a, b) =>
      a.day.localeCompare(b.day) || a.product.localeCompare(b.product) || cycleRank(a.cycle) - cycleRank(b.cycle),
  );
}

/** First days of the month of `today` and of the eleven after it. */
export function calendarMonths(today: Date): string[] {
  return Array.from({ length: 12 }, (_, months) =>
    new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + months, 1)).toISOString().slice(0, 10),
  );
}

/** First and last day of the quarter of a year that `today` is in. */
export function quarterOf(today: Date): { from: string; until: string } {
  const month = 3 * Math.floor(today.getUTCMonth() / 3);
  const day = (of: Date) => of.toISOString().slice(0, 10);
  return {
    from: day(new Date(Date.UTC(today.getUTCFullYear(), month, 1))),
    until: day(new Date(Date.UTC(today.getUTCFullYear(), month + 3, 0))),
  };
}

/** True for support that ends, or is no longer sold, within these days. */
export const endsWithin = ({ ends, extendedEnds }: Support, from: string, until: string): boolean =>
  [ends, extendedEnds].some((day) => day !== null && day >= from && day <= until);
