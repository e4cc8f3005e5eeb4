"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { type ChartSeries, type SeriesPoint, sumOf } from "@/components/chart/series";
import { TimeSeriesChart } from "@/components/chart/time-series-chart";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { UnknownValue } from "@/components/shell/unknown-value";
import { Skeleton } from "@/components/ui/skeleton";
import type { QuantityKind } from "@/contract/units";
import type { UnknownReason } from "@/contract/unknown";
import type { Inputs, Outputs } from "@/server/root";
import type { ChartRangeControl } from "./use-chart-range";

export type ChartName = Inputs["telemetry"]["chart"]["chart"];

const KINDS: Record<Chart["unit"], QuantityKind> = {
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
  range: ChartRangeControl;
  /** When the entity was read last: the chart itself is asked for more rarely than the current state. */
  observedAt: Date | null;
  /** Newest reading of this entity older than this is unknown. */
  staleAfterSeconds: number;
  /** Set when the newest reading is missing: then the chart says why. */
  unknown?: UnknownReason | null;
};

type Chart = Outputs["telemetry"]["chart"];

const pointsOf = ({ points }: Chart["lines"][number]): SeriesPoint[] =>
  points.map((point) => ({ ...point, at: point.at.getTime() }));

/** What the chart is compared with: a line each, and of a stack its height. */
function comparedSeries(
  { lines, compared, comparedGapSeconds }: Chart,
  isStacked: boolean,
  labelOf: (name: string | null) => string,
): ChartSeries[] {
  if (!compared) return [];
  const gapSeconds = comparedGapSeconds ?? undefined;
  const series = compared.map((line) => ({
    id: `${line.name}:week`,
    label: labelOf(lines.length > 1 ? line.name : null),
    points: pointsOf(line),
    summary: line.summary,
    isReference: true,
    of: line.name,
    gapSeconds,
  }));
  return isStacked
    ? [{ id: "week", label: labelOf(null), points: sumOf(series), isReference: true, gapSeconds }]
    : series;
}

const latest = (a: Date | null, b: Date | null) => (a !== null && (b === null || a > b) ? a : b);
const fileMoment = (ms: number) => new Date(ms).toISOString().slice(0, 16).replaceAll(":", "");

/** One chart of one machine: the question, the lines, the age, and why there may be nothing. */
export function MachineChart(props: MachineChartProps) {
  const { machineId, chart, entityKey, range, observedAt, staleAfterSeconds, unknown } = props;
  const t = useTranslations("telemetry");
  const trpc = useTRPC();
  const { window, span, isCompared } = range;
  const query = useQuery(
    trpc.telemetry.chart.queryOptions(
      {
        machineId,
        chart,
        key: entityKey,
        ...(span ? { from: new Date(span.fromMs), to: new Date(span.toMs) } : { window }),
        compare: isCompared ? "week" : undefined,
      },
      { placeholderData: keepPreviousData },
    ),
  );
  const question = entityKey ? t(`questionsOf.${chart}`, { name: entityKey }) : t(`questions.${chart}`);
  const labelOf = (name: string) =>
    t.has(`lines.${name}` as "lines.user") ? t(`lines.${name}` as "lines.user") : name;
  const isStacked = STACKED.includes(chart);
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
            series={[
              ...data.lines.map((line) => ({
                ...line,
                id: line.name,
                label: labelOf(line.name),
                points: pointsOf(line),
              })),
              ...comparedSeries(data, isStacked, (name) =>
                name === null ? t("range.compared") : t("range.comparedLine", { name: labelOf(name) }),
              ),
            ]}
            referenceLabel={t("range.compared")}
            emptyWord={data.hasReported ? undefined : t("neverReported")}
            onSpan={range.zoomTo}
            onStep={range.step}
            fromMs={data.from.getTime()}
            toMs={data.to.getTime()}
            bucketSeconds={data.stepSeconds}
            gapSeconds={data.gapSeconds}
            shape={isStacked ? "stacked" : "line"}
            isFullRatio={data.unit === "ratio"}
            syncId={`machine-${machineId}`}
            heightPx={HEIGHT_PX}
            fileName={`${chart}${entityKey ? `-${entityKey.replaceAll(/[^\w.-]+/g, "_")}` : ""}-${span ? fileMoment(span.fromMs) : window}`}
            aside={
              // How old the newest reading of a span in the past is, says nothing about now.
              span ? null : (
                <FreshnessMark
                  observedAt={latest(observedAt, data.newestObservedAt)}
                  staleAfterSeconds={staleAfterSeconds}
                  provenance={{
                    origin: "measured",
                    source: t(`sources.${chart}`),
                    formula: data.source === "hours" ? t("range.hours") : undefined,
                  }}
                  isShort
                />
              )
            }
          />
        )
      }
    </QueryView>
  );
}
