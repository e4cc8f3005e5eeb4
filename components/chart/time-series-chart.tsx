"use client";

import { ChartLine, Download, Table2 } from "lucide-react";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { IconButton } from "@/components/ui/icon-button";
import { Skeleton } from "@/components/ui/skeleton";
import { StateMark } from "@/components/ui/state-mark";
import type { QuantityKind } from "@/contract/units";
import { type ChartEvent, type ChartSeries, namePlace, type Span, seriesColour, seriesCsv } from "./series";
import { SeriesTable } from "./series-table";
import { type ZoomStep, zoomByKey } from "./zoom";

const HEIGHT_PX = 220;

/** Units of the CSV: always the base unit, so that a sheet can calculate. */
const CSV_UNITS: Record<QuantityKind, string> = {
  bytes: "bytes",
  bytesPerSecond: "bytes/s",
  bitsPerSecond: "bit/s",
  ratio: "0-1",
  watts: "W",
  joules: "J",
  celsius: "°C",
  seconds: "s",
  count: "count",
  perSecond: "1/s",
};

const Plot = dynamic(() => import("./time-series-plot").then((module) => module.TimeSeriesPlot), { ssr: false });

export type TimeSeriesChartProps = {
  /** The question that the chart answers. */
  question: string;
  kind: QuantityKind;
  series: readonly ChartSeries[];
  /** The span that is shown, also where nothing is known; milliseconds since 1970. */
  fromMs: number;
  toMs: number;
  /** How long one point speaks for. */
  bucketSeconds: number;
  /** Points further apart have a gap between them, and no line. */
  gapSeconds: number;
  shape?: "line" | "stacked";
  /** A share of a whole: the axis goes from 0 to 100 %. */
  isFullRatio?: boolean;
  /** What happened, as ticks on the time axis. */
  events?: readonly ChartEvent[];
  /** Charts with the same name share their crosshair. */
  syncId?: string;
  heightPx?: number;
  /** Mostly a FreshnessMark. */
  aside?: ReactNode;
  /** File name of the download, without its ending. */
  fileName?: string;
  /** What the thin grey line is, when there is one. */
  referenceLabel?: string;
  /** Called with the span that was dragged over. */
  onSpan?: (span: Span) => void;
  /** Called for + and −, shifted arrows, and Escape, while the chart has the focus. */
  onStep?: (step: ZoomStep | "reset") => void;
  /** Said where there is no reading in the whole span; left out, that it is unknown. */
  emptyWord?: string;
};

const NO_EVENTS: readonly ChartEvent[] = [];

