import { type Block, ENTITY_ABSENT, PRESENT } from "@/contract/codec/block";
import {
  type ChunkHead,
  decodeChunk,
  decodeChunkColumn,
  decodeChunkHead,
  encodeChunk,
  writtenColumn,
} from "@/contract/codec/chunk";
import type { Layout } from "@/contract/codec/layout";
import type { HourAggregates } from "./rollups";

/** A chunk as the database keeps it. */
export type PackedChunk = { head: Buffer; toc: Buffer; body: Buffer };

/** @throws CodecError for a block beyond the limits of one chunk */
export function packChunk(block: Block): PackedChunk {
  const { head, toc, body } = encodeChunk(block);
  return { head: Buffer.from(head), toc: packToc(toc), body: Buffer.from(body) };
}

/** @throws CodecError for bytes that are no chunk of this layout */
export function unpackChunk(layout: Layout, packed: PackedChunk): Block {
  return decodeChunk(layout, { head: packed.head, toc: unpackToc(packed.toc), body: packed.body });
}

/** Byte offsets → lengths, each as unsigned LEB128: a third of what offsets would take. */
function packToc(toc: Int32Array): Buffer {
  const bytes: number[] = [];
  for (let column = 1; column < toc.length; column += 1) {
    let length = (toc[column] ?? 0) - (toc[column - 1] ?? 0);
    while (length >= 128) {
      bytes.push((length & 127) | 128);
      length >>>= 7;
    }
    bytes.push(length);
  }
  return Buffer.from(bytes);
}

/** Where each column begins in the body: column c is `body[toc[c]]` to before `body[toc[c + 1]]`. */
export function unpackToc(packed: Buffer): Int32Array {
  // A byte is one column at most.
  const offsets = new Int32Array(packed.length + 1);
  let columns = 0;
  let offset = 0;
  let length = 0;
  let shift = 0;
  for (let at = 0; at < packed.length; at += 1) {
    const byte = packed[at] ?? 0;
    length |= (byte & 127) << shift;
    shift += 7;
    if (byte >= 128) continue;
    offset += length;
    columns += 1;
    offsets[columns] = offset;
    length = 0;
    shift = 0;
  }
  return offsets.subarray(0, columns + 1);
}

/**
 * The part of a body that a reader's column is; empty for a metric that the writer did not have.
 * @param plane where all columns lie in the body several times over, which time
 */
export function columnPart(
  layout: Layout,
  head: ChunkHead,
  { toc, body }: { toc: Int32Array; body: Buffer },
  column: number,
  plane = 0,
): Uint8Array {
  const written = writtenColumn(layout, head, column);
  if (written === null) return new Uint8Array();
  const place = plane * head.written.columns + written;
  return body.subarray(toc[place], toc[place + 1]);
}

/**
 * Hours of a stream's day. Five planes lie one behind the other in the body, each with a part for every column: the
 * number of values, the mean rounded down, what that leaves of the sum, and how far the least and the greatest are from
 * the mean. Small numbers all, so that an hour takes few bits. Doubles have their sum, least and greatest as they are.
 */
const PLANES = 5;

/** @throws CodecError as `packChunk` does */
export function packHours({ layout, hours, n, sum, min, max }: HourAggregates): PackedChunk {
  const planes = Array.from({ length: PLANES }, () => new Float64Array(n.length));
  const [counts, means, rests, lows, highs] = planes;
  if (!counts || !means || !rests || !lows || !highs) throw new RangeError("five planes");
  const absence = Uint8Array.from(n, (count) => (count > 0 ? PRESENT : ENTITY_ABSENT));
  for (let place = 0; place < n.length; place += 1) {
    const count = n[place] ?? 0;
    if (count === 0) continue;
    const isDouble = layout.isDouble[Math.floor(place / hours.length)] === 1;
    const mean = isDouble ? (sum[place] ?? 0) : Math.floor((sum[place] ?? 0) / count);
    counts[place] = count;
    means[place] = mean;
    rests[place] = isDouble ? 0 : (sum[place] ?? 0) - mean * count;
    lows[place] = isDouble ? (min[place] ?? 0) : mean - (min[place] ?? 0);
    highs[place] = isDouble ? (max[place] ?? 0) : (max[place] ?? 0) - mean;
  }
  const chunks = planes.map((values) => encodeChunk({ layout, moments: hours, values, absence }));
  return {
    head: Buffer.from(chunks[0]?.head ?? []),
    toc: Buffer.concat(chunks.map(({ toc }) => packToc(toc))),
    body: Buffer.concat(chunks.map(({ body }) => body)),
  };
}

/** The figures of one column, one for each of `head.moments`; n = 0 where nothing was read. */
export type HourColumn = { n: Float64Array; sum: Float64Array; min: Float64Array; max: Float64Array };

/**
 * Reads columns of a stream's day by hours without touching the others. The figures are there until the next column is
 * read: it is written over them.
 */
export function openHours(
  layout: Layout,
  packed: PackedChunk,
): { hours: number[]; readColumn: (column: number) => HourColumn } {
  const head = decodeChunkHead(layout, packed.head);
  const parts = { toc: unpackToc(packed.toc), body: packed.body };
  const planes = Array.from({ length: PLANES }, () => new Float64Array(head.moments.length));
  const [n, means, rests, lows, highs] = planes;
  if (!n || !means || !rests || !lows || !highs) throw new RangeError("five planes");
  const readColumn = (column: number): HourColumn => {
    for (let plane = 0; plane < PLANES; plane += 1) {
      decodeChunkColumn(layout, head, column, columnPart(layout, head, parts, column, plane), planes[plane]);
    }
    if (layout.isDouble[column] !== 1) {
      for (let hour = 0; hour < means.length; hour += 1) {
        const mean = means[hour] ?? 0;
        means[hour] = mean * (n[hour] ?? 0) + (rests[hour] ?? 0);
        lows[hour] = mean - (lows[hour] ?? 0);
        highs[hour] = mean + (highs[hour] ?? 0);
      }
    }
    return { n, sum: means, min: lows, max: highs };
  };
  return { hours: head.moments, readColumn };
}
