import { absenceOf, type Block, ENTITY_ABSENT } from "./block";
import type { Layout } from "./layout";

/** What stands in the columns of metrics that a block's writer did not have. */
const OLDER_VERSION = absenceOf("older_version");
const NONE = -1;

type Absences = Pick<Block, "layout" | "moments" | "absence">;

/** Of layouts that another version wrote: where the columns of a reader are in them. A reader asks for one of its own. */
const known = new WeakMap<Layout, { reader: Layout; columns: Int32Array }>();

function columnsIn(layout: Layout, reader: Layout): Int32Array {
  const found = known.get(layout);
  if (found?.reader === reader) return found.columns;
  const columns = Int32Array.from({ length: reader.columns }, (_, column) => {
    const slot = reader.slots[column] ?? 0;
    const index = reader.metricIndexes[column] ?? 0;
    return index < (layout.widths[slot] ?? 0) ? layout.columnOf(slot, index) : NONE;
  });
  known.set(layout, { reader, columns });
  return columns;
}

/** The column of `layout` for what stands in `column` of another layout of the same dictionary; null where none is. */
export function columnIn(layout: Layout, other: Layout, column: number): number | null {
  const found = columnsIn(layout, other)[column] ?? NONE;
  return found === NONE ? null : found;
}

/**
 * A block in another layout of the same dictionary: what another version wrote, as this one knows it. Columns of
 * metrics that are not in `layout` are left out. Those of metrics that the block does not have are absent because of
 * an `older_version` wherever their entity was recorded, never nought.
 */
export function inLayout(block: Block, layout: Layout): Block {
  const { moments } = block;
  const count = moments.length;
  const values = new Float64Array(layout.columns * count);
  columnsIn(block.layout, layout).forEach((from, column) => {
    if (from === NONE) return;
    // In a loop: most blocks are of one moment, for which a view would cost more than the copy.
    for (let at = 0; at < count; at += 1) values[column * count + at] = block.values[from * count + at] ?? 0;
  });
  return { layout, moments, values, absence: absenceInLayout(block, layout) };
}

/** As `inLayout`, the absences alone. */
export function absenceInLayout(written: Absences, layout: Layout): Uint8Array {
  const count = written.moments.length;
  const absence = new Uint8Array(layout.columns * count);
  columnsIn(written.layout, layout).forEach((from, column) => {
    if (from === NONE) fillOlder(absence, column * count, written, layout.slots[column] ?? 0);
    else for (let at = 0; at < count; at += 1) absence[column * count + at] = written.absence[from * count + at] ?? 0;
  });
  return absence;
}

/** Says of each moment at which the entity was recorded that its writer was of an older version. */
function fillOlder(to: Uint8Array, start: number, { layout, moments, absence }: Absences, slot: number): void {
  const count = moments.length;
  to.fill(ENTITY_ABSENT, start, start + count);
  for (let metric = 0; metric < (layout.widths[slot] ?? 0); metric += 1) {
    const from = layout.columnOf(slot, metric) * count;
    for (let at = 0; at < count; at += 1) if (absence[from + at] !== ENTITY_ABSENT) to[start + at] = OLDER_VERSION;
  }
}
