import { heightAt, median, quantile, slopeOf } from "./robust";

/** A way on from now, in bytes and spans. */
export type Way = {
  /** Height now, at the end of the newest span. */
  height: number;
  slope: number;
  /** Change of the slope per span, for as many spans ahead as `BEND_SPANS` says. */
  bend: number;
  /** How far the highest values stand above the way. */
  crest: number;
};

/** Levels as they were, without the rhythm, and the same without sudden steps; `peaks` are the spans' highest above them. */
export type Seen = { levels: Float64Array; stepless: Float64Array; peaks: Float64Array };

/** A growth that bends goes on bending so long and then straight: nobody knows a second derivative for a year. */
export const BEND_SPANS = 30;
const LONG = 120;

/** Where a way is after so many spans. */
export function levelAfter(way: Way, spans: number): number {
  const bent = Math.min(spans, BEND_SPANS);
  return way.height + way.slope * spans + way.bend * bent * (spans - bent / 2);
}

/** Last spans before `to` of which some are known, as a range. */
const lastOf = (to: number, spans: number): number => Math.max(0, to - spans);

/** From the way that removed steps, back to the height of the newest level. */
function offsetAt({ levels, stepless }: Seen, to: number): number {
  for (let at = to - 1; at >= 0; at -= 1) {
    if (!Number.isNaN(levels[at])) return (levels[at] as number) - (stepless[at] as number);
  }
  return Number.NaN;
}

/** The usual peak of a span, less what is growth within the span. */
const peakOf = ({ peaks }: Seen, to: number, slope: number): number =>
  Math.max(
    0,
    quantile(
      Array.from(peaks.subarray(lastOf(to, 28), to)).filter((peak) => !Number.isNaN(peak)),
      0.75,
    ) -
      Math.max(0, slope) / 2,
  );

/** Steps are no growth: slope of the last spans without them, from the newest level on. */
function stepless(spans: number, newest: number) {
  return (seen: Seen, to: number): Way => {
    const slope = slopeOf(seen.stepless, lastOf(to, spans), to);
    const near = heightAt(seen.stepless, lastOf(to, newest), to, slope, to - 0.5);
    const height = Number.isNaN(near) ? heightAt(seen.stepless, lastOf(to, spans), to, slope, to - 0.5) : near;
    return { height: height + offsetAt(seen, to), slope, bend: 0, crest: peakOf(seen, to, slope) };
  };
}

/** Steps are part of it (a saw-tooth by pruning): the middle of everything, and its crests above the middle. */
function throughSteps(spans: number) {
  return (seen: Seen, to: number): Way => {
    const from = lastOf(to, spans);
    const slope = slopeOf(seen.levels, from, to);
    const height = heightAt(seen.levels, from, to, slope, to - 0.5);
    const above: number[] = [];
    for (let at = from; at < to; at += 1) {
      const level = seen.levels[at] as number;
      if (!Number.isNaN(level)) above.push(level + (seen.peaks[at] as number) - height - slope * (at - to + 0.5));
    }
    return { height, slope, bend: 0, crest: Math.max(0, quantile(above, 0.9) - Math.max(0, slope) / 2) };
  };
}

/** It stays where it was in the last spans. */
const still = (seen: Seen, to: number): Way => ({
  height: median(Array.from(seen.levels.subarray(lastOf(to, 3), to)).filter((level) => !Number.isNaN(level))),
  slope: 0,
  bend: 0,
  crest: peakOf(seen, to, 0),
});

/** The growth itself grows: the slopes of both halves of the last 60 spans, and what lies between them. */
function bending(seen: Seen, to: number): Way {
  const from = lastOf(to, 60);
  const middle = Math.floor((from + to) / 2);
  const late = slopeOf(seen.stepless, middle, to);
  const bend = (late - slopeOf(seen.stepless, from, middle)) / ((to - from) / 2);
  const slope = late + (bend * (to - middle)) / 2;
  const height = heightAt(seen.stepless, lastOf(to, 5), to, slope, to - 0.5) + offsetAt(seen, to);
  return { height, slope, bend, crest: peakOf(seen, to, slope) };
}

/** Every way of looking at a history. Which of them tells the future is found out on the history itself. */
export const VIEWS = {
  long: stepless(LONG, 7),
  month: stepless(28, 5),
  fortnight: stepless(14, 4),
  days: stepless(4, 2),
  throughSteps: throughSteps(LONG),
  throughMonth: throughSteps(35),
  still,
  bending,
} as const satisfies Record<string, (seen: Seen, to: number) => Way>;
export type View = keyof typeof VIEWS;
export const VIEW_NAMES = Object.keys(VIEWS) as View[];
