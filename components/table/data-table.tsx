"use client";

import { type ColumnDef, columnVisibilityFeature, tableFeatures, useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import type { Route } from "next";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/class-names";
import { ColumnChooser } from "./column-chooser";
import { DataTableGroup, type TableGroup } from "./data-table-group";
import { DataTableHeader, HEADER_PX } from "./data-table-header";
import { DataTableRow } from "./data-table-row";
import type { TableColumn, TableSort } from "./table-column";
import { useChangedRows } from "./use-changed-rows";
import { type ColumnChoice, useColumnVisibility } from "./use-column-visibility";
import { useNarrowScreen } from "./use-narrow-screen";
import { useRowKeys } from "./use-row-keys";

const ROW_PX = { normal: 36, compact: 28, narrow: 58 };
const SELECTION_PX = 40;
/** More rows are asked for when so few are left below. */
const ROWS_AHEAD = 20;

const features = tableFeatures({ columnVisibilityFeature });

export type DataTableProps<Row> = {
  /** Names this table for the browser's memory of its columns. */
  id: string;
  /** What the rows are, for screen readers. */
  label: string;
  columns: readonly TableColumn<Row>[];
  rows: readonly Row[];
  /** How many there are in all; more than `rows` while not everything is loaded. */
  total: number;
  getRowId: (row: Row) => string;
  getRowName: (row: Row) => string;
  sort?: TableSort | null;
  onSort?: (sort: TableSort) => void;
  onEndReached?: () => void;
  isLoadingMore?: boolean;
  getRowHref?: (row: Row) => Route;
  /** Instead of following the link, for example a panel for a quick look. */
  onOpen?: (row: Row) => void;
  /** The row that is open beside the table. */
  currentRowId?: string | null;
  /** When this changes, the row is marked for two seconds. */
  getRowVersion?: (row: Row) => string | number;
  selection?: { selectedIds: ReadonlySet<string>; onSelect: (ids: ReadonlySet<string>) => void };
  /** Search and filters, at the left above the table. */
  toolbar?: ReactNode;
  /** What is said when there is no row at all. */
  empty?: ReactNode;
  /** True when filters are set: then nothing *matches*. */
  isFiltered?: boolean;
  onClearFilters?: () => void;
  isCompact?: boolean;
  /** Which columns are shown, where the address keeps it and not this browser. */
  columnChoice?: ColumnChoice;
  /** Where rows stand in groups: what the line of a group says; null for a row. */
  getGroup?: (row: Row) => TableGroup | null;
  /** Rows that are loaded, where `rows` also holds lines of groups. */
  loadedCount?: number;
  /** How many there are in all without lines of groups, where `total` counts these. */
  countedTotal?: number;
  /** There are more rows to load, where `total` alone does not say so. */
  hasMore?: boolean;
  /** Sets the height of the scrolling part; the default leaves room for what stands above. */
  className?: string;
};

/** The one data table: rows come from the server in its order, only those in view are drawn. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { id, label, columns, rows, total, getRowId, getRowName, sort = null, onSort, selection } = props;
  const { onEndReached, isLoadingMore = false, isFiltered = false, onClearFilters } = props;
  const t = useTranslations("ui.table");
  const scrollRef = useRef<HTMLDivElement>(null);
  const bodyRef = useRef<HTMLTableSectionElement>(null);
  const isNarrow = useNarrowScreen();
  const changed = useChangedRows(rows, getRowId, props.getRowVersion);
  const { visibility, setVisible } = useColumnVisibility(id, columns, props.columnChoice);
  const loadedCount = props.loadedCount ?? rows.length;
  const hasMore = props.hasMore ?? rows.length < total;

  const definitions = useMemo<ColumnDef<typeof features, object>[]>(
    () => columns.map((column, position) => ({ id: column.id, enableHiding: position > 0 })),
    [columns],
  );
  const table = useTable({
    features,
    columns: definitions,
    data: rows as readonly object[],
    getRowId: (row) => getRowId(row as Row),
    state: { columnVisibility: visibility },
  });
  const model = table.getRowModel().rows;
  const shown = table
    .getVisibleLeafColumns()
    .flatMap((column) => columns.find((candidate) => candidate.id === column.id) ?? []);
  const rowPx = isNarrow ? ROW_PX.narrow : props.isCompact ? ROW_PX.compact : ROW_PX.normal;
  const headerPx = isNarrow ? 0 : HEADER_PX;

  const virtualizer = useVirtualizer<HTMLDivElement, Element>({
    count: model.length,
    getScrollElement: () => scrollRef.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => model[index]?.id ?? index,
    overscan: 8,
    scrollMargin: headerPx,
    scrollPaddingStart: headerPx,
    // React may be drawing when the size is first measured; it then refuses to draw at once.
    useFlushSync: false,
    // The server and tests have no height to measure; the first picture holds a screenful.
    initialRect: { width: 1200, height: 640 },
  });
  // The virtualizer keeps the sizes of before until it is told that rows have another height.
  const measure = useRef(virtualizer.measure);
  measure.current = virtualizer.measure;
  useEffect(() => {
    if (rowPx > 0) measure.current();
  }, [rowPx]);

  const items = virtualizer.getVirtualItems();
  const firstItem = items[0];
  const lastItem = items.at(-1);
  const isEndNear = lastItem !== undefined && lastItem.index >= rows.length - ROWS_AHEAD && hasMore;
  useEffect(() => {
    if (isEndNear && !isLoadingMore) onEndReached?.();
  }, [isEndNear, isLoadingMore, onEndReached]);

  const select = (rowId: string, isSelected: boolean) => {
    if (!selection) return;
    const ids = new Set(selection.selectedIds);
    if (isSelected) ids.add(rowId);
    else ids.delete(rowId);
    selection.onSelect(ids);
  };
  const open = (index: number) => {
    const row = rows[index];
    if (row === undefined) return;
    const group = props.getGroup?.(row);
    if (group) group.onToggle();
    else if (props.onOpen) props.onOpen(row);
    else bodyRef.current?.querySelector<HTMLAnchorElement>(`tr[data-index="${index}"] a[href]`)?.click();
  };
  const toggle = (index: number) => {
    const row = rows[index];
    if (row !== undefined && !props.getGroup?.(row)) select(getRowId(row), !selection?.selectedIds.has(getRowId(row)));
  };
  const keys = useRowKeys({
    rowCount: rows.length,
    bodyRef,
    virtualizer,
    pageRows: Math.max(1, Math.floor(((virtualizer.scrollRect?.height ?? 640) - headerPx) / rowPx) - 1),
    onOpen: open,
    onToggle: selection ? toggle : undefined,
  });
  const isActiveDrawn = items.some((item) => item.index === keys.activeIndex);
  const tabStop = isActiveDrawn ? keys.activeIndex : firstItem?.index;

  const selectedCount = selection?.selectedIds.size ?? 0;
  const selectable = rows.filter((row) => !props.getGroup?.(row));
  const isAllSelected = selectable.length > 0 && selectable.every((row) => selection?.selectedIds.has(getRowId(row)));
  const widthPx = shown.reduce((sum, column) => sum + column.widthPx, selection ? SELECTION_PX : 0);
  const hasGrowing = shown.some((column) => column.canGrow);
  const spacerBefore = firstItem ? firstItem.start - headerPx : 0;
  // Without a row in view (the part was folded to nothing) the height has to stay, or it never unfolds again.
  const spacerAfter = virtualizer.getTotalSize() + headerPx - (lastItem ? lastItem.end : headerPx);

  // A table may have the role grid (ARIA in HTML): rows are moved through with the arrow keys and can be selected.
  const grid = {
    role: "grid",
    "aria-label": label,
    "aria-rowcount": Math.max(total, rows.length) + 1,
    "aria-multiselectable": selection ? true : undefined,
    "aria-busy": isLoadingMore || undefined,
    "aria-describedby": `${id}-keys`,
  };

  return (
    <div className="flex min-h-0 flex-col">
      <div className="mb-2 flex items-start gap-2">
        <div className="flex min-h-8 min-w-0 flex-1 flex-wrap items-center gap-2">{props.toolbar}</div>
        <ColumnChooser
          columns={columns}
          isVisible={(columnId) => visibility[columnId] !== false}
          onVisible={setVisible}
          sort={sort}
          onSort={onSort}
          isNarrow={isNarrow}
        />
      </div>
      <div
        ref={scrollRef}
        className={cn(
          "relative overflow-auto border-line border-t max-md:-mx-4 md:rounded-lg md:border",
          "max-h-[max(16rem,calc(100dvh-15rem))]",
          props.className,
        )}
      >
        <table
          {...grid}
          className="w-full table-fixed border-separate border-spacing-0 max-md:block"
          style={isNarrow ? undefined : { minWidth: widthPx }}
        >
          <colgroup>
            {selection ? <col style={{ width: SELECTION_PX }} /> : null}
            {shown.map((column, position) => (
              <col
                key={column.id}
                style={column.canGrow || (!hasGrowing && position === 0) ? undefined : { width: column.widthPx }}
              />
            ))}
          </colgroup>
          <DataTableHeader
            columns={shown}
            sort={sort}
            onSort={onSort}
            selection={
              selection
                ? {
                    isChecked: isAllSelected ? true : selectedCount > 0 ? "some" : false,
                    onSelectAll: (isSelected) =>
                      selection.onSelect(new Set(isSelected ? selectable.map(getRowId) : [])),
                  }
                : null
            }
          />
          <tbody ref={bodyRef} {...keys.handlers} className="max-md:block">
            {spacerBefore > 0 ? <tr aria-hidden className="max-md:block" style={{ height: spacerBefore }} /> : null}
            {items.map((item) => {
              const row = rows[item.index];
              if (row === undefined) return null;
              const rowId = getRowId(row);
              const group = props.getGroup?.(row);
              if (group) {
                return (
                  <DataTableGroup
                    key={item.key}
                    group={group}
                    index={item.index}
                    heightPx={rowPx}
                    columns={shown.length + (selection ? 1 : 0)}
                    isTabStop={item.index === tabStop}
                    onFocus={() => keys.setActiveIndex(item.index)}
                  />
                );
              }
              return (
                <DataTableRow
                  key={item.key}
                  row={row}
                  name={getRowName(row)}
                  index={item.index}
                  heightPx={rowPx}
                  columns={shown}
                  href={props.getRowHref?.(row) ?? null}
                  onOpen={props.onOpen}
                  isTabStop={item.index === tabStop}
                  isChanged={changed.has(rowId)}
                  isCurrent={props.currentRowId === rowId}
                  selection={
                    selection
                      ? {
                          isSelected: selection.selectedIds.has(rowId),
                          onSelect: (isSelected) => select(rowId, isSelected),
                        }
                      : null
                  }
                  onFocus={() => keys.setActiveIndex(item.index)}
                />
              );
            })}
            {spacerAfter > 0 ? <tr aria-hidden className="max-md:block" style={{ height: spacerAfter }} /> : null}
          </tbody>
        </table>
        {rows.length === 0 ? (
          <div className="flex flex-wrap items-center gap-3 px-4 py-8 text-ink-muted text-table">
            {isFiltered ? t("emptyFiltered") : (props.empty ?? t("empty"))}
            {isFiltered && onClearFilters ? (
              <Button size="small" onClick={onClearFilters}>
                {t("clearFilters")}
              </Button>
            ) : null}
          </div>
        ) : null}
      </div>
      <p id={`${id}-keys`} className="sr-only">
        {t("keys")}
      </p>
      <p role="status" className="mt-2 text-caption text-ink-faint tabular-nums">
        {t("loaded", { loaded: loadedCount, total: props.countedTotal ?? total })}
        {isLoadingMore ? ` · ${t("loadingMore")}` : null}
        {selectedCount > 0 ? ` · ${t("selected", { count: selectedCount })}` : null}
      </p>
    </div>
  );
}
