import { deviation, median, slopeOf } from "./robust";

/**
 * What each place of the turn (a day of the week, a quarter of the day) lies above or below its surroundings, 0 on
 * average; all zero where the history is shorter than three turns or the rhythm is not larger than the noise around it.
 * Surroundings are the middle of the turn around each span (as in the classical decomposition: Hyndman and
 * Athanasopoulos, "Forecasting: Principles and Practice", 3.4), by medians so that a step is no rhythm.
 */
export function rhythmOf(levels: Float64Array, turn: number): Float64Array {
  const rhythm = new Float64Array(turn);
  if (levels.length < 3 * turn) return rhythm;
  const slope = slopeOf(levels, 0, levels.length) || 0;
  const own: number[][] = Array.from({ length: turn }, () => []);
  const half = Math.floor(turn / 2);
  for (let at = half; at + half < levels.length; at += 1) {
    const around: number[] = [];
    for (let near = at - half; near <= at + half; near += 1) {
      const value = levels[near] as number;
      if (!Number.isNaN(value)) around.push(value - slope * (near - at));
    }
    const value = levels[at] as number;
    if (!Number.isNaN(value) && around.length > half) own[at % turn]?.push(value - median(around));
  }
  if (own.some((values) => values.length < 2)) return rhythm;
  const middles = own.map(median);
  const left = own.flatMap((values, place) => values.map((value) => value - (middles[place] as number)));
  if (Math.max(...middles) - Math.min(...middles) < 2 * deviation(left)) return rhythm;
  const mean = middles.reduce((sum, value) => sum + value, 0) / turn;
  return rhythm.map((_, place) => (middles[place] as number) - mean);
}
