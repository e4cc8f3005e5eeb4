import { join } from "node:path";
import { type ReadingPart, unknownFor } from "@/agent/entity-reading";
import { type HostRoots, type Known, known, readText, unknown } from "@/agent/host-roots";
import type { MetricName } from "@/contract/metrics";

/** `/proc/meminfo` writes kB and means KiB (proc_meminfo(5)). */
const KIBIBYTE = 1024;

const MEMINFO_FIELDS = {
  memoryTotalBytes: "MemTotal",
  memoryAvailableBytes: "MemAvailable",
  memoryFreeBytes: "MemFree",
  memoryCachedBytes: "Cached",
  swapTotalBytes: "SwapTotal",
  swapFreeBytes: "SwapFree",
} as const satisfies Partial<Record<MetricName<"machine">, string>>;

type MemoryName = keyof typeof MEMINFO_FIELDS;
const MEMORY_NAMES = Object.keys(MEMINFO_FIELDS) as MemoryName[];

/** Bytes out of the text of `/proc/meminfo`; a field that this kernel lacks is unknown. */
export function parseMemory(meminfo: string): Record<MemoryName, Known<number>> {
  const entries = MEMORY_NAMES.map((name) => {
    const field = MEMINFO_FIELDS[name];
    const kibibytes = new RegExp(`^${field}: +(\\d+) kB$`, "m").exec(meminfo)?.[1];
    return [
      name,
      kibibytes ? known(Number(kibibytes) * KIBIBYTE) : unknown("not_offered", `/proc/meminfo has no ${field}`),
    ];
  });
  return Object.fromEntries(entries);
}

export async function collectMemory({ proc }: HostRoots): Promise<ReadingPart<"machine">> {
  const meminfo = await readText(join(proc, "meminfo"), "/proc/meminfo");
  return { gauges: "value" in meminfo ? parseMemory(meminfo.value) : unknownFor(MEMORY_NAMES, meminfo), counters: {} };
}
