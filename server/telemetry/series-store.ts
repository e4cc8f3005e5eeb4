import { sql } from "drizzle-orm";
import { type Block, createBlock } from "@/contract/codec/block";
import { type ChunkHead, decodeChunkColumn, decodeChunkHead, writtenColumn } from "@/contract/codec/chunk";
import { decodeFrame } from "@/contract/codec/frame";
import { createLayout, type DictionaryEntry, type Layout } from "@/contract/codec/layout";
import type { EntityKind } from "@/contract/metrics";
import type { Transaction } from "@/db/client";
import { positionOf } from "./charts";
import { unpackToc } from "./chunks";
import { FRAME_FLAGS } from "./inbox";
import { type Incoming, mergeRecords } from "./merge";

/** An entity with the stream that its readings lie in. */
export type StoredEntity = { id: number; streamId: number; kind: EntityKind; key: string };
/** Half-open, in epoch seconds. */
export type MomentRange = { from: number; to: number };

/** Bodies up to this size come whole; of larger ones only the columns that are asked for, with a second query. */
const WHOLE_BODY_BYTES_MAX = 64 * 1024;
/** A chunk that is rewritten between the two queries is asked for again, and at last whole. */
const ATTEMPTS = 3;

type ChunkRow = {
  stream_id: number;
  day: string;
  part: number;
  revision: number;
  flags: number;
  entity_ids: number[];
  head: Buffer;
  toc: Buffer;
  body: Buffer | null;
};
type InboxRow = { stream_id: number; entity_ids: number[]; flags: number; frame: Buffer };

const NOTHING: StoredBlocks = { recorded: [], hasThinned: false, arrived: [] };
type StoredBlocks = { recorded: Block[]; hasThinned: boolean; arrived: Incoming[] };

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
  return new Map(
    entities.map((entity) => {
      const { recorded, hasThinned, arrived } = stored.get(entity.id) ?? NOTHING;
      const record = { block: concatenate(createLayout([entity]), recorded), entityIds: [entity.id] };
      return [entity.id, arrived.length === 0 ? record.block : mergeRecords(record, arrived, hasThinned).block];
    }),
  );
}

async function readStored(
  tx: Transaction,
  orgId: string,
  entities: readonly StoredEntity[],
  readings: readonly string[],
  range: MomentRange,
): Promise<Map<number, StoredBlocks>> {
  const found = new Map(
    entities.map(({ id }): [number, StoredBlocks] => [id, { recorded: [], hasThinned: false, arrived: [] }]),
  );
  const streamIds = [...new Set(entities.map(({ streamId }) => streamId))];
  if (streamIds.length === 0 || range.to <= range.from) return found;
  const layouts = new Layouts(tx, orgId, streamIds);
  const ownOf = (row: { stream_id: number; entity_ids: number[] }) =>
    entities.filter(({ id, streamId }) => streamId === row.stream_id && row.entity_ids.includes(id));
  // The inbox first: what a merge moves between the two queries is then seen twice, which changes nothing.
  for (const row of await readInbox(tx, orgId, streamIds, range)) {
    const own = ownOf(row);
    if (own.length === 0) continue;
    const block = decodeFrame(await layouts.of(row.entity_ids), row.frame);
    const isThinned = (row.flags & FRAME_FLAGS.thinned) > 0;
    for (const { id } of own) {
      const single = entityOf(block, row.entity_ids.indexOf(id));
      found.get(id)?.arrived.push({ block: single, entityIds: [id], isThinned });
    }
  }
  const days = new Map<string, Map<number, Block[]>>();
  const thinned = new Set<number>();
  const keyOf = (row: ChunkRow) => `${row.stream_id} ${row.day}`;
  for (let attempt = 1, pending: Set<string> | null = null; pending === null || pending.size > 0; attempt += 1) {
    const rows = await readChunks(tx, orgId, streamIds, range, attempt < ATTEMPTS ? WHOLE_BODY_BYTES_MAX : null);
    const wanted: ChunkRow[] = rows.filter((row) => pending?.has(keyOf(row)) ?? true);
    pending = new Set();
    for (const row of wanted) days.set(keyOf(row), new Map());
    for (const row of wanted) {
      if ((row.flags & FRAME_FLAGS.thinned) > 0) thinned.add(row.stream_id);
      const own = ownOf(row);
      if (own.length === 0) continue;
      const layout = await layouts.of(row.entity_ids);
      const slots = own.map(({ id }) => row.entity_ids.indexOf(id));
      const columns = slots.map((slot) => columnsOf(layout, slot, readings));
      const head = decodeChunkHead(layout, row.head);
      const written = columns.flat().flatMap((column) => writtenColumn(layout, head, column) ?? []);
      const bodies = await readBodies(tx, orgId, row, written);
      if (!bodies) {
        pending.add(keyOf(row));
        continue;
      }
      own.forEach(({ id }, index) => {
        const blocks = days.get(keyOf(row));
        const block = sliceOf(layout, head, slots[index] ?? 0, columns[index] ?? [], bodies);
        blocks?.set(id, [...(blocks.get(id) ?? []), block]);
      });
    }
  }
  for (const [id, stored] of found) {
    for (const blocks of days.values()) stored.recorded.push(...(blocks.get(id) ?? []));
    stored.hasThinned = thinned.has(entities.find((entity) => entity.id === id)?.streamId ?? 0);
  }
  return found;
}

