import { type BitReader, type BitWriter, bitLength } from "./bits";
import { ENTITY_ABSENT, PRESENT } from "./block";
import { CodecError } from "./codec-error";

const CODE_BITS = 4;
/** `ENTITY_ABSENT` on the wire; the reasons are 1 to 14. */
const WIRE_ENTITY_ABSENT = 15;
/** From so many places on a call is cheaper than a loop. */
const FILL_FROM = 16;

/**
 * Writes what is present and why the rest is missing. One bit for a block in which every column goes on as it was,
 * else one bit a column, and runs for those that changed.
 * @param before last absence of each column; carries the new ones afterwards
 */
export function encodeAbsences(writer: BitWriter, absence: Uint8Array, before: Uint8Array, count: number): void {
  let isAllSteady = true;
  for (let column = 0; isAllSteady && column < before.length; column += 1) {
    isAllSteady = isSteady(absence, before[column] ?? PRESENT, column, count);
  }
  writer.put(isAllSteady ? 1 : 0, 1);
  if (isAllSteady) return;
  for (let column = 0; column < before.length; column += 1) {
    const last = before[column] ?? PRESENT;
    const isSame = isSteady(absence, last, column, count);
    writer.put(isSame ? 1 : 0, 1);
    if (isSame) continue;
    const start = column * count;
    for (let at = 0; at < count; ) {
      const code = absence[start + at] ?? PRESENT;
      let end = at + 1;
      while (end < count && absence[start + end] === code) end += 1;
      writer.put(code === ENTITY_ABSENT ? WIRE_ENTITY_ABSENT : code, CODE_BITS);
      if (count > 1) putRun(writer, end - at, count - at);
      at = end;
    }
    before[column] = absence[start + count - 1] ?? PRESENT;
  }
}

/** Reads into `absence`, which has `count` places a column. */
export function decodeAbsences(reader: BitReader, absence: Uint8Array, before: Uint8Array, count: number): void {
  const isAllSteady = reader.get(1) === 1;
  if (isAllSteady && count === 1) {
    absence.set(before);
    return;
  }
  for (let column = 0; column < before.length; column += 1) {
    const start = column * count;
    if (isAllSteady || reader.get(1) === 1) {
      putMany(absence, before[column] ?? PRESENT, start, start + count);
      continue;
    }
    for (let at = 0; at < count; ) {
      const code = reader.get(CODE_BITS);
      const run = count > 1 ? getRun(reader, count - at) : 1;
      putMany(absence, code === WIRE_ENTITY_ABSENT ? ENTITY_ABSENT : code, start + at, start + at + run);
      at += run;
    }
    before[column] = absence[start + count - 1] ?? PRESENT;
  }
}

/**
 * The same for a block that is kept: entities of a kind mostly lack the same readings, so columns that are alike through
 * all moments are told in runs across columns; a block with others is written as `encodeAbsences` does.
 */
export function encodeAbsencesAcross(writer: BitWriter, absence: Uint8Array, before: Uint8Array, count: number): void {
  const columns = before.length;
  let isStill = true;
  for (let column = 0; isStill && column < columns; column += 1) {
    isStill = isSteady(absence, absence[column * count] ?? PRESENT, column, count);
  }
  writer.put(isStill ? 1 : 0, 1);
  if (!isStill) {
    encodeAbsences(writer, absence, before, count);
    return;
  }
  for (let column = 0; column < columns; ) {
    const code = absence[column * count] ?? PRESENT;
    let end = column + 1;
    while (end < columns && absence[end * count] === code) end += 1;
    writer.put(code === ENTITY_ABSENT ? WIRE_ENTITY_ABSENT : code, CODE_BITS);
    writer.put(end === columns ? 1 : 0, 1);
    if (end < columns) writer.putGamma(end - column);
    column = end;
  }
}

/** Reads what `encodeAbsencesAcross` wrote. */
export function decodeAbsencesAcross(reader: BitReader, absence: Uint8Array, before: Uint8Array, count: number): void {
  const columns = before.length;
  if (reader.get(1) === 0) {
    decodeAbsences(reader, absence, before, count);
    return;
  }
  for (let column = 0; column < columns; ) {
    const code = reader.get(CODE_BITS);
    const isRest = reader.get(1) === 1;
    const run = isRest ? columns - column : reader.getGamma();
    if (!isRest && run >= columns - column) throw new CodecError(`found a run of ${run} beyond ${columns} columns`);
    putMany(absence, code === WIRE_ENTITY_ABSENT ? ENTITY_ABSENT : code, column * count, (column + run) * count);
    column += run;
  }
}

/** Most frames are of one moment, for which `fill` would cost more than what it does. */
function putMany(to: Uint8Array, code: number, from: number, end: number): void {
  if (end - from > FILL_FROM) to.fill(code, from, end);
  else for (let at = from; at < end; at += 1) to[at] = code;
}

function isSteady(absence: Uint8Array, last: number, column: number, count: number): boolean {
  for (let at = column * count, end = at + count; at < end; at += 1) if (absence[at] !== last) return false;
  return true;
}

/** A run to the end of the column is one bit. */
function putRun(writer: BitWriter, run: number, most: number): void {
  writer.put(run === most ? 1 : 0, 1);
  if (run !== most) writer.putWide(run, bitLength(most));
}

function getRun(reader: BitReader, most: number): number {
  if (reader.get(1) === 1) return most;
  const run = reader.getWide(bitLength(most));
  if (run === 0 || run >= most) throw new CodecError(`found a run of ${run} where 1 to ${most - 1} are possible`);
  return run;
}
