import { type Block, createBlock, PRESENT } from "@/contract/codec/block";
import { decodeChunkColumn, decodeChunkHead } from "@/contract/codec/chunk";
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

/** Shows each wanted stream of a strip, in figures of its own; columns of others are not decoded. */
export function visitStrip(
  metric: Metric,
  packed: PackedStrip,
  isWanted: (streamId: number) => boolean,
  visit: (streamId: number, moments: readonly number[], line: StripLine) => void,
): void {
  const layout = stripLayout(metric, packed.streamIds.length);
  const head = decodeChunkHead(layout, packed.head);
  const parts = { toc: unpackToc(packed.toc), body: packed.body };
  const read = (column: number) => decodeChunkColumn(layout, head, column, columnPart(layout, head, parts, column));
  packed.streamIds.forEach((streamId, place) => {
    if (!isWanted(streamId)) return;
    visit(streamId, head.moments, { sums: read(2 * place), entities: read(2 * place + 1) });
  });
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
