import { type Block, PRESENT } from "@/contract/codec/block";
import { fromSteps } from "@/contract/metrics";

/** One reading of a block outside our codec: what peers are given. */
export type Sample = { column: number; at: number; value: number };

/** Every reading that counts as a sample, in units: spans are our own bookkeeping, no peer stores them. */
export function* samplesOf({ layout, moments, values, absence }: Block): Generator<Sample> {
  for (let column = 0; column < layout.columns; column += 1) {
    const metric = layout.metricOf(column);
    if (metric.name === "spanSeconds") continue;
    for (let at = 0; at < moments.length; at += 1) {
      const place = column * moments.length + at;
      if (absence[place] === PRESENT) yield { column, at, value: fromSteps(metric, values[place] ?? 0) };
    }
  }
}
