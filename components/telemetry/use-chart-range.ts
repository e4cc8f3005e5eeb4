"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import type { Span } from "@/components/chart/series";
import { fitSpan, stepSpan, type ZoomStep } from "@/components/chart/zoom";
import type { Inputs } from "@/server/root";

export type ChartWindow = NonNullable<Inputs["telemetry"]["chart"]["window"]>;
export const WINDOWS = ["1h", "24h", "7d", "30d"] as const satisfies readonly ChartWindow[];
const WINDOW_MS: Record<ChartWindow, number> = {
  "1h": 3_600_000,
  "24h": 86_400_000,
  "7d": 7 * 86_400_000,
  "30d": 30 * 86_400_000,
};

/** Which time the charts of a page show. */
export type ChartRange = {
  /** Length of the span up to now. */
  window: ChartWindow;
  /** A span of its own instead, that does not move with the time. */
  span: Span | null;
  /** With the same time a week before. */
  isCompared: boolean;
};

export type ChartRangeControl = ChartRange & {
  chooseWindow: (window: ChartWindow) => void;
  zoomTo: (span: Span) => void;
  step: (step: ZoomStep | "reset") => void;
  setCompared: (isCompared: boolean) => void;
};

/** What the address says; a word that means nothing is dropped, so that an old link still opens. */
export function parseChartRange(parameters: URLSearchParams): ChartRange {
  const fromMs = Date.parse(parameters.get("from") ?? "");
  const toMs = Date.parse(parameters.get("to") ?? "");
  return {
    window: WINDOWS.find((window) => window === parameters.get("window")) ?? WINDOWS[0],
    span: toMs > fromMs ? fitSpan({ fromMs, toMs }, toMs) : null,
    isCompared: parameters.get("compare") === "week",
  };
}

const momentText = (ms: number) => new Date(ms).toISOString().replace(".000Z", "Z");

/** Writes the range into the address and leaves everything else in it alone; what is as at first is left out. */
export function writeChartRange(parameters: URLSearchParams, { window, span, isCompared }: ChartRange): void {
  const words = {
    window: window === WINDOWS[0] ? null : window,
    from: span && momentText(span.fromMs),
    to: span && momentText(span.toMs),
    compare: isCompared ? "week" : null,
  };
  for (const [name, word] of Object.entries(words)) {
    if (word === null) parameters.delete(name);
    else parameters.set(name, word);
  }
}

/** The range that the charts of this page share. It lives in the address, so that a link shows what its sender saw. */
export function useChartRange(): ChartRangeControl {
  const parameters = useSearchParams();
  const pathname = usePathname();
  const range = useMemo(() => parseChartRange(new URLSearchParams(parameters)), [parameters]);
  const update = useCallback(
    (change: Partial<ChartRange>) => {
      const changed = new URLSearchParams(window.location.search);
      writeChartRange(changed, { ...parseChartRange(changed), ...change });
      const text = changed.toString();
      window.history.replaceState(null, "", text ? `${pathname}?${text}` : pathname);
    },
    [pathname],
  );
  return useMemo(
    () => ({
      ...range,
      chooseWindow: (chosen) => update({ window: chosen, span: null }),
      zoomTo: (span) => update({ span: fitSpan(span, Date.now()) }),
      step: (step) => {
        if (step === "reset") return update({ span: null });
        const nowMs = Date.now();
        const shown = range.span ?? { fromMs: nowMs - WINDOW_MS[range.window], toMs: nowMs };
        update({ span: stepSpan(shown, step, nowMs) });
      },
      setCompared: (isCompared) => update({ isCompared }),
    }),
    [range, update],
  );
}
