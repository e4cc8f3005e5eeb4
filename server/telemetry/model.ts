import { METRIC_SETS, type MetricName, type Readings } from "@/contract/metrics";
import type { UnknownReason } from "@/contract/telemetry";

/** Raw samples are kept and accepted for so many days; older observations are set aside, not thrown away. */
export const SAMPLE_DAYS_MAX = 35;
/** An observation may be so far ahead of this clock before its time counts as impossible. */
export const FUTURE_SECONDS_MAX = 300;
/** An edge clock that differs by more is corrected; below that the difference is mostly the way here. */
export const CLOCK_OFFSET_SECONDS_MAX = 120;
/** Two readings further apart than so many intervals have a gap between them, and no line. */
export const GAP_INTERVALS = 3;

/** Seconds to add to the edge's times: its distance to this clock where that is large, else 0. */
export function clockCorrectionSeconds(sentAt: Date, receivedAt: Date): number {
  const offsetSeconds = (receivedAt.getTime() - sentAt.getTime()) / 1000;
  return Math.abs(offsetSeconds) > CLOCK_OFFSET_SECONDS_MAX ? Math.round(offsetSeconds) : 0;
}

/** True when an observation (already corrected) can be placed in history. */
export function isPlaceable(observedAt: Date, receivedAt: Date): boolean {
  const ageSeconds = (receivedAt.getTime() - observedAt.getTime()) / 1000;
  return ageSeconds >= -FUTURE_SECONDS_MAX && ageSeconds < SAMPLE_DAYS_MAX * 86_400;
}

/** A figure, or the reason why there is none. */
export type Known<T> = { value: T } | { unknown: UnknownReason };

const unknown = (code: UnknownReason["code"], detail: string): { unknown: UnknownReason } => ({
  unknown: { code, detail },
});

/** Two readings of the same entity, `earlier` being null for the first one ever. */
export type ReadingPair<K extends keyof typeof METRIC_SETS> = {
  latest: Readings<K>;
  observedAt: Date;
  earlier: Readings<K> | null;
  earlierObservedAt: Date | null;
};

/** Change of a counter per second between two readings; a fall means that the counter began again. */
export function counterRate<K extends keyof typeof METRIC_SETS>(
  pair: ReadingPair<K>,
  name: MetricName<K>,
): Known<number> {
  const latest = (pair.latest as Record<string, number>)[name];
  if (latest === undefined) return unknown("read_failed", `no reading of ${name}`);
  const earlier = (pair.earlier as Record<string, number> | null)?.[name];
  if (earlier === undefined || !pair.earlierObservedAt) return unknown("not_yet", "a rate needs a second reading");
  const seconds = (pair.observedAt.getTime() - pair.earlierObservedAt.getTime()) / 1000;
  if (seconds <= 0) return unknown("not_yet", "two readings at the same moment");
  if (latest < earlier) return unknown("not_yet", "the counter began again");
  return { value: (latest - earlier) / seconds };
}

/** CPU time names in `/proc/stat`; `iowait` is idle time too (proc_stat(5)). */
const CPU_NAMES = METRIC_SETS.machine.map((metric) => metric.name).filter((name) => name.startsWith("cpu"));
const CPU_IDLE_NAMES: readonly string[] = ["cpuIdleSeconds", "cpuIowaitSeconds"];

/** Share of CPU time that was not idle since the earlier reading, 0 to 1 over all processors. */
export function cpuUsedRatio(pair: ReadingPair<"machine">): Known<number> {
  let totalRate = 0;
  let idleRate = 0;
  for (const name of CPU_NAMES) {
    const rate = counterRate(pair, name);
    if ("unknown" in rate) return rate;
    totalRate += rate.value;
    if (CPU_IDLE_NAMES.includes(name)) idleRate += rate.value;
  }
  if (totalRate <= 0) return unknown("not_yet", "no CPU time passed between two readings");
  return { value: Math.min(1, Math.max(0, 1 - idleRate / totalRate)) };
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
