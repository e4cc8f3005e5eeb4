import { decodeAbsences, encodeAbsences } from "./absences";
import { BitReader, BitWriter } from "./bits";
import { type Block, PRESENT } from "./block";
import { CodecError } from "./codec-error";
import { decodeColumn, encodeColumn } from "./column";
import { ColumnModel } from "./column-model";
import { decodeDoubles, encodeDoubles } from "./doubles";
import { absenceInLayout, columnIn, inLayout } from "./in-layout";
import type { Layout } from "./layout";
import { assertMoments, decodeMoments, encodeMoments } from "./moments";
import { decodeWidths, encodeWidths } from "./widths";

/**
 * A block in parts, for the store: one column is read without the others.
 * Column c is `body.subarray(toc[c], toc[c + 1])`; an empty one has no present value.
 */
export type Chunk = { head: Uint8Array; toc: Int32Array; body: Uint8Array };

/** Most values in a chunk, absent ones counted: an hour of a stream may be larger than a frame. */
export const CHUNK_SAMPLES_MAX = 2 ** 23;

/** First byte of a head. What was stored before it had one cannot be read any more. */
const FORMAT = 2;

/** When something was read and what is missing, without the values. */
export type ChunkHead = {
  moments: number[];
  /** In the columns of the reader. */
  absence: Uint8Array;
  /** The layout that the columns of the body follow from: that of the reader with the metrics that the writer had. */
  written: Layout;
};

/** @throws CodecError as `encodeFrame` does */
export function encodeChunk(block: Block): Chunk {
  const { layout, moments, values, absence } = block;
  const count = moments.length;
  assertMoments(moments);
  assertSize(layout.columns, count);
  const headWriter = new BitWriter();
  headWriter.put(FORMAT, 8);
  encodeWidths(headWriter, layout);
  encodeMoments(headWriter, moments, { last: 0, distance: 0 });
  encodeAbsences(headWriter, absence, new Uint8Array(layout.columns), count);
  const toc = new Int32Array(layout.columns + 1);
  const writer = new BitWriter();
  const model = new ColumnModel();
  const present = new Float64Array(count);
  for (let column = 0; column < layout.columns; column += 1) {
    let found = 0;
    for (let at = column * count, end = at + count; at < end; at += 1) {
      if (absence[at] === PRESENT) present[found++] = values[at] ?? 0;
    }
    if (found > 0) {
      model.clear();
      const neighbour = { first: 0, width: 0 };
      if (layout.isDouble[column]) encodeDoubles(writer, model, present, found, 0, neighbour);
      else encodeColumn(writer, model, present, found, neighbour);
    }
    toc[column + 1] = writer.align();
  }
  return { head: headWriter.finish(), toc, body: writer.finish() };
}

/** @throws CodecError for bytes that are no head of this dictionary */
export function decodeChunkHead(layout: Layout, head: Uint8Array): ChunkHead {
  const written = readHead(layout, head);
  const { moments, absence } = written;
  const own = written.layout === layout ? absence : absenceInLayout(written, layout);
  return { moments, absence: own, written: written.layout };
}

type WrittenHead = { layout: Layout; moments: number[]; absence: Uint8Array };

/** @returns all in the columns of the writer */
function readHead(layout: Layout, head: Uint8Array): WrittenHead {
  const reader = new BitReader(head);
  const format = reader.get(8);
  if (format !== FORMAT) throw new CodecError(`found a chunk of format ${format}, expected ${FORMAT}`);
  const written = decodeWidths(reader, layout);
  const moments = decodeMoments(reader, { last: 0, distance: 0 });
  assertSize(written.columns, moments.length);
  // What it becomes here may be larger, where the sets have grown since.
  assertSize(layout.columns, moments.length, 2 * CHUNK_SAMPLES_MAX);
  const absence = new Uint8Array(written.columns * moments.length);
  decodeAbsences(reader, absence, new Uint8Array(written.columns), moments.length);
  return { layout: written, moments, absence };
}

/**
 * Where the bytes of a reader's column are: its place among the columns that `toc` counts; null for a metric that the
 * writer did not have.
 */
export function writtenColumn(layout: Layout, head: ChunkHead, column: number): number | null {
  return head.written === layout ? column : columnIn(head.written, layout, column);
}

/**
 * The values of one column, one for each moment of the head; 0 where `absence` says that there is none.
 * @param column in the layout of the reader
 * @param bytes the column's part of the body (see `writtenColumn`)
 * @param values where they are written to: for readers of many columns that are done with one before the next
 */
export function decodeChunkColumn(
  layout: Layout,
  head: ChunkHead,
  column: number,
  bytes: Uint8Array,
  values: Float64Array = new Float64Array(head.moments.length),
): Float64Array {
  readColumn(layout, head, column, bytes, values);
  return values;
}

/** The model of the column in work: begins anew with each. */
const model = new ColumnModel();

function readColumn(
  layout: Layout,
  { moments, absence }: Pick<WrittenHead, "moments" | "absence">,
  column: number,
  bytes: Uint8Array,
  values: Float64Array,
): void {
  const count = moments.length;
  const start = column * count;
  let found = 0;
  for (let at = start; at < start + count; at += 1) if (absence[at] === PRESENT) found += 1;
  if (found === 0) {
    values.fill(0, 0, count);
    return;
  }
  const reader = new BitReader(bytes);
  const neighbour = { first: 0, width: 0 };
  model.clear();
  if (layout.isDouble[column]) decodeDoubles(reader, model, values, found, 0, neighbour);
  else decodeColumn(reader, model, values, found, neighbour);
  if (found === count) return;
  // From the end, so that nothing is written over before it has moved.
  for (let at = count - 1, taken = found; at >= 0; at -= 1) {
    const isPresent = absence[start + at] === PRESENT;
    if (isPresent) taken -= 1;
    values[at] = isPresent ? (values[taken] ?? 0) : 0;
  }
}

/** All columns together, in the layout of the reader. */
export function decodeChunk(layout: Layout, chunk: Chunk): Block {
  const head = readHead(layout, chunk.head);
  const { layout: written, moments, absence } = head;
  if (chunk.toc.length !== written.columns + 1) {
    throw new CodecError(`found ${chunk.toc.length - 1} columns, expected ${written.columns}`);
  }
  const block: Block = { layout: written, moments, absence, values: new Float64Array(absence.length) };
  for (let column = 0; column < written.columns; column += 1) {
    const bytes = chunk.body.subarray(chunk.toc[column], chunk.toc[column + 1]);
    const at = column * moments.length;
    readColumn(written, head, column, bytes, block.values.subarray(at, at + moments.length));
  }
  return written === layout ? block : inLayout(block, layout);
}

function assertSize(columns: number, count: number, most: number = CHUNK_SAMPLES_MAX): void {
  if (columns * count > most) {
    throw new CodecError(`found ${columns} columns at ${count} moments, expected ${most} values at most`);
  }
}
