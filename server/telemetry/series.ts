import { type Block, ENTITY_ABSENT, PRESENT } from "@/contract/codec/block";
import { fromSteps } from "@/contract/metrics";
import { type Line, positionOf, sharePart } from "./charts";

/** What was recorded of one entity, in the units of its readings. */
export type Recorded = {
  /** Epoch seconds at which the entity was recorded, ascending. */
  readonly moments: readonly number[];
  /** A reading at the moment of this index; undefined where it was not read. */
  read(name: string, index: number): number | undefined;
};

/** Half-open range in epoch seconds, cut into steps that begin at whole multiples of `stepSeconds`. */
export type Steps = { from: number; to: number; stepSeconds: number };

export type Point = { at: number; value: number; min: number | null; max: number | null };

/** Of the readings themselves, not of the points; a quantile is null where only roll-ups are there. */
export type Summary = {
  min: number | null;
  mean: number;
  max: number | null;
  median: number | null;
  p95: number | null;
};

export type LineSeries = { name: string; points: Point[]; summary: Summary | null };

/** The recorded moments of one entity of a block; moments at which it was not recorded are left out. */
export function recordedOf(block: Block, slot: number): Recorded {
  const entry = block.layout.entries[slot];
  if (!entry) throw new RangeError(`Slot ${slot} of ${block.layout.entries.length}`);
  const { kind } = entry;
  const count = block.moments.length;
  const own = [...block.layout.slots.keys()].filter((column) => block.layout.slots[column] === slot);
  const isRecorded = (index: number) => own.some((column) => block.absence[column * count + index] !== ENTITY_ABSENT);
  const indexes = [...block.moments.keys()].filter(isRecorded);
  const columns = new Map<string, number>();
  const columnOf = (name: string) => {
    const known = columns.get(name);
    if (known !== undefined) return known;
    const column = block.layout.columnOf(slot, positionOf(kind, name));
    columns.set(name, column);
    return column;
  };
  return {
    moments: indexes.map((index) => block.moments[index] ?? 0),
    read: (name, index) => {
      const column = columnOf(name);
      const at = column * count + (indexes[index] ?? 0);
      return block.absence[at] === PRESENT
        ? fromSteps(block.layout.metricOf(column), block.values[at] ?? 0)
        : undefined;
    },
  };
}

/** What one moment adds to a line: the value is part / whole, and of several moments Σ part / Σ whole. */
type Share = { part: number; whole: number };

function shareAt(line: Line, recorded: Recorded, index: number): Share | null {
  switch (line.as) {
    case "gauge": {
      const value = recorded.read(line.of, index);
      const less = line.minus ? recorded.read(line.minus, index) : 0;
      return value === undefined || less === undefined ? null : { part: value - less, whole: 1 };
    }
    case "rate": {
      const part = recorded.read(line.of, index);
      const whole = recorded.read("spanSeconds", index);
      return part === undefined || whole === undefined || whole <= 0 ? null : { part, whole };
    }
    case "share":
      return sharePart(line, (name) => recorded.read(name, index));
  }
}

/** A line in steps; a step without readings has no point, and nothing is interpolated. */
export function resample(recorded: Recorded, line: Line, steps: Steps): LineSeries {
  const points: Point[] = [];
  const values: number[] = [];
  const wholes: number[] = [];
  let step: { at: number; part: number; whole: number; min: number; max: number } | null = null;
  let part = 0;
  let whole = 0;
  const close = () => {
    if (step) points.push({ at: step.at, value: step.part / step.whole, min: step.min, max: step.max });
  };
  recorded.moments.forEach((moment, index) => {
    if (moment < steps.from || moment >= steps.to) return;
    const share = shareAt(line, recorded, index);
    if (!share) return;
    const value = share.part / share.whole;
    const at = Math.floor(moment / steps.stepSeconds) * steps.stepSeconds;
    if (step?.at !== at) {
      close();
      step = { at, part: 0, whole: 0, min: value, max: value };
    }
    step.part += share.part;
    step.whole += share.whole;
    step.min = Math.min(step.min, value);
    step.max = Math.max(step.max, value);
    part += share.part;
    whole += share.whole;
    values.push(value);
    wholes.push(share.whole);
  });
  close();
  if (values.length === 0) return { name: line.name, points, summary: null };
  const [median = null, p95 = null] = quantiles(values, wholes, [0.5, 0.95]);
  return {
    name: line.name,
    points,
    summary: { min: least(points), mean: part / whole, max: greatest(points), median, p95 },
  };
}

const least = (points: readonly Point[]) => points.reduce((least, { min }) => Math.min(least, min ?? least), Infinity);
const greatest = (points: readonly Point[]) =>
  points.reduce((greatest, { max }) => Math.max(greatest, max ?? greatest), -Infinity);

/**
 * Of each part of the weight, the value below or at which it lies: nearest rank, so that it is a value that occurred.
 * @param parts 0 to 1, ascending
 */
export function quantiles(values: readonly number[], weights: readonly number[], parts: readonly number[]): number[] {
  const first = weights[0] ?? 0;
  // Weights that are alike need no order of their own, and numbers alone sort many times faster.
  const isEven = Number.isInteger(first) && weights.every((weight) => weight === first);
  const order = isEven ? null : values.map((_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const sorted = order ? Float64Array.from(order, (index) => values[index] ?? 0) : Float64Array.from(values).sort();
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const found: number[] = [];
  let below = 0;
  for (let rank = 0; rank < sorted.length && found.length < parts.length; rank += 1) {
    below += order ? (weights[order[rank] ?? 0] ?? 0) : first;
    while (found.length < parts.length && below >= (parts[found.length] ?? 0) * total) found.push(sorted[rank] ?? 0);
  }
  return found;
}

export type Gap = { from: number; to: number };

/** The stretches of a range in which nothing was recorded for longer than the gap rule allows. */
export function gapsOf(moments: readonly number[], range: { from: number; to: number }, gapSeconds: number): Gap[] {
  const gaps: Gap[] = [];
  let before = range.from;
  for (const moment of [...moments.filter((at) => at >= range.from && at < range.to), range.to]) {
    if (moment - before > gapSeconds) gaps.push({ from: before, to: moment });
    before = moment;
  }
  return gaps;
}

/** Distances that say how often an entity was recorded, at least. */
const DISTANCES_MIN = 12;

/**
 * Seconds that usually lie between two recorded moments: history that was thinned, or sent in a leaner profile, is
 * coarser than what the agent does now, and that alone is no gap. Never below the agent's interval.
 */
export function usualDistance(moments: readonly number[], intervalSeconds: number): number {
  const distances = moments.slice(1).map((moment, index) => moment - (moments[index] ?? 0));
  if (distances.length < DISTANCES_MIN) return intervalSeconds;
  const sorted = distances.sort((a, b) => a - b);
  return Math.max(intervalSeconds, sorted[Math.floor(sorted.length / 2)] ?? 0);
}
