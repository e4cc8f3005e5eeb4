import { engineAgent } from "./engine-agent";
import { runPlan } from "./run-seed";
import type { SeedResult } from "./seed-result";

/**
 * One seed: one machine with the real agent's engine for so many hours, and everything that can go wrong.
 * @param without names of faults that do not happen, to find out which of them a failure needs
 */
export function simulateSeed(seed: number, hours: number, without: readonly string[] = []): Promise<SeedResult> {
  return runPlan({ seed, hours, startAgent: engineAgent(), isMeant: ({ what }) => !without.includes(what) });
}
