"use client";

import { Maximize2, Minus, Plus } from "lucide-react";
import { useFormatter, useLocale, useTranslations } from "next-intl";
import { useTheme } from "next-themes";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { IconButton } from "@/components/ui/icon-button";
import type { MarkState } from "@/components/ui/state-mark";
import { loadLand } from "./land";
import { MapPainter, type Placed, readColours } from "./map-painter";
import { indexMarks, type MapPoint, markAt } from "./marks";
import {
  type Bounds,
  boundsOf,
  fitBounds,
  type MapView,
  parseView,
  project,
  type Size,
  viewBounds,
  viewText,
  ZOOM_MAX,
  zoomAt,
} from "./mercator";
import { useMapGestures } from "./use-map-gestures";

const REACH_PX = 14;
/** So long after the last movement the rest of the page hears of it. */
const SETTLE_MS = 160;
const EUROPE: Bounds = { west: -10, south: 36, east: 30, north: 62 };

export type PointMapProps = {
  /** What is on the map, for screen readers; that the list beside it holds the same is said by itself. */
  label: string;
  points: readonly MapPoint[];
  /** Every state that a point can be in, the worst first. */
  severity: readonly MarkState[];
  /** What the address says; null = all points. */
  view: MapView | null;
  /** Shows these bounds when they change to something new. */
  focus: Bounds | null;
  /** Called when the view has come to rest, with what it shows; null = all points, as it was at first. */
  onSettle: (view: MapView | null, bounds: Bounds) => void;
  /** Places in the caller's list that are marked. */
  chosen: ReadonlySet<number>;
  onHover: (at: number | null) => void;
  onOpen: (at: number) => void;
  /** What a single point under the pointer is called; null = nothing is shown. */
  contentOf: (at: number) => ReactNode;
  children?: ReactNode;
};

