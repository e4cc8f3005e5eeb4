"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { TimeSeriesChart } from "@/components/chart/time-series-chart";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { UnknownValue } from "@/components/shell/unknown-value";
import { Skeleton } from "@/components/ui/skeleton";
import type { UnknownReason } from "@/contract/telemetry";
import type { QuantityKind } from "@/contract/units";
import type { Inputs, Outputs } from "@/server/root";

export type ChartWindow = Inputs["telemetry"]["chart"]["window"];
export type ChartName = Inputs["telemetry"]["chart"]["chart"];

const KINDS: Record<Outputs["telemetry"]["chart"]["unit"], QuantityKind> = {
  ratio: "ratio",
  bytes: "bytes",
  bytesPerSecond: "bytesPerSecond",
  watts: "watts",
  celsius: "celsius",
  load: "count",
  operationsPerSecond: "perSecond",
};
const STACKED: readonly ChartName[] = ["cpu"];
const HEIGHT_PX = 220;

export type MachineChartProps = {
  machineId: string;
  chart: ChartName;
  /** Which entity, for example the mount point. */
  entityKey?: string;
  window: ChartWindow;
  /** Newest reading of this entity older than this is unknown. */
  staleAfterSeconds: number;
  /** Set when the newest reading is missing: then the chart says why. */
  unknown?: UnknownReason | null;
};

/** One chart of one machine: the question, the lines, the age, and why there may be nothing. */
export function MachineChart({ machineId, chart, entityKey, window, staleAfterSeconds, unknown }: MachineChartProps) {
  const t = useTranslations("telemetry");
  const trpc = useTRPC();
  const query = useQuery(
    trpc.telemetry.chart.queryOptions(
      { machineId, chart, key: entityKey, window },
      { placeholderData: keepPreviousData },
    ),
  );
  const question = entityKey ? t(`questionsOf.${chart}`, { name: entityKey }) : t(`questions.${chart}`);
  return (
    <QueryView query={query} skeleton={<Skeleton className="h-65" />}>
      {(data) =>
        unknown && data.lines.every((line) => line.points.length === 0) ? (
          <div>
            <p className="font-medium text-table">{question}</p>
            <div className="mt-2">
              <UnknownValue reason={unknown} />
            </div>
          </div>
        ) : (
          <TimeSeriesChart
            question={question}
            kind={KINDS[data.unit]}
            series={data.lines.map((line) => ({
              id: line.name,
              label: t.has(`lines.${line.name}` as "lines.user") ? t(`lines.${line.name}` as "lines.user") : line.name,
              points: line.points.map((point) => ({ ...point, at: point.at.getTime() })),
            }))}
            fromMs={data.from.getTime()}
            toMs={data.to.getTime()}
            bucketSeconds={data.stepSeconds}
            gapSeconds={data.gapSeconds}
            shape={STACKED.includes(chart) ? "stacked" : "line"}
            isFullRatio={data.unit === "ratio"}
            syncId={`machine-${machineId}`}
            heightPx={HEIGHT_PX}
            fileName={`${chart}${entityKey ? `-${entityKey.replaceAll(/[^\w.-]+/g, "_")}` : ""}-${window}`}
            aside={
              <FreshnessMark
                observedAt={data.newestObservedAt}
                staleAfterSeconds={staleAfterSeconds}
                provenance={{ origin: "measured", source: t(`sources.${chart}`) }}
                isShort
              />
            }
          />
        )
      }
    </QueryView>
  );
}
