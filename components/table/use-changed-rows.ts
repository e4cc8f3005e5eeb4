"use client";

import { useEffect, useRef, useState } from "react";

const MARK_MS = 2000;

/** Ids of the rows whose version changed within the last two seconds; rows that are new are not changed. */
export function useChangedRows<Row>(
  rows: readonly Row[],
  getRowId: (row: Row) => string,
  getRowVersion: ((row: Row) => string | number) | undefined,
): ReadonlySet<string> {
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  const versions = useRef(new Map<string, string | number>());
  const access = useRef({ getRowId, getRowVersion });
  access.current = { getRowId, getRowVersion };
  useEffect(() => {
    const { getRowId: idOf, getRowVersion: versionOf } = access.current;
    if (!versionOf) return;
    const moved = new Set<string>();
    for (const row of rows) {
      const id = idOf(row);
      const version = versionOf(row);
      const before = versions.current.get(id);
      if (before !== undefined && before !== version) moved.add(id);
      versions.current.set(id, version);
    }
    if (moved.size > 0) setChanged(moved);
  }, [rows]);
  useEffect(() => {
    if (changed.size === 0) return;
    const timer = setTimeout(() => setChanged(new Set()), MARK_MS);
    return () => clearTimeout(timer);
  }, [changed]);
  return changed;
}
