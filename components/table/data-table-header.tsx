"use client";

import { ArrowDown, ArrowUp } from "lucide-react";
import { useTranslations } from "next-intl";
import { Checkbox } from "@/components/ui/checkbox";
import { cn } from "@/components/ui/class-names";
import { nextSort, type TableColumn, type TableSort } from "./table-column";

/** Height of the header row in pixels; the window of rows begins below it. */
export const HEADER_PX = 32;

export type DataTableHeaderProps<Row> = {
  columns: readonly TableColumn<Row>[];
  sort: TableSort | null;
  onSort?: (sort: TableSort) => void;
  selection: { isChecked: boolean | "some"; onSelectAll: (isSelected: boolean) => void } | null;
};

/** The names of the columns; a press on one that can be sorted sorts by it, a second press turns the order. */
export function DataTableHeader<Row>({ columns, sort, onSort, selection }: DataTableHeaderProps<Row>) {
  const t = useTranslations("ui.table");
  const cell = "sticky top-0 z-[2] border-line border-b bg-sunken px-3 font-medium text-caption text-ink-muted";
  return (
    <thead className="max-md:sr-only">
      <tr aria-rowindex={1} style={{ height: HEADER_PX }}>
        {selection ? (
          <th scope="col" className={cn(cell, "left-0 z-[3] pl-4 text-left")}>
            <Checkbox
              isChecked={selection.isChecked}
              onChange={selection.onSelectAll}
              label={t("selectAll")}
              isLabelHidden
              className="-mt-0.5"
            />
          </th>
        ) : null}
        {columns.map((column, position) => {
          const isSorted = sort?.columnId === column.id;
          const Arrow = sort?.isDescending ? ArrowDown : ArrowUp;
          return (
            <th
              key={column.id}
              scope="col"
              aria-sort={
                column.isSortable ? (isSorted ? (sort.isDescending ? "descending" : "ascending") : "none") : undefined
              }
              className={cn(
                cell,
                column.align === "end" ? "text-right" : "text-left",
                position === 0 && "z-[3]",
                position === 0 && (selection ? "left-10" : "left-0 pl-4"),
              )}
            >
              {column.isSortable && onSort ? (
                <button
                  type="button"
                  onClick={() => onSort(nextSort(column, sort))}
                  className={cn(
                    "group/sort inline-flex max-w-full items-center gap-1 rounded-sm hover:text-ink",
                    column.align === "end" && "flex-row-reverse",
                    isSorted && "text-ink",
                  )}
                >
                  <span className="truncate">{column.header}</span>
                  <Arrow
                    aria-hidden
                    className={cn("size-3 shrink-0", !isSorted && "opacity-0 group-hover/sort:opacity-50")}
                  />
                </button>
              ) : (
                <span className="block truncate">{column.header}</span>
              )}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
