import { type SQL, sql } from "drizzle-orm";
import { createLayout, type DictionaryEntry, type Layout } from "@/contract/codec/layout";
import type { Transaction } from "@/db/client";
import { SEALED_PART } from "@/db/schema/telemetry";
import { type PackedChunk, packChunk, unpackChunk } from "./chunks";
import type { FiveMinutes } from "./rollups";
import { dayOfHour, type StoredHour, splitDay } from "./stream-merge";

/** Bit of `flags`: holds means of a time whose resolution was given up. */
const THINNED_FLAG = 1;

/** Entities of some streams by id, and layouts of lists of them. */
export class EntityBook {
  readonly #entries: Map<number, DictionaryEntry>;
  readonly #layouts = new Map<string, Layout>();

  constructor(rows: readonly ({ id: number } & DictionaryEntry)[]) {
    this.#entries = new Map(rows.map(({ id, kind, key }) => [id, { kind, key }]));
  }

  /** @throws Error for an entity that is not in the book */
  layoutOf(entityIds: readonly number[]): Layout {
    const name = entityIds.join();
    const known = this.#layouts.get(name);
    if (known) return known;
    const layout = createLayout(
      entityIds.map((id) => {
        const entry = this.#entries.get(id);
        if (!entry) throw new Error(`entity ${id} is not there`);
        return entry;
      }),
    );
    this.#layouts.set(name, layout);
    return layout;
  }
}

/** Which hours of a stream are wanted; those around them too where a record of means may reach over. */
export type WantedHours = { streamId: number; firstHour: number; lastHour: number; isThinned: boolean };

/** A record of means covers an hour at most, so that many hours around can share time with it. */
const REACH_HOURS = 2;

type ChunkRow = PackedChunk & {
  stream_id: number;
  day: number;
  part: number;
  revision: number;
  entity_ids: number[];
  groups: number[];
  flags: number;
};

/** Stored hours by stream, ascending; sealed days are cut into theirs. */
export async function loadHours(
  tx: Transaction,
  orgId: string,
  book: EntityBook,
  wanted: readonly WantedHours[],
): Promise<Map<number, StoredHour[]>> {
  if (wanted.length === 0) return new Map();
  const column = (take: (row: WantedHours) => number | boolean) => sql.param(wanted.map(take));
  // Named once more as plain numbers, so that the planner leaves all other days' partitions alone.
  const first = Math.min(...wanted.map((row) => row.firstHour));
  const last = Math.max(...wanted.map((row) => row.lastHour));
  const { rows } = await tx.execute<ChunkRow>(sql`
    select c.stream_id, (c.day - date '1970-01-01') as day, c.part, c.revision, c.entity_ids, c.groups, c.flags,
      c.head, c.toc, c.body
    from unnest(${column((row) => row.streamId)}::int[], ${column((row) => row.firstHour)}::int[],
      ${column((row) => row.lastHour)}::int[], ${column((row) => row.isThinned)}::boolean[])
      as w(stream_id, first_hour, last_hour, is_thinned)
    join telemetry_chunks c on c.org_id = ${orgId}::uuid and c.stream_id = w.stream_id
      and c.day between date '1970-01-01' + (w.first_hour - ${REACH_HOURS}) / 24
        and date '1970-01-01' + (w.last_hour + ${REACH_HOURS}) / 24
    cross join lateral (select 24 * (c.day - date '1970-01-01') + greatest(c.part, 0) as first,
      24 * (c.day - date '1970-01-01') + case when c.part < 0 then 23 else c.part end as last) as h
    where c.day between date '1970-01-01' + ${dayOfHour(first - REACH_HOURS)}::int
        and date '1970-01-01' + ${dayOfHour(last + REACH_HOURS)}::int
      and ((h.last >= w.first_hour and h.first <= w.last_hour)
        or ((w.is_thinned or c.flags & ${THINNED_FLAG} <> 0)
          and h.last >= w.first_hour - ${REACH_HOURS} and h.first <= w.last_hour + ${REACH_HOURS}))
    order by c.stream_id, c.day, c.part`);
  const hours = new Map<number, StoredHour[]>();
  for (const row of rows) {
    const common = {
      recorded: { block: unpackChunk(book.layoutOf(row.entity_ids), row), entityIds: row.entity_ids },
      isThinned: (row.flags & THINNED_FLAG) !== 0,
      groups: row.groups,
      revision: row.revision,
    };
    const known = hours.get(row.stream_id) ?? [];
    if (row.part === SEALED_PART) known.push(...splitDay({ ...common, day: row.day }));
    else known.push({ ...common, hour: 24 * row.day + row.part, isSealed: false });
    hours.set(row.stream_id, known);
  }
  return hours;
}

/** One row of `telemetry_chunks` with what is derived for the same part. */
export type ChunkWrite = {
  streamId: number;
  /** Days since 1970. */
  day: number;
  part: number;
  revision: number;
  entityIds: readonly number[];
  moments: readonly number[];
  /** Present values. */
  samples: number;
  isThinned: boolean;
  groups: readonly number[];
  packed: PackedChunk;
  sums: FiveMinutes | null;
};

/**
 * The packed bytes of many rows as a query: `row` from 0, `piece` 0 head, 1 toc, 2 body, `bytes`. They go as one parameter,
 * because an array of them would be hex text.
 */
export function bytesOfRows(rows: readonly PackedChunk[]): SQL {
  const parts = rows.flatMap(({ head, toc, body }) => [head, toc, body]);
  return sql`select (place - 1) / 3 as row, (place - 1) % 3 as piece,
      substring(${Buffer.concat(parts)}::bytea from (sum(size) over (order by place) - size + 1)::int for size) as bytes
    from unnest(${sql.param(parts.map((part) => part.length))}::int[]) with ordinality as s(size, place)`;
}

