import type { BitReader, BitWriter } from "./bits";
import { CodecError } from "./codec-error";
import { decodeColumn, encodeColumn, type Neighbour } from "./column";
import { type ColumnModel, VALUE_MAX } from "./column-model";

/** Decimal places up to which doubles are tried as whole numbers. */
const PLACES_MAX = 14;
/** Instead of a number of places: the bits themselves. */
export const RAW = 15;
const PLACES_BITS = 4;
const POWERS = Array.from({ length: PLACES_MAX + 1 }, (_, places) => 10 ** places);

const scratch = new DataView(new ArrayBuffer(8));

/**
 * Fewest decimal places, at least `least`, with which every value is a whole number that gives the very same double
 * back; `RAW` where there are none (too long, too large, NaN, infinities, −0).
 */
function placesOf(values: Float64Array, count: number, least: number): number {
  let places = least === RAW ? 0 : least;
  for (let at = 0; at < count; at += 1) {
    const value = values[at] ?? 0;
    while (places <= PLACES_MAX && !isWholeAt(value, places)) places += 1;
    if (places > PLACES_MAX) return RAW;
  }
  // More places make large values too large: those that fitted before may not fit any more.
  for (let at = 0; at < count; at += 1) if (!isWholeAt(values[at] ?? 0, places)) return RAW;
  return places;
}

function isWholeAt(value: number, places: number): boolean {
  const power = POWERS[places] ?? 1;
  const whole = Math.round(value * power);
  return Math.abs(whole) <= VALUE_MAX && whole / power === value && !Object.is(value, -0);
}

/**
 * Writes doubles exactly, bit for bit: as decimals where they are (most exporters print decimals), else as their bits.
 * @param places what the model is scaled to
 * @returns what it is scaled to from now on
 */
export function encodeDoubles(
  writer: BitWriter,
  model: ColumnModel,
  values: Float64Array,
  count: number,
  places: number,
  neighbour: Neighbour,
): number {
  const chosen = placesOf(values, count, places);
  writer.put(chosen === places ? 0 : 1, 1);
  if (chosen !== places) {
    writer.put(chosen, PLACES_BITS);
    changePlaces(model, places, chosen);
  }
  if (chosen === RAW) {
    encodeRaw(writer, model, values, count);
    return RAW;
  }
  const power = POWERS[chosen] ?? 1;
  for (let at = 0; at < count; at += 1) values[at] = Math.round((values[at] ?? 0) * power);
  encodeColumn(writer, model, values, count, neighbour);
  return chosen;
}

/** Reads what `encodeDoubles` wrote. */
export function decodeDoubles(
  reader: BitReader,
  model: ColumnModel,
  values: Float64Array,
  count: number,
  places: number,
  neighbour: Neighbour,
): number {
  const chosen = reader.get(1) === 0 ? places : reader.get(PLACES_BITS);
  if (chosen !== places) changePlaces(model, places, chosen);
  if (chosen === RAW) {
    decodeRaw(reader, model, values, count);
    return RAW;
  }
  const power = POWERS[chosen] ?? 1;
  decodeColumn(reader, model, values, count, neighbour);
  for (let at = 0; at < count; at += 1) values[at] = (values[at] ?? 0) / power;
  return chosen;
}

function changePlaces(model: ColumnModel, before: number, after: number): void {
  if (before === RAW || after === RAW || after < before) model.clear();
  else model.rescale(POWERS[after - before] ?? 1);
}

/** XOR with the double before: one bit for a repetition, else leading and trailing noughts left out (Pelkonen et al.,
 * "Gorilla: A Fast, Scalable, In-Memory Time Series Database", VLDB 2015, section 4.1.2; here with plain widths). */
function encodeRaw(writer: BitWriter, model: ColumnModel, values: Float64Array, count: number): void {
  for (let at = 0; at < count; at += 1) {
    const [highBefore, lowBefore] = wordsOf(model.last);
    const [highNow, lowNow] = wordsOf(values[at] ?? 0);
    model.last = values[at] ?? 0;
    const high = highBefore ^ highNow;
    const low = lowBefore ^ lowNow;
    if (high === 0 && low === 0) {
      writer.put(0, 1);
      continue;
    }
    writer.put(1, 1);
    putWord(writer, high);
    putWord(writer, low);
  }
}

function decodeRaw(reader: BitReader, model: ColumnModel, values: Float64Array, count: number): void {
  for (let at = 0; at < count; at += 1) {
    if (reader.get(1) === 1) {
      const [high, low] = wordsOf(model.last);
      const changedHigh = getWord(reader);
      const changedLow = getWord(reader);
      scratch.setInt32(0, high ^ changedHigh);
      scratch.setInt32(4, low ^ changedLow);
      model.last = scratch.getFloat64(0);
    }
    values[at] = model.last;
  }
}

/** Trailing noughts of 32 bits in 5 bits and what is left in 5 bits of width; 0 is one bit. */
function putWord(writer: BitWriter, word: number): void {
  if (word === 0) {
    writer.put(0, 1);
    return;
  }
  const trailing = 31 - Math.clz32(word & -word);
  const rest = word >>> trailing;
  const width = 32 - Math.clz32(rest);
  writer.put(1, 1);
  writer.put(trailing, 5);
  writer.put(width - 1, 5);
  writer.putWide(rest, width);
}

function getWord(reader: BitReader): number {
  if (reader.get(1) === 0) return 0;
  const trailing = reader.get(5);
  const width = reader.get(5) + 1;
  if (trailing + width > 32) throw new CodecError("found a double with more than 32 bits in a half");
  return (reader.getWide(width) << trailing) | 0;
}

function wordsOf(value: number): [high: number, low: number] {
  scratch.setFloat64(0, value);
  return [scratch.getInt32(0), scratch.getInt32(4)];
}
