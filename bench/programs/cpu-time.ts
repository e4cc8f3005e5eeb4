import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ of Linux: what /proc counts in. */
const TICKS_PER_SECOND = 100;
const MICROSECONDS = 1_000_000;

type Stat = { parent: number; ticks: number };

/** Fields of /proc/pid/stat (proc(5)): 4 ppid, 14 utime, 15 stime, 16 cutime, 17 cstime; the name may hold spaces. */
function readStat(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0);
    return { parent: Number(fields[1]), ticks };
  } catch {
    return null;
  }
}

/** Processor time of a program and everything that it started, those that ended included, in microseconds. */
export function cpuMicrosOf(pid: number): number {
  const stats = new Map<number, Stat>();
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : null;
    if (stat) stats.set(Number(name), stat);
  }
  const isOurs = (candidate: number): boolean => {
    for (let at = candidate; at > 1; at = stats.get(at)?.parent ?? 0) if (at === pid) return true;
    return false;
  };
  const ticks = [...stats].filter(([candidate]) => isOurs(candidate)).reduce((sum, [, stat]) => sum + stat.ticks, 0);
  return (ticks / TICKS_PER_SECOND) * MICROSECONDS;
}

/** Memory that a process holds now, in bytes (VmRSS of /proc/pid/status); 0 when it is gone. */
export function residentBytesOf(pid: number): number {
  try {
    const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
    return Number(found?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
