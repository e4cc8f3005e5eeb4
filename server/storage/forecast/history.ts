import { quantile } from "./robust";

/** What was known of something that fills, at one moment; null is unknown, and never taken for nothing. */
export type HistoryPoint = {
  /** Epoch seconds. */
  at: number;
  usedBytes: number | null;
  capacityBytes: number | null;
};

const HOUR = 3600;
const DAY = 24 * HOUR;

/** A history in even spans that end with its newest known value; NaN where nothing was known in a span. */
export type Spans = {
  spanSeconds: number;
  /** How many spans one turn of the rhythm takes: a week of days, a day of quarters. */
  turn: number;
  /** Middle value of each span, oldest first. */
  levels: Float64Array;
  /** Highest value of each span above its middle value. */
  peaks: Float64Array;
  known: number;
};

/** Fewer spans than this say nothing about tomorrow. */
export const KNOWN_SPANS_MIN = 8;
/** What lies further back than this does not tell about tomorrow either. */
export const HISTORY_DAYS_MAX = 120;
/** From so long a history on it is looked at by days, before by quarters of days. */
const DAYS_FROM = 10;

/**
 * Cuts a history into days, or into quarters of days while it is younger than ten days, counted back from its newest
 * known value so that no span is half of one. The middle value of a day has no daily rhythm and no noise in it.
 */
export function spansOf(points: readonly HistoryPoint[]): Spans | null {
  const known = points.filter((point) => point.usedBytes !== null && Number.isFinite(point.usedBytes));
  const newest = known.reduce((latest, { at }) => Math.max(latest, at), Number.NEGATIVE_INFINITY);
  const oldest = known.reduce((earliest, { at }) => Math.min(earliest, at), Number.POSITIVE_INFINITY);
  if (known.length === 0) return null;
  const span = newest - Math.max(oldest, newest - HISTORY_DAYS_MAX * DAY);
  const isDaily = span >= DAYS_FROM * DAY;
  const spanSeconds = isDaily ? DAY : DAY / 4;
  // What is over at the old end is less than half a span and left out: its middle would be none.
  const count = Math.max(1, Math.round(span / spanSeconds));
  const values: number[][] = Array.from({ length: count }, () => []);
  for (const { at, usedBytes } of known) {
    values[count - 1 - Math.floor((newest - at) / spanSeconds)]?.push(usedBytes as number);
  }
  const levels = Float64Array.from(values, (own) => quantile(own, 0.5));
  const peaks = Float64Array.from(values, (own, index) =>
    own.length === 0 ? Number.NaN : Math.max(...own) - (levels[index] as number),
  );
  return {
    spanSeconds,
    turn: isDaily ? 7 : 4,
    levels,
    peaks,
    known: values.filter((own) => own.length > 0).length,
  };
}
