import { clip, type Finding, judge } from "@/agent/kubernetes/facts/judge";
import type { Part } from "./system";

type Details = {
  figures?: Record<string, number | undefined>;
  moments?: Record<string, number | undefined>;
  texts?: Record<string, string | undefined>;
};
type Metadata = { name: string; namespace?: string | undefined };

/** A part with what is known of it; what is undefined is left out. */
export function partOf(
  type: string,
  { name, namespace }: Metadata,
  findings: readonly (Finding | undefined | false)[],
  { figures, moments, texts }: Details = {},
): Part {
  const part: Part = { type, name, ...judge(...findings) };
  if (namespace !== undefined) part.namespace = namespace;
  const toldFigures = known(figures);
  const toldMoments = known(moments);
  const toldTexts = known(texts, clip);
  if (toldFigures) part.figures = toldFigures;
  if (toldMoments) part.moments = toldMoments;
  if (toldTexts) part.texts = toldTexts;
  return part;
}

function known<T>(
  values: Record<string, T | undefined> = {},
  shape = (value: T) => value,
): Record<string, T> | undefined {
  const entries: [string, T][] = [];
  for (const [key, value] of Object.entries(values)) if (value !== undefined) entries.push([key, shape(value)]);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/**
 * A figure that moves all the time (bytes in use), in steps of a thousandth of the whole: else it would be told anew
 * with every block that is written.
 */
export function inSteps(value: number | undefined, whole: number | undefined): number | undefined {
  if (value === undefined || !whole || whole <= 0) return value;
  const step = 2 ** Math.max(0, Math.floor(Math.log2(whole / 1000)));
  return Math.floor(value / step) * step;
}

/** The sum; undefined when one of them is not told, as it would be too small. */
export function sumOfAll(values: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    sum += value;
  }
  return sum;
}

/** The newest of moments, if there is one. */
export function newestOf(moments: Iterable<number | undefined>): number | undefined {
  let newest: number | undefined;
  for (const moment of moments)
    if (moment !== undefined && moment > (newest ?? Number.NEGATIVE_INFINITY)) newest = moment;
  return newest;
}
