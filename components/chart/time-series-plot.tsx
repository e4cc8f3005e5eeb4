"use client";

import { useFormatter, useLocale, useTimeZone, useTranslations } from "next-intl";
import { type ReactNode, useId, useMemo } from "react";
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  type TooltipContentProps,
  XAxis,
  YAxis,
} from "recharts";
import { formatInScale, type QuantityKind, quantityScale } from "@/contract/units";
import { spreadLabels, timeTicks, valueTicks } from "./axis";
import { ChartTooltip } from "./chart-tooltip";
import {
  bandKey,
  type ChartEvent,
  type ChartSeries,
  chartRows,
  largestValue,
  NARROW_PX,
  namePlace,
  type Span,
  seriesColour,
  smallestValue,
  unknownSpans,
} from "./series";

export type TimeSeriesPlotProps = {
  label: string;
  kind: QuantityKind;
  series: readonly ChartSeries[];
  range: Span;
  bucketSeconds: number;
  gapSeconds: number;
  shape: "line" | "stacked";
  isFullRatio: boolean;
  events: readonly ChartEvent[];
  syncId?: string;
  widthPx: number;
  heightPx: number;
};

const AXIS_WIDTH_PX = 46;
const AXIS_HEIGHT_PX = 24;
/** Room above the plot for the unit of the axis. */
const TOP_PX = 20;
const LABEL_PX = 18;
const DIRECT_LABEL_WIDTH_PX = 104;
/** The drawn part of a time series chart; loaded apart, since the drawing library is large. */
export function TimeSeriesPlot(props: TimeSeriesPlotProps) {
  const {
    label,
    kind,
    series,
    range,
    bucketSeconds,
    gapSeconds,
    shape,
    isFullRatio,
    events,
    syncId,
    widthPx,
    heightPx,
  } = props;
  const t = useTranslations("ui.chart");
  const locale = useLocale();
  const format = useFormatter();
  const timeZone = useTimeZone() ?? "UTC";
  const hatchId = useId();
  const isStacked = shape === "stacked";

  const rows = useMemo(() => chartRows(series, gapSeconds), [series, gapSeconds]);
  const spans = useMemo(
    () => unknownSpans(series, range, { bucketSeconds, gapSeconds }),
    [series, range, bucketSeconds, gapSeconds],
  );
  const ids = series.map(({ id }) => id);
  const largest = largestValue(rows, ids, isStacked);
  const ticks = valueTicks(kind, smallestValue(rows, ids), largest, isFullRatio);
  const bottom = ticks[0] ?? 0;
  const top = ticks.at(-1) ?? 1;
  const scale = quantityScale(kind, Math.max(top, -bottom));
  const times = timeTicks(range.fromMs, range.toMs, timeZone, widthPx < NARROW_PX ? 4 : 8);

  const isDirect = namePlace(series.length, widthPx) === "ends";
  const labels = isDirect ? labelsAtEnd(series, isStacked) : [];
  const plotPx = heightPx - TOP_PX - AXIS_HEIGHT_PX;
  const y = (value: number) => TOP_PX + (1 - (value - bottom) / (top - bottom || 1)) * plotPx;
  const labelTops = spreadLabels(
    labels.map(({ value }) => y(value) - LABEL_PX / 2),
    LABEL_PX,
    TOP_PX + plotPx - LABEL_PX,
  );

  const tick = { fill: "var(--ink-faint)", fontSize: 11 };
  const timeText = (at: number) =>
    times.isByDay
      ? format.dateTime(at, { day: "numeric", month: "short" })
      : format.dateTime(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

  return (
    <div className="relative" style={{ height: heightPx }}>
      <span className="absolute top-0 left-0 text-ink-faint text-micro leading-none">{scale.unit}</span>
      <ResponsiveContainer width="100%" height={heightPx} initialDimension={{ width: widthPx, height: heightPx }}>
        <ComposedChart
          data={rows}
          syncId={syncId}
          syncMethod="value"
          title={label}
          desc={t("keys")}
          margin={{ top: TOP_PX, right: isDirect ? DIRECT_LABEL_WIDTH_PX : 12, bottom: 0, left: 0 }}
        >
          <defs>
            <pattern id={hatchId} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <path d="M0 0v6" stroke="var(--hatch)" strokeWidth="1" />
            </pattern>
          </defs>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="at"
            type="number"
            scale="time"
            domain={[range.fromMs, range.toMs]}
            allowDataOverflow
            ticks={times.ticksMs}
            interval="preserveStartEnd"
            minTickGap={8}
            tickFormatter={timeText}
            tick={tick}
            height={AXIS_HEIGHT_PX}
            axisLine={{ stroke: "var(--line-strong)" }}
            tickLine={false}
          />
          <YAxis
            domain={[bottom, top]}
            ticks={ticks}
            interval={0}
            tickFormatter={(value: number) => formatInScale(kind, value, scale, locale)}
            tick={tick}
            width={AXIS_WIDTH_PX}
            axisLine={false}
            tickLine={false}
          />
          {spans.map((span) => (
            <ReferenceArea
              key={span.fromMs}
              x1={span.fromMs}
              x2={span.toMs}
              ifOverflow="hidden"
              fill={`url(#${hatchId})`}
              fillOpacity={0.7}
              label={
                (span.toMs - span.fromMs) / (range.toMs - range.fromMs) > 0.1
                  ? { value: t("unknown"), fill: "var(--ink-muted)", fontSize: 11, position: "center" }
                  : undefined
              }
            />
          ))}
          {events.map((event) => (
            <ReferenceLine
              key={`${event.at}-${event.label}`}
              x={event.at}
              stroke="var(--ink-faint)"
              strokeDasharray="2 3"
              label={{ value: "▾", position: "insideTop", fill: "var(--ink-muted)", fontSize: 11, offset: -6 }}
            />
          ))}
          <Tooltip
            isAnimationActive={false}
            cursor={{ stroke: "var(--ink-faint)", strokeWidth: 1 }}
            wrapperStyle={{ zIndex: 10, outline: "none" }}
            content={(tooltip: TooltipContentProps) => (
              <ChartTooltip
                at={typeof tooltip.label === "number" ? tooltip.label : null}
                isActive={tooltip.active}
                kind={kind}
                rows={rows}
                series={series}
                events={events}
                bucketSeconds={bucketSeconds}
              />
            )}
          />
          {series.flatMap((one, index) => drawSeries(one, index, isStacked, series.length === 1))}
        </ComposedChart>
      </ResponsiveContainer>
      {labels.map((one, index) => (
        <span
          key={one.id}
          className="absolute right-0 flex items-center gap-1.5 truncate pl-2 text-caption text-ink-muted"
          style={{ top: labelTops[index], height: LABEL_PX, width: DIRECT_LABEL_WIDTH_PX - 4 }}
        >
          <span aria-hidden className="h-0.5 w-2.5 shrink-0 rounded-full" style={{ background: one.colour }} />
          <span className="truncate">{one.label}</span>
        </span>
      ))}
    </div>
  );
}

function drawSeries(series: ChartSeries, index: number, isStacked: boolean, isAlone: boolean): ReactNode[] {
  const colour = seriesColour(index);
  const common = {
    dataKey: series.id,
    name: series.label,
    stroke: colour,
    strokeWidth: 1.5,
    dot: false,
    activeDot: { r: 3, strokeWidth: 0, fill: colour },
    connectNulls: false,
    isAnimationActive: false,
    type: "linear" as const,
  };
  if (isStacked) {
    return [<Area key={series.id} {...common} stackId="all" fill={colour} fillOpacity={0.28} />];
  }
  const hasBand = series.points.some((point) => typeof point.min === "number" && typeof point.max === "number");
  const band = (
    <Area
      key={`${series.id}-band`}
      dataKey={bandKey(series.id)}
      type="linear"
      stroke="none"
      fill={colour}
      fillOpacity={0.14}
      activeDot={false}
      connectNulls={false}
      isAnimationActive={false}
      tooltipType="none"
    />
  );
  const line = isAlone ? (
    <Area key={series.id} {...common} fill={colour} fillOpacity={hasBand ? 0 : 0.1} />
  ) : (
    <Line key={series.id} {...common} />
  );
  return hasBand ? [band, line] : [line];
}

/** Where the name of each series belongs: at its last known value, in a stack in the middle of its layer. */
function labelsAtEnd(series: readonly ChartSeries[], isStacked: boolean) {
  let below = 0;
  return series.map((one, index) => {
    const last = one.points.findLast((point) => point.value !== null)?.value ?? 0;
    const value = isStacked ? below + last / 2 : last;
    below += last;
    return { id: one.id, label: one.label, value, colour: seriesColour(index) };
  });
}
