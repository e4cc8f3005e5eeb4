"use client";

import { useTranslations } from "next-intl";
import { type ReactNode, useMemo } from "react";
import { Meter } from "@/components/chart/meter";
import { ConnectivityMark } from "@/components/fleet/connectivity-mark";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { Quantity } from "@/components/shell/quantity";
import { UnknownValue } from "@/components/shell/unknown-value";
import type { TableColumn } from "@/components/table/table-column";
import { cn } from "@/components/ui/class-names";
import { SimulatedMark } from "@/components/ui/simulated-mark";
import { StateMark } from "@/components/ui/state-mark";
import { MISSED_INTERVALS_MAX } from "@/server/fleet/model";
import type { Outputs } from "@/server/root";
import { HealthMark } from "./health-mark";
import { properName } from "./proper-names";
import { SupportMark } from "./support-mark";

export type ClusterRow = Outputs["clusters"]["list"]["rows"][number];

/** What a cluster told that is not reached is of the past. */
export const isPast = ({ connectivity }: Pick<ClusterRow, "connectivity">): boolean => connectivity !== "online";

/** Figures of a cluster that is not reached are of the past: they stay readable, but grey. */
function Past({ row, children }: { row: ClusterRow; children: ReactNode }) {
  return <span className={cn(isPast(row) && "text-ink-faint")}>{children}</span>;
}

function Text({ value }: { value: string | null }) {
  return value === null ? <UnknownValue reason={null} isShort /> : <span className="truncate">{value}</span>;
}

/** So many, and how many of them are not well. */
function Counted({ row, total, unwell }: { row: ClusterRow; total: number | null; unwell: number | null }) {
  const t = useTranslations("clusters.list");
  return (
    <Past row={row}>
      <span className="inline-flex items-baseline gap-2">
        {unwell ? (
          <StateMark state={isPast(row) ? "unknown" : "warning"} word={t("unwell", { count: unwell })} />
        ) : null}
        <Quantity kind="count" value={total} />
      </span>
    </Past>
  );
}

function Nodes({ row }: { row: ClusterRow }) {
  const { nodesReady, nodesTotal } = row;
  if (nodesReady === null || nodesTotal === null) return <UnknownValue reason={null} isShort />;
  return (
    <Past row={row}>
      <span className={cn(!isPast(row) && nodesReady < nodesTotal && "font-medium text-critical")}>
        <Quantity kind="count" value={nodesReady} />
      </span>
      <span className="text-ink-faint">
        {" / "}
        <Quantity kind="count" value={nodesTotal} />
      </span>
    </Past>
  );
}

function Requested({
  row,
  label,
  part,
  whole,
}: {
  row: ClusterRow;
  label: string;
  part: number | null;
  whole: number | null;
}) {
  const ratio = part !== null && whole ? part / whole : null;
  if (ratio === null) return <UnknownValue reason={null} isShort />;
  return (
    <Past row={row}>
      <span className="inline-flex items-center justify-end gap-2 md:w-full">
        <Meter label={label} ratio={ratio} severity="good" className="w-10 max-md:hidden" />
        <span className="md:w-11 md:text-right">
          <Quantity kind="ratio" value={ratio} />
        </span>
      </span>
    </Past>
  );
}

function ClusterName({ row }: { row: ClusterRow }) {
  const t = useTranslations("clusters.list");
  return (
    <span className="flex min-w-0 items-center gap-2">
      <span className="truncate font-medium text-ink">{row.name}</span>
      {row.isSimulated ? <SimulatedMark isShort /> : null}
      {row.isContested ? <StateMark state="critical" word={t("contested")} isWordHidden /> : null}
    </span>
  );
}

/** The columns of the cluster list; ids of sortable ones are the server's sort names. */
export function useClusterColumns(): TableColumn<ClusterRow>[] {
  const t = useTranslations("clusters.list.columns");
  return useMemo(
    () => [
      {
        id: "name",
        header: t("name"),
        widthPx: 130,
        canGrow: true,
        isSortable: true,
        cell: (row) => <ClusterName row={row} />,
      },
      {
        id: "health",
        header: t("health"),
        widthPx: 130,
        isSortable: true,
        priority: 1,
        cell: (row) => <HealthMark health={row.health} isPast={isPast(row)} />,
      },
      {
        id: "connectivity",
        header: t("connectivity"),
        widthPx: 125,
        isSortable: true,
        priority: 3,
        cell: (row) => <ConnectivityMark connectivity={row.connectivity} intervalSeconds={row.intervalSeconds} />,
      },
      { id: "site", header: t("site"), widthPx: 85, isSortable: true, priority: 3, cell: (row) => row.siteName },
      {
        id: "distribution",
        header: t("distribution"),
        widthPx: 105,
        priority: 3,
        cell: (row) => <Text value={row.distribution && properName(row.distribution)} />,
      },
      {
        id: "version",
        header: t("version"),
        widthPx: 115,
        isSortable: true,
        priority: 2,
        cell: (row) => (
          <span className="font-mono text-caption">
            <Text value={row.gitVersion} />
          </span>
        ),
      },
      {
        id: "support",
        header: t("support"),
        widthPx: 150,
        priority: 3,
        cell: (row) => <SupportMark support={row.support} />,
      },
      {
        id: "provider",
        header: t("provider"),
        widthPx: 120,
        priority: 3,
        isHiddenAtFirst: true,
        cell: (row) => <Text value={row.provider && properName(row.provider)} />,
      },
      {
        id: "region",
        header: t("region"),
        widthPx: 110,
        priority: 3,
        isHiddenAtFirst: true,
        cell: (row) => <Text value={row.region} />,
      },
      {
        id: "nodes",
        header: t("nodes"),
        widthPx: 80,
        align: "end",
        isSortable: true,
        priority: 2,
        cell: (row) => <Nodes row={row} />,
      },
      {
        id: "applications",
        header: t("applications"),
        widthPx: 85,
        align: "end",
        isSortable: true,
        priority: 3,
        cell: (row) => <Counted row={row} total={row.applicationsTotal} unwell={row.applicationsUnwell} />,
      },
      {
        id: "systems",
        header: t("systems"),
        widthPx: 110,
        align: "end",
        priority: 3,
        isHiddenAtFirst: true,
        cell: (row) => <Counted row={row} total={row.systemsTotal} unwell={row.systemsUnwell} />,
      },
      {
        id: "cpu",
        header: t("cpu"),
        widthPx: 130,
        align: "end",
        isSortable: true,
        priority: 3,
        isHiddenAtFirst: true,
        cell: (row) => (
          <Requested row={row} label={t("cpu")} part={row.cpuRequestedCores} whole={row.cpuAllocatableCores} />
        ),
      },
      {
        id: "memory",
        header: t("memory"),
        widthPx: 150,
        align: "end",
        isSortable: true,
        priority: 3,
        isHiddenAtFirst: true,
        cell: (row) => (
          <Requested row={row} label={t("memory")} part={row.memoryRequestedBytes} whole={row.memoryAllocatableBytes} />
        ),
      },
      {
        id: "claimed",
        header: t("claimed"),
        widthPx: 110,
        align: "end",
        isSortable: true,
        priority: 3,
        isHiddenAtFirst: true,
        cell: (row) => (
          <Past row={row}>
            <Quantity kind="bytes" value={row.claimedBytes} />
          </Past>
        ),
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
            provenance={{ origin: "measured", source: row.name }}
            isShort
          />
        ),
      },
    ],
    [t],
  );
}
