/** What the oracle found when it compared what was read at the edge with what is stored. */
export type Verdict = {
  /** Read and durable at the edge, and neither stored nor accounted for by the agent. */
  lost: number;
  /** Stored at more than one moment, or counted in sums twice. */
  doubled: number;
  /** Stored with another value. */
  altered: number;
  /** Stored and never read. */
  invented: number;
};

export type SeedResult = Verdict & {
  seed: number;
  /** Moments that were read, and those of them that are stored one for one. */
  read: number;
  stored: number;
  /** Kept apart by the store because their time could not be right. */
  misdated: number;
  /** Put out of the way by the agent, in quarantine or with a damaged segment; it said so. */
  setAside: number;
  /** Lives on in a coarser record only, since the spool had no room. */
  thinned: number;
  /** Happenings of the run by name. */
  faults: Record<string, number>;
  /** The first things that are wrong, in words. */
  findings: string[];
};

export const isGood = ({ lost, doubled, altered, invented }: Verdict): boolean =>
  lost + doubled + altered + invented === 0;

/** The command that repeats a run exactly. */
export const replayCommand = (seed: number, darkHours = 0): string =>
  `npm run simulate -- --seed ${seed}${darkHours > 0 ? ` --dark ${darkHours}` : ""}`;

/** One line of a run for people. */
export function describeResult(result: SeedResult, darkHours = 0): string {
  const { seed, lost, doubled, altered, invented, read, stored, thinned, findings } = result;
  const figures = `${read} read, ${stored} stored, ${thinned} thinned, ${lost} lost, ${doubled} doubled, ${altered} altered, ${invented} invented`;
  const words = findings.map((finding) => `\n    ${finding}`).join("");
  return `seed ${seed}: ${figures}${words}\n    again: ${replayCommand(seed, darkHours)}`;
}
