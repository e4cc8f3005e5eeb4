import type { HistoryPoint } from "@/server/storage/forecast/history";

/** What a forecast of any kind says, so that all are scored by the same rules. */
export type Said = {
  /** Seconds until full; infinite where it says never. */
  secondsUntilFull: number;
  /** Used bytes so many seconds from now. */
  usedIn(seconds: number): number;
  /** Seconds until full at the earliest and at the latest, of those that tell both; null where not even the earliest is told. */
  between?: readonly [number, number] | null;
};
export type Rival = (points: readonly HistoryPoint[], now: number, capacityBytes: number) => Said;

type Known = { at: number; usedBytes: number };
const knownOf = (points: readonly HistoryPoint[], from: number): Known[] =>
  points.filter((point): point is HistoryPoint & Known => point.usedBytes !== null && point.at >= from);

function straight(value: number, slope: number, capacityBytes: number): Said {
  const left = capacityBytes - value;
  return {
    secondsUntilFull: left <= 0 ? 0 : slope > 0 ? left / slope : Number.POSITIVE_INFINITY,
    usedIn: (seconds) => value + slope * seconds,
  };
}

/** It stays as it is. */
export const lastValue: Rival = (points, _now, capacityBytes) =>
  straight(points.findLast((point) => point.usedBytes !== null)?.usedBytes ?? 0, 0, capacityBytes);

/**
 * Least squares over everything from a time on, told at `now`: what `predict_linear` computes (Prometheus,
 * promql/functions.go, linearRegression with the evaluation time as the intercept's), and a straight line when the time
 * is the whole history.
 */
export function leastSquares(windowSeconds: number): Rival {
  return (points, now, capacityBytes) => {
    const known = knownOf(points, now - windowSeconds);
    const count = known.length;
    if (count < 2) return lastValue(points, now, capacityBytes);
    let sumX = 0;
    let sumY = 0;
    let sumXY = 0;
    let sumX2 = 0;
    for (const { at, usedBytes } of known) {
      const x = at - now;
      sumX += x;
      sumY += usedBytes;
      sumXY += x * usedBytes;
      sumX2 += x * x;
    }
    const slope = (sumXY - (sumX * sumY) / count) / (sumX2 - (sumX * sumX) / count);
    return straight(sumY / count - (slope * sumX) / count, slope, capacityBytes);
  };
}
