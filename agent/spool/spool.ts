import type { Disk } from "@/agent/disk";
import type { Block } from "@/contract/codec/block";
import { dictionaryText } from "@/contract/codec/layout";
import { keepAside, sequencesAside } from "./aside";
import { readSegment, type SegmentHead, type SegmentRecord, SegmentWriter, writeSegment } from "./segment";
import { coarserSegment, isSegmentName, joined, numberOf, type Segment, segmentName } from "./segment-files";
import { joinBlocks, withMoments } from "./thin";

/** A segment is closed at so many moments or bytes: about what one long frame carries. */
export const SEGMENT_MOMENTS_MAX = 60;
const SEGMENT_BYTES_MAX = 64 * 1024;
/** While the disk cannot be written, so many bytes wait in memory at most. */
const MEMORY_BYTES_MAX = 4 * 1024 * 1024;
/** How coarse history gets when there is no room, in seconds; the level of a segment counts along. */
const THIN_SECONDS = [300, 3600] as const;

export type SpoolOptions = {
  disk: Disk;
  bytesMax: number;
  /** Moments whose resolution was given up, and those that were given up altogether, with the reason. */
  onThinned: (moments: number) => void;
  onDropped: (moments: number, reason: string) => void;
};

/**
 * The moments that are not acknowledged yet, in segments on disk. Oldest first; when there is no room, the oldest lose
 * resolution and keep their sums, and only when there is nothing left to thin they go.
 */
export class Spool {
  readonly #options: SpoolOptions;
  #segments: Segment[] = [];
  #writer: SegmentWriter | null = null;
  #error: string | null = null;
  #isNewSegmentDue = true;
  /** Newest record of all, acknowledged or not, as far as the disk tells. */
  #newest: { epoch: number; generation: number; sequence: number; wall: number } | null = null;

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  /** Takes over what an earlier process left. A broken end of a segment is cut, a broken segment set aside. */
  open(): void {
    try {
      const names = this.#options.disk.list();
      for (const name of names) if (isSegmentName(name)) this.#adopt(name, sequencesAside(names, name));
    } catch (error) {
      this.#noteError(error);
    }
    this.#segments.sort(byAge);
    const last = this.#segments.at(-1);
    const entry = last?.entries.at(-1);
    if (last && entry) {
      this.#newest = { epoch: last.head.epoch, generation: last.head.generation, ...entry };
    }
    this.#makeRoom(() => false);
  }

  /** Oldest first. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }
  get bytes(): number {
    return this.#segments.reduce((total, segment) => total + segment.bytes, 0);
  }
  get moments(): number {
    return this.#segments.reduce((total, segment) => total + segment.entries.length, 0);
  }
  /** Why records wait in memory only; null while the disk takes them. */
  get error(): string | null {
    return this.#error;
  }
  get newest(): { epoch: number; generation: number; sequence: number; wall: number } | null {
    return this.#newest;
  }
  /** Oldest moment, by the edge's clock, of what was thinned and still waits; null when nothing was. */
  get thinnedSince(): number | null {
    return this.#segments.find(({ head, entries }) => head.level > 0 && entries.length > 0)?.entries[0]?.wall ?? null;
  }

  /**
   * Keeps one moment until it is acknowledged; on disk when this returns, unless `error` says otherwise.
   * @param isBusy segments that are on their way just now: they are not rewritten
   */
  add(head: Omit<SegmentHead, "level">, record: SegmentRecord, isBusy: (segment: Segment) => boolean): Segment {
    const segment = this.#segmentFor(head);
    const writer = this.#writer;
    if (!writer) throw new Error("a segment without a writer");
    const { bytes, commit } = writer.record(record);
    this.#write(segment, bytes);
    commit();
    segment.entries.push({ sequence: record.sequence, wall: record.wall });
    this.#newest = { epoch: head.epoch, generation: head.generation, sequence: record.sequence, wall: record.wall };
    if (segment.entries.length >= SEGMENT_MOMENTS_MAX || segment.bytes >= SEGMENT_BYTES_MAX)
      this.#isNewSegmentDue = true;
    this.#flushMemory();
    this.#makeRoom(isBusy);
    return segment;
  }

