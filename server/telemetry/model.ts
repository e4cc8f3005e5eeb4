import { type EntityKind, METRIC_SETS, type MetricName, type Readings } from "@/contract/metrics";
import type { UnknownReason } from "@/contract/unknown";

/** An observation may be so far ahead of this clock before its time counts as impossible. */
export const FUTURE_SECONDS_MAX = 300;
/** An edge clock that differs by more is corrected; below that the difference is mostly the way here. */
export const CLOCK_OFFSET_SECONDS_MAX = 120;
/** Two readings further apart than so many intervals have a gap between them, and no line. */
export const GAP_INTERVALS = 3;

/** A figure, or the reason why there is none. */
export type Known<T> = { value: T } | { unknown: UnknownReason };

const unknown = (code: UnknownReason["code"], detail: string): { unknown: UnknownReason } => ({
  unknown: { code, detail },
});

/** Growth of a counter per second over the time that the reading covers. */
export function counterRate<K extends EntityKind>(readings: Readings<K>, name: MetricName<K>): Known<number> {
  const { [name]: increment, spanSeconds } = readings as Record<string, number | undefined>;
  if (increment === undefined) return unknown("read_failed", `no reading of ${name}`);
  if (spanSeconds === undefined || spanSeconds <= 0) return unknown("not_yet", "a rate needs a second reading");
  return { value: increment / spanSeconds };
}

/** CPU time names in `/proc/stat`; `iowait` is idle time too (proc_stat(5)). */
const CPU_NAMES = METRIC_SETS.machine.map((metric) => metric.name).filter((name) => /^cpu.*Seconds$/.test(name));
const CPU_IDLE_NAMES: readonly string[] = ["cpuIdleSeconds", "cpuIowaitSeconds"];
/**
 * Modes without which a share would be a guess. The others are small parts that not every kernel and not every sender
 * tells (cAdvisor has no `iowait`, OpenTelemetry on Windows no `steal`): where one is missing, the whole is what was told.
 */
export const CPU_NEEDED_NAMES: readonly MetricName<"machine">[] = [
  "cpuUserSeconds",
  "cpuSystemSeconds",
  "cpuIdleSeconds",
];

/** Share of CPU time that was not idle in the time that the readings cover, 0 to 1 over all processors. */
export function cpuUsedRatio(readings: Readings<"machine">): Known<number> {
  const missing = CPU_NEEDED_NAMES.find((name) => readings[name] === undefined);
  if (missing) return unknown("read_failed", `no reading of ${missing}`);
  let totalSeconds = 0;
  let idleSeconds = 0;
  for (const name of CPU_NAMES) {
    const seconds = readings[name] ?? 0;
    totalSeconds += seconds;
    if (CPU_IDLE_NAMES.includes(name)) idleSeconds += seconds;
  }
  if (totalSeconds <= 0) return unknown("not_yet", "no CPU time passed between two readings");
  return { value: Math.min(1, Math.max(0, 1 - idleSeconds / totalSeconds)) };
}

/** Memory that is not available to a new program: total − available (kernel documentation, filesystems/proc). */
export function memoryUsedBytes(readings: Readings<"machine">): number | null {
  const { memoryTotalBytes, memoryAvailableBytes } = readings;
  if (memoryTotalBytes === undefined || memoryAvailableBytes === undefined) return null;
  return Math.max(0, memoryTotalBytes - memoryAvailableBytes);
}

/** Fill as `df` counts it: used / (used + available), so blocks reserved for root count as not there. */
export function filesystemUsedRatio(readings: Readings<"filesystem">): number | null {
  const { usedBytes, availableBytes } = readings;
  if (usedBytes === undefined || availableBytes === undefined || usedBytes + availableBytes <= 0) return null;
  return usedBytes / (usedBytes + availableBytes);
}