/** The one chart over time: gaps are gaps, what is unknown is hatched, and the same figures are there as a table. */
export function TimeSeriesChart(props: TimeSeriesChartProps) {
  const {
    question,
    kind,
    series,
    fromMs,
    toMs,
    bucketSeconds,
    gapSeconds,
    shape = "line",
    isFullRatio = false,
  } = props;
  const { events = NO_EVENTS, syncId, heightPx = HEIGHT_PX, aside, fileName = "fernblick" } = props;
  const { referenceLabel, onSpan, onStep, emptyWord } = props;
  const t = useTranslations("ui.chart");
  const id = useId();
  const boxRef = useRef<HTMLDivElement>(null);
  const [widthPx, setWidthPx] = useState<number | null>(null);
  const [isTable, setIsTable] = useState(false);
  const range = useMemo(() => ({ fromMs, toMs }), [fromMs, toMs]);
  const isKnown = series.some(({ points }) => points.some(({ value }) => value !== null));

  useEffect(() => {
    const box = boxRef.current;
    if (!box) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidthPx(Math.round(entry.contentRect.width));
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, []);

  const download = () => {
    const url = URL.createObjectURL(new Blob([seriesCsv(series, CSV_UNITS[kind])], { type: "text/csv;charset=utf-8" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `${fileName}.csv`;
    link.click();
    URL.revokeObjectURL(url);
  };

  // Zooming with keys leads into spans with and without readings: what had the focus goes, and the keys work on.
  const isByKey = useRef(false);
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isTable && zoomByKey(event, onStep)) isByKey.current = true;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change that takes the focus away
  useEffect(() => {
    if (!isByKey.current || document.activeElement !== document.body) return;
    boxRef.current?.focus({ preventScroll: true });
  }, [isKnown]);

  const own = series.filter(({ isReference }) => !isReference);
  const hasNames = widthPx !== null && namePlace(own.length, widthPx) === "above";
  const hasReference = referenceLabel !== undefined && own.length < series.length;
  return (
    <figure aria-labelledby={`${id}-question`} className="group/chart min-w-0">
      <div className="mb-2 flex min-h-7 items-center gap-3">
        <figcaption id={`${id}-question`} className="min-w-0 flex-1 font-medium text-table">
          {question}
        </figcaption>
        {aside}
        <div className="-mr-1 flex opacity-60 transition-opacity focus-within:opacity-100 group-hover/chart:opacity-100">
          <IconButton
            size="small"
            label={isTable ? t("asChart") : t("asTable")}
            aria-pressed={isTable}
            icon={isTable ? <ChartLine aria-hidden /> : <Table2 aria-hidden />}
            onClick={() => setIsTable(!isTable)}
          />
          <IconButton size="small" label={t("download")} icon={<Download aria-hidden />} onClick={download} />
        </div>
      </div>
      {(hasNames || hasReference) && !isTable ? (
        <ul className="mb-2 flex flex-wrap gap-x-4 gap-y-1 text-caption text-ink-muted">
          {hasNames
            ? own.map((one, index) => (
                <li key={one.id} className="flex items-center gap-1.5">
                  <span aria-hidden className="h-0.5 w-2.5 rounded-full" style={{ background: seriesColour(index) }} />
                  {one.label}
                </li>
              ))
            : null}
          {hasReference ? (
            <li className="flex items-center gap-1.5">
              <span aria-hidden className="h-px w-2.5 bg-ink-faint" />
              {referenceLabel}
            </li>
          ) : null}
        </ul>
      ) : null}
      <div
        ref={boxRef}
        tabIndex={-1}
        onKeyDownCapture={onKeyDown}
        className="outline-offset-4"
        style={{ minHeight: heightPx }}
      >
        {!isKnown ? (
          <EmptyPlot label={question} word={emptyWord ?? t("allUnknown")} heightPx={heightPx} />
        ) : isTable ? (
          <SeriesTable label={question} kind={kind} series={series} gapSeconds={gapSeconds} heightPx={heightPx} />
        ) : widthPx === null ? (
          <PlotSkeleton heightPx={heightPx} label={t("loading")} />
        ) : (
          <Plot
            label={question}
            kind={kind}
            series={series}
            range={range}
            bucketSeconds={bucketSeconds}
            gapSeconds={gapSeconds}
            shape={shape}
            isFullRatio={isFullRatio}
            events={events}
            syncId={syncId}
            widthPx={widthPx}
            heightPx={heightPx}
            referenceLabel={referenceLabel}
            onSpan={onSpan}
          />
        )}
      </div>
    </figure>
  );
}

/** A span without any reading: it can be left with the same keys by which it was entered. */
function EmptyPlot({ label, word, heightPx }: { label: string; word: string; heightPx: number }) {
  const t = useTranslations("ui.chart");
  const id = useId();
  return (
    <div
      role="application"
      aria-label={label}
      aria-describedby={`${id}-word ${id}-keys`}
      tabIndex={0}
      className="relative flex items-center justify-center rounded-md"
      style={{ height: heightPx }}
    >
      <div aria-hidden className="hatched absolute inset-0 rounded-md opacity-40" />
      <span id={`${id}-word`} className="relative rounded-sm bg-surface px-2 py-1 text-caption">
        <StateMark state="unknown" word={word} />
      </span>
      <span id={`${id}-keys`} className="sr-only">
        {t("keys")}
      </span>
    </div>
  );
}

function PlotSkeleton({ heightPx, label }: { heightPx: number; label: string }) {
  return (
    <div style={{ height: heightPx }} className="flex flex-col justify-end pb-6">
      <span className="sr-only">{label}</span>
      <Skeleton className="h-2/3 w-full opacity-60" />
    </div>
  );
}
