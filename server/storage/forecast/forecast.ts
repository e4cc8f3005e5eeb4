import { expectedAfter, tryOut } from "./back-test";
import { HISTORY_DAYS_MAX, type HistoryPoint, KNOWN_SPANS_MIN, spansOf } from "./history";
import { rhythmOf } from "./rhythm";
import { deviation } from "./robust";
import { withoutSteps } from "./steps";

/** How far a date is told; what lies beyond is "later than that", never "never". */
export const HORIZON_DAYS = 3650;
const DAY = 86_400;
/** So much over what it can hold is no rounding. */
const LARGER = 1.02;
/** The late edge asks that the level itself gets there, not only its highest values; the early one that an unusual one does. */
const CREST_SHARE = { [-1]: 0, 0: 1, 1: 1.5 } as const;

/**
 * - `unknown`: fill or size are not known at all
 * - `not_enough_data`: known, but too short or too torn for any saying
 * - `full`: it is full now
 * - `filling`: the trend is up, or what came and went in the past would fill it
 * - `steady`: no trend up within what is known; nothing is said about ever
 */
export const VERDICTS = ["unknown", "not_enough_data", "full", "filling", "steady"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What is said about one thing that fills. Times are epoch seconds. */
export type Forecast = {
  verdict: Verdict;
  /** Full not before; null where even the fast edge of the band does not get there within ten years. */
  fullFrom: number | null;
  /** Full most likely; null as above: later than that. */
  fullLikely: number | null;
  /** Full not after; null where the slow edge of the band does not get there: it may take longer. */
  fullTo: number | null;
  /** Newest value that it is made of. */
  basedAt: number | null;
  /** How many days it looks back on, and how many of its spans were known. */
  basis: { days: number; spans: number; known: number; steps: number };
  /** Most likely growth now. */
  bytesPerDay: number | null;
  /** Bytes at a later moment: likely, and between which edges. */
  at(moment: number): { likely: number; low: number; high: number } | null;
};

/**
 * When is it full? Looks at a history by days, takes the rhythm of the week out, looks at it in several ways (with
 * sudden steps and without, over the long run and the last days), asks each way at moments of the past, and goes on as
 * they say together, each by how right it was. The band is as wide as this was wrong in the past.
 */
export function forecast(told: readonly HistoryPoint[]): Forecast {
  const capacity = told.findLast((point) => point.capacityBytes !== null)?.capacityBytes ?? null;
  const points = ofThisSize(told, capacity);
  const newest = points.findLast((point) => point.usedBytes !== null);
  const spans = spansOf(points);
  const nothing = { fullFrom: null, fullLikely: null, fullTo: null, bytesPerDay: null, at: () => null };
  const basedAt = newest?.at ?? null;
  if (!spans || !newest) {
    return { ...nothing, verdict: "unknown", basedAt, basis: { days: 0, spans: 0, known: 0, steps: 0 } };
  }
  const { levels, peaks, turn, spanSeconds, known } = spans;
  const now = newest.at;
  const basis = {
    days: Math.min(HISTORY_DAYS_MAX, (levels.length * spanSeconds) / DAY),
    spans: levels.length,
    known,
    steps: 0,
  };
  if (capacity === null || capacity <= 0) return { ...nothing, verdict: "unknown", basedAt, basis };
  const isFull = (newest.usedBytes ?? 0) >= capacity;
  const full = { fullFrom: now, fullLikely: now, fullTo: now };
  if (known < KNOWN_SPANS_MIN || known * 3 < levels.length) {
    return { ...nothing, ...(isFull ? full : {}), verdict: isFull ? "full" : "not_enough_data", basedAt, basis };
  }
  const rhythm = rhythmOf(levels, turn);
  const calm = levels.map((level, place) => level - (rhythm[place % turn] as number));
  const { levels: stepless, steps } = withoutSteps(calm);
  const tried = tryOut({ levels: calm, stepless, peaks });
  if (!tried) return { ...nothing, verdict: isFull ? "full" : "not_enough_data", basedAt, basis };
  const spreadAfter = spreadOf(tried.spreads, noiseOf(stepless));
  const way = tried.far;
  const rhythmAt = (after: number) => rhythm[Math.floor(levels.length + after) % turn] as number;
  const crossing = (sign: keyof typeof CREST_SHARE): number | null => {
    const spansUntil = firstAt((after) => {
      const { level, crest } = expectedAfter(tried, after);
      return level + CREST_SHARE[sign] * crest + rhythmAt(after) + sign * spreadAfter(after) >= capacity;
    }, spanSeconds);
    return spansUntil === null ? null : Math.round(now + spansUntil * spanSeconds);
  };
  const fullLikely = crossing(0);
  const fullFrom = earlier(crossing(1), fullLikely);
  const late = crossing(-1);
  const isUp = way.slope > 0 && way.slope * levels.length > noiseOf(stepless);
  const isFilling = isUp || fullLikely !== null;
  return {
    verdict: isFull ? "full" : isFilling ? "filling" : "steady",
    ...(isFull
      ? full
      : { fullFrom, fullLikely, fullTo: late === null || fullLikely === null ? null : Math.max(late, fullLikely) }),
    basedAt,
    basis: { ...basis, steps },
    bytesPerDay: (way.slope * DAY) / spanSeconds,
    at: (moment) => {
      const after = Math.max(0, (moment - now) / spanSeconds);
      const likely = expectedAfter(tried, after).level + rhythmAt(after);
      const spread = spreadAfter(after);
      return { likely: Math.max(0, likely), low: Math.max(0, likely - spread), high: Math.max(0, likely + spread) };
    },
  };
}

/** More than it can hold was held by something else: a larger one that had its name before. */
function ofThisSize(points: readonly HistoryPoint[], capacity: number | null): readonly HistoryPoint[] {
  if (capacity === null) return points;
  const newest = points.findLastIndex((point) => point.usedBytes !== null);
  const other = points.findLastIndex((point, at) => at < newest && (point.usedBytes ?? 0) > LARGER * capacity);
  return points.slice(other + 1);
}

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);

