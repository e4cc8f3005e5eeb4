"use client";

import { useCallback, useEffect, useState } from "react";
import type { TableColumn } from "./table-column";

type Visibility = Record<string, boolean>;

const storageKey = (tableId: string) => `fernblick-columns-${tableId}`;

function stored(tableId: string): Visibility {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(storageKey(tableId)) ?? "{}");
    return typeof read === "object" && read !== null ? (read as Visibility) : {};
  } catch {
    return {};
  }
}

/** Columns beside the first that are shown, kept by whoever shows the table; null = as the columns say at first. */
export type ColumnChoice = { shown: readonly string[] | null; onShown: (columnIds: string[]) => void };

/** Which columns are shown: as the columns say at first, then as the address or else this browser has it. */
export function useColumnVisibility<Row>(
  tableId: string,
  columns: readonly TableColumn<Row>[],
  choice: ColumnChoice | undefined,
) {
  const kept = useStoredVisibility(tableId, columns);
  if (!choice) return kept;
  const isShown = ({ id, isHiddenAtFirst }: TableColumn<Row>, position: number) =>
    position === 0 || (choice.shown ? choice.shown.includes(id) : !isHiddenAtFirst);
  const shown = columns.filter(isShown).map(({ id }) => id);
  return {
    visibility: Object.fromEntries(columns.map(({ id }) => [id, shown.includes(id)])),
    setVisible: (columnId: string, isVisible: boolean) =>
      choice.onShown(
        columns.slice(1).flatMap(({ id }) => ((id === columnId ? isVisible : shown.includes(id)) ? [id] : [])),
      ),
  };
}

function useStoredVisibility<Row>(tableId: string, columns: readonly TableColumn<Row>[]) {
  const [visibility, setVisibility] = useState<Visibility>(() =>
    Object.fromEntries(columns.map((column) => [column.id, !column.isHiddenAtFirst])),
  );
  useEffect(() => {
    setVisibility((current) => ({ ...current, ...stored(tableId) }));
  }, [tableId]);
  const setVisible = useCallback(
    (columnId: string, isVisible: boolean) => {
      setVisibility((current) => ({ ...current, [columnId]: isVisible }));
      try {
        localStorage.setItem(storageKey(tableId), JSON.stringify({ ...stored(tableId), [columnId]: isVisible }));
      } catch {
        // A browser without storage shows the choice until the page is left.
      }
    },
    [tableId],
  );
  return { visibility, setVisible };
}
