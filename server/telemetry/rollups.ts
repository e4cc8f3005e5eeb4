import { type Block, createBlock, PRESENT } from "@/contract/codec/block";
import { VALUE_MAX } from "@/contract/codec/column-model";
import { createLayout, type Layout } from "@/contract/codec/layout";
import { ENTITY_KINDS, type EntityKind, isEntityKind, MACHINE_KINDS, type Metric, metricsOf } from "@/contract/metrics";

/** Everything here follows from a block alone: roll-ups are computed anew and replaced, never counted up. */
const HOUR_SECONDS = 3600;
export const SLOT_SECONDS = 300;

/** Of each column: how many values there are, their sum, the least and the greatest; in steps. */
export type Aggregates = { n: Float64Array; sum: Float64Array; min: Float64Array; max: Float64Array };

/** Of a column of doubles nothing is rounded: sums are then as exact as doubles are. */
export type HourAggregates = Aggregates & {
  layout: Layout;
  /** Starts of the hours, epoch seconds; index of a figure = column × hours.length + hour. */
  hours: number[];
};

/** A block by hours, as long-term history keeps it. Hours without any moment are left out. */
export function aggregateHours(block: Block): HourAggregates {
  const { layout, moments, values, absence } = block;
  const hours: number[] = [];
  const hourOf = Int32Array.from(moments, (moment) => {
    const hour = moment - (moment % HOUR_SECONDS);
    if (hours.at(-1) !== hour) hours.push(hour);
    return hours.length - 1;
  });
  const size = layout.columns * hours.length;
  const [n, sum, min, max] = [0, 1, 2, 3].map(() => new Float64Array(size)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let column = 0; column < layout.columns; column += 1) {
    const from = column * moments.length;
    for (let at = 0; at < moments.length; at += 1) {
      if (absence[from + at] !== PRESENT) continue;
      const value = values[from + at] ?? 0;
      const to = column * hours.length + (hourOf[at] ?? 0);
      const count = n[to] ?? 0;
      n[to] = count + 1;
      sum[to] = (sum[to] ?? 0) + value;
      if (count === 0 || value < (min[to] ?? 0)) min[to] = value;
      if (count === 0 || value > (max[to] ?? 0)) max[to] = value;
    }
  }
  return { layout, hours, n, sum, min, max };
}

/** Over all hours of a day: one figure a column. */
export function aggregateDay({ layout, hours, n, sum, min, max }: HourAggregates): Aggregates {
  const day = {
    n: new Float64Array(layout.columns),
    sum: new Float64Array(layout.columns),
    min: new Float64Array(layout.columns),
    max: new Float64Array(layout.columns),
  };
  for (let column = 0; column < layout.columns; column += 1) {
    for (let hour = 0; hour < hours.length; hour += 1) {
      const from = column * hours.length + hour;
      const count = n[from] ?? 0;
      if (count === 0) continue;
      const isFirst = day.n[column] === 0;
      day.n[column] = (day.n[column] ?? 0) + count;
      day.sum[column] = (day.sum[column] ?? 0) + (sum[from] ?? 0);
      day.min[column] = isFirst ? (min[from] ?? 0) : Math.min(day.min[column] ?? 0, min[from] ?? 0);
      day.max[column] = isFirst ? (max[from] ?? 0) : Math.max(day.max[column] ?? 0, max[from] ?? 0);
    }
  }
  return day;
}

/** Metrics that are added up over time: increments, and the seconds that they cover. Others are averaged. */
const isSummed = (metric: Metric): boolean => metric.kind === "counter" || metric.name === "spanSeconds";

/** Pseudo entities of one kind in the layout of five-minute sums. */
const FIVE_MINUTE_KEYS = ["sum", "entities"] as const;
/** Slots of the pseudo entities of the kind at `index`. */
export const sumSlot = (index: number): number => FIVE_MINUTE_KEYS.length * index;
export const entitiesSlot = (index: number): number => sumSlot(index) + 1;

const layouts = new Map<string, Layout>();

/** The layout of five-minute sums over these kinds. */
export function fiveMinuteLayout(kinds: readonly EntityKind[]): Layout {
  const name = kinds.join();
  const known = layouts.get(name);
  if (known) return known;
  const layout = createLayout(kinds.flatMap((kind) => FIVE_MINUTE_KEYS.map((key) => ({ kind, key }))));
  // As many as there are combinations of kinds in use.
  layouts.set(name, layout);
  return layout;
}

export type FiveMinutes = { kinds: EntityKind[]; block: Block };

/**
 * Sums over the entities of each kind in five minutes: of counters the increments, of gauges each entity's mean in
 * whole steps, so that every sum is a whole number and sums of sums are exact. `entities` says how many were heard.
 * Kept series of third parties have no common meaning to add up and are left out, and so are the nodes that an agent of
 * a cluster tells of: a machine is counted where it speaks for itself, and once. Null when nothing is left.
 */