/** Writes or replaces chunks and their five-minute sums: two statements, however many there are. */
export async function writeChunks(tx: Transaction, orgId: string, rows: readonly ChunkWrite[]): Promise<void> {
  if (rows.length === 0) return;
  const column = (take: (row: ChunkWrite) => number | string) => sql.param(rows.map(take));
  const list = (numbers: readonly number[]) => `{${numbers.join()}}`;
  await tx.execute(sql`
    with pieces as (${bytesOfRows(rows.map(({ packed }) => packed))})
    insert into telemetry_chunks (org_id, stream_id, day, part, revision, entity_ids, first_moment, last_moment, moments,
      samples, flags, groups, head, toc, body)
    select ${orgId}::uuid, r.stream_id, date '1970-01-01' + r.day, r.part, r.revision, r.entity_ids::int[],
      r.first_moment, r.last_moment, r.moments, r.samples, r.flags, r.groups::int[], head.bytes, toc.bytes, body.bytes
    from unnest(${column((row) => row.streamId)}::int[], ${column((row) => row.day)}::int[],
      ${column((row) => row.part)}::smallint[], ${column((row) => row.revision)}::int[],
      ${column((row) => list(row.entityIds))}::text[], ${column((row) => row.moments[0] ?? 0)}::int[],
      ${column((row) => row.moments.at(-1) ?? 0)}::int[], ${column((row) => row.moments.length)}::int[],
      ${column((row) => row.samples)}::int[], ${column((row) => (row.isThinned ? THINNED_FLAG : 0))}::smallint[],
      ${column((row) => list(row.groups))}::text[]) with ordinality
      as r(stream_id, day, part, revision, entity_ids, first_moment, last_moment, moments, samples, flags, groups, place)
    join pieces head on head.row = r.place - 1 and head.piece = 0
    join pieces toc on toc.row = r.place - 1 and toc.piece = 1
    join pieces body on body.row = r.place - 1 and body.piece = 2
    on conflict (org_id, stream_id, day, part) do update set revision = excluded.revision,
      entity_ids = excluded.entity_ids, first_moment = excluded.first_moment, last_moment = excluded.last_moment,
      moments = excluded.moments, samples = excluded.samples, flags = excluded.flags, groups = excluded.groups,
      head = excluded.head, toc = excluded.toc, body = excluded.body`);
  await writeFiveMinutes(tx, orgId, rows);
}

async function writeFiveMinutes(tx: Transaction, orgId: string, chunks: readonly ChunkWrite[]): Promise<void> {
  const rows = chunks.flatMap(({ sums, ...chunk }) => (sums ? [{ ...chunk, sums, own: packChunk(sums.block) }] : []));
  if (rows.length === 0) return;
  const column = (take: (row: (typeof rows)[number]) => number | string) => sql.param(rows.map(take));
  await tx.execute(sql`
    with pieces as (${bytesOfRows(rows.map(({ own }) => own))})
    insert into telemetry_stream_5m (org_id, stream_id, day, part, revision, kinds, head, toc, body)
    select ${orgId}::uuid, r.stream_id, date '1970-01-01' + r.day, r.part, r.revision, string_to_array(r.kinds, ','),
      head.bytes, toc.bytes, body.bytes
    from unnest(${column((row) => row.streamId)}::int[], ${column((row) => row.day)}::int[],
      ${column((row) => row.part)}::smallint[], ${column((row) => row.revision)}::int[],
      ${column((row) => row.sums.kinds.join())}::text[]) with ordinality as r(stream_id, day, part, revision, kinds, place)
    join pieces head on head.row = r.place - 1 and head.piece = 0
    join pieces toc on toc.row = r.place - 1 and toc.piece = 1
    join pieces body on body.row = r.place - 1 and body.piece = 2
    on conflict (org_id, stream_id, day, part) do update set revision = excluded.revision, kinds = excluded.kinds,
      head = excluded.head, toc = excluded.toc, body = excluded.body`);
}

/** Takes away what stands for whole days: their hours are there again, or the other way round. */
export async function deleteParts(
  tx: Transaction,
  orgId: string,
  days: readonly { streamId: number; day: number }[],
  which: "sealed" | "hours",
): Promise<void> {
  if (days.length === 0) return;
  const named = sql`unnest(${sql.param(days.map((row) => row.streamId))}::int[],
    ${sql.param(days.map((row) => row.day))}::int[]) as d(stream_id, day)`;
  const isOne = sql`t.org_id = ${orgId}::uuid and t.stream_id = d.stream_id and t.day = date '1970-01-01' + d.day`;
  const isPart = which === "sealed" ? sql`t.part = ${SEALED_PART}` : sql`t.part >= 0`;
  await tx.execute(sql`delete from telemetry_chunks t using ${named} where ${isOne} and ${isPart}`);
  await tx.execute(sql`delete from telemetry_stream_5m t using ${named} where ${isOne} and ${isPart}`);
}

/** Long-term history of days that change is made anew when they are sealed; until then readers take the chunks. */
export async function deleteHours(
  tx: Transaction,
  orgId: string,
  days: readonly { streamId: number; day: number }[],
): Promise<void> {
  if (days.length === 0) return;
  await tx.execute(sql`delete from telemetry_hours t using unnest(${sql.param(days.map((row) => row.streamId))}::int[],
    ${sql.param(days.map((row) => row.day))}::int[]) as d(stream_id, day)
    where t.org_id = ${orgId}::uuid and t.stream_id = d.stream_id and t.day = date '1970-01-01' + d.day`);
}

export const partOfHour = (hour: number): { day: number; part: number } => ({ day: dayOfHour(hour), part: hour % 24 });
