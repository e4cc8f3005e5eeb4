import { engineAgent } from "./engine-agent";
import type { Fault } from "./fault-plan";
import { runPlan } from "./run-seed";
import type { SeedResult } from "./seed-result";

/** What a run is told on the command line; with `darkHours` above nought it is a darkness. */
export type SeedPlan = { seed: number; hours: number; darkHours: number; without: readonly string[] };

export function simulate({ seed, hours, darkHours, without }: SeedPlan): Promise<SeedResult> {
  return darkHours > 0 ? simulateDarkness(seed, darkHours, without) : simulateSeed(seed, hours, without);
}

/**
 * One seed: one machine with the real agent's engine for so many hours, and everything that can go wrong.
 * @param without names of faults that do not happen, to find out which of them a failure needs
 */
export function simulateSeed(seed: number, hours: number, without: readonly string[] = []): Promise<SeedResult> {
  return runPlan({ seed, hours, startAgent: engineAgent(), isMeant: ({ what }) => !without.includes(what) });
}

const HOUR_SECONDS = 3600;
/** So little room that both steps of thinning are needed, and enough for an hour a record, that nothing has to go. */
const darkSpoolBytes = (darkHours: number): number => 10_000 + 280 * darkHours;
/** Whatever breaks a process or a connection. What breaks disks, clocks and boots has its own days. */
const DARK_FAULTS: readonly Fault["what"][] = [
  "agentKill",
  "answersLost",
  "connectionsBreak",
  "databaseAway",
  "gatewayRestart",
  "halfOpen",
  "linkSlow",
];

/**
 * One seed of a machine that is without a link for so long that its spool overflows: sums stay what they were and the
 * newest moments stay themselves, whenever the agent is killed and however the return goes wrong.
 */
export function simulateDarkness(
  seed: number,
  darkHours: number,
  without: readonly string[] = [],
  spoolBytesMax = darkSpoolBytes(darkHours),
): Promise<SeedResult> {
  const dark = { fromSeconds: HOUR_SECONDS, untilSeconds: (1 + darkHours) * HOUR_SECONDS };
  const isMeant = ({ what }: Fault, atSeconds: number) => {
    // A restart closes a segment: the newest ones would be short ones.
    const isAtTheEnd = atSeconds > dark.untilSeconds - 2 * HOUR_SECONDS && atSeconds < dark.untilSeconds;
    return DARK_FAULTS.includes(what) && !without.includes(what) && atSeconds > dark.fromSeconds && !isAtTheEnd;
  };
  return runPlan({ seed, hours: darkHours + 6, startAgent: engineAgent(spoolBytesMax), isMeant, dark });
}
