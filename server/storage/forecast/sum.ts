import type { HistoryPoint } from "./history";

/** A value speaks for so long after it was read; then it is unknown. */
const SPEAKS_SECONDS = 2 * 3600;

/**
 * What several things together held (the pools of a site), by hours. At an hour at which one of them is not known the sum
 * is unknown: a sum over those that happen to be known would fall and rise with the connection.
 */
export function sumOf(histories: readonly (readonly HistoryPoint[])[]): HistoryPoint[] {
  if (histories.length === 0) return [];
  const hours = new Set(histories.flatMap((points) => points.map(({ at }) => Math.ceil(at / 3600) * 3600)));
  const newest = histories.map(() => -1);
  return [...hours]
    .sort((left, right) => left - right)
    .map((at) => {
      const told = histories.map((points, index) => {
        let place = newest[index] as number;
        while (place + 1 < points.length && (points[place + 1] as HistoryPoint).at <= at) place += 1;
        newest[index] = place;
        const point = points[place];
        return point && at - point.at <= SPEAKS_SECONDS ? point : null;
      });
      return {
        at,
        usedBytes: total(told.map((point) => point?.usedBytes ?? null)),
        capacityBytes: total(told.map((point) => point?.capacityBytes ?? null)),
      };
    });
}

/** Unknown as soon as one of them is. */
const total = (values: readonly (number | null)[]): number | null =>
  values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0);
