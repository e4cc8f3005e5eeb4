"use client";

import { useTranslations } from "next-intl";
import { type ReactNode, useMemo } from "react";
import { Meter } from "@/components/chart/meter";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { Quantity } from "@/components/shell/quantity";
import { UnknownValue } from "@/components/shell/unknown-value";
import type { TableColumn } from "@/components/table/table-column";
import { cn } from "@/components/ui/class-names";
import { SimulatedMark } from "@/components/ui/simulated-mark";
import { StateMark } from "@/components/ui/state-mark";
import type { Fact } from "@/contract/telemetry";
import type { QuantityKind } from "@/contract/units";
import { fillSeverity, MISSED_INTERVALS_MAX, type Severity } from "@/server/fleet/model";
import type { Outputs } from "@/server/root";
import { ConnectivityMark } from "./connectivity-mark";

export type MachineRow = Outputs["fleet"]["machines"]["list"]["rows"][number];

/** Figures of a machine that is not reached are of the past: they stay readable, but grey. */
function Past({ row, children }: { row: MachineRow; children: ReactNode }) {
  return <span className={cn(row.connectivity !== "online" && "text-ink-faint")}>{children}</span>;
}

function Figure({
  row,
  name,
  kind,
  value,
}: {
  row: MachineRow;
  name: string;
  kind: QuantityKind;
  value: number | null;
}) {
  return (
    <Past row={row}>
      <Quantity kind={kind} value={value} reason={row.unknown[name] ?? null} />
    </Past>
  );
}

function Share({
  row,
  name,
  label,
  ratio,
  severity,
  children,
}: {
  row: MachineRow;
  name: string;
  label: string;
  ratio: number | null;
  severity: Severity;
  /** The whole that it is a share of. */
  children?: ReactNode;
}) {
  if (ratio === null) return <UnknownValue reason={row.unknown[name] ?? null} isShort />;
  return (
    <Past row={row}>
      <span className="inline-flex items-center justify-end gap-2 md:w-full">
        <Meter label={label} ratio={ratio} severity={severity} className="w-10 max-md:hidden" />
        <span className="md:w-11 md:text-right">
          <Quantity kind="ratio" value={ratio} />
        </span>
        {children}
      </span>
    </Past>
  );
}

function FactText({ fact }: { fact: Fact | null }) {
  if (!fact) return <UnknownValue reason={null} isShort />;
  if ("unknown" in fact) return <UnknownValue reason={fact.unknown} isShort />;
  return <span className="truncate">{String(fact.value)}</span>;
}

/** The name, with a mark where it is doubtful who this machine is. */
function MachineName({ row }: { row: MachineRow }) {
  const t = useTranslations("fleet.identity");
  return (
    <span className="flex min-w-0 items-center gap-2">
      <span className="truncate font-medium text-ink">{row.name}</span>
      {row.isSimulated ? <SimulatedMark isShort /> : null}
      {row.isContested ? <StateMark state="critical" word={t("collision")} isWordHidden /> : null}
      {row.sharedSince ? <StateMark state="critical" word={t("shared")} isWordHidden /> : null}
    </span>
  );
}

/** Share of memory in use; null when either part is unknown. */
export function memoryRatio(row: Pick<MachineRow, "memoryUsedBytes" | "memoryTotalBytes">): number | null {
  return row.memoryUsedBytes !== null && row.memoryTotalBytes ? row.memoryUsedBytes / row.memoryTotalBytes : null;
}

/** The columns of the machine list; ids of sortable ones are the server's sort names. */
export function useMachineColumns(): TableColumn<MachineRow>[] {
  const t = useTranslations("fleet.machines.columns");
  return useMemo(
    () => [
      {
        id: "name",
        header: t("name"),
        widthPx: 160,
        canGrow: true,
        isSortable: true,
        cell: (row) => <MachineName row={row} />,
      },
      {
        id: "connectivity",
        header: t("connectivity"),
        widthPx: 125,
        isSortable: true,
        priority: 1,
        cell: (row) => <ConnectivityMark connectivity={row.connectivity} intervalSeconds={row.intervalSeconds} />,
      },
      { id: "site", header: t("site"), widthPx: 90, isSortable: true, priority: 3, cell: (row) => row.siteName },
      {
        id: "operatingSystem",
        header: t("operatingSystem"),
        widthPx: 150,
        priority: 3,
        cell: (row) => <FactText fact={row.operatingSystem} />,
      },
      {
        id: "kernelVersion",
        header: t("kernelVersion"),
        widthPx: 190,
        priority: 3,
        isHiddenAtFirst: true,
        cell: (row) => (
          <span className="font-mono text-caption">
            <FactText fact={row.kernelVersion} />
          </span>
        ),
      },
      {
        id: "virtualization",
        header: t("virtualization"),
        widthPx: 100,
        priority: 3,
        isHiddenAtFirst: true,
        cell: (row) => <FactText fact={row.virtualization} />,
      },
      {
        id: "cores",
        header: t("cores"),
        widthPx: 95,
        align: "end",
        isSortable: true,
        priority: 3,
        cell: (row) => <Figure row={row} name="coresLogical" kind="count" value={row.coresLogical} />,
      },
      {
        id: "cpu",
        header: t("cpu"),
        widthPx: 110,
        align: "end",
        isSortable: true,
        priority: 2,
        cell: (row) => (
          <Share row={row} name="cpuUsedRatio" label={t("cpu")} ratio={row.cpuUsedRatio} severity="good" />
        ),
      },
      {
        id: "memory",
        header: t("memory"),
        widthPx: 170,
        align: "end",
        isSortable: true,
        priority: 2,
        cell: (row) => (
          <Share
            row={row}
            name="memoryUsedBytes"
            label={t("memory")}
            ratio={memoryRatio(row)}
            severity={memoryRatio(row) === null ? "unknown" : "good"}
          >
            <span className="w-16 text-right text-caption text-ink-faint max-md:hidden">
              <Quantity kind="bytes" value={row.memoryTotalBytes} />
            </span>
          </Share>
        ),
      },
      {
        id: "filesystem",
        header: t("filesystem"),
        widthPx: 130,
        align: "end",
        isSortable: true,
        priority: 2,
        cell: (row) => (
          <Share
            row={row}
            name="filesystemUsedRatioMax"
            label={row.filesystemFullestKey ?? t("filesystem")}
            ratio={row.filesystemUsedRatioMax}
            severity={fillSeverity(row.filesystemUsedRatioMax)}
          />
        ),
      },
      {
        id: "temperature",
        header: t("temperature"),
        widthPx: 120,
        align: "end",
        isSortable: true,
        priority: 3,
        isHiddenAtFirst: true,
        cell: (row) => (
          <Figure row={row} name="temperatureCelsiusMax" kind="celsius" value={row.temperatureCelsiusMax} />
        ),
      },
      {
        id: "power",
        header: t("power"),
        widthPx: 110,
        align: "end",
        isSortable: true,
        priority: 3,
        isHiddenAtFirst: true,
        cell: (row) => <Figure row={row} name="powerWatts" kind="watts" value={row.powerWatts} />,
      },
      {
        id: "lastReceived",
        header: t("lastReceived"),
        widthPx: 125,
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