/** A map without any server of others: outlines from our own files, points in bubbles that open as one comes nearer. */
export default function PointMap(props: PointMapProps) {
  const { label, points, severity, view: given, focus, chosen, contentOf } = props;
  const t = useTranslations("ui.map");
  const locale = useLocale();
  const format = useFormatter();
  const { resolvedTheme } = useTheme();
  const frameRef = useRef<HTMLDivElement>(null);
  const canvasRef = useRef<HTMLCanvasElement>(null);
  const painter = useRef<MapPainter | null>(null);
  const view = useRef<MapView>(given ?? { ...project(10, 50), zoom: 3 });
  const size = useRef<Size>({ width: 0, height: 0 });
  const settleTimer = useRef(0);
  const callbacks = useRef(props);
  callbacks.current = props;
  const [hovered, setHovered] = useState<Placed | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const index = useMemo(() => indexMarks(points, severity), [points, severity]);

  const move = useCallback((next: MapView, isAll = false) => {
    view.current = next;
    painter.current?.setView(next);
    setHovered(null);
    window.clearTimeout(settleTimer.current);
    settleTimer.current = window.setTimeout(() => {
      // As the address will name it: who opens it there sees the very same.
      const told = parseView(viewText(next)) ?? next;
      callbacks.current.onSettle(isAll ? null : told, viewBounds(isAll ? next : told, size.current));
    }, SETTLE_MS);
  }, []);
  const fitAll = useCallback(() => {
    move(fitBounds(boundsOf(callbacks.current.points) ?? EUROPE, size.current), true);
  }, [move]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: made once for a language; what changes is told to it
  useEffect(() => {
    const [frame, canvas] = [frameRef.current, canvasRef.current];
    if (!frame || !canvas) return;
    const stop = new AbortController();
    const made = new MapPainter(canvas, severity, view.current, readColours(frame), {
      language: locale === "de" ? "de" : "en",
      format: (count) => (count < 10_000 ? format.number(count) : format.number(count, { notation: "compact" })),
    });
    painter.current = made;
    let isFirst = true;
    const observer = new ResizeObserver(() => {
      size.current = { width: frame.clientWidth, height: frame.clientHeight };
      made.resize(size.current);
      if (size.current.width === 0) return;
      if (isFirst && callbacks.current.view === null) fitAll();
      else if (isFirst) move(view.current);
      isFirst = false;
    });
    observer.observe(frame);
    const load = async () => {
      made.setLand("coarse", await loadLand("coarse", stop.signal));
      made.setLand("fine", await loadLand("fine", stop.signal));
    };
    load().catch(() => {
      if (!stop.signal.aborted) setFailed(true);
    });
    return () => {
      stop.abort();
      observer.disconnect();
      made.stop();
      window.clearTimeout(settleTimer.current);
    };
  }, [locale]);
  useEffect(() => painter.current?.setIndex(index), [index]);
  useEffect(() => painter.current?.setChosen(chosen), [chosen]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes what the colours are
  useEffect(() => {
    if (frameRef.current) painter.current?.setColours(readColours(frameRef.current));
  }, [resolvedTheme]);
  useEffect(() => {
    if (focus && size.current.width > 0) move(fitBounds(focus, size.current));
  }, [focus, move]);

  const under = (point: { x: number; y: number }) => markAt(painter.current?.placed ?? [], point, REACH_PX);
  useMapGestures(frameRef, {
    getView: () => view.current,
    onView: move,
    onFitAll: fitAll,
    onPoint: (point) => {
      const mark = point && under(point);
      setHovered(mark);
      props.onHover(mark?.kind === "single" ? mark.at : null);
    },
    onClick: (point) => {
      const mark = under(point);
      if (!mark) return;
      if (mark.kind === "single") {
        // A view that settles meanwhile would take the reader back from the page that opens.
        window.clearTimeout(settleTimer.current);
        return props.onOpen(mark.at);
      }
      const zoom = index.getClusterExpansionZoom(mark.clusterId);
      move({ x: mark.x, y: mark.y, zoom: Math.min(ZOOM_MAX, Math.max(zoom, view.current.zoom + 1)) });
    },
  });
  const step = (steps: number) => move(zoomAt(view.current, steps, { x: 0, y: 0 }));

  return (
    <div
      ref={frameRef}
      role="application"
      tabIndex={0}
      aria-label={label}
      aria-describedby="map-keys"
      className="relative h-full min-h-0 touch-none select-none overflow-hidden rounded-lg border border-line bg-sunken focus-visible:outline-offset-0"
      style={{ cursor: hovered ? "pointer" : "grab" }}
    >
      <canvas ref={canvasRef} aria-hidden className="absolute inset-0 size-full" />
      <p id="map-keys" className="sr-only">
        {t("keys")}
      </p>
      {hasFailed ? (
        <p
          role="status"
          className="absolute bottom-2 left-2 rounded-md bg-raised px-2 py-1 text-caption text-ink-muted"
        >
          {t("noLand")}
        </p>
      ) : null}
      {hovered ? <Description placed={hovered} contentOf={contentOf} /> : null}
      <div className="absolute top-2 right-2 flex flex-col gap-1 rounded-md bg-raised p-1 shadow-float">
        <IconButton label={t("zoomIn")} icon={<Plus aria-hidden />} onClick={() => step(1)} />
        <IconButton label={t("zoomOut")} icon={<Minus aria-hidden />} onClick={() => step(-1)} />
        <IconButton label={t("all")} icon={<Maximize2 aria-hidden />} onClick={fitAll} />
      </div>
      {props.children}
    </div>
  );
}

/** What is under the pointer, beside it. */
function Description({ placed, contentOf }: { placed: Placed; contentOf: (at: number) => ReactNode }) {
  const t = useTranslations("ui.map");
  const content = placed.kind === "single" ? contentOf(placed.at) : t("bubble", { count: placed.count });
  return (
    <div
      role="status"
      className="pointer-events-none absolute z-10 max-w-64 -translate-x-1/2 translate-y-4 rounded-md bg-raised px-2 py-1 text-caption text-ink shadow-float"
      style={{ left: placed.screen.x, top: placed.screen.y }}
    >
      {content}
    </div>
  );
}
