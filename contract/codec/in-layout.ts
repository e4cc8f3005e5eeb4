import { absenceOf, type Block, createBlock, ENTITY_ABSENT } from "./block";
import type { Layout } from "./layout";

/** What stands in the columns of metrics that a block's writer did not have. */
const OLDER_VERSION = absenceOf("older_version");

type Absences = Pick<Block, "layout" | "moments" | "absence">;

/** The column of `layout` for what stands in `column` of another layout of the same dictionary; null where none is. */
export function columnIn(layout: Layout, other: Layout, column: number): number | null {
  const slot = other.slots[column] ?? 0;
  const index = other.metricIndexes[column] ?? 0;
  return index < (layout.widths[slot] ?? 0) ? layout.columnOf(slot, index) : null;
}

/**
 * A block in another layout of the same dictionary: what another version wrote, as this one knows it. Columns of
 * metrics that are not in `layout` are left out. Those of metrics that the block does not have are absent because of
 * an `older_version` wherever their entity was recorded, never nought.
 */
export function inLayout(block: Block, layout: Layout): Block {
  const { moments, values } = block;
  const count = moments.length;
  const made = createBlock(layout, moments);
  made.absence.set(absenceInLayout(block, layout));
  for (let column = 0; column < layout.columns; column += 1) {
    const from = columnIn(block.layout, layout, column);
    if (from !== null) made.values.set(values.subarray(from * count, (from + 1) * count), column * count);
  }
  return made;
}

/** As `inLayout`, the absences alone. */
export function absenceInLayout(from: Absences, layout: Layout): Uint8Array {
  const count = from.moments.length;
  const made = new Uint8Array(layout.columns * count).fill(ENTITY_ABSENT);
  for (let column = 0; column < layout.columns; column += 1) {
    const known = columnIn(from.layout, layout, column);
    if (known !== null) made.set(from.absence.subarray(known * count, (known + 1) * count), column * count);
    else fillOlder(made.subarray(column * count, (column + 1) * count), from, layout.slots[column] ?? 0);
  }
  return made;
}

/** Says of each moment at which the entity was recorded that its writer was of an older version. */
function fillOlder(absence: Uint8Array, { layout, moments, absence: told }: Absences, slot: number): void {
  for (let metric = 0; metric < (layout.widths[slot] ?? 0); metric += 1) {
    const from = layout.columnOf(slot, metric) * moments.length;
    for (let at = 0; at < moments.length; at += 1) {
      if (told[from + at] !== ENTITY_ABSENT) absence[at] = OLDER_VERSION;
    }
  }
}
