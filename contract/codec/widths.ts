import type { Metric } from "@/contract/metrics";
import type { BitReader, BitWriter } from "./bits";
import { CodecError } from "./codec-error";
import { COLUMNS_MAX, createLayout, type Layout } from "./layout";

/**
 * Widths: how many metrics each kind of a dictionary had for the writer of some bytes, and which of them are doubles.
 * The columns of the bytes follow from that, whichever version reads them: older bytes have fewer columns, newer ones
 * more, which can be stepped over without knowing what they mean.
 */

/** Most metrics that a kind may have. */
export const WIDTH_MAX = 1024;

/** Metrics that this version does not have: how they are coded is all that is known of them. */
const UNKNOWN_WHOLE: Metric = { name: "", kind: "gauge", step: 1 };
const UNKNOWN_DOUBLE: Metric = { name: "", kind: "double", step: 1 };

/** Layouts of other versions that are kept for a layout: an agent or two behind or ahead are what there is in practice. */
const OTHERS_MAX = 4;
const others = new WeakMap<Layout, Map<string, Layout>>();

const isDoubleMetric = ({ kind }: Metric): boolean => kind === "double";

/** For each kind gamma(width + 1), one bit that says whether any metric is a double, and if so one bit a metric. */
export function encodeWidths(writer: BitWriter, layout: Layout): void {
  for (const { metrics } of layout.kinds) {
    writer.putGamma(metrics.length + 1);
    const hasDoubles = metrics.some(isDoubleMetric);
    writer.put(hasDoubles ? 1 : 0, 1);
    if (hasDoubles) for (const metric of metrics) writer.put(isDoubleMetric(metric) ? 1 : 0, 1);
  }
}

/**
 * The layout that bytes were written in: `own` itself where the writer had the same metrics as this version.
 * @throws CodecError for widths beyond the limits, and where a known metric is coded in another way than here
 */
export function decodeWidths(reader: BitReader, own: Layout): Layout {
  let columns = 0;
  const sets = own.kinds.map(({ kind, entities, metrics }) => {
    const width = reader.getGamma() - 1;
    columns += entities * width;
    if (width > WIDTH_MAX || columns > COLUMNS_MAX) {
      throw new CodecError(
        `found ${width} metrics of the kind ${kind}, expected ${WIDTH_MAX} and ${COLUMNS_MAX} columns at most`,
      );
    }
    return readSet(reader, kind, width, metrics);
  });
  return own.kinds.every(({ metrics }, at) => metrics === sets[at]) ? own : otherOf(own, sets);
}

function readSet(reader: BitReader, kind: string, width: number, known: readonly Metric[]): readonly Metric[] {
  const hasDoubles = reader.get(1) === 1;
  let isKnown = width === known.length;
  const told: Metric[] = [];
  for (let index = 0; index < width; index += 1) {
    const isDouble = hasDoubles && reader.get(1) === 1;
    const metric = known[index] ?? (isDouble ? UNKNOWN_DOUBLE : UNKNOWN_WHOLE);
    if (isDoubleMetric(metric) !== isDouble) {
      throw new CodecError(`found ${kind} ${metric.name} coded as ${isDouble ? "doubles" : "whole steps"}`);
    }
    isKnown &&= metric === known[index];
    told.push(metric);
  }
  return isKnown ? known : told;
}

function otherOf(own: Layout, sets: readonly (readonly Metric[])[]): Layout {
  const name = sets.map((set) => set.map((metric) => (isDoubleMetric(metric) ? 1 : 0)).join("")).join();
  const known = others.get(own) ?? new Map<string, Layout>();
  const found = known.get(name);
  if (found) return found;
  if (known.size >= OTHERS_MAX) known.clear();
  const setOf = new Map(own.kinds.map(({ kind }, at) => [kind, sets[at] ?? []]));
  const made = createLayout(own.entries, (kind) => setOf.get(kind) ?? []);
  known.set(name, made);
  others.set(own, known);
  return made;
}