async function readInbox(
  tx: Transaction,
  orgId: string,
  streamIds: readonly number[],
  range: MomentRange,
): Promise<InboxRow[]> {
  const { rows } = await tx.execute<InboxRow>(sql`
    select i.stream_id, d.entity_ids, i.flags, i.frame
    from telemetry_inbox i join telemetry_dictionaries d on d.org_id = i.org_id and d.id = i.dictionary_id
    where i.org_id = ${orgId}::uuid and i.stream_id = any(${sql.param(streamIds)}::int[])
      and i.first_moment < ${range.to} and i.last_moment >= ${range.from}
    order by i.arrived, i.epoch, i.sequence, i.first_moment`);
  return rows;
}

/** The UTC day that a moment lies in, as whole days since 1970. */
export const dayOf = (moment: number) => Math.floor(moment / 86_400);

async function readChunks(
  tx: Transaction,
  orgId: string,
  streamIds: readonly number[],
  range: MomentRange,
  wholeBytesMax: number | null,
): Promise<ChunkRow[]> {
  const { rows } = await tx.execute<ChunkRow>(sql`
    select stream_id, day::text as day, part, revision, flags, entity_ids, head, toc,
      case when ${wholeBytesMax}::int is null or length(body) <= ${wholeBytesMax}::int then body end as body
    from telemetry_chunks
    where org_id = ${orgId}::uuid and stream_id = any(${sql.param(streamIds)}::int[])
      and day between date '1970-01-01' + ${dayOf(range.from)}::int and date '1970-01-01' + ${dayOf(range.to - 1)}::int
      and first_moment < ${range.to} and last_moment >= ${range.from}
    order by stream_id, day, part`);
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

/** The wanted columns of one entity as a block of its own. */
function sliceOf(
  layout: Layout,
  head: ChunkHead,
  slot: number,
  columns: readonly number[],
  bodies: ReadonlyMap<number, Uint8Array>,
): Block {
  const count = head.moments.length;
  const block = createBlock(layoutOfOne(layout, slot), head.moments);
  for (const column of columns) {
    const target = (layout.metricIndexes[column] ?? 0) * count;
    const bytes = bodies.get(writtenColumn(layout, head, column) ?? -1) ?? new Uint8Array();
    const values = decodeChunkColumn(layout, head, column, bytes);
    block.values.set(values, target);
    block.absence.set(head.absence.subarray(column * count, (column + 1) * count), target);
  }
  return block;
}

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

/** Blocks of the same single entity that follow each other in time, as one. */
function concatenate(layout: Layout, blocks: readonly Block[]): Block {
  const [first] = blocks;
  if (first && blocks.length === 1) return first;
  const whole = createBlock(
    layout,
    blocks.flatMap((block) => block.moments),
  );
  let place = 0;
  for (const { moments, values, absence } of blocks) {
    const count = moments.length;
    for (let column = 0; column < layout.columns; column += 1) {
      const target = column * whole.moments.length + place;
      whole.values.set(values.subarray(column * count, (column + 1) * count), target);
      whole.absence.set(absence.subarray(column * count, (column + 1) * count), target);
    }
    place += count;
  }
  return whole;
}

/** In the layout of a single entity, the columns are its metrics in their order. */
function layoutOfOne(layout: Layout, slot: number): Layout {
  const entry = layout.entries[slot];
  if (!entry) throw new RangeError(`Slot ${slot} of ${layout.entries.length}`);
  return createLayout([entry]);
}

/** Layouts of these streams' entity lists; each list is worked out once. */
export class Layouts {
  readonly #entries = new Map<number, DictionaryEntry>();
  readonly #layouts = new Map<string, Layout>();

  constructor(
    readonly tx: Transaction,
    readonly orgId: string,
    readonly streamIds: readonly number[],
  ) {}

  async of(entityIds: readonly number[]): Promise<Layout> {
    const name = entityIds.join();
    const known = this.#layouts.get(name);
    if (known) return known;
    // Asked for again where an entity is new since: lists only ever name what is there.
    if (entityIds.some((id) => !this.#entries.has(id))) await this.#load();
    const layout = createLayout(
      entityIds.map((id) => {
        const entry = this.#entries.get(id);
        if (!entry) throw new Error(`entity ${id} of a stored list is not there`);
        return entry;
      }),
    );
    this.#layouts.set(name, layout);
    return layout;
  }

  async #load(): Promise<void> {
    const { rows } = await this.tx.execute<{ id: number } & DictionaryEntry>(sql`
      select id, kind, key from telemetry_entities
      where org_id = ${this.orgId}::uuid and stream_id = any(${sql.param(this.streamIds)}::int[])`);
    for (const { id, kind, key } of rows) this.#entries.set(id, { kind, key });
  }
}
