import { type Line, sharePart } from "./charts";
import type { LineSeries, Point, Steps } from "./series";

/** Of one reading in one hour, in its unit; a counter's sum is what it grew by. */
export type HourFigures = { n: number; sum: number; min: number; max: number };

/** What one entity did, by hours. */
export type Hourly = {
  /** Starts of the hours that have readings, epoch seconds, ascending. */
  readonly hours: readonly number[];
  /** Null where the reading was never there in that hour. */
  read(name: string, index: number): HourFigures | null;
  /** How often the reading was there in that hour. */
  count(name: string, index: number): number;
  /** Newest moment, where the readings themselves were read; null where only roll-ups were. */
  readonly newest: number | null;
};

/** What one hour adds to a line; least and greatest are null where they do not follow from the roll-up. */
type HourShare = { part: number; whole: number; min: number | null; max: number | null };

function differenceOf(whole: HourFigures, less: HourFigures): HourShare | null {
  // Over different moments, the difference of the means would be of neither.
  if (whole.n !== less.n) return null;
  const isWholeSteady = whole.min === whole.max;
  const isKnown = isWholeSteady || less.min === less.max;
  return {
    part: whole.sum - less.sum,
    whole: whole.n,
    min: isKnown ? whole.min - (isWholeSteady ? less.max : less.min) : null,
    max: isKnown ? whole.max - (isWholeSteady ? less.min : less.max) : null,
  };
}

function rateOf(grown: HourFigures, span: HourFigures): HourShare | null {
  // Where a counter could not be read now and then, its moments have covered their part of the time.
  const seconds = (span.sum * grown.n) / span.n;
  if (seconds <= 0) return null;
  const isSteady = span.min === span.max && grown.n === span.n;
  return {
    part: grown.sum,
    whole: seconds,
    min: isSteady ? grown.min / span.min : null,
    max: isSteady ? grown.max / span.max : null,
  };
}

function hourShareOf(line: Line, hourly: Hourly, index: number): HourShare | null {
  switch (line.as) {
    case "gauge": {
      const value = hourly.read(line.of, index);
      if (!value) return null;
      if (!line.minus) return { part: value.sum, whole: value.n, min: value.min, max: value.max };
      const less = hourly.read(line.minus, index);
      return less && differenceOf(value, less);
    }
    case "rate": {
      const grown = hourly.read(line.of, index);
      const span = hourly.read("spanSeconds", index);
      return grown && span && rateOf(grown, span);
    }
    case "share": {
      const share = sharePart(line, (name) => hourly.read(name, index)?.sum);
      return share && { ...share, min: null, max: null };
    }
  }
}

const lesser = (a: number | null, b: number | null) => (a === null || b === null ? null : Math.min(a, b));
const greater = (a: number | null, b: number | null) => (a === null || b === null ? null : Math.max(a, b));

/** As `resample`, from roll-ups: steps are whole hours, and quantiles are not known. */
export function resampleHours(hourly: Hourly, line: Line, steps: Steps): LineSeries {
  const points: Point[] = [];
  let all: HourShare | null = null;
  let step: (HourShare & { at: number }) | null = null;
  const close = () => {
    if (step) points.push({ at: step.at, value: step.part / step.whole, min: step.min, max: step.max });
  };
  hourly.hours.forEach((hour, index) => {
    if (hour < steps.from || hour >= steps.to) return;
    const share = hourShareOf(line, hourly, index);
    if (!share) return;
    const at = Math.floor(hour / steps.stepSeconds) * steps.stepSeconds;
    if (step?.at === at) join(step, share);
    else {
      close();
      step = { at, ...share };
    }
    if (all) join(all, share);
    else all = { ...share };
  });
  close();
  return { name: line.name, points, summary: summaryOf(all) };
}

const summaryOf = (all: HourShare | null): LineSeries["summary"] =>
  all && { min: all.min, mean: all.part / all.whole, max: all.max, median: null, p95: null };

/** Adds what another hour adds to a line. */
function join(sum: HourShare, { part, whole, min, max }: HourShare): void {
  sum.part += part;
  sum.whole += whole;
  sum.min = lesser(sum.min, min);
  sum.max = greater(sum.max, max);
}
