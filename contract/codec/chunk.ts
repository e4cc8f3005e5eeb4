import { decodeAbsences, encodeAbsences } from "./absences";
import { BitReader, BitWriter } from "./bits";
import { type Block, createBlock, PRESENT } from "./block";
import { CodecError } from "./codec-error";
import { ColumnModel, decodeColumn, encodeColumn } from "./column";
import { decodeDoubles, encodeDoubles } from "./doubles";

import type { Layout } from "./layout";
import { assertMoments, decodeMoments, encodeMoments } from "./moments";

/**
 * A block in parts, for the store: one column is read without the others.
 * Column c is `body.subarray(toc[c], toc[c + 1])`; an empty one has no present value.
 */
export type Chunk = { head: Uint8Array; toc: Int32Array; body: Uint8Array };

/** Most values in a chunk, absent ones counted: an hour of a stream may be larger than a frame. */
export const CHUNK_SAMPLES_MAX = 2 ** 23;

/** When something was read and what is missing, without the values. */
export type ChunkHead = { moments: number[]; absence: Uint8Array };

/** @throws CodecError as `encodeFrame` does */
export function encodeChunk(block: Block): Chunk {
  const { layout, moments, values, absence } = block;
  const count = moments.length;
  assertMoments(moments);
  assertSize(layout, count);
  const headWriter = new BitWriter();
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

/** @throws CodecError for bytes that are no head of this layout */
export function decodeChunkHead(layout: Layout, head: Uint8Array): ChunkHead {
  const reader = new BitReader(head);
  const moments = decodeMoments(reader, { last: 0, distance: 0 });
  assertSize(layout, moments.length);
  const absence = new Uint8Array(layout.columns * moments.length);
  decodeAbsences(reader, absence, new Uint8Array(layout.columns), moments.length);
  return { moments, absence };
}

/**
 * The values of one column, one for each moment of the head; 0 where `absence` says that there is none.
 * @param bytes the column's part of the body
 */
export function decodeChunkColumn(layout: Layout, head: ChunkHead, column: number, bytes: Uint8Array): Float64Array {
  const count = head.moments.length;
  const start = column * count;
  let found = 0;
  for (let at = start; at < start + count; at += 1) if (head.absence[at] === PRESENT) found += 1;
  const present = new Float64Array(count);
  if (found === 0) return present;
  const reader = new BitReader(bytes);
  const neighbour = { first: 0, width: 0 };
  if (layout.isDouble[column]) decodeDoubles(reader, new ColumnModel(), present, found, 0, neighbour);
  else decodeColumn(reader, new ColumnModel(), present, found, neighbour);
  if (found === count) return present;
  const values = new Float64Array(count);
  let taken = 0;
  for (let at = 0; at < count; at += 1) {
    if (head.absence[start + at] === PRESENT) values[at] = present[taken++] ?? 0;
  }
  return values;
}

/** All columns together. */
export function decodeChunk(layout: Layout, chunk: Chunk): Block {
  if (chunk.toc.length !== layout.columns + 1) {
    throw new CodecError(`found ${chunk.toc.length - 1} columns, expected ${layout.columns}`);
  }
  const head = decodeChunkHead(layout, chunk.head);
  const block = createBlock(layout, head.moments);
  block.absence.set(head.absence);
  for (let column = 0; column < layout.columns; column += 1) {
    const bytes = chunk.body.subarray(chunk.toc[column], chunk.toc[column + 1]);
    block.values.set(decodeChunkColumn(layout, head, column, bytes), column * head.moments.length);
  }
  return block;
}

function assertSize(layout: Layout, count: number): void {
  if (layout.columns * count > CHUNK_SAMPLES_MAX) {
    throw new CodecError(
      `found ${layout.columns} columns at ${count} moments, expected ${CHUNK_SAMPLES_MAX} values at most`,
    );
  }
}