/** Usual deviation of a level from the one before it: what is no growth yet. */
function noiseOf(levels: Float64Array): number {
  const changes: number[] = [];
  for (let at = 1; at < levels.length; at += 1) {
    const change = (levels[at] as number) - (levels[at - 1] as number);
    if (!Number.isNaN(change)) changes.push(change);
  }
  return deviation(changes) || 0;
}

/**
 * Half the width of the band after so many spans. Between the lags that were tried on the line between them, never
 * narrower further ahead; beyond them as much wider as it is further, which is how the error of a slope grows.
 */
function spreadOf(spreads: readonly { spans: number; bytes: number }[], noise: number): (spans: number) => number {
  const known = [{ spans: 0, bytes: noise }];
  for (const { spans, bytes } of spreads) {
    known.push({ spans, bytes: Math.max(bytes, known.at(-1)?.bytes ?? 0) });
  }
  return (spans) => {
    const next = known.findIndex((one) => one.spans >= spans);
    const right = known[next < 0 ? known.length - 1 : next] as { spans: number; bytes: number };
    if (next < 0) return right.spans === 0 ? noise * (1 + spans) : (right.bytes * spans) / right.spans;
    const left = known[Math.max(0, next - 1)] as { spans: number; bytes: number };
    if (right.spans === left.spans) return right.bytes;
    return left.bytes + ((right.bytes - left.bytes) * (spans - left.spans)) / (right.spans - left.spans);
  };
}

/** First span at which it is so, between none and the horizon: by steps that grow, then halved; null where it never is. */
function firstAt(isSo: (spans: number) => boolean, spanSeconds: number): number | null {
  const last = (HORIZON_DAYS * DAY) / spanSeconds;
  if (isSo(0)) return 0;
  let below = 0;
  for (let above = 0.25; ; above = Math.min(last, above + Math.max(0.25, (above - 60) / 10))) {
    if (isSo(above)) {
      for (let round = 0; round < 20; round += 1) {
        const middle = (below + above) / 2;
        if (isSo(middle)) above = middle;
        else below = middle;
      }
      return above;
    }
    if (above >= last) return null;
    below = above;
  }
}
