import { join } from "node:path";
import { type ReadingPart, unknownFor } from "@/agent/entity-reading";
import { type HostRoots, known, readText, unknown } from "@/agent/host-roots";

const LOAD_NAMES = ["load1", "load5", "load15"] as const;

/** The three means of `/proc/loadavg` (proc_loadavg(5)). */
export function parseLoad(text: string): ReadingPart<"machine">["gauges"] {
  const fields = text.split(" ").slice(0, 3).map(Number);
  if (fields.length < 3 || !fields.every((field) => Number.isFinite(field) && field >= 0)) {
    return unknownFor(LOAD_NAMES, unknown("implausible", `/proc/loadavg: found "${text}", expected three numbers`));
  }
  return Object.fromEntries(LOAD_NAMES.map((name, position) => [name, known(fields[position] as number)]));
}

/** Seconds since boot, the first field of `/proc/uptime` (proc_uptime(5)). */
export function parseUptime(text: string): ReadingPart<"machine">["gauges"] {
  const seconds = Number.parseFloat(text);
  const isUsable = Number.isFinite(seconds) && seconds >= 0;
  return { uptimeSeconds: isUsable ? known(seconds) : unknown("implausible", `/proc/uptime: found "${text}"`) };
}

export async function collectLoad({ proc }: HostRoots): Promise<ReadingPart<"machine">> {
  const load = await readText(join(proc, "loadavg"), "/proc/loadavg");
  const uptime = await readText(join(proc, "uptime"), "/proc/uptime");
  return {
    gauges: {
      ...("value" in load ? parseLoad(load.value) : unknownFor(LOAD_NAMES, load)),
      ...("value" in uptime ? parseUptime(uptime.value) : { uptimeSeconds: uptime }),
    },
    counters: {},
  };
}
