"use client";

import type { Route } from "next";
import { useTranslations } from "next-intl";
import { type ReactNode, type SyntheticEvent, useState } from "react";
import { DataTable } from "@/components/table/data-table";
import { useSiteColumns } from "./site-columns";
import { siteHref } from "./site-href";
import type { SiteListRow } from "./site-items";

/** Rows that are handed to the table at once; more come as one scrolls. */
const ROWS_STEP = 200;

export type SiteListProps = {
  rows: readonly SiteListRow[];
  /** The site that the map points at. */
  currentId: string | null;
  /** The same list with the sites of one region only; null = those that have none. */
  getRegionHref: (region: string | null) => Route;
  onPoint: (row: SiteListRow | null) => void;
  toolbar: ReactNode;
  isFiltered: boolean;
  onClearFilters: () => void;
};

/** Lines of regions are no sites. */
const countSites = (rows: readonly SiteListRow[]): number => rows.filter(({ kind }) => kind === "site").length;

/** The list beside the map: region, then site. What one points at is marked on the map, and the other way round. */
export function SiteList({
  rows,
  currentId,
  getRegionHref,
  onPoint,
  toolbar,
  isFiltered,
  onClearFilters,
}: SiteListProps) {
  const t = useTranslations("sites.list");
  const columns = useSiteColumns();
  const [shown, setShown] = useState(ROWS_STEP);
  const point = (event: SyntheticEvent) => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("tr[data-index]") : null;
    onPoint(row ? (rows[Number(row.dataset.index)] ?? null) : null);
  };
  return (
    // It only listens along with what the rows do by themselves.
    // biome-ignore lint/a11y/noStaticElementInteractions: the rows inside have the roles and the keys
    <div className="min-w-0" onPointerOver={point} onPointerLeave={() => onPoint(null)} onFocus={point}>
      <DataTable
        id="sites"
        label={t("label")}
        columns={columns}
        rows={rows.slice(0, shown)}
        loadedCount={countSites(rows.slice(0, shown))}
        total={rows.length}
        countedTotal={countSites(rows)}
        getRowId={(row) => (row.kind === "site" ? row.item.id : `region ${row.region}`)}
        getRowName={(row) => (row.kind === "site" ? row.item.name : (row.region ?? t("noRegion")))}
        getRowHref={(row) => (row.kind === "site" ? siteHref(row.item.id) : getRegionHref(row.region))}
        getRowVersion={(row) => (row.kind === "site" ? row.item.state : "")}
        currentRowId={currentId}
        onEndReached={() => setShown((before) => before + ROWS_STEP)}
        toolbar={toolbar}
        isFiltered={isFiltered}
        onClearFilters={onClearFilters}
        isCompact
      />
    </div>
  );
}
