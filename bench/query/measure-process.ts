import { percentile, significant } from "@/bench/options";
import { openDatabase } from "@/db/client";
import type { Caller } from "@/server/access/caller";
import { type Read, readsOf, type Subject } from "./reads";

/** What is to be measured, as the bench sends it. */
export type MeasureJob = { appUrl: string; caller: Omit<Caller, "database">; subject: Subject; repeats: number };

/**
 * In milliseconds: as long as it took, and the time of this process's processor, which is the same on a busy machine.
 * `target` is what p95 should stay below.
 */
export type Timing = { p50: number; p95: number; first: number; cpu: number; size: number; target: number | null };
export type Measured = { line: string } | { failed: string } | { milliseconds: Record<string, Timing | null> };

const tell = (measured: Measured) => process.send?.(measured);

/** One read that fails does not keep the others from being measured. @returns null for one that failed */
async function time(title: string, read: () => Promise<Timing>): Promise<Timing | null> {
  try {
    const timing = await read();
    tell({ line: `${title}: ${JSON.stringify(timing)}` });
    return timing;
  } catch (error) {
    tell({ failed: `${title}: failed: ${error instanceof Error ? error.message.slice(0, 500) : error}` });
    return null;
  }
}

/** Runs a read again and again, each time about something else. */
async function timeAll({ target, read }: Read, repeats: number): Promise<Timing> {
  const all: number[] = [];
  const processor: number[] = [];
  let size = 0;
  for (let index = 0; index <= repeats; index += 1) {
    const usedBefore = process.cpuUsage();
    const startedAt = performance.now();
    size = await read();
    all.push(performance.now() - startedAt);
    const { user, system } = process.cpuUsage(usedBefore);
    processor.push((user + system) / 1000);
  }
  const [first = 0, ...warm] = all;
  if (size === 0) throw new Error("nothing was read, so nothing was measured");
  return {
    p50: significant(percentile(warm, 50)),
    p95: significant(percentile(warm, 95)),
    first: significant(first),
    cpu: significant(percentile(processor.slice(1), 50)),
    size,
    target,
  };
}

async function measure({ appUrl, caller, subject, repeats }: MeasureJob): Promise<void> {
  const database = openDatabase(appUrl, { applicationName: "bench-console", connectionsMax: 4 });
  const milliseconds: Record<string, Timing | null> = {};
  for (const [name, read] of Object.entries(readsOf(database, { ...caller, database }, subject))) {
    milliseconds[name] = await time(read.title, () => timeAll(read, repeats));
  }
  await database.close();
  tell({ milliseconds });
  process.disconnect();
}

process.once("message", (job) => void measure(job as MeasureJob));
