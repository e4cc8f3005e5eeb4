"use client";

import { SlidersHorizontal } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { DropdownMenu, MenuCheckItem, MenuChoice, MenuLabel, MenuSeparator } from "@/components/ui/dropdown-menu";
import { nextSort, type TableColumn, type TableSort } from "./table-column";

export type ColumnChooserProps<Row> = {
  columns: readonly TableColumn<Row>[];
  isVisible: (columnId: string) => boolean;
  onVisible: (columnId: string, isVisible: boolean) => void;
  sort: TableSort | null;
  onSort?: (sort: TableSort) => void;
  /** A phone has no column headers to press: the order is chosen here. */
  isNarrow: boolean;
};

/** Which columns are shown; on a phone also in which order the rows stand. */
export function ColumnChooser<Row>(props: ColumnChooserProps<Row>) {
  const { columns, isVisible, onVisible, sort, onSort, isNarrow } = props;
  const t = useTranslations("ui.table");
  const sortable = columns.filter((column) => column.isSortable);
  const choose = (columnId: string) => {
    const column = columns.find((candidate) => candidate.id === columnId);
    if (column) onSort?.(nextSort(column, sort));
  };
  return (
    <DropdownMenu
      trigger={
        <Button variant="ghost" size="small">
          <SlidersHorizontal aria-hidden />
          {isNarrow ? t("view") : t("columns")}
        </Button>
      }
    >
      {isNarrow && onSort && sortable.length > 0 ? (
        <>
          <MenuLabel>{t("sortBy")}</MenuLabel>
          <MenuChoice
            value={sort?.columnId ?? ""}
            onValueChange={choose}
            options={sortable.map((column) => ({ value: column.id, label: column.header }))}
          />
          <MenuSeparator />
          <MenuLabel>{t("columns")}</MenuLabel>
        </>
      ) : null}
      {columns.slice(1).map((column) => (
        <MenuCheckItem key={column.id} isChecked={isVisible(column.id)} onChange={(next) => onVisible(column.id, next)}>
          {column.header}
        </MenuCheckItem>
      ))}
    </DropdownMenu>
  );
}
