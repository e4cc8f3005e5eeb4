"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { properName } from "@/components/clusters/proper-names";
import { ConnectivityMark } from "@/components/fleet/connectivity-mark";
import { useClock } from "@/components/shell/clock";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { Quantity } from "@/components/shell/quantity";
import { UnknownValue } from "@/components/shell/unknown-value";
import type { TableColumn } from "@/components/table/table-column";
import type { UnknownReason } from "@/contract/unknown";
import type { Outputs } from "@/server/root";
import { VerdictMark } from "./verdict-mark";

export type UnitRow = Outputs["storage"]["list"]["rows"][number];

/** A driver that has no figures of its volumes (NodeGetVolumeStats) leaves their fill unknown. */
const NOT_TOLD: UnknownReason = { code: "not_offered", detail: "" };
const HOUR_MS = 3_600_000;
const STALE_SECONDS = 86_400;

/** The mark changes by the hour at most. */
function UnitVerdict({ row }: { row: UnitRow }) {
  const nowMs = useClock((now) => Math.floor(now / HOUR_MS) * HOUR_MS);
  return <VerdictMark said={row} nowMs={nowMs} />;
}

const fillOf = ({ usedBytes, capacityBytes }: UnitRow): number | null =>
  usedBytes === null || !capacityBytes ? null : usedBytes / capacityBytes;

/** The columns of the list of storage; ids of sortable ones are the server's sort names. */
export function useUnitColumns(): TableColumn<UnitRow>[] {
  const t = useTranslations("storage");
  return useMemo((): TableColumn<UnitRow>[] => {
    const bytes = (
      id: "used" | "size" | "available" | "provisioned",
      of: (row: UnitRow) => number | null,
      isHiddenAtFirst = false,
    ) => ({
      ...{
        id,
        header: t(`list.columns.${id}`),
        widthPx: 110,
        align: "end" as const,
        isSortable: true,
        isHiddenAtFirst,
      },
      priority: 3 as const,
      cell: (row: UnitRow) => <Quantity kind="bytes" value={of(row)} reason={NOT_TOLD} />,
    });
    const text = (id: "namespace" | "cluster" | "site", of: (row: UnitRow) => string | null, priority: 2 | 3) => ({
      ...{ id, header: t(`list.columns.${id}`), widthPx: 140, isSortable: true, priority },
      cell: (row: UnitRow) => of(row) ?? "",
    });
    return [
      {
        id: "name",
        header: t("list.columns.name"),
        widthPx: 170,
        canGrow: true,
        isSortable: true,
        cell: ({ name }) => name,
      },
      {
        id: "full",
        header: t("list.columns.full"),
        widthPx: 340,
        isSortable: true,
        priority: 2,
        cell: (row) => <UnitVerdict row={row} />,
      },
      {
        id: "fill",
        header: t("list.columns.fill"),
        widthPx: 90,
        align: "end",
        isSortable: true,
        priority: 1,
        cell: (row) => <Quantity kind="ratio" value={fillOf(row)} reason={NOT_TOLD} />,
      },
      bytes("used", ({ usedBytes }) => usedBytes),
      bytes("size", ({ capacityBytes }) => capacityBytes),
      bytes("available", ({ availableBytes }) => availableBytes, true),
      bytes("provisioned", ({ provisionedBytes }) => provisionedBytes, true),
      {
        id: "perDay",
        header: t("list.columns.perDay"),
        widthPx: 110,
        align: "end",
        isSortable: true,
        priority: 3,
        cell: ({ bytesPerDay }) => <Quantity kind="bytes" value={bytesPerDay} />,
      },
      {
        id: "kind",
        header: t("list.columns.kind"),
        widthPx: 90,
        isSortable: true,
        priority: 3,
        cell: ({ kind }) => t(`kinds.${kind}`),
      },
      {
        id: "class",
        header: t("list.columns.class"),
        widthPx: 120,
        isSortable: true,
        priority: 3,
        cell: ({ kind, class: of }) => (of === null ? "" : kind === "pool" ? properName(of) : of),
      },
      text("namespace", ({ namespace }) => namespace, 3),
      text("cluster", ({ clusterName }) => clusterName, 2),
      text("site", ({ siteName }) => siteName, 3),
      {
        id: "connectivity",
        header: t("list.columns.connectivity"),
        widthPx: 125,
        priority: 3,
        isHiddenAtFirst: true,
        cell: (row) => <ConnectivityMark connectivity={row.connectivity} intervalSeconds={row.intervalSeconds} />,
      },
      {
        id: "basedAt",
        header: t("list.columns.basedAt"),
        widthPx: 110,
        align: "end",
        isSortable: true,
        priority: 3,
        cell: ({ basedAt, clusterName, computedAt }) =>
          basedAt === null ? (
            <UnknownValue reason={NOT_TOLD} isShort />
          ) : (
            <FreshnessMark
              observedAt={basedAt}
              staleAfterSeconds={STALE_SECONDS}
              provenance={{ origin: "modelled", source: clusterName, formula: t("list.computed", { at: computedAt }) }}
              isShort
            />
          ),
      },
    ];
  }, [t]);
}
