import { absenceOf, type Block, createBlock, PRESENT } from "@/contract/codec/block";
import type { Layout } from "@/contract/codec/layout";
import { type EntityKind, metricsOf, type Readings, toSteps } from "@/contract/metrics";
import type { UnknownCode } from "@/contract/unknown";

/** What is read of one entity at one moment, in units; counters as their growth over `spanSeconds`. */
export type Sample = {
  kind: EntityKind;
  key: string;
  readings: Record<string, number>;
  /** Why the other readings are missing. */
  missing?: UnknownCode;
};

/** The same, with the names of readings checked for their kind. */
export const sample = <K extends EntityKind>(
  kind: K,
  key: string,
  readings: Readings<K>,
  missing: UnknownCode = "not_offered",
): Sample => ({ kind, key, readings: readings as Record<string, number>, missing });

/**
 * A block of what was read at some moments.
 * @param read what is read at a moment, entities in the order of the layout
 */
export function blockOf(layout: Layout, moments: readonly number[], read: (at: number) => readonly Sample[]): Block {
  const block = createBlock(layout, moments);
  moments.forEach((at, place) => {
    read(at).forEach(({ kind, readings, missing = "not_offered" }, slot) => {
      metricsOf(kind).forEach((metric, index) => {
        const to = layout.columnOf(slot, index) * moments.length + place;
        const value = readings[metric.name];
        block.absence[to] = value === undefined ? absenceOf(missing) : PRESENT;
        if (value !== undefined) block.values[to] = toSteps(metric, value);
      });
    });
  });
  return block;
}
