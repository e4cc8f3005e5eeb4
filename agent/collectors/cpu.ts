import { join } from "node:path";
import { type RawCounter, type ReadingPart, unknownFor } from "@/agent/entity-reading";
import { type HostRoots, type Known, known, readText, unknown } from "@/agent/host-roots";
import type { MetricName } from "@/contract/metrics";

/**
 * Ticks of `/proc/stat` in a second. USER_HZ is part of the kernel's binary interface and 100 on every architecture
 * that Node runs on (linux/include/asm-generic/param.h); CONFIG_HZ does not change it.
 */
const TICKS_PER_SECOND = 100;

/** Columns of the `cpu` line in their order (proc_stat(5)); guest time is already counted in user and nice. */
const CPU_COLUMNS = [
  "cpuUserSeconds",
  "cpuNiceSeconds",
  "cpuSystemSeconds",
  "cpuIdleSeconds",
  "cpuIowaitSeconds",
  "cpuIrqSeconds",
  "cpuSoftirqSeconds",
  "cpuStealSeconds",
] as const satisfies readonly MetricName<"machine">[];

/** Sum over all processors out of the text of `/proc/stat`. A column that an old kernel lacks is unknown. */
export function parseCpuTimes(stat: string): ReadingPart<"machine">["counters"] {
  const columns = /^cpu +(.+)$/m.exec(stat)?.[1]?.split(" ") ?? [];
  const entries = CPU_COLUMNS.map((name, position): [string, Known<RawCounter>] => {
    const ticks = columns[position];
    if (ticks !== undefined && /^\d+$/.test(ticks)) {
      // Waiting for I/O may decrease (proc_stat(5)), and idle time does when a processor is taken offline.
      return [name, known({ raw: BigInt(ticks), perUnit: TICKS_PER_SECOND, canStepBack: true })];
    }
    return [name, unknown("not_offered", `/proc/stat of this kernel has no column ${position + 1}`)];
  });
  return Object.fromEntries(entries);
}

/** Boot time as `/proc/stat` tells it: seconds since 1970 by the machine's clock. */
export function parseBootSeconds(stat: string): Known<number> {
  const seconds = /^btime (\d+)$/m.exec(stat)?.[1];
  return seconds ? known(Number(seconds)) : unknown("not_offered", "/proc/stat has no btime");
}

export async function collectCpu({ proc }: HostRoots): Promise<ReadingPart<"machine">> {
  const stat = await readText(join(proc, "stat"), "/proc/stat");
  return { gauges: {}, counters: "value" in stat ? parseCpuTimes(stat.value) : unknownFor(CPU_COLUMNS, stat) };
}
