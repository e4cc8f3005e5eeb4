import { deviation, median } from "./robust";

/**
 * Levels without their sudden steps (data that was moved in, a deletion, a clean-up): everything before a step is moved
 * to the height after it, so that the newest levels stay as they are. A step is a change between neighbours that is more
 * than five deviations away from the usual change and more than a hundredth of what the history spans.
 */
export function withoutSteps(levels: Float64Array): { levels: Float64Array; steps: number } {
  const changes: { at: number; change: number; spans: number }[] = [];
  let before = -1;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < levels.length; at += 1) {
    const value = levels[at] as number;
    if (Number.isNaN(value)) continue;
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
    if (before >= 0) changes.push({ at, change: value - (levels[before] as number), spans: at - before });
    before = at;
  }
  const rates = changes.map(({ change, spans }) => change / spans);
  const usual = median(rates);
  const tolerance = Math.max(5 * deviation(rates), 0.01 * (highest - lowest), Number.EPSILON * highest);
  const found = changes.filter(({ change, spans }) => Math.abs(change - usual * spans) > tolerance * Math.sqrt(spans));
  const moved = Float64Array.from(levels);
  for (const { at, change, spans } of found) {
    for (let earlier = 0; earlier < at; earlier += 1) (moved[earlier] as number) += change - usual * spans;
  }
  return { levels: moved, steps: found.length };
}
