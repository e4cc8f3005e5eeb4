import type { Disk } from "@/agent/disk";
import type { Block } from "@/contract/codec/block";
import type { Layout } from "@/contract/codec/layout";
import { type SegmentHead, writeSegment } from "./segment";
import { thinBlock } from "./thin";

/** A record that waits: which segment it lies in, and its place in the agent's order. */
export type Entry = { sequence: number; wall: number };

export type Segment = {
  readonly name: string;
  readonly head: SegmentHead;
  readonly layout: Layout;
  /** Not acknowledged yet, oldest first. */
  entries: Entry[];
  bytes: number;
  /** The whole segment, while the disk does not take it. */
  memory: Uint8Array | null;
};

/** Within the data folder. */
export const SPOOL_FOLDER = "spool";

/** `<epoch>-<number>-<level>.seg` */
const FILE_NAME = /^(\d{1,16})-(\d{1,10})-(\d)\.seg$/;

export const isSegmentName = (name: string): boolean => FILE_NAME.test(name);
export const segmentName = (epoch: number, number: number, level: number): string => `${epoch}-${number}-${level}.seg`;
export const numberOf = ({ name }: { name: string }): number => Number(FILE_NAME.exec(name)?.[2] ?? 0);

/** True while this record of the segment is not acknowledged. */
export const isWaiting = (segment: Segment, sequence: number): boolean =>
  segment.entries.some((entry) => entry.sequence === sequence);

/** Largest epoch of a segment, 0 without any: told by the names alone. */
export function newestEpochOf(disk: Disk): number {
  try {
    return Math.max(0, ...disk.list().map((name) => Number(FILE_NAME.exec(name)?.[1] ?? 0)));
  } catch {
    return 0;
  }
}

/** One sequence of bytes behind the other. */
export function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/**
 * A segment of the same time with fewer moments, in memory; each keeps the sequence of the record that had its moment.
 * @param block all that waits of the segment
 */
export function coarserSegment(segment: Segment, block: Block, seconds: number): Segment {
  const sequenceAt = new Map(segment.entries.map(({ wall, sequence }) => [wall, sequence]));
  const thinned = thinBlock(block, seconds);
  const head = { ...segment.head, level: segment.head.level + 1 };
  const records = thinned.moments.map((wall, at) => ({
    sequence: sequenceAt.get(wall) ?? 0,
    wall,
    block: oneMoment(thinned, at),
  }));
  const entries = records.map(({ sequence, wall }) => ({ sequence, wall }));
  const memory = writeSegment(head, records);
  const name = segmentName(head.epoch, numberOf(segment), head.level);
  return { name, head, layout: segment.layout, entries, bytes: memory.length, memory };
}

function oneMoment({ layout, moments, values, absence }: Block, at: number): Block {
  const place = (column: number) => column * moments.length + at;
  return {
    layout,
    moments: [moments[at] ?? 0],
    values: Float64Array.from({ length: layout.columns }, (_, column) => values[place(column)] ?? 0),
    absence: Uint8Array.from({ length: layout.columns }, (_, column) => absence[place(column)] ?? 0),
  };
}