  /** The records with these sequences as one block with the edge's own moments; null when they cannot be read back. */
  read(segment: Segment, sequences: ReadonlySet<number>): Block | null {
    try {
      const { records, layout } = readSegment(segment.memory ?? this.#options.disk.read(segment.name));
      const wanted = records.filter(({ sequence }) => sequences.has(sequence));
      if (wanted.length < sequences.size) this.#giveUp(segment, sequences, wanted);
      if (wanted.length === 0) return null;
      return joinBlocks(
        layout,
        wanted.map(({ block, wall }) => withMoments(block, [wall])),
      );
    } catch (error) {
      this.#setWholeAside(segment, `unreadable: ${wordsOf(error)}`);
      return null;
    }
  }

  /** What is left of a segment that broke on disk is delivered; the rest cannot be. */
  #giveUp(segment: Segment, sequences: ReadonlySet<number>, readable: readonly SegmentRecord[]): void {
    const kept = new Set(readable.map(({ sequence }) => sequence));
    const lost = segment.entries.filter(({ sequence }) => sequences.has(sequence) && !kept.has(sequence));
    segment.entries = segment.entries.filter((entry) => !lost.includes(entry));
    this.#options.onDropped(lost.length, `segment ${segment.name}: ${lost.length} records cannot be read any more`);
  }

