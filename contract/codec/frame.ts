import { decodeAbsences, decodeAbsencesAcross, encodeAbsences, encodeAbsencesAcross } from "./absences";
import { BitReader, BitWriter } from "./bits";
import { type Block, PRESENT } from "./block";
import { CodecError } from "./codec-error";
import { decodeColumn, encodeColumn, type Neighbour } from "./column";
import { ColumnModel, ColumnModels } from "./column-model";
import { decodeDoubles, encodeDoubles } from "./doubles";
import { inLayout } from "./in-layout";
import { COLUMNS_MAX, type Layout } from "./layout";
import { assertMoments, decodeMoments, encodeMoments, MOMENTS_MAX, type Rhythm } from "./moments";
import { decodeWidths, encodeWidths } from "./widths";

/** Most values in one frame, absent ones counted: what a decoder allocates follows from the header alone. */
export const SAMPLES_MAX = 2 ** 20;

/** First byte: how to read the rest. All but those within a session say their widths next. */
const SELF_CONTAINED = 1;
const IN_SESSION = 2;
const SESSION_KEY = 3;
/** Stands alone too, and never travels: how the store keeps what came in a session. */
const STORED = 4;
const CHECK_BITS = 16;

/**
 * What both ends of a session know of the frames so far, in the columns of the writer. The sender advances a clone and
 * keeps it once the frame is acknowledged; the receiver that lost its own asks for a key frame, which is the first frame
 * of a fresh state.
 */
export class SessionState {
  readonly layout: Layout;
  /** The layout with the metrics that the writer has: the key frame tells them. */
  written: Layout;
  models: ColumnModels;
  /** Last absence of each column. */
  absence: Uint8Array;
  /** Decimal places of each column of doubles. */
  places: Uint8Array;
  readonly rhythm: Rhythm;

  constructor(layout: Layout, written: Layout = layout) {
    this.layout = layout;
    this.written = written;
    this.models = new ColumnModels(written.columns);
    this.absence = new Uint8Array(written.columns);
    this.places = new Uint8Array(written.columns);
    this.rhythm = { last: 0, distance: 0 };
  }

  get hasBegun(): boolean {
    return this.rhythm.last > 0;
  }

  /** Takes the columns of the writer for those of this state, before anything else is known. */
  begin(written: Layout): void {
    if (written === this.written) return;
    this.written = written;
    this.models = new ColumnModels(written.columns);
    this.absence = new Uint8Array(written.columns);
    this.places = new Uint8Array(written.columns);
  }

  clone(): SessionState {
    const copy: SessionState = Object.create(SessionState.prototype);
    return Object.assign(copy, {
      layout: this.layout,
      written: this.written,
      models: this.models.clone(),
      absence: this.absence.slice(),
      places: this.places.slice(),
      rhythm: { ...this.rhythm },
    });
  }
}

// One of each for all frames: a frame of one moment costs less than to make these anew for it.
const present = new Float64Array(MOMENTS_MAX);
const model = new ColumnModel();
const writer = new BitWriter();
const absenceBefore = new Uint8Array(COLUMNS_MAX);

/** What was absent before a frame that stands alone: nothing. Good until the next one. */
const nothingAbsent = (columns: number): Uint8Array => absenceBefore.subarray(0, columns).fill(PRESENT);

/** What a column's coder begins with: what the session knows, or nothing in a frame that stands alone. */
function loadModel(session: SessionState | null, column: number): void {
  if (session) session.models.load(model, column);
  else model.clear();
}

/**
 * Encodes a block: with a session against what came before in it, which it advances; without one so that it stands
 * alone.
 * @throws CodecError for a block outside the limits: its moments, its size, a value of ±2^51 steps or more
 */
export function encodeFrame(block: Block, session?: SessionState): Uint8Array {
  return encode(block, !session ? SELF_CONTAINED : session.hasBegun ? IN_SESSION : SESSION_KEY, session);
}

/**
 * Encodes a block to be kept: as a frame that stands alone, in less room. Agents and gateways of other versions never
 * see it.
 * @throws CodecError as `encodeFrame`
 */
export function encodeStoredFrame(block: Block): Uint8Array {
  return encode(block, STORED);
}

/** A frame that stands alone in the one form that it travels in, so that the same moments are the same bytes. */
export function travellingFrame(layout: Layout, bytes: Uint8Array): Uint8Array {
  return bytes[0] === STORED ? encodeFrame(decodeFrame(layout, bytes)) : bytes;
}

function encode({ layout, moments, values, absence }: Block, kind: number, session?: SessionState): Uint8Array {
  const count = moments.length;
  assertMoments(moments);
  assertSize(layout.columns, count);
  writer.clear();
  writer.put(kind, 8);
  if (kind !== IN_SESSION) encodeWidths(writer, layout);
  encodeMoments(writer, moments, session?.rhythm ?? { last: 0, distance: 0 });
  const before = session?.absence ?? nothingAbsent(layout.columns);
  if (kind === STORED) encodeAbsencesAcross(writer, absence, before, count);
  else encodeAbsences(writer, absence, before, count);
  const neighbour: Neighbour = { first: 0, width: 0 };
  let check = 0;
  for (let column = 0; column < layout.columns; column += 1) {
    if (layout.isFirst[column]) {
      neighbour.first = 0;
      neighbour.width = 0;
    }
    const found = gather(values, absence, column, count);
    if (found === 0) continue;
    check = (check * 31 + checkOf(found)) & 0xffff;
    loadModel(session ?? null, column);
    if (layout.isDouble[column]) {
      const places = encodeDoubles(writer, model, present, found, session?.places[column] ?? 0, neighbour);
      if (session) session.places[column] = places;
    } else encodeColumn(writer, model, present, found, neighbour);
    session?.models.save(model, column);
  }
  writer.align();
  writer.put(check, CHECK_BITS);
  return writer.finish();
}

