"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { ConnectivityMark } from "@/components/fleet/connectivity-mark";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { UnknownValue } from "@/components/shell/unknown-value";
import type { TableColumn } from "@/components/table/table-column";
import { cn } from "@/components/ui/class-names";
import { MISSED_INTERVALS_MAX } from "@/server/fleet/model";
import type { Outputs } from "@/server/root";
import { HealthMark } from "./health-mark";
import { Share } from "./item-columns";

export type ApplicationRow = Outputs["clusters"]["applications"]["rows"][number];

const isPast = ({ connectivity }: ApplicationRow): boolean => connectivity !== "online";

/** The columns of the list of applications; ids of sortable ones are the server's sort names. */
export function useApplicationColumns(): TableColumn<ApplicationRow>[] {
  const t = useTranslations("lists.applications.columns");
  const tBy = useTranslations("clusters.items.by");
  return useMemo(
    (): TableColumn<ApplicationRow>[] => [
      { id: "name", header: t("name"), widthPx: 160, canGrow: true, isSortable: true, cell: (row) => row.name },
      {
        id: "health",
        header: t("health"),
        widthPx: 150,
        isSortable: true,
        priority: 1,
        cell: (row) => <HealthMark health={row.health} isPast={isPast(row)} />,
      },
      {
        id: "since",
        header: t("since"),
        widthPx: 100,
        isSortable: true,
        priority: 3,
        // What has not changed since it is known here has no such moment; that is no fault of its source.
        cell: (row) =>
          row.healthChangedAt === null ? (
            ""
          ) : (
            <FreshnessMark
              observedAt={row.healthChangedAt}
              staleAfterSeconds={Number.POSITIVE_INFINITY}
              provenance={{ origin: "measured", source: row.clusterName }}
              isShort
            />
          ),
      },
      {
        id: "namespace",
        header: t("namespace"),
        widthPx: 130,
        isSortable: true,
        priority: 2,
        cell: (row) => row.namespace,
      },
      {
        id: "cluster",
        header: t("cluster"),
        widthPx: 130,
        isSortable: true,
        priority: 2,
        cell: (row) => row.clusterName,
      },
      { id: "site", header: t("site"), widthPx: 110, isSortable: true, priority: 3, cell: (row) => row.siteName },
      {
        id: "version",
        header: t("version"),
        widthPx: 110,
        isSortable: true,
        priority: 3,
        cell: (row) =>
          row.version === null ? (
            <UnknownValue reason={null} isShort />
          ) : (
            <span className="truncate font-mono text-caption">{row.version}</span>
          ),
      },
      {
        id: "replicas",
        header: t("replicas"),
        widthPx: 90,
        align: "end",
        isSortable: true,
        priority: 2,
        cell: (row) => (
          <span className={cn(isPast(row) && "text-ink-faint")}>
            <Share part={row.ready ?? undefined} whole={row.wanted ?? undefined} />
          </span>
        ),
      },
      {
        id: "by",
        header: t("by"),
        widthPx: 150,
        priority: 3,
        isHiddenAtFirst: true,
        cell: (row) => {
          const by = BY.find((one) => one === row.by);
          return by ? tBy(by) : (row.by ?? <UnknownValue reason={null} isShort />);
        },
      },
      {
        id: "connectivity",
        header: t("connectivity"),
        widthPx: 125,
        isSortable: true,
        priority: 3,
        isHiddenAtFirst: true,
        cell: (row) => <ConnectivityMark connectivity={row.connectivity} intervalSeconds={row.intervalSeconds} />,
      },
      {
        id: "lastReceived",
        header: t("lastReceived"),
        widthPx: 110,
        align: "end",
        isSortable: true,
        priority: 1,
        cell: (row) => (
          <FreshnessMark
            observedAt={row.lastReceivedAt}
            staleAfterSeconds={MISSED_INTERVALS_MAX * (row.intervalSeconds ?? 60)}
            provenance={{ origin: "measured", source: row.clusterName }}
            isShort
          />
        ),
      },
    ],
    [t, tBy],
  );
}

const BY = ["part_of", "instance", "helm", "flux", "namespace"] as const;
