import { FACTS, type SubjectKind } from "@/contract/facts";
import { LABEL_KEY_PATTERN } from "@/contract/selector";

/** What lists are made of: words that server and screens share. */

/** A label by its name, or a fact with `@` before its name: what one groups, sorts and counts by. */
export type Dimension = string;

export const DIMENSION_PATTERN = new RegExp(`${LABEL_KEY_PATTERN.source}|^@[A-Za-z]{1,40}$`);

/** The fact that a dimension is; null for a label. */
export const factOf = (dimension: Dimension): string | null => (dimension.startsWith("@") ? dimension.slice(1) : null);

/** Columns that show a label or a fact are named after it, so that none of the others has its name. */
export const columnOf = (dimension: Dimension): string =>
  factOf(dimension) === null ? `label:${dimension}` : dimension;

/** The label or fact that a column shows; null for every other column. */
export function dimensionOf(columnId: string): Dimension | null {
  if (columnId.startsWith("@")) return columnId;
  return columnId.startsWith("label:") ? columnId.slice("label:".length) : null;
}

/** True for labels, and for facts that this kind of thing has. */
export function isDimension(text: string, kind: SubjectKind): boolean {
  const fact = factOf(text);
  return fact === null ? LABEL_KEY_PATTERN.test(text) : Object.hasOwn(FACTS[kind], fact);
}

export const FACETS_MAX = 12;
export const DIMENSIONS_MAX = 30;
/** Groups of one list; more would be no overview. */
export const GROUPS_MAX = 500;
export const UNFOLDED_MAX = 50;
/** Rows of one export. */
export const EXPORT_ROWS_MAX = 200_000;
/** Things whose labels are changed at once. */
export const BULK_MAX = 50_000;