export function sumFiveMinutes(block: Block): FiveMinutes | null {
  const { layout, moments, values, absence } = block;
  const told = new Set(layout.entries.map((entry) => entry.kind));
  const isCounted = (kind: EntityKind) => kind !== "series" && !(told.has("cluster") && MACHINE_KINDS.includes(kind));
  const kinds = ENTITY_KINDS.filter((kind) => told.has(kind) && isCounted(kind));
  if (kinds.length === 0 || moments.length === 0) return null;
  const starts: number[] = [];
  const slotOf = Int32Array.from(moments, (moment) => {
    const start = moment - (moment % SLOT_SECONDS);
    if (starts.at(-1) !== start) starts.push(start);
    return starts.length - 1;
  });
  const sums = createBlock(fiveMinuteLayout(kinds), starts);
  const width = starts.length;
  const total = new Float64Array(width);
  const count = new Int32Array(width);
  for (let column = 0; column < layout.columns; column += 1) {
    const kind = layout.entries[layout.slots[column] ?? 0]?.kind;
    const index = kind && isEntityKind(kind) ? kinds.indexOf(kind) : -1;
    if (index < 0) continue;
    total.fill(0);
    count.fill(0);
    const from = column * moments.length;
    for (let at = 0; at < moments.length; at += 1) {
      if (absence[from + at] !== PRESENT) continue;
      const slot = slotOf[at] ?? 0;
      total[slot] = (total[slot] ?? 0) + (values[from + at] ?? 0);
      count[slot] = (count[slot] ?? 0) + 1;
    }
    const metricIndex = layout.metricIndexes[column] ?? 0;
    const sumAt = sums.layout.columnOf(sumSlot(index), metricIndex) * width;
    const entitiesAt = sums.layout.columnOf(entitiesSlot(index), metricIndex) * width;
    const summed = isSummed(layout.metricOf(column));
    for (let slot = 0; slot < width; slot += 1) {
      const heard = count[slot] ?? 0;
      if (heard === 0) continue;
      const figure = summed ? (total[slot] ?? 0) : Math.round((total[slot] ?? 0) / heard);
      const sum = (sums.values[sumAt + slot] ?? 0) + figure;
      // Nothing real comes near; values that make no sense must not stop those that do.
      sums.values[sumAt + slot] = Math.max(-VALUE_MAX, Math.min(VALUE_MAX, sum));
      sums.values[entitiesAt + slot] = (sums.values[entitiesAt + slot] ?? 0) + 1;
      sums.absence[sumAt + slot] = PRESENT;
      sums.absence[entitiesAt + slot] = PRESENT;
    }
  }
  return { kinds, block: sums };
}

/** What the sums of a group are, or by how much they move. */
export type GroupFigure = { kind: EntityKind; metric: number; at: number; sum: bigint; entities: number };

/**
 * What adding `after` and taking `before` away changes, figure by figure; what stays is left out. Either may be null:
 * then it is all of the other.
 */
export function* differenceOf(before: FiveMinutes | null, after: FiveMinutes | null): Generator<GroupFigure> {
  const kinds = ENTITY_KINDS.filter((kind) => before?.kinds.includes(kind) || after?.kinds.includes(kind));
  const starts = [...new Set([...(before?.block.moments ?? []), ...(after?.block.moments ?? [])])];
  for (const kind of kinds) {
    const was = readerOf(before, kind);
    const is = readerOf(after, kind);
    for (let metric = 0; metric < metricsOf(kind).length; metric += 1) {
      for (const at of starts) {
        const sums = [is(at, metric, sumSlot), was(at, metric, sumSlot)] as const;
        const entities = is(at, metric, entitiesSlot) - was(at, metric, entitiesSlot);
        if (sums[0] === sums[1] && entities === 0) continue;
        yield { kind, metric, at, sum: BigInt(sums[0]) - BigInt(sums[1]), entities };
      }
    }
  }
}

type FigureReader = (at: number, metric: number, slotOf: (index: number) => number) => number;

function readerOf(figures: FiveMinutes | null, kind: EntityKind): FigureReader {
  const index = figures?.kinds.indexOf(kind) ?? -1;
  if (!figures || index < 0) return () => 0;
  const { layout, moments, values } = figures.block;
  const placeOf = new Map(moments.map((moment, place) => [moment, place]));
  return (at, metric, slotOf) => {
    const place = placeOf.get(at);
    return place === undefined ? 0 : (values[layout.columnOf(slotOf(index), metric) * moments.length + place] ?? 0);
  };
}
