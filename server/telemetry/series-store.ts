import { sql } from "drizzle-orm";
import { type Block, createBlock } from "@/contract/codec/block";
import { type ChunkHead, decodeChunkColumn, decodeChunkHead, writtenColumn } from "@/contract/codec/chunk";
import { decodeFrame } from "@/contract/codec/frame";
import { createLayout, type Layout } from "@/contract/codec/layout";
import type { EntityKind } from "@/contract/metrics";
import type { Transaction } from "@/db/client";
import { positionOf } from "./charts";
import { unpackToc } from "./chunks";
import { FRAME_FLAGS } from "./inbox";
import { type IdsText, Layouts } from "./layouts";
import { type Incoming, mergeRecords } from "./merge";

/** An entity with the stream that its readings lie in. */
export type StoredEntity = { id: number; streamId: number; kind: EntityKind; key: string };
/** Half-open, in epoch seconds. */
export type MomentRange = { from: number; to: number };

/** Bodies up to this size come whole; of larger ones only the columns that are asked for, with a second query. */
const WHOLE_BODY_BYTES_MAX = 64 * 1024;
/** A chunk that is rewritten between the two queries is asked for again, and at last whole. */
const ATTEMPTS = 3;

type StoredRow = { stream_id: number; entity_ids: IdsText; flags: number };
type ChunkRow = StoredRow & {
  day: string;
  part: number;
  revision: number;
  head: Buffer;
  toc: Buffer;
  body: Buffer | null;
};
/** A frame, or with a day a chunk. */
type Row = ChunkRow | (StoredRow & { day: null; body: Buffer });

/** The wanted columns of one entity in one chunk: one for each reading, in their order. */
export type Slice = {
  layout: Layout;
  head: ChunkHead;
  columns: readonly number[];
  bodies: ReadonlyMap<number, Uint8Array>;
};
/** Slices in the order of their time; `arrived` waits to be merged with them. */
type Stored = { slices: Slice[]; hasThinned: boolean; arrived: Incoming[] };

/**
 * Of each of these entities, by its id, what is stored in a range as a block of its own: the record and what arrived
 * since, merged as it will be. Only the columns of `readings` are there, the others are absent.
 */
export async function readBlocks(
  tx: Transaction,
  orgId: string,
  entities: readonly StoredEntity[],
  readings: readonly string[],
  range: MomentRange,
): Promise<Map<number, Block>> {
  const stored = await readStored(tx, orgId, entities, readings, range);
  return new Map(entities.map((entity) => [entity.id, mergeStored(entity, stored.get(entity.id))]));
}

/** What is stored of one entity as one block. */
export function mergeStored(entity: StoredEntity, stored: Stored | undefined): Block {
  const { slices, hasThinned, arrived } = stored ?? { slices: [], hasThinned: false, arrived: [] };
  const record = { block: joinSlices(createLayout([entity]), slices), entityIds: [entity.id] };
  return arrived.length === 0 ? record.block : mergeRecords(record, arrived, hasThinned).block;
}