/**
 * Decodes a frame into this version's layout, whichever version wrote it: metrics that the writer did not have are
 * absent, those that only the writer has are left out. Never allocates more than its header declares, which
 * `SAMPLES_MAX` bounds.
 * @throws CodecError for anything that `encodeFrame` did not make for this dictionary and state; the session is spoilt
 * then
 */
export function decodeFrame(layout: Layout, bytes: Uint8Array, session?: SessionState): Block {
  if (session && session.layout !== layout) throw new CodecError("found a session of another layout");
  const reader = new BitReader(bytes);
  const kind = reader.get(8);
  const isStored = kind === STORED && !session;
  const expected = !session ? SELF_CONTAINED : session.hasBegun ? IN_SESSION : SESSION_KEY;
  if (kind !== expected && !isStored) throw new CodecError(`found a frame of kind ${kind}, expected ${expected}`);
  const written = kind === IN_SESSION && session ? session.written : decodeWidths(reader, layout);
  session?.begin(written);
  const block = decodeColumns(reader, layout, written, session ?? null, isStored);
  return block.layout === layout ? block : inLayout(block, layout);
}

/** @returns the block as it was written, in the layout of its writer */
function decodeColumns(
  reader: BitReader,
  own: Layout,
  layout: Layout,
  session: SessionState | null,
  isStored: boolean,
): Block {
  const moments = decodeMoments(reader, session?.rhythm ?? { last: 0, distance: 0 });
  const count = moments.length;
  assertSize(layout.columns, count);
  // What it becomes here may be larger, where the sets have grown since.
  assertSize(own.columns, count, 2 * SAMPLES_MAX);
  const size = layout.columns * count;
  const block: Block = { layout, moments, values: new Float64Array(size), absence: new Uint8Array(size) };
  const before = session?.absence ?? nothingAbsent(layout.columns);
  if (isStored) decodeAbsencesAcross(reader, block.absence, before, count);
  else decodeAbsences(reader, block.absence, before, count);
  const neighbour: Neighbour = { first: 0, width: 0 };
  let check = 0;
  for (let column = 0; column < layout.columns; column += 1) {
    if (layout.isFirst[column]) {
      neighbour.first = 0;
      neighbour.width = 0;
    }
    const found = countPresent(block.absence, column, count);
    if (found === 0) continue;
    loadModel(session, column);
    if (layout.isDouble[column]) {
      const places = decodeDoubles(reader, model, present, found, session?.places[column] ?? 0, neighbour);
      if (session) session.places[column] = places;
    } else decodeColumn(reader, model, present, found, neighbour);
    session?.models.save(model, column);
    check = (check * 31 + checkOf(found)) & 0xffff;
    scatter(block, column, found);
  }
  reader.align();
  if (reader.get(CHECK_BITS) !== check) throw new CodecError("found another checksum than the values have");
  if (reader.bytesLeft > 0) throw new CodecError(`found ${reader.bytesLeft} bytes behind the end`);
  return block;
}

function assertSize(columns: number, count: number, most: number = SAMPLES_MAX): void {
  if (columns * count > most) {
    throw new CodecError(`found ${columns} columns at ${count} moments, expected ${most} values at most`);
  }
}

/** Brings a column's present values together. @returns how many */
function gather(values: Float64Array, absence: Uint8Array, column: number, count: number): number {
  let found = 0;
  for (let at = column * count, end = at + count; at < end; at += 1) {
    if (absence[at] === PRESENT) present[found++] = values[at] ?? 0;
  }
  return found;
}

function countPresent(absence: Uint8Array, column: number, count: number): number {
  let found = 0;
  for (let at = column * count, end = at + count; at < end; at += 1) if (absence[at] === PRESENT) found += 1;
  return found;
}

function scatter({ absence, values, moments }: Block, column: number, found: number): void {
  const start = column * moments.length;
  if (found === moments.length) {
    for (let at = 0; at < found; at += 1) values[start + at] = present[at] ?? 0;
    return;
  }
  let taken = 0;
  for (let at = start, end = start + moments.length; at < end; at += 1) {
    if (absence[at] === PRESENT) values[at] = present[taken++] ?? 0;
  }
}

const words = new Int32Array(present.buffer);

/** Cheap mix of the bits of the first values: two ends of a session that drifted apart are noticed. */
function checkOf(found: number): number {
  let mix = found;
  for (let at = 0; at < 2 * found; at += 1) mix = (Math.imul(mix, 31) + (words[at] ?? 0)) | 0;
  return (mix ^ (mix >>> 16)) & 0xffff;
}
