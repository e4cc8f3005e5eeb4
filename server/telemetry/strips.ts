import { type Block, createBlock, PRESENT } from "@/contract/codec/block";
import { type ChunkHead, decodeChunkColumn, decodeChunkHead } from "@/contract/codec/chunk";
import { createLayout, type Layout } from "@/contract/codec/layout";
import type { Metric } from "@/contract/metrics";
import { columnPart, type PackedChunk, packChunk, unpackToc } from "./chunks";
import { SLOT_SECONDS } from "./rollups";

/**
 * Strips: the five-minute sums of many streams side by side, one reading and six hours at a time. Everything here is
 * pure; `fold.ts` writes them, `stream-sums.ts` reads them.
 */
export const QUARTER_SECONDS = 6 * 3600;
export const SLOTS_PER_QUARTER = QUARTER_SECONDS / SLOT_SECONDS;
export const SLOTS_PER_HOUR = 3600 / SLOT_SECONDS;

/** Of one stream, slot by slot: sum in whole steps and how many entities are in it; nobody was heard where that is 0. */
export type StripLine = { sums: Float64Array; entities: Float64Array };
/** Stream → its line. */
export type Strip = Map<number, StripLine>;
export type PackedStrip = PackedChunk & { streamIds: number[] };

export const emptyLine = (): StripLine => ({
  sums: new Float64Array(SLOTS_PER_QUARTER),
  entities: new Float64Array(SLOTS_PER_QUARTER),
});

/** Figures in whole steps, whatever they are of. */
const WHOLE: readonly Metric[] = [{ name: "figure", kind: "gauge", step: 1 }];
const DOUBLE: readonly Metric[] = [{ name: "figure", kind: "double", step: 1 }];
const layouts = new Map<string, Layout>();

/** Two columns a stream: its sums, its entities. */
function stripLayout(metric: Metric, streams: number): Layout {
  const name = `${metric.kind === "double"} ${streams}`;
  const known = layouts.get(name);
  if (known) return known;
  const entries = Array.from({ length: 2 * streams }, (_, column) => ({ kind: "figure", key: String(column) }));
  const layout = createLayout(entries, () => (metric.kind === "double" ? DOUBLE : WHOLE));
  // As many as a strip can have streams.
  layouts.set(name, layout);
  return layout;
}

/**
 * @param startsAt beginning of the six hours, epoch seconds
 * @returns null where nothing was heard at all
 */
export function packStrip(metric: Metric, startsAt: number, strip: Strip): PackedStrip | null {
  const lines = [...strip].filter(([, { entities }]) => entities.some((heard) => heard > 0)).sort(([a], [b]) => a - b);
  const slots = Array.from({ length: SLOTS_PER_QUARTER }, (_, slot) => slot).filter((slot) =>
    lines.some(([, { entities }]) => (entities[slot] ?? 0) > 0),
  );
  if (slots.length === 0) return null;
  const layout = stripLayout(metric, lines.length);
  const block: Block = createBlock(
    layout,
    slots.map((slot) => startsAt + SLOT_SECONDS * slot),
  );
  lines.forEach(([, { sums, entities }], place) => {
    const at = 2 * place * slots.length;
    slots.forEach((slot, index) => {
      if (!entities[slot]) return;
      block.values[at + index] = sums[slot] ?? 0;
      block.values[at + slots.length + index] = entities[slot];
      block.absence[at + index] = PRESENT;
      block.absence[at + slots.length + index] = PRESENT;
    });
  });
  return { streamIds: lines.map(([id]) => id), ...packChunk(block) };
}

/**
 * Shows each wanted stream of a strip; columns of others are not decoded. The line is there until the visitor returns:
 * the next one is written over it.
 */
export function visitStrip(
  metric: Metric,
  packed: PackedStrip,
  isWanted: (streamId: number) => boolean,
  visit: (streamId: number, moments: readonly number[], line: StripLine) => void,
): void {
  const layout = stripLayout(metric, packed.streamIds.length);
  const head = decodeChunkHead(layout, packed.head);
  const parts = { toc: unpackToc(packed.toc), body: packed.body };
  const isWhole = Buffer.compare(head.absence, Buffer.alloc(head.absence.length)) === 0;
  const sums = new StripColumn(layout, head, parts, isWhole);
  const entities = new StripColumn(layout, head, parts, isWhole);
  const line = { sums: sums.values, entities: entities.values };
  packed.streamIds.forEach((streamId, place) => {
    if (!isWanted(streamId)) return;
    sums.read(2 * place);
    entities.read(2 * place + 1);
    visit(streamId, head.moments, line);
  });
}

/** Reads one column after the other. Many are the same: how many were heard, the seconds that a counter covers. */
class StripColumn {
  readonly values: Float64Array;
  readonly #layout: Layout;
  readonly #head: ChunkHead;
  readonly #parts: { toc: Int32Array; body: Buffer };
  /** Whether every column has a value at every moment: then the same bytes are the same values. */
  readonly #isWhole: boolean;
  #last = -1;

  constructor(layout: Layout, head: ChunkHead, parts: { toc: Int32Array; body: Buffer }, isWhole: boolean) {
    this.values = new Float64Array(head.moments.length);
    this.#layout = layout;
    this.#head = head;
    this.#parts = parts;
    this.#isWhole = isWhole;
  }

  read(column: number): void {
    if (this.#isWhole && this.#last >= 0 && this.#isSame(column, this.#last)) return;
    this.#last = column;
    const bytes = columnPart(this.#layout, this.#head, this.#parts, column);
    decodeChunkColumn(this.#layout, this.#head, column, bytes, this.values);
  }

  #isSame(a: number, b: number): boolean {
    const { toc, body } = this.#parts;
    const from = toc[a] ?? 0;
    const before = toc[b] ?? 0;
    const size = (toc[a + 1] ?? 0) - from;
    if ((toc[b + 1] ?? 0) - before !== size) return false;
    for (let at = 0; at < size; at += 1) if (body[from + at] !== body[before + at]) return false;
    return true;
  }
}

/** All of a strip, to be changed. */
export function unpackStrip(metric: Metric, startsAt: number, packed: PackedStrip): Strip {
  const strip: Strip = new Map();
  const visit = (streamId: number, moments: readonly number[], { sums, entities }: StripLine) => {
    const line = emptyLine();
    moments.forEach((at, index) => {
      const slot = (at - startsAt) / SLOT_SECONDS;
      line.sums[slot] = sums[index] ?? 0;
      line.entities[slot] = entities[index] ?? 0;
    });
    strip.set(streamId, line);
  };
  visitStrip(metric, packed, () => true, visit);
  return strip;
}
