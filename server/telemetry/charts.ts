import { z } from "zod";
import { type EntityKind, METRIC_SETS, type MetricName, metricIndex, metricsOf } from "@/contract/metrics";
import { CPU_NEEDED_NAMES, GAP_INTERVALS } from "./model";

/** What can be drawn: which entity kind, in which unit, made of which readings. */
export const CHART_WINDOWS = { "1h": 3600, "24h": 86_400, "7d": 7 * 86_400, "30d": 30 * 86_400 } as const;
export type ChartWindow = keyof typeof CHART_WINDOWS;

export const CHART_UNITS = [
  "ratio",
  "bytes",
  "bytesPerSecond",
  "watts",
  "celsius",
  "load",
  "operationsPerSecond",
] as const;
export type ChartUnit = (typeof CHART_UNITS)[number];

/**
 * How a line is made of readings. `gauge`: mean of the readings. `rate`: increments per second that they cover.
 * `share`: increments of these counters as a part of the increments of all in `of` that were read; none without those in
 * `needs`, and none of parts that were not read.
 */
export type Line =
  | { name: string; as: "gauge"; of: string; minus?: string }
  | { name: string; as: "rate"; of: string }
  | { name: string; as: "share"; parts: readonly string[]; of: readonly string[]; needs: readonly string[] };

const CPU = METRIC_SETS.machine.map((metric) => metric.name).filter((name) => /^cpu.*Seconds$/.test(name));
const share = (name: string, ...parts: string[]): Line => ({
  name,
  as: "share",
  parts,
  of: CPU,
  needs: CPU_NEEDED_NAMES,
});
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

/** The line of one reading by itself: a counter as its rate, anything else as it is. */
export function lineOf(kind: EntityKind, metric: string): Line {
  const found = metricsOf(kind).find(({ name }) => name === metric);
  if (!found) throw new RangeError(`Metric set ${kind} has no reading ${metric}`);
  return found.kind === "counter" ? rate(metric, metric) : gauge(metric, metric);
}

/** Every reading that these lines are made of; with counters comes the span that they cover. */
export function readingsOf(lines: readonly Line[]): string[] {
  const names = lines.flatMap((line): readonly string[] => {
    if (line.as === "gauge") return line.minus ? [line.of, line.minus] : [line.of];
    return ["spanSeconds", ...(line.as === "rate" ? [line.of] : line.of)];
  });
  return [...new Set(names)];
}

/** Position of a reading in its metric set by names that are only known while running; throws for what is not there. */
export function positionOf(kind: string, name: string): number {
  return metricIndex(kind as EntityKind, name as MetricName);
}

/** Part and whole of a share by one way to read an increment; null where `needs` or every part is missing. */
export function sharePart(
  line: Line & { as: "share" },
  read: (name: string) => number | undefined,
): { part: number; whole: number } | null {
  let part = 0;
  let whole = 0;
  let hasPart = false;
  for (const name of line.of) {
    const grown = read(name);
    if (grown === undefined) {
      if (line.needs.includes(name)) return null;
      continue;
    }
    whole += grown;
    if (!line.parts.includes(name)) continue;
    part += grown;
    hasPart = true;
  }
  return hasPart && whole > 0 ? { part, whole } : null;
}

const HOUR_SECONDS = 3600;
/** Steps that read well on a time axis, in seconds; a week is a whole number of each. */
const STEPS = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800] as const;
/** More points than this cannot be told apart on a screen. */
const POINTS_MAX = 300;
/** Longer ranges are read from the hourly roll-ups. */
export const MINUTES_RANGE_SECONDS_MAX = 48 * HOUR_SECONDS;
/** A chart shows no less than this, in seconds, and no more than roll-ups can be kept. */
export const RANGE_SECONDS_MIN = 60;
export const RANGE_SECONDS_MAX = 400 * 86_400;

/**
 * Width of one point in seconds: as fine as the agent's interval, as coarse as the screen needs, and whole hours where
 * the range is longer than raw readings are read for, or longer ago than they are kept.
 */
export function stepSeconds(rangeSeconds: number, intervalSeconds: number, isLongAgo = false): number {
  const finest = isLongAgo || rangeSeconds > MINUTES_RANGE_SECONDS_MAX ? HOUR_SECONDS : 0;
  const needed = Math.max(rangeSeconds / POINTS_MAX, intervalSeconds, finest);
  return STEPS.find((step) => step >= needed) ?? Math.ceil(needed);
}

/** Time without readings from which a line is broken. */
export function gapSeconds(step: number, intervalSeconds: number): number {
  return Math.max(GAP_INTERVALS * intervalSeconds, 2 * step);
}

/** One step of a line that has readings. */
export const ChartPoint = z.object({
  /** Where the step begins. */
  at: z.date(),
  value: z.number(),
  /** Least and greatest of the step's readings; null where the roll-up cannot tell. */
  min: z.number().nullable(),
  max: z.number().nullable(),
});
export type ChartPoint = z.infer<typeof ChartPoint>;
