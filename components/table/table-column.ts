import type { ReactNode } from "react";

/** One column of the data table. */
export type TableColumn<Row> = {
  /** Also the name of the sort order that the server knows. */
  id: string;
  /** In the reader's language. */
  header: string;
  cell: (row: Row) => ReactNode;
  /** Figures stand at the end, so that their digits line up. */
  align?: "start" | "end";
  widthPx: number;
  /** Takes the space that is left; the first column does where none is named. */
  canGrow?: boolean;
  isSortable?: boolean;
  /** Where on a phone: 1 first line, 2 second line with its name, 3 not at all. The first column is always 1. */
  priority?: 1 | 2 | 3;
  isHiddenAtFirst?: boolean;
};

export type TableSort = { columnId: string; isDescending: boolean };

/** The order after a press on this column's header: figures begin with the largest, words with A. */
export function nextSort<Row>(column: TableColumn<Row>, sort: TableSort | null): TableSort {
  if (sort?.columnId === column.id) return { columnId: column.id, isDescending: !sort.isDescending };
  return { columnId: column.id, isDescending: column.align === "end" };
}
