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

/** Adds sums of the same five minutes; exact, since all are whole numbers. */
export class SlotAccumulator {
  readonly #slots = new Map<number, SlotSums>();

  add(slot: SlotSums): void {
    const known = this.#slots.get(slot.at);
    if (!known) {
      this.#slots.set(slot.at, { ...slot });
      return;
    }
    known.sum += slot.sum;
    known.entities += slot.entities;
    known.span += slot.span;
    known.spanEntities += slot.spanEntities;
  }

  [Symbol.iterator](): IterableIterator<SlotSums> {
    return this.#slots.values();
  }
}

/** Steps of group series: five minutes or a multiple, so that at most this many points come. */
const STEPS = [SLOT_SECONDS, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400] as const;
const POINTS_MAX = 300;

/** Width of one point of a group's series in seconds. */
export function groupStepSeconds(rangeSeconds: number): number {
  return STEPS.find((step) => rangeSeconds / step <= POINTS_MAX) ?? STEPS[STEPS.length - 1] ?? SLOT_SECONDS;
}