/** As `readBlocks`, before it is put together. */
export async function readStored(
  tx: Transaction,
  orgId: string,
  entities: readonly StoredEntity[],
  readings: readonly string[],
  range: MomentRange,
): Promise<Map<number, Stored>> {
  const found = new Map(
    entities.map(({ id }): [number, Stored] => [id, { slices: [], hasThinned: false, arrived: [] }]),
  );
  const streamIds = [...new Set(entities.map(({ streamId }) => streamId))];
  if (streamIds.length === 0 || range.to <= range.from) return found;
  const layouts = new Layouts(tx, orgId, streamIds);
  const places = new Places(entities);
  const days = new Map<string, Map<number, Slice[]>>();
  const thinned = new Set<number>();
  const keyOf = (row: ChunkRow) => `${row.stream_id} ${row.day}`;
  for (let attempt = 1, pending: Set<string> | null = null; pending === null || pending.size > 0; attempt += 1) {
    const rows = await readRows(tx, orgId, streamIds, range, attempt < ATTEMPTS ? WHOLE_BODY_BYTES_MAX : null);
    const isFirst = pending === null;
    const chunks = rows.filter((row): row is ChunkRow => row.day !== null && (pending?.has(keyOf(row)) ?? true));
    for (const row of isFirst ? rows : []) {
      if (row.day !== null) continue;
      const own = places.of(row);
      if (own.length === 0) continue;
      const block = decodeFrame(await layouts.of(row.entity_ids), row.body);
      const isThinned = (row.flags & FRAME_FLAGS.thinned) > 0;
      for (const { id, slot } of own) {
        found.get(id)?.arrived.push({ block: entityOf(block, slot), entityIds: [id], isThinned });
      }
    }
    pending = new Set();
    for (const row of chunks) days.set(keyOf(row), new Map());
    for (const row of chunks) {
      if ((row.flags & FRAME_FLAGS.thinned) > 0) thinned.add(row.stream_id);
      const own = places.of(row);
      if (own.length === 0) continue;
      const layout = await layouts.of(row.entity_ids);
      const columns = own.map(({ slot }) => columnsOf(layout, slot, readings));
      const head = decodeChunkHead(layout, row.head);
      const written = columns.flat().flatMap((column) => writtenColumn(layout, head, column) ?? []);
      const bodies = await readBodies(tx, orgId, row, written);
      if (!bodies) {
        pending.add(keyOf(row));
        continue;
      }
      own.forEach(({ id }, index) => {
        const slices = days.get(keyOf(row));
        const slice = { layout, head, columns: columns[index] ?? [], bodies };
        slices?.set(id, [...(slices.get(id) ?? []), slice]);
      });
    }
  }
  for (const { id, streamId } of entities) {
    const stored = found.get(id);
    if (!stored) continue;
    for (const slices of days.values()) stored.slices.push(...(slices.get(id) ?? []));
    stored.hasThinned = thinned.has(streamId);
  }
  return found;
}

/** Where these entities stand in stored lists. */
export class Places {
  readonly #entities: readonly StoredEntity[];
  readonly #known = new Map<IdsText, { id: number; slot: number; entity: StoredEntity }[]>();

  constructor(entities: readonly StoredEntity[]) {
    this.#entities = entities;
  }

  of({ stream_id: streamId, entity_ids: ids }: { stream_id: number; entity_ids: IdsText }) {
    const known = this.#known.get(ids);
    if (known) return known;
    const list: number[] = JSON.parse(ids);
    const own = this.#entities.flatMap((entity) => {
      const slot = entity.streamId === streamId ? list.indexOf(entity.id) : -1;
      return slot < 0 ? [] : [{ id: entity.id, slot, entity }];
    });
    this.#known.set(ids, own);
    return own;
  }
}

/** The UTC day that a moment lies in, as whole days since 1970. */
export const dayOf = (moment: number) => Math.floor(moment / 86_400);

/** Frames in the order of their merge, then chunks. One statement: what a merge moves is in one of both. */
async function readRows(
  tx: Transaction,
  orgId: string,
  streamIds: readonly number[],
  range: MomentRange,
  wholeBytesMax: number | null,
): Promise<Row[]> {
  const streams = sql.param([...streamIds]);
  const { rows } = await tx.execute<Row>(sql`
    select i.stream_id, null::text as day, null::smallint as part, null::int as revision, i.flags,
      array_to_json(d.entity_ids)::text as entity_ids, null::bytea as head, null::bytea as toc, i.frame as body,
      row_number() over (order by i.arrived, i.epoch, i.sequence, i.first_moment) as place
    from telemetry_inbox i join telemetry_dictionaries d on d.org_id = i.org_id and d.id = i.dictionary_id
    where i.org_id = ${orgId}::uuid and i.stream_id = any(${streams}::int[])
      and i.first_moment < ${range.to} and i.last_moment >= ${range.from}
    union all
    select stream_id, day::text, part, revision, flags, array_to_json(entity_ids)::text, head, toc,
      case when ${wholeBytesMax}::int is null or length(body) <= ${wholeBytesMax}::int then body end,
      row_number() over (order by stream_id, telemetry_chunks.day, part)
    from telemetry_chunks
    where org_id = ${orgId}::uuid and stream_id = any(${streams}::int[])
      and day between date '1970-01-01' + ${dayOf(range.from)}::int and date '1970-01-01' + ${dayOf(range.to - 1)}::int
      and first_moment < ${range.to} and last_moment >= ${range.from}
    order by day nulls first, place`);
  return rows;
}

