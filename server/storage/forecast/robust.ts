/** Figures of samples that a few wild values do not move. */

/** The value that this share (0 to 1) of the values is not above, between two values on the line between them; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * Deviation of values around their median, as a standard deviation would be of normal ones: 1.4826 × the median absolute
 * deviation (Rousseeuw and Croux, "Alternatives to the Median Absolute Deviation", 1993).
 */
export function deviation(values: readonly number[]): number {
  const middle = median(values);
  return 1.4826 * median(values.map((value) => Math.abs(value - middle)));
}

/**
 * Slope of a line through the known values of `values[from..to)`, one step apart: the median of the slopes between each
 * point and the one half of the points further on (Theil, "A rank-invariant method of linear regression", 1950, the
 * incomplete method). Takes n/2 slopes instead of n²/2 and still stands more than a quarter of wild points; NaN of fewer
 * than two.
 */
export function slopeOf(values: Float64Array, from: number, to: number): number {
  const places: number[] = [];
  for (let at = from; at < to; at += 1) if (!Number.isNaN(values[at])) places.push(at);
  const half = Math.max(1, Math.floor(places.length / 2));
  const slopes: number[] = [];
  for (let index = 0; index + half < places.length; index += 1) {
    const left = places[index] as number;
    const right = places[index + half] as number;
    slopes.push(((values[right] as number) - (values[left] as number)) / (right - left));
  }
  return median(slopes);
}

/** Median height of the known values of `values[from..to)` above a line of this slope, told at place `at`; NaN of none. */
export function heightAt(values: Float64Array, from: number, to: number, slope: number, at: number): number {
  const heights: number[] = [];
  for (let place = from; place < to; place += 1) {
    const value = values[place] as number;
    if (!Number.isNaN(value)) heights.push(value - slope * (place - at));
  }
  return median(heights);
}
