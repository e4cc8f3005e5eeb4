import { absenceOf, type Block, codeOfAbsence, ENTITY_ABSENT, PRESENT } from "@/contract/codec/block";
import { type EntityKind, fromSteps, metricsOf, type Readings } from "@/contract/metrics";
import type { UnknownCode } from "@/contract/unknown";

/** Newest readings of an entity as the database keeps them: eight bytes a reading in its unit, NaN = not read. */
export type PackedState = { state: Buffer; absence: Buffer };

/** The readings of one entity at one moment of a block; null when the entity was not recorded then. */
export function packState(block: Block, slot: number, at: number): PackedState | null {
  const { layout, moments, values, absence } = block;
  const entry = layout.entries[slot];
  if (!entry) throw new RangeError(`Slot ${slot} of ${layout.entries.length}`);
  const metrics = metricsOf(entry.kind);
  const packed = { state: Buffer.alloc(8 * metrics.length), absence: Buffer.alloc(metrics.length) };
  let isRecorded = false;
  metrics.forEach((metric, metricIndex) => {
    const place = layout.columnOf(slot, metricIndex) * moments.length + at;
    const missing = absence[place] ?? ENTITY_ABSENT;
    if (missing !== ENTITY_ABSENT) isRecorded = true;
    packed.absence[metricIndex] = missing;
    packed.state.writeDoubleLE(
      missing === PRESENT ? fromSteps(metric, values[place] ?? 0) : Number.NaN,
      8 * metricIndex,
    );
  });
  return isRecorded ? packed : null;
}

/** Readings by name; a name that is missing was not read. */
export function unpackReadings<K extends EntityKind>(kind: K, state: Buffer): Readings<K> {
  const readings: Record<string, number> = {};
  metricsOf(kind).forEach(({ name }, index) => {
    // A set only grows: what was packed before it did is shorter.
    const value = 8 * index + 8 <= state.length ? state.readDoubleLE(8 * index) : Number.NaN;
    if (!Number.isNaN(value)) readings[name] = value;
  });
  return readings as Readings<K>;
}

/** Why readings are missing, by name, as far as the frame told. */
export function unpackAbsence(kind: EntityKind, absence: Buffer): Record<string, UnknownCode> {
  const codes: Record<string, UnknownCode> = {};
  metricsOf(kind).forEach(({ name }, index) => {
    const code = codeOfAbsence(absence[index] ?? absenceOf("older_version"));
    if (code) codes[name] = code;
  });
  return codes;
}