  /** Forgets records that the gateway has committed. The newest segment stays: it tells the next process where we are. */
  acknowledge(segment: Segment, sequences: ReadonlySet<number>): void {
    segment.entries = segment.entries.filter(({ sequence }) => !sequences.has(sequence));
    if (segment.entries.length === 0 && segment !== this.#segments.at(-1)) this.#remove(segment);
  }

  /**
   * Takes records that no gateway takes out of the way, as a segment of their own for a person to look at; they count as
   * given up, and the rest goes on. They still stand in their segment: the next process knows them by these files.
   */
  setAside(segment: Segment, sequences: ReadonlySet<number>, reason: string): void {
    const first = Math.min(...sequences);
    try {
      const { records } = readSegment(segment.memory ?? this.#options.disk.read(segment.name));
      const refused = records.filter(({ sequence }) => sequences.has(sequence));
      keepAside(this.#options.disk, `${segment.name}.${first}`, writeSegment(segment.head, refused));
    } catch {
      // Neither can it be looked at, then.
    }
    this.acknowledge(segment, sequences);
    const record = `record ${segment.head.epoch}.${first}`;
    this.#options.onDropped(sequences.size, `segment ${segment.name}: ${record}: ${reason}`);
  }

  #setWholeAside(segment: Segment, reason: string): void {
    this.#segments = this.#segments.filter((other) => other !== segment);
    if (this.#segments.at(-1)?.name !== segment.name) this.#isNewSegmentDue = true;
    try {
      keepAside(this.#options.disk, segment.name, segment.memory);
    } catch {
      // It must not come back at the next start.
      this.#forget(segment);
    }
    this.#options.onDropped(segment.entries.length, `segment ${segment.name}: ${reason}`);
  }

  #segmentFor(head: Omit<SegmentHead, "level">): Segment {
    const last = this.#segments.at(-1);
    const isSame =
      last !== undefined &&
      this.#writer !== null &&
      !this.#isNewSegmentDue &&
      last.head.epoch === head.epoch &&
      last.head.generation === head.generation &&
      dictionaryText(last.head.dictionary) === dictionaryText(head.dictionary);
    if (isSame) return last;
    this.#isNewSegmentDue = false;
    const writer = new SegmentWriter({ ...head, level: 0 });
    this.#writer = writer;
    const number = Math.max(0, ...this.#segments.filter((s) => s.head.epoch === head.epoch).map(numberOf)) + 1;
    const segment: Segment = {
      name: segmentName(head.epoch, number, 0),
      head: writer.head,
      layout: writer.layout,
      entries: [],
      bytes: 0,
      memory: writer.headBytes(),
    };
    segment.bytes = segment.memory?.length ?? 0;
    this.#segments.push(segment);
    if (last && last.entries.length === 0) this.#remove(last);
    return segment;
  }

  /** A new segment goes to disk with its first record; a disk that refuses leaves it in memory. */
  #write(segment: Segment, bytes: Uint8Array): void {
    const { disk } = this.#options;
    segment.bytes += bytes.length;
    if (segment.memory) {
      segment.memory = joined(segment.memory, bytes);
      return;
    }
    try {
      disk.append(segment.name, bytes);
      this.#error = null;
    } catch (error) {
      this.#noteError(error);
      // What is on disk may end in half a record: the whole segment goes on from memory, and over the file later.
      const whole = this.#readBack(segment);
      segment.memory = joined(whole, bytes);
    }
  }

  /** The bytes of a segment up to its last whole record. */
  #readBack(segment: Segment): Uint8Array {
    try {
      return writeSegment(segment.head, readSegment(this.#options.disk.read(segment.name)).records);
    } catch {
      // Not even readable: what is still to come is all there is.
      return writeSegment(segment.head, []);
    }
  }

  /** Brings to disk what waits in memory, newest first; a disk that works again heals by itself. */
  #flushMemory(): void {
    for (const segment of [...this.#segments].reverse()) {
      if (!segment.memory) continue;
      try {
        this.#options.disk.write(segment.name, segment.memory);
        segment.memory = null;
        this.#error = null;
      } catch (error) {
        this.#noteError(error);
        return;
      }
    }
  }

  #makeRoom(isBusy: (segment: Segment) => boolean): void {
    const { bytesMax } = this.#options;
    const memory = () => this.#segments.reduce((total, segment) => total + (segment.memory?.length ?? 0), 0);
    const isTight = () => this.bytes > bytesMax || memory() > MEMORY_BYTES_MAX;
    for (let level = 0; level < THIN_SECONDS.length && isTight(); level += 1) {
      for (const segment of this.#segments.slice(0, -2)) {
        if (!isTight()) return;
        if (segment.head.level === level && !isBusy(segment)) this.#thin(segment, THIN_SECONDS[level] ?? 3600);
      }
    }
    while (isTight()) {
      const oldest = this.#segments.slice(0, -1).find((segment) => !isBusy(segment));
      if (!oldest) return;
      this.#remove(oldest);
      this.#options.onDropped(oldest.entries.length, "the spool is full and thinned out: the oldest were given up");
    }
  }

  #thin(segment: Segment, seconds: number): void {
    const block = this.read(segment, new Set(segment.entries.map(({ sequence }) => sequence)));
    if (!block || !this.#segments.includes(segment)) return;
    const coarse = coarserSegment(segment, block, seconds);
    this.#options.onThinned(segment.entries.length - coarse.entries.length);
    this.#segments = this.#segments.map((other) => (other === segment ? coarse : other));
    this.#flushMemory();
    this.#forget(segment);
  }

  #adopt(name: string, aside: ReadonlySet<number>): void {
    let bytes = 0;
    try {
      const content = this.#options.disk.read(name);
      bytes = content.length;
      const { head, layout, records, broken } = readSegment(content);
      if (broken > 0) this.#options.onDropped(broken, `segment ${name}: ${broken} records cannot be read any more`);
      const entries = records.flatMap(({ sequence, wall }) => (aside.has(sequence) ? [] : { sequence, wall }));
      const segment = { name, head, layout, entries, bytes, memory: null };
      if (entries.length > 0) this.#segments.push(segment);
      else this.#forget(segment);
    } catch (error) {
      const head = { epoch: 0, generation: 0, level: 0, dictionary: [] };
      const { layout } = new SegmentWriter(head);
      this.#setWholeAside({ name, head, layout, entries: [], bytes, memory: null }, wordsOf(error));
    }
  }

  #remove(segment: Segment): void {
    this.#segments = this.#segments.filter((other) => other !== segment);
    this.#forget(segment);
  }

  #forget(segment: Segment): void {
    try {
      this.#options.disk.remove(segment.name);
    } catch {
      // A disk that cannot delete shows itself at the next write.
    }
  }

  #noteError(error: unknown): void {
    this.#error = wordsOf(error).slice(0, 300);
  }
}

const byAge = (a: Segment, b: Segment): number => a.head.epoch - b.head.epoch || numberOf(a) - numberOf(b);
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
