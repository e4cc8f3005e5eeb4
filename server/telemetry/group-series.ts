import { fromSteps, type Metric } from "@/contract/metrics";
import { SLOT_SECONDS } from "./rollups";

/** Sums over the entities of one kind that were heard in five minutes, in whole steps. */
export type SlotSums = {
  /** Start of the five minutes, epoch seconds. */
  at: number;
  sum: number;
  /** Entities in the sum. */
  entities: number;
  /** Of a counter: the seconds that its entities' increments cover, and of how many entities. */
  span: number;
  spanEntities: number;
};

export type GroupPoint = {
  at: number;
  /** Sum over the entities that were heard; of a counter per second. */
  value: number;
  /** Entities that were heard, in each five minutes of the step at least so many. */
  known: number;
};

/** What the sums of five minutes say of their time; null where nothing follows from them. */
function slotValue(metric: Metric, { sum, entities, span, spanEntities }: SlotSums): number | null {
  if (entities === 0) return null;
  if (metric.kind !== "counter") return fromSteps(metric, sum);
  // Each entity grew by its part in its own time: with the mean of these times, the sum is one of rates.
  return span > 0 ? (fromSteps(metric, sum) * spanEntities) / span : null;
}

/** Five-minute sums in steps: the mean of their values; five minutes without data add nothing. */
export function groupPoints(metric: Metric, slots: Iterable<SlotSums>, stepSeconds: number): GroupPoint[] {
  const steps = new Map<number, { total: number; slots: number; known: number }>();
  for (const slot of slots) {
    const value = slotValue(metric, slot);
    if (value === null) continue;
    const at = Math.floor(slot.at / stepSeconds) * stepSeconds;
    const step = steps.get(at) ?? { total: 0, slots: 0, known: Number.POSITIVE_INFINITY };
    steps.set(at, {
      total: step.total + value,
      slots: step.slots + 1,
      known: Math.min(step.known, slot.entities),
    });
  }
  return [...steps]
    .sort(([a], [b]) => a - b)
    .map(([at, step]) => ({ at, value: step.total / step.slots, known: step.known }));
}

const DAY_SECONDS = 86_400;
const SLOTS_PER_DAY = DAY_SECONDS / SLOT_SECONDS;
/** One day's figures, each a plane of all slots. */
const PLANES = { sum: 0, entities: SLOTS_PER_DAY, span: 2 * SLOTS_PER_DAY, spanEntities: 3 * SLOTS_PER_DAY } as const;

/** Figures of some moments, from one index to before another; where there are 0 entities there is none. */
type Figures = {
  /** All in one UTC day. */
  moments: readonly number[];
  sums: ArrayLike<number>;
  entities: ArrayLike<number>;
  first: number;
  end: number;
};

/** Adds sums of the same five minutes; exact, since all are whole numbers. */
export class SlotAccumulator {
  /** By the second that a day begins at. */
  readonly #days = new Map<number, Float64Array>();

  /** @param isSpan whether these are seconds that a counter's increments cover */
  addAll({ moments, sums, entities, first, end }: Figures, isSpan: boolean): void {
    const sumPlane = isSpan ? PLANES.span : PLANES.sum;
    const entitiesPlane = isSpan ? PLANES.spanEntities : PLANES.entities;
    const day = Math.floor((moments[first] ?? 0) / DAY_SECONDS) * DAY_SECONDS;
    const figures = this.#days.get(day) ?? new Float64Array(4 * SLOTS_PER_DAY);
    this.#days.set(day, figures);
    for (let index = first; index < end; index += 1) {
      const heard = entities[index] ?? 0;
      if (heard === 0) continue;
      const slot = (((moments[index] ?? 0) - day) / SLOT_SECONDS) | 0;
      figures[sumPlane + slot] = (figures[sumPlane + slot] ?? 0) + (sums[index] ?? 0);
      figures[entitiesPlane + slot] = (figures[entitiesPlane + slot] ?? 0) + heard;
    }
  }

  /** The five minutes that anything was added to. */
  *[Symbol.iterator](): IterableIterator<SlotSums> {
    for (const [day, figures] of this.#days) {
      for (let slot = 0; slot < SLOTS_PER_DAY; slot += 1) {
        const read = (plane: number) => figures[plane + slot] ?? 0;
        const entities = read(PLANES.entities);
        const spanEntities = read(PLANES.spanEntities);
        if (entities === 0 && spanEntities === 0) continue;
        const at = day + slot * SLOT_SECONDS;
        yield { at, sum: read(PLANES.sum), entities, span: read(PLANES.span), spanEntities };
      }
    }
  }
}

/** Steps of group series: five minutes or a multiple, so that at most this many points come. */
const STEPS = [SLOT_SECONDS, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400] as const;
const POINTS_MAX = 300;

/** Width of one point of a group's series in seconds. */
export function groupStepSeconds(rangeSeconds: number): number {
  return STEPS.find((step) => rangeSeconds / step <= POINTS_MAX) ?? STEPS[STEPS.length - 1] ?? SLOT_SECONDS;
}
