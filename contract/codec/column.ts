import { type BitReader, type BitWriter, bitLength, unzigzag, zigzag } from "./bits";
import { CodecError } from "./codec-error";

/** Largest size of a value in steps; predictions then stay exact in a double (residuals below 2^53). */
export const VALUE_MAX = 2 ** 51 - 1;

/** Numbers that a column's model keeps from one value to the next. */
const FLOATS = 3;
const SHORTS = 6;
/** Averages of widths are kept in sixteenths of a bit. */
const WIDTH_ONE = 16;
/** The averages follow the newest sixteen values; in the beginning all values weigh the same. */
const MEMORY = 16;
/** Zeros among the last residuals, of 256, from which on runs are coded instead of values. */
const SPARSE_FROM = 154;
/** From so many values on the writer says itself whether runs are coded. */
const TOLD_FROM = 8;

/**
 * What a column's coder knows of the values so far: three predictors (the last value; the mean; the last value plus
 * the mean growth), how well each did, and how wide residuals are. Both sides run the same arithmetic, which IEEE 754
 * fixes to the last bit: no function is used that engines may round differently.
 */
export class ColumnModels {
  readonly #floats: Float64Array;
  readonly #shorts: Int16Array;

  constructor(columns: number) {
    this.#floats = new Float64Array(FLOATS * columns);
    this.#shorts = new Int16Array(SHORTS * columns);
  }

  clone(): ColumnModels {
    const copy = new ColumnModels(this.#shorts.length / SHORTS);
    copy.#floats.set(this.#floats);
    copy.#shorts.set(this.#shorts);
    return copy;
  }

  load(model: ColumnModel, column: number): void {
    const f = FLOATS * column;
    const s = SHORTS * column;
    model.last = this.#floats[f] ?? 0;
    model.mean = this.#floats[f + 1] ?? 0;
    model.growth = this.#floats[f + 2] ?? 0;
    model.lastCost = this.#shorts[s] ?? 0;
    model.meanCost = this.#shorts[s + 1] ?? 0;
    model.growthCost = this.#shorts[s + 2] ?? 0;
    model.width = this.#shorts[s + 3] ?? 0;
    model.zeros = this.#shorts[s + 4] ?? 0;
    model.seen = this.#shorts[s + 5] ?? 0;
  }

  save(model: ColumnModel, column: number): void {
    const f = FLOATS * column;
    const s = SHORTS * column;
    this.#floats[f] = model.last;
    this.#floats[f + 1] = model.mean;
    this.#floats[f + 2] = model.growth;
    this.#shorts[s] = model.lastCost;
    this.#shorts[s + 1] = model.meanCost;
    this.#shorts[s + 2] = model.growthCost;
    this.#shorts[s + 3] = model.width;
    this.#shorts[s + 4] = model.zeros;
    this.#shorts[s + 5] = model.seen;
  }
}

/** The model of the column in work. One object for all, so that its fields stay unboxed in the loops. */
export class ColumnModel {
  last = 0;
  mean = 0;
  growth = 0;
  lastCost = 0;
  meanCost = 0;
  growthCost = 0;
  width = 0;
  zeros = 0;
  seen = 0;
  /** What the mean and the growth would have said of the value that comes; set by `predict`. */
  #byMean = 0;
  #byGrowth = 0;

  /** Begins anew. */
  clear(): void {
    this.last = 0;
    this.mean = 0;
    this.growth = 0;
    this.lastCost = 0;
    this.meanCost = 0;
    this.growthCost = 0;
    this.width = 0;
    this.zeros = 0;
    this.seen = 0;
  }

  /** The same model in other units: what a change of a double's decimal places asks for. */
  rescale(factor: number): void {
    this.last = bounded(this.last * factor);
    this.mean = bounded(this.mean * factor);
    this.growth = bounded(this.growth * factor);
  }

  predict(): number {
    this.#byMean = bounded(this.mean);
    this.#byGrowth = bounded(this.last + this.growth);
    if (this.lastCost <= this.meanCost && this.lastCost <= this.growthCost) return this.last;
    return this.meanCost <= this.growthCost ? this.#byMean : this.#byGrowth;
  }

  /** Rice parameter that suits exponentially distributed residuals of the mean width so far. */
  get k(): number {
    const k = (this.width + 5) >> 4;
    return Math.min(k, 50);
  }

  get isSparse(): boolean {
    return this.zeros >= SPARSE_FROM;
  }

  /** Takes the first value of all. */
  begin(value: number): void {
    this.last = value;
    this.mean = value;
    this.growth = 0;
    this.seen = 1;
  }

  /** Takes the value that `predict` was asked for, and its residual as coded. */
  learn(value: number, unsigned: number): void {
    const seen = this.seen;
    const lastWidth = bitLength(Math.abs(value - this.last)) * WIDTH_ONE;
    const meanWidth = bitLength(Math.abs(value - this.#byMean)) * WIDTH_ONE;
    const growthWidth = bitLength(Math.abs(value - this.#byGrowth)) * WIDTH_ONE;
    const width = bitLength(unsigned) * WIDTH_ONE;
    const grown = value - this.last;
    if (seen < MEMORY) {
      this.lastCost += ((lastWidth - this.lastCost) / seen) | 0;
      this.meanCost += ((meanWidth - this.meanCost) / seen) | 0;
      this.growthCost += ((growthWidth - this.growthCost) / seen) | 0;
      this.width += ((width - this.width) / seen) | 0;
      this.zeros += (((unsigned === 0 ? 256 : 0) - this.zeros) / seen) | 0;
      this.growth += (grown - this.growth) / seen;
      this.seen = seen + 1;
      this.mean += (value - this.mean) / this.seen;
    } else {
      this.lastCost += (lastWidth - this.lastCost) >> 4;
      this.meanCost += (meanWidth - this.meanCost) >> 4;
      this.growthCost += (growthWidth - this.growthCost) >> 4;
      this.width += (width - this.width) >> 4;
      this.zeros += ((unsigned === 0 ? 256 : 0) - this.zeros) >> 4;
      this.growth += (grown - this.growth) / MEMORY;
      this.mean += (value - this.mean) / MEMORY;
    }
    this.last = value;
  }
}

/** A whole number within the range of values. */
function bounded(value: number): number {
  // The sum turns −0, which `Math.round` gives for small negative numbers, into 0.
  return Math.max(-VALUE_MAX, Math.min(VALUE_MAX, Math.round(value))) + 0;
}

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
    for (const end = at + run; at < end; at += 1) {
      const value = model.predict();
      values[at] = value;
      model.learn(value, 0);
    }
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
