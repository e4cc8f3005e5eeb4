import { setTimeout as delay } from "node:timers/promises";
import type { MachineFacts } from "@/contract/telemetry";
import type { HostRoots } from "./host-roots";
import { MachineReader, type MachineReading } from "./machine-reader";
import { Settler } from "./settle";

/** Energy counters count from their first reading on, so one that says something needs a second. */
const SECOND_READING_MILLISECONDS = 1_000;

export type PrintedReading = { facts: MachineFacts } & MachineReading;

/**
 * One complete reading of this machine, for people and tests; writes nothing anywhere.
 * @returns `canEnd` false when a mount hangs in the kernel, so that the process cannot end by itself
 */
export async function readMachine(roots: HostRoots): Promise<{ reading: PrintedReading; canEnd: boolean }> {
  const reader = new MachineReader(roots, new Settler(), (collector, error) => {
    process.stderr.write(`fernblick-agent: collector ${collector} failed: ${String(error)}\n`);
  });
  const facts = await reader.readFacts();
  let reading = await reader.read();
  if (reader.energyWrapSeconds !== null) {
    await delay(SECOND_READING_MILLISECONDS);
    reading = await reader.read();
  }
  return { reading: { facts, ...reading }, canEnd: reader.hungMountCount === 0 };
}
