"use client";

import { useFormatter, useLocale, useTimeZone, useTranslations } from "next-intl";
import { useId, useMemo } from "react";
import {
  CartesianGrid,
  ComposedChart,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  type TooltipContentProps,
  XAxis,
  YAxis,
} from "recharts";
import { cn } from "@/components/ui/class-names";
import { formatInScale, type QuantityKind, quantityScale } from "@/contract/units";
import { spreadLabels, timeTicks, valueTicks } from "./axis";
import { ChartTooltip } from "./chart-tooltip";
import { drawReference, drawSeries, labelsAtEnd } from "./draw-series";
import {
  type ChartEvent,
  type ChartSeries,
  chartRows,
  largestValue,
  NARROW_PX,
  namePlace,
  type Span,
  smallestValue,
  unknownSpans,
} from "./series";
import { useDragSpan } from "./use-drag-span";

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
  referenceLabel?: string;
  /** Called with the span that was dragged over. */
  onSpan?: (span: Span) => void;
};

const AXIS_WIDTH_PX = 46;
const AXIS_HEIGHT_PX = 24;
/** Room above the plot for the unit of the axis. */
const TOP_PX = 20;
const LABEL_PX = 18;
const DIRECT_LABEL_WIDTH_PX = 104;
const RIGHT_PX = 12;

const isWithin = (at: number, range: Span) => at >= range.fromMs && at <= range.toMs;

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
    referenceLabel,
    onSpan,
  } = props;
  const t = useTranslations("ui.chart");
  const locale = useLocale();
  const format = useFormatter();
  const timeZone = useTimeZone() ?? "UTC";
  const hatchId = useId();
  const isStacked = shape === "stacked";

  const own = useMemo(() => series.filter(({ isReference }) => !isReference), [series]);
  const rows = useMemo(() => chartRows(own, gapSeconds), [own, gapSeconds]);
  // Apart, since a row that only the reference has would break the lines of the others.
  const references = useMemo(
    () =>
      series
        .filter(({ isReference }) => isReference)
        .map((one) => ({
          series: one,
          rows: chartRows([one], one.gapSeconds ?? gapSeconds).filter((row) => isWithin(row.at, range)),
        })),
    [series, range, gapSeconds],
  );
  const spans = useMemo(
    () => unknownSpans(own, range, { bucketSeconds, gapSeconds }),
    [own, range, bucketSeconds, gapSeconds],
  );
  const ids = own.map(({ id }) => id);
  const largest = Math.max(
    largestValue(rows, ids, isStacked),
    ...references.map((one) => largestValue(one.rows, [one.series.id], true)),
  );
  const smallest = Math.min(
    smallestValue(rows, ids),
    ...references.map((one) => smallestValue(one.rows, [one.series.id])),
  );
  const ticks = valueTicks(kind, smallest, largest, isFullRatio);
  const bottom = ticks[0] ?? 0;
  const top = ticks.at(-1) ?? 1;
  const scale = quantityScale(kind, Math.max(top, -bottom));
  const times = timeTicks(range.fromMs, range.toMs, timeZone, widthPx < NARROW_PX ? 4 : 8);

  const isDirect = namePlace(own.length, widthPx) === "ends";
  const labels = isDirect ? labelsAtEnd(own, isStacked) : [];
  const plotPx = heightPx - TOP_PX - AXIS_HEIGHT_PX;
  const y = (value: number) => TOP_PX + (1 - (value - bottom) / (top - bottom || 1)) * plotPx;
  const labelTops = spreadLabels(
    labels.map(({ value }) => y(value) - LABEL_PX / 2),
    LABEL_PX,
    TOP_PX + plotPx - LABEL_PX,
  );

  const rightPx = isDirect ? DIRECT_LABEL_WIDTH_PX : RIGHT_PX;
  const drag = useDragSpan({ leftPx: AXIS_WIDTH_PX, rightPx: widthPx - rightPx, range }, onSpan ?? null);
  const tick = { fill: "var(--ink-faint)", fontSize: 11 };
  const timeText = (at: number) =>
    times.isByDay
      ? format.dateTime(at, { day: "numeric", month: "short" })
      : format.dateTime(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

  return (
    <div
      className={cn("relative select-none [&_:focus:not(:focus-visible)]:outline-none", onSpan && "cursor-crosshair")}
      style={{ height: heightPx }}
      {...drag.handlers}
    >
      <span className="absolute top-0 left-0 text-ink-faint text-micro leading-none">{scale.unit}</span>
      <ResponsiveContainer width="100%" height={heightPx} initialDimension={{ width: widthPx, height: heightPx }}>
        <ComposedChart
          data={rows}
          syncId={syncId}
          syncMethod="value"
          title={label}
          desc={t("keys")}
          margin={{ top: TOP_PX, right: rightPx, bottom: 0, left: 0 }}
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
                isActive={tooltip.active && !drag.selection}
                kind={kind}
                rows={rows}
                series={series}
                events={events}
                bucketSeconds={bucketSeconds}
                referenceLabel={referenceLabel}
              />
            )}
          />
          {references.map((one) => drawReference(one.series, one.rows))}
          {own.flatMap((one, index) => drawSeries(one, index, isStacked, own.length === 1))}
        </ComposedChart>
      </ResponsiveContainer>
      {drag.selection ? (
        <span
          aria-hidden
          className="pointer-events-none absolute border-accent border-x bg-accent/15"
          style={{
            left: drag.selection.leftPx,
            width: drag.selection.widthPx,
            top: TOP_PX,
            height: plotPx,
          }}
        />
      ) : null}
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
