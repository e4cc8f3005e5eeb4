import { bitLength } from "./bits";

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

  /** Whether another repeat of the last value would change nothing here any more. */
  get isSettled(): boolean {
    return (
      this.seen === MEMORY &&
      this.mean === this.last &&
      this.growth === 0 &&
      this.width === 0 &&
      this.lastCost === 0 &&
      this.meanCost === 0 &&
      this.growthCost === 0 &&
      256 - this.zeros < MEMORY
    );
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