function columnsOf(layout: Layout, slot: number, readings: readonly string[]): number[] {
  const kind = layout.entries[slot]?.kind;
  if (!kind) throw new RangeError(`Slot ${slot} of ${layout.entries.length}`);
  return readings.map((name) => layout.columnOf(slot, positionOf(kind, name)));
}

/** The bytes of these columns, as the chunk's writer counts them; null when the chunk has been written anew since its row was read. */
async function readBodies(
  tx: Transaction,
  orgId: string,
  row: ChunkRow,
  columns: readonly number[],
): Promise<Map<number, Uint8Array> | null> {
  const toc = unpackToc(row.toc);
  const { body } = row;
  if (body) return new Map(columns.map((column) => [column, body.subarray(toc[column], toc[column + 1])]));
  const places = [...new Set(columns)];
  const starts = places.map((column) => (toc[column] ?? 0) + 1);
  const sizes = places.map((column) => (toc[column + 1] ?? 0) - (toc[column] ?? 0));
  const { rows } = await tx.execute<{ bytes: Buffer }>(sql`
    select substring(c.body from s.start for s.size) as bytes
    from telemetry_chunks c, unnest(${sql.param(starts)}::int[], ${sql.param(sizes)}::int[])
      with ordinality as s(start, size, place)
    where c.org_id = ${orgId}::uuid and c.stream_id = ${row.stream_id} and c.day = ${row.day}::date
      and c.part = ${row.part} and c.revision = ${row.revision}
    order by s.place`);
  if (rows.length !== places.length) return null;
  return new Map(places.map((column, index) => [column, rows[index]?.bytes ?? new Uint8Array()]));
}

/** Slices of the same entity that follow each other in time as one block; what is not in them is absent. */
function joinSlices(layout: Layout, slices: readonly Slice[]): Block {
  const block = createBlock(
    layout,
    slices.flatMap(({ head }) => head.moments),
  );
  const total = block.moments.length;
  let place = 0;
  for (const slice of slices) {
    const { layout: whole, head, columns } = slice;
    const count = head.moments.length;
    for (const column of columns) {
      const target = (whole.metricIndexes[column] ?? 0) * total + place;
      readSlice(slice, column, block.values.subarray(target, target + count));
      block.absence.set(head.absence.subarray(column * count, (column + 1) * count), target);
    }
    place += count;
  }
  return block;
}

/** Writes the values of one of a slice's columns, one for each of its moments. */
export function readSlice({ layout, head, bodies }: Slice, column: number, values: Float64Array): void {
  const bytes = bodies.get(writtenColumn(layout, head, column) ?? -1) ?? NO_BYTES;
  decodeChunkColumn(layout, head, column, bytes, values);
}

const NO_BYTES = new Uint8Array();

/** One entity of a block as a block of its own. */
function entityOf(block: Block, slot: number): Block {
  const count = block.moments.length;
  const own = createBlock(layoutOfOne(block.layout, slot), block.moments);
  for (let metric = 0; metric < own.layout.columns; metric += 1) {
    const from = block.layout.columnOf(slot, metric) * count;
    own.values.set(block.values.subarray(from, from + count), metric * count);
    own.absence.set(block.absence.subarray(from, from + count), metric * count);
  }
  return own;
}

/** In the layout of a single entity, the columns are its metrics in their order. */
function layoutOfOne(layout: Layout, slot: number): Layout {
  const entry = layout.entries[slot];
  if (!entry) throw new RangeError(`Slot ${slot} of ${layout.entries.length}`);
  return createLayout([entry]);
}
