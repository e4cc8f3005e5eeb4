import { engineAgent } from "./engine-agent";
import { runPlan } from "./run-seed";
import type { SeedResult } from "./seed-result";

/** One seed: one machine with the real agent's engine for so many hours, and everything that can go wrong. */
export function simulateSeed(seed: number, hours: number): Promise<SeedResult> {
  return runPlan({ seed, hours, startAgent: engineAgent() });
}
