import { UNKNOWN_CODES, type UnknownCode } from "@/contract/unknown";
import type { Layout } from "./layout";

/** The reading is there. */
export const PRESENT = 0;
/** The entity was not recorded at this moment at all. */
export const ENTITY_ABSENT = 255;

/**
 * The readings of one stream at some moments. Column c at moment i is `values[c * moments.length + i]`.
 * Values are whole steps of their metric (see `toSteps`), or doubles where the metric is one; what is not present has
 * the value 0 and its reason in `absence`.
 */
export type Block = {
  readonly layout: Layout;
  /** Epoch seconds, each greater than the one before. */
  readonly moments: readonly number[];
  readonly values: Float64Array;
  /** `PRESENT`, `ENTITY_ABSENT`, or `absenceOf(code)`. */
  readonly absence: Uint8Array;
};

/** A block in which nothing is recorded yet. */
export function createBlock(layout: Layout, moments: readonly number[]): Block {
  const size = layout.columns * moments.length;
  return { layout, moments, values: new Float64Array(size), absence: new Uint8Array(size).fill(ENTITY_ABSENT) };
}

/** Why a reading is missing, as a number for `absence`. */
export const absenceOf = (code: UnknownCode): number => 1 + UNKNOWN_CODES.indexOf(code);

/** The reason behind an `absence`; null for what is present or whose entity was not recorded. */
export function codeOfAbsence(absence: number): UnknownCode | null {
  return absence === PRESENT || absence === ENTITY_ABSENT ? null : (UNKNOWN_CODES[absence - 1] ?? "read_failed");
}

/** The same block with only some of its moments, by ascending index. */
export function selectMoments(block: Block, indexes: readonly number[]): Block {
  const { layout, moments } = block;
  const selected = createBlock(
    layout,
    indexes.map((index) => moments[index] ?? 0),
  );
  for (let column = 0; column < layout.columns; column += 1) {
    indexes.forEach((index, place) => {
      const to = column * indexes.length + place;
      const from = column * moments.length + index;
      selected.values[to] = block.values[from] ?? 0;
      selected.absence[to] = block.absence[from] ?? ENTITY_ABSENT;
    });
  }
  return selected;
}
