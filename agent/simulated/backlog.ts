const HOUR = 3600;

/** Moments of one step; `isThinned` says that the agent would have read more often than that. */
export type Stretch = { moments: number[]; stepSeconds: number; isThinned: boolean };

/** How far back a step reaches, from the newest to the oldest; what is older still is kept by the hour. */
const STEPS = [
  { withinSeconds: HOUR, stepSeconds: 0 },
  { withinSeconds: 6 * HOUR, stepSeconds: 300 },
] as const;

/**
 * What an agent has kept while it was away: the last hour as it read it, the hours before by five minutes, and what is
 * older by the hour, as agents thin what they keep.
 * @param from seconds since 1970 of the last moment that the gateway has
 * @param until the moment that is told live and is not part of it
 * @returns the oldest first
 */
export function backlogOf(from: number, until: number, intervalSeconds: number): Stretch[] {
  const stretches: Stretch[] = [];
  let end = until;
  for (const { withinSeconds, stepSeconds } of [
    ...STEPS,
    { withinSeconds: Number.POSITIVE_INFINITY, stepSeconds: HOUR },
  ]) {
    const begin = Math.max(from, until - withinSeconds);
    const step = Math.max(stepSeconds, intervalSeconds);
    const moments: number[] = [];
    for (let at = end - step; at > begin; at -= step) moments.push(at);
    const oldest = moments.at(-1);
    if (oldest === undefined) continue;
    stretches.unshift({ moments: moments.reverse(), stepSeconds: step, isThinned: step > intervalSeconds });
    end = oldest;
  }
  return stretches;
}
