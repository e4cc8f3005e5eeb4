import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import type { Block } from "@/contract/codec/block";
import { decodeFrame, encodeFrame, SessionState } from "@/contract/codec/frame";
import { createLayout, type Dictionary, dictionaryText, type Layout } from "@/contract/codec/layout";

/**
 * A segment of the spool: a header, then records. Every part has its length and a checksum before it, so that a power
 * cut in the middle of a write costs that write and nothing before it. Records are frames against the state that the
 * records before them in the segment leave, which makes a minute of a machine a few dozen bytes. The first one says how
 * many metrics its writer had: an agent reads what the version before it has left.
 */
const MAGIC = 0x46425332; // "FBS2"
const PART_HEAD_BYTES = 8;
const RECORD_HEAD_BYTES = 10;
const PART_BYTES_MAX = 16 * 1024 * 1024;

export type SegmentHead = { epoch: number; generation: number; level: number; dictionary: Dictionary };

/** One recorded moment; `wall` is the edge's clock in epoch seconds, uncorrected. */
export type SegmentRecord = { sequence: number; wall: number; block: Block };

/** Writes records that belong together, one after the other. */
export class SegmentWriter {
  readonly head: SegmentHead;
  readonly layout: Layout;
  #state: SessionState;

  constructor(head: SegmentHead, layout: Layout = createLayout(head.dictionary)) {
    this.head = head;
    this.layout = layout;
    this.#state = new SessionState(this.layout);
  }

  headBytes(): Uint8Array {
    const { epoch, generation, level, dictionary } = this.head;
    const text = JSON.stringify({ epoch, generation, level, dictionary: JSON.parse(dictionaryText(dictionary)) });
    const magic = Buffer.alloc(4);
    magic.writeUInt32LE(MAGIC);
    return Buffer.concat([magic, part(deflateRawSync(text))]);
  }

  /** The bytes of one more record. `commit` makes it the base of the next; without it nothing has happened. */
  record({ sequence, wall, block }: SegmentRecord): { bytes: Uint8Array; commit: () => void } {
    const state = this.#state.clone();
    const frame = encodeFrame(block, state);
    const payload = Buffer.alloc(RECORD_HEAD_BYTES + frame.length);
    payload.writeUIntLE(sequence, 0, 6);
    payload.writeUInt32LE(wall, 6);
    payload.set(frame, RECORD_HEAD_BYTES);
    return {
      bytes: part(payload),
      commit: () => {
        this.#state = state;
      },
    };
  }
}

/** A whole segment of these records. */
export function writeSegment(head: SegmentHead, records: readonly SegmentRecord[]): Uint8Array {
  const writer = new SegmentWriter(head);
  const parts: Uint8Array[] = [writer.headBytes()];
  for (const record of records) {
    const { bytes, commit } = writer.record(record);
    commit();
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

export type ReadSegment = {
  head: SegmentHead;
  layout: Layout;
  records: SegmentRecord[];
  /** Records that were written whole and cannot be read any more; a write that was cut short is none. */
  broken: number;
};

/** @throws Error for bytes that do not begin as a segment; what is broken behind that is left out and told */
export function readSegment(bytes: Uint8Array): ReadSegment {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (buffer.length < 4 || buffer.readUInt32LE(0) !== MAGIC) throw new Error("found no segment");
  const first = readPart(buffer, 4);
  if (!first) throw new Error("found a segment without a whole head");
  const head = parseHead(inflateRawSync(first.payload, { maxOutputLength: PART_BYTES_MAX }).toString("utf8"));
  const layout = createLayout(head.dictionary);
  const state = new SessionState(layout);
  const records: SegmentRecord[] = [];
  let at = first.end;
  for (let next = readPart(buffer, at); next; next = readPart(buffer, at)) {
    if (next.payload.length <= RECORD_HEAD_BYTES) break;
    const block = decodeFrame(layout, next.payload.subarray(RECORD_HEAD_BYTES), state);
    records.push({ sequence: next.payload.readUIntLE(0, 6), wall: next.payload.readUInt32LE(6), block });
    at = next.end;
  }
  return { head, layout, records, broken: countParts(buffer, at) };
}

function parseHead(text: string): SegmentHead {
  const { epoch, generation, level, dictionary } = JSON.parse(text) as Record<string, unknown>;
  const entries = (dictionary as [string, string][]).map(([kind, key]) => ({ kind, key }));
  return { epoch: Number(epoch), generation: Number(generation), level: Number(level), dictionary: entries };
}

function part(payload: Uint8Array): Buffer {
  const head = Buffer.alloc(PART_HEAD_BYTES);
  head.writeUInt32LE(payload.length, 0);
  head.writeUInt32LE(crc32(payload), 4);
  return Buffer.concat([head, payload]);
}

/**
 * Records that were written whole from a place on where one cannot be read. What broke may be the length itself: then
 * the next whole record behind tells that this is no write that was cut short.
 */
function countParts(buffer: Buffer, start: number): number {
  const count = countByLength(buffer, start);
  if (count > 0) return count;
  for (let at = start + 1; at + PART_HEAD_BYTES <= buffer.length; at += 1) {
    const found = readPart(buffer, at);
    if (found && found.payload.length > RECORD_HEAD_BYTES) return 1 + countByLength(buffer, at);
  }
  return 0;
}

/** Parts that are there in full length from a place on, whatever their bytes say. */
function countByLength(buffer: Buffer, start: number): number {
  let count = 0;
  for (let at = start; at + PART_HEAD_BYTES <= buffer.length; count += 1) {
    at += PART_HEAD_BYTES + buffer.readUInt32LE(at);
    if (at > buffer.length) return count;
  }
  return count;
}

function readPart(buffer: Buffer, at: number): { payload: Buffer; end: number } | null {
  if (at + PART_HEAD_BYTES > buffer.length) return null;
  const length = buffer.readUInt32LE(at);
  const end = at + PART_HEAD_BYTES + length;
  if (length > PART_BYTES_MAX || end > buffer.length) return null;
  const payload = buffer.subarray(at + PART_HEAD_BYTES, end);
  return crc32(payload) === buffer.readUInt32LE(at + 4) ? { payload, end } : null;
}
