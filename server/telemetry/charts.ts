import { z } from "zod";
import { type EntityKind, METRIC_SETS } from "@/contract/metrics";
import { GAP_INTERVALS } from "./model";

/** What can be drawn: which entity kind, in which unit, made of which readings. */
export const CHART_WINDOWS = { "1h": 3600, "24h": 86_400, "7d": 7 * 86_400, "30d": 30 * 86_400 } as const;
export type ChartWindow = keyof typeof CHART_WINDOWS;

export type ChartUnit = "ratio" | "bytes" | "bytesPerSecond" | "watts" | "celsius" | "load" | "operationsPerSecond";

/**
 * How a line is made of readings. `gauge`: mean in the step, with its least and greatest. `rate`: growth of a counter
 * per second. `share`: growth of these counters as a part of the growth of all in `of`.
 */
export type Line =
  | { name: string; as: "gauge"; of: string; minus?: string }
  | { name: string; as: "rate"; of: string }
  | { name: string; as: "share"; parts: readonly string[]; of: readonly string[] };

const CPU = METRIC_SETS.machine.map((metric) => metric.name).filter((name) => name.startsWith("cpu"));
const share = (name: string, ...parts: string[]): Line => ({ name, as: "share", parts, of: CPU });
const gauge = (name: string, of: string, minus?: string): Line => ({ name, as: "gauge", of, minus });
const rate = (name: string, of: string): Line => ({ name, as: "rate", of });

export const CHARTS = {
  cpu: {
    kind: "machine",
    unit: "ratio",
    lines: [
      share("user", "cpuUserSeconds", "cpuNiceSeconds"),
      share("system", "cpuSystemSeconds", "cpuIrqSeconds", "cpuSoftirqSeconds"),
      share("iowait", "cpuIowaitSeconds"),
      share("steal", "cpuStealSeconds"),
    ],
  },
  load: {
    kind: "machine",
    unit: "load",
    lines: [gauge("load1", "load1"), gauge("load5", "load5"), gauge("load15", "load15")],
  },
  memory: {
    kind: "machine",
    unit: "bytes",
    lines: [gauge("used", "memoryTotalBytes", "memoryAvailableBytes"), gauge("total", "memoryTotalBytes")],
  },
  power: { kind: "machine", unit: "watts", lines: [rate("power", "energyJoules")] },
  filesystem: {
    kind: "filesystem",
    unit: "bytes",
    lines: [gauge("used", "usedBytes"), gauge("available", "availableBytes")],
  },
  disk: { kind: "disk", unit: "bytesPerSecond", lines: [rate("read", "readBytes"), rate("written", "writtenBytes")] },
  network: {
    kind: "interface",
    unit: "bytesPerSecond",
    lines: [rate("received", "receivedBytes"), rate("transmitted", "transmittedBytes")],
  },
  temperature: { kind: "sensor", unit: "celsius", lines: [gauge("temperature", "temperatureCelsius")] },
} as const satisfies Record<string, { kind: EntityKind; unit: ChartUnit; lines: readonly Line[] }>;
export type ChartName = keyof typeof CHARTS;

/** Steps that read well on a time axis, in seconds. */
const STEPS = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800] as const;
/** More points than this cannot be told apart on a screen. */
const POINTS_MAX = 300;

/** Width of one point in seconds: as fine as the agent's interval, as coarse as the screen needs. */
export function stepSeconds(window: ChartWindow, intervalSeconds: number): number {
  const needed = Math.max(CHART_WINDOWS[window] / POINTS_MAX, intervalSeconds);
  return STEPS.find((step) => step >= needed) ?? needed;
}

/** Time without readings from which a line is broken. */
export function gapSeconds(step: number, intervalSeconds: number): number {
  return Math.max(GAP_INTERVALS * intervalSeconds, 2 * step);
}

export const ChartPoint = z.object({
  at: z.date(),
  value: z.number(),
  min: z.number().nullable(),
  max: z.number().nullable(),
});
export type ChartPoint = z.infer<typeof ChartPoint>;
