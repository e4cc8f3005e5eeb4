import { type BitReader, type BitWriter, bitLength, unzigzag, zigzag } from "./bits";
import { CodecError } from "./codec-error";
import { type ColumnModel, VALUE_MAX } from "./column-model";

/** From so many values on the writer says itself whether runs are coded. */
const TOLD_FROM = 8;

/** Whether most values repeat the one before: decided by the writer, who sees them all. */
function repeatsMostly(values: Float64Array, count: number): boolean {
  let repeats = 0;
  for (let at = 1; at < count; at += 1) if (values[at] === values[at - 1]) repeats += 1;
  return 2 * repeats > count;
}

/** What the first value of the column before was, in the same metric: new columns begin from it. */
export type Neighbour = { first: number; width: number };

/**
 * Writes `count` whole numbers, each at most `VALUE_MAX` in size.
 * @throws CodecError for a value outside the range
 */
export function encodeColumn(
  writer: BitWriter,
  model: ColumnModel,
  values: Float64Array,
  count: number,
  neighbour: Neighbour,
): void {
  for (let at = 0; at < count; at += 1) {
    const value = values[at] ?? 0;
    if (!(Math.abs(value) <= VALUE_MAX) || value !== Math.round(value)) {
      throw new CodecError(`found the value ${value}, expected a whole number of less than ±2^51 steps`);
    }
  }
  let at = 0;
  if (count > 0 && model.seen === 0) at = encodeFirst(writer, model, values[0] ?? 0, neighbour);
  let isSparse = model.isSparse;
  if (count - at >= TOLD_FROM) {
    isSparse = repeatsMostly(values, count);
    writer.put(isSparse ? 1 : 0, 1);
  }
  if (!isSparse) {
    for (; at < count; at += 1) {
      const value = values[at] ?? 0;
      const unsigned = zigzag(value - model.predict());
      writer.putRice(unsigned, model.k);
      model.learn(value, unsigned);
    }
    return;
  }
  while (at < count) {
    const start = at;
    // A nonzero residual ends the run; its own width is coded apart from the noughts'.
    let unsigned = 0;
    while (at < count) {
      const value = values[at] ?? 0;
      unsigned = zigzag(value - model.predict());
      if (unsigned !== 0) break;
      model.learn(value, 0);
      at += 1;
    }
    if (at === count) {
      writer.put(1, 1);
      return;
    }
    writer.put(0, 1);
    if (count - start > 1) writer.putGamma(at - start + 1);
    writer.putSized(unsigned);
    model.learn(values[at] ?? 0, unsigned);
    at += 1;
  }
}

function encodeFirst(writer: BitWriter, model: ColumnModel, value: number, neighbour: Neighbour): number {
  const near = zigzag(value - neighbour.first);
  const far = zigzag(value);
  const isNear = near < far;
  writer.put(isNear ? 1 : 0, 1);
  const unsigned = isNear ? near : far;
  const width = bitLength(unsigned);
  writer.putRice(zigzag(width - neighbour.width), 1);
  writer.putWide(unsigned, width);
  neighbour.first = value;
  neighbour.width = width;
  model.begin(value);
  return 1;
}

/** Reads `count` values into the beginning of `values`. */
export function decodeColumn(
  reader: BitReader,
  model: ColumnModel,
  values: Float64Array,
  count: number,
  neighbour: Neighbour,
): void {
  let at = 0;
  if (count > 0 && model.seen === 0) {
    values[0] = decodeFirst(reader, model, neighbour);
    at = 1;
  }
  const isSparse = count - at >= TOLD_FROM ? reader.get(1) === 1 : model.isSparse;
  if (!isSparse) {
    for (; at < count; at += 1) {
      const unsigned = reader.getRice(model.k);
      const value = inRange(model.predict() + unzigzag(unsigned));
      values[at] = value;
      model.learn(value, unsigned);
    }
    return;
  }
  while (at < count) {
    const isRest = reader.get(1) === 1;
    const run = isRest ? count - at : count - at > 1 ? reader.getGamma() - 1 : 0;
    if (!isRest && run >= count - at) throw new CodecError("found a run beyond the end of its column");
    const end = at + run;
    for (; at < end && !model.isSettled; at += 1) {
      const value = model.predict();
      values[at] = value;
      model.learn(value, 0);
    }
    values.fill(model.last, at, end);
    at = end;
    if (isRest) return;
    const unsigned = reader.getSized();
    const value = inRange(model.predict() + unzigzag(unsigned));
    values[at] = value;
    model.learn(value, unsigned);
    at += 1;
  }
}

function decodeFirst(reader: BitReader, model: ColumnModel, neighbour: Neighbour): number {
  const isNear = reader.get(1) === 1;
  const width = neighbour.width + unzigzag(reader.getRice(1));
  if (width < 0 || width > 53) throw new CodecError(`found a first value of ${width} bits`);
  const offset = unzigzag(reader.getWide(width));
  const value = inRange(isNear ? neighbour.first + offset : offset);
  neighbour.first = value;
  neighbour.width = width;
  model.begin(value);
  return value;
}

function inRange(value: number): number {
  if (Math.abs(value) <= VALUE_MAX) return value;
  throw new CodecError(`found the value ${value}, expected less than ±2^51`);
}
