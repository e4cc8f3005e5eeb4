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

/** Which columns are shown: as the columns say at first, then as this browser has chosen. */
export function useColumnVisibility<Row>(tableId: string, columns: readonly TableColumn<Row>[]) {
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
