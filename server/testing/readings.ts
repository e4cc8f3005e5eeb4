import { absenceOf, type Block, createBlock, PRESENT } from "@/contract/codec/block";
import { createLayout, type Dictionary } from "@/contract/codec/layout";
import { metricsOf, toSteps } from "@/contract/metrics";

/** A moment with the readings of the entities that were recorded at it, by their keys, in the units of the names. */
export type RecordedMoment = { at: number; readings: Record<string, Record<string, number>> };

/** A block of these moments. An entity that a moment does not name was not recorded; a reading that is missing failed. */
export function blockOfReadings(entries: Dictionary, moments: readonly RecordedMoment[]): Block {
  const layout = createLayout(entries);
  const block = createBlock(
    layout,
    moments.map(({ at }) => at),
  );
  moments.forEach(({ readings }, index) => {
    entries.forEach(({ kind, key }, slot) => {
      const known = readings[key];
      if (!known) return;
      metricsOf(kind).forEach((metric, position) => {
        const cell = layout.columnOf(slot, position) * moments.length + index;
        const value = known[metric.name];
        block.absence[cell] = value === undefined ? absenceOf("read_failed") : PRESENT;
        block.values[cell] = value === undefined ? 0 : toSteps(metric, value);
      });
    });
  });
  return block;
}
