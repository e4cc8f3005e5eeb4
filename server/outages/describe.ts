import { type DarkSpell, FACTOR_KINDS, type Facts } from "./model";
import type { OutageDetail } from "./shapes";

/** Spans of the picture of the beginning, at most, and the shortest of them. */
const SPANS_MAX = 24;
const SPAN_MS_MIN = 5_000;

/** How many fell silent when. A member counts once, in the middle of the time in which it may have been. */
export function onsetOf(spells: readonly DarkSpell[]): OutageDetail["onset"] {
  if (spells.length === 0) return [];
  const middles = spells.map(({ fromMs, toMs }) => (fromMs + toMs) / 2);
  const first = Math.min(...middles);
  const last = Math.max(...middles);
  const spanMs = Math.max(SPAN_MS_MIN, Math.ceil((last - first + 1) / SPANS_MAX));
  const start = Math.floor(first / 1000) * 1000;
  const spans = Math.floor((last - start) / spanMs) + 1;
  const counts = new Array<number>(spans).fill(0);
  for (const middle of middles) {
    const at = Math.floor((middle - start) / spanMs);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts.map((members, at) => ({
    from: new Date(start + at * spanMs),
    to: new Date(start + (at + 1) * spanMs),
    members,
  }));
}

/** What members have in common and in what they differ; a fact that is known of none is left out. */
export function commonFacts(members: readonly { facts: Facts }[]): OutageDetail["facts"] {
  return FACTOR_KINDS.flatMap((kind) => {
    if (kind === "site") return [];
    const counts = new Map<string, number>();
    for (const { facts } of members) {
      const value = facts[kind];
      if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const [most] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    if (!most) return [];
    const known = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return [{ kind, values: counts.size, most: most[0], mostCount: most[1], unknown: members.length - known }];
  });
}
