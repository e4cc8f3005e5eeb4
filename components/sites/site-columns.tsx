"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { Quantity } from "@/components/shell/quantity";
import type { TableColumn } from "@/components/table/table-column";
import { SimulatedMark } from "@/components/ui/simulated-mark";
import { StateMark } from "@/components/ui/state-mark";
import { SITE_STATES } from "@/server/sites/model";
import type { RegionRow, SiteItem, SiteListRow } from "./site-items";

/** The states of a region's sites that need a person, each with its number. */
function RegionStates({ row }: { row: RegionRow }) {
  const t = useTranslations("ui.state");
  const worst = SITE_STATES.filter((state) => state !== "good" && row.counts[state] > 0).slice(0, 2);
  if (worst.length === 0) return <StateMark state="good" />;
  return (
    <span className="inline-flex gap-2">
      {worst.map((state) => (
        <span key={state}>
          <StateMark state={state} word={String(row.counts[state])} />
          <span className="sr-only"> {t(state)}</span>
        </span>
      ))}
    </span>
  );
}

function SiteName({ item }: { item: SiteItem }) {
  const t = useTranslations("sites.list");
  return (
    <span className="flex min-w-0 items-center gap-2 pl-3">
      <span className="truncate">{item.name}</span>
      {item.isSimulated ? <SimulatedMark isShort /> : null}
      {item.place ? null : <StateMark state="unknown" word={t("noPlace")} isWordHidden />}
    </span>
  );
}

/** How many of how many are reached; nothing at it is no zero of something. */
function Reached({ online, total }: { online: number; total: number }) {
  const t = useTranslations("sites.list");
  if (total === 0)
    return (
      <span className="text-ink-faint">
        –<span className="sr-only"> {t("nothing")}</span>
      </span>
    );
  return (
    <>
      <Quantity kind="count" value={online} />
      <span className="text-ink-faint">
        {" / "}
        <Quantity kind="count" value={total} />
      </span>
    </>
  );
}

/** The columns of the list beside the map: a region's row stands above those of its sites. */
export function useSiteColumns(): TableColumn<SiteListRow>[] {
  const t = useTranslations("sites.list");
  return useMemo(
    () => [
      {
        id: "name",
        header: t("columns.name"),
        widthPx: 160,
        canGrow: true,
        cell: (row) =>
          row.kind === "site" ? (
            <SiteName item={row.item} />
          ) : (
            <span className="flex items-baseline gap-2 text-ink-muted">
              <span className="truncate">{row.region ?? t("noRegion")}</span>
              <span className="font-normal text-caption text-ink-faint">{t("count", { count: row.count })}</span>
            </span>
          ),
      },
      {
        id: "state",
        header: t("columns.state"),
        widthPx: 116,
        priority: 1,
        cell: (row) => (row.kind === "site" ? <StateMark state={row.item.state} /> : <RegionStates row={row} />),
      },
      {
        id: "machines",
        header: t("columns.machines"),
        widthPx: 92,
        align: "end",
        priority: 2,
        cell: (row) =>
          row.kind === "site" ? <Reached online={row.item.machinesOnline} total={row.item.machines} /> : null,
      },
      {
        id: "clusters",
        header: t("columns.clusters"),
        widthPx: 86,
        align: "end",
        priority: 3,
        cell: (row) =>
          row.kind === "site" ? <Reached online={row.item.clustersOnline} total={row.item.clusters} /> : null,
      },
    ],
    [t],
  );
}
