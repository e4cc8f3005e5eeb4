import { sql } from "drizzle-orm";
import { PRESENT } from "@/contract/codec/block";
import { type EntityKind, metricsOf } from "@/contract/metrics";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { SEALED_PART } from "@/db/schema/telemetry";
import { bytesOfRows } from "./chunk-store";
import { type PackedChunk, unpackChunk } from "./chunks";
import { entitiesSlot, fiveMinuteLayout, SLOT_SECONDS, sumSlot } from "./rollups";
import {
  emptyLine,
  type PackedStrip,
  packStrip,
  QUARTER_SECONDS,
  SLOTS_PER_HOUR,
  type Strip,
  unpackStrip,
} from "./strips";

const DAY_SECONDS = 86_400;
const _QUARTERS = 4;
const HOURS_PER_QUARTER = 6;
const STREAMS_PER_STRIP = 64;
/** With fewer streams, their own rows are as quick to read, and smaller. */
const STREAMS_MIN = 64;
/** So long after its end an hour counts as told: most merges have had their turn. */
const SETTLE_SECONDS = 600;
/** Strips and days in one run: a long history is folded in several, the newest first. */
const STRIP_DAYS_PER_RUN = 1000;

export type FoldOptions = { now?: Date; streamsMin?: number };
export type Folded = { stripDays: number; rows: number };

/**
 * Takes the five-minute sums of single streams into strips, hour by hour as they end and again where late data came.
 * A row that a merge writes meanwhile stays, and counts instead of the strip until the next run.
 */
export async function foldOrganisation(
  database: Database,
  orgId: string,
  { now = new Date(), streamsMin = STREAMS_MIN }: FoldOptions = {},
): Promise<Folded> {
  const lastHour = Math.floor((now.getTime() / 1000 - SETTLE_SECONDS) / 3600) - 1;
  await withTenant(database, { orgId }, (tx) => assignStrips(tx, orgId, streamsMin));
  const due = await withTenant(database, { orgId }, (tx) => findDue(tx, orgId, lastHour));
  const total: Folded = { stripDays: 0, rows: 0 };
  for (const stripDay of due) {
    const rows = await withTenant(database, { orgId }, (tx) => foldStripDay(tx, orgId, stripDay, lastHour));
    if (rows > 0) total.stripDays += 1;
    total.rows += rows;
  }
  return total;
}

/**
 * Streams that are new get places after the last one: a stream never changes its strip. Those that somebody else writes
 * to at this moment get theirs in the next run.
 */
async function assignStrips(tx: Transaction, orgId: string, streamsMin: number): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`${orgId} strips`}, 0))`);
  await tx.execute(sql`
    with counted as (select count(*) as streams, coalesce(max(strip), 0) as last from telemetry_streams
      where org_id = ${orgId}::uuid),
    taken as (select count(*) as streams from telemetry_streams, counted
      where org_id = ${orgId}::uuid and strip = counted.last),
    free as (select id from telemetry_streams where org_id = ${orgId}::uuid and strip is null
      for update skip locked),
    fresh as (select id, row_number() over (order by id) - 1 as place from free)
    update telemetry_streams s
    set strip = counted.last + (taken.streams + fresh.place) / ${STREAMS_PER_STRIP}::int
    from fresh, counted, taken
    where s.org_id = ${orgId}::uuid and s.id = fresh.id and counted.streams >= ${streamsMin}::int`);
}

/** Days since 1970. */
type StripDay = { strip: number; day: number };

const isTold = (lastHour: number) =>
  sql`24 * (f.day - date '1970-01-01') + case f.part when ${SEALED_PART}::int then 23 else f.part end <= ${lastHour}::int`;

async function findDue(tx: Transaction, orgId: string, lastHour: number): Promise<StripDay[]> {
  const { rows } = await tx.execute<StripDay>(sql`
    select s.strip, (f.day - date '1970-01-01') as day
    from telemetry_stream_5m f join telemetry_streams s on s.org_id = f.org_id and s.id = f.stream_id
    where f.org_id = ${orgId}::uuid and s.strip is not null and ${isTold(lastHour)}
    group by s.strip, f.day order by f.day desc, s.strip limit ${STRIP_DAYS_PER_RUN}`);
  return rows;
}

type SumsRow = PackedChunk & { stream_id: number; part: number; kinds: EntityKind[] };

/** @returns rows of single streams that were taken in */
async function foldStripDay(
  tx: Transaction,
  orgId: string,
  { strip, day }: StripDay,
  lastHour: number,
): Promise<number> {
  const { rows: locks } = await tx.execute<{ isMine: boolean }>(sql`
    select pg_try_advisory_xact_lock(hashtextextended(${`${orgId} strips`}, ${strip + 1})) as "isMine"`);
  if (!locks[0]?.isMine) return 0;
  const date = sql`date '1970-01-01' + ${day}::int`;
  // Never waits for a merge: what one is about to write again is left for the next run.
  const { rows } = await tx.execute<SumsRow>(sql`
    select f.stream_id, f.part, f.kinds, f.head, f.toc, f.body
    from telemetry_stream_5m f join telemetry_streams s on s.org_id = f.org_id and s.id = f.stream_id
    where f.org_id = ${orgId}::uuid and f.day = ${date} and s.strip = ${strip} and ${isTold(lastHour)}
    for update of f skip locked`);
  if (rows.length === 0) return 0;
  const quarters = [...new Set(rows.flatMap(({ part }) => quartersOf(part)))];
  const strips = await loadStrips(tx, orgId, { strip, day }, quarters);
  for (const row of rows) strips.clear(row.stream_id, row.part);
  for (const row of rows) strips.take(row);
  await tx.execute(sql`
    delete from telemetry_strips_5m where org_id = ${orgId}::uuid and day = ${date} and strip = ${strip}
      and quarter = any(${sql.param(quarters)}::smallint[])`);
  await insertStrips(tx, orgId, { strip, day }, strips.pack());
  await tx.execute(sql`
    delete from telemetry_stream_5m f
    using unnest(${sql.param(rows.map((row) => row.stream_id))}::int[], ${sql.param(rows.map((row) => row.part))}::smallint[])
      as r(stream_id, part)
    where f.org_id = ${orgId}::uuid and f.day = ${date} and f.stream_id = r.stream_id and f.part = r.part`);
  return rows.length;
}

const quartersOf = (part: number): number[] =>
  part === SEALED_PART ? [0, 1, 2, 3] : [Math.floor(part / HOURS_PER_QUARTER)];

type StripKey = { kind: EntityKind; metric: number; quarter: number };
type StripRow = StripKey & { packed: PackedStrip };

/** The strips of one day in work. */
class DayStrips {
  readonly #strips = new Map<string, StripKey & { strip: Strip }>();

  constructor(
    readonly day: number,
    stored: readonly StripRow[],
  ) {
    for (const { packed, ...key } of stored) {
      const metric = metricsOf(key.kind)[key.metric];
      if (metric) this.#of(key).strip = unpackStrip(metric, this.#startOf(key.quarter), packed);
    }
  }

  /** Takes out what is told of the hours of this part: also of kinds and readings that are not there any more. */
  clear(streamId: number, part: number): void {
    for (const { quarter, strip } of this.#strips.values()) {
      if (!quartersOf(part).includes(quarter)) continue;
      const line = strip.get(streamId);
      const from = part === SEALED_PART ? 0 : (part % HOURS_PER_QUARTER) * SLOTS_PER_HOUR;
      const to = part === SEALED_PART ? undefined : from + SLOTS_PER_HOUR;
      line?.sums.fill(0, from, to);
      line?.entities.fill(0, from, to);
    }
  }

  take({ stream_id: streamId, kinds, ...packed }: SumsRow): void {
    const { layout, moments, values, absence } = unpackChunk(fiveMinuteLayout(kinds), packed);
    kinds.forEach((kind, index) => {
      metricsOf(kind).forEach((_, metric) => {
        const sums = layout.columnOf(sumSlot(index), metric) * moments.length;
        const entities = layout.columnOf(entitiesSlot(index), metric) * moments.length;
        moments.forEach((at, place) => {
          if (absence[sums + place] !== PRESENT) return;
          const quarter = Math.floor((at % DAY_SECONDS) / QUARTER_SECONDS);
          const { strip } = this.#of({ kind, metric, quarter });
          const line = strip.get(streamId) ?? emptyLine();
          strip.set(streamId, line);
          const slot = (at - this.#startOf(quarter)) / SLOT_SECONDS;
          line.sums[slot] = values[sums + place] ?? 0;
          line.entities[slot] = values[entities + place] ?? 0;
        });
      });
    });
  }

  pack(): StripRow[] {
    return [...this.#strips.values()].flatMap(({ strip, ...key }) => {
      const metric = metricsOf(key.kind)[key.metric];
      const packed = metric && packStrip(metric, this.#startOf(key.quarter), strip);
      return packed ? [{ ...key, packed }] : [];
    });
  }

  #of(key: StripKey) {
    const name = `${key.kind} ${key.metric} ${key.quarter}`;
    const known = this.#strips.get(name) ?? { ...key, strip: new Map() };
    this.#strips.set(name, known);
    return known;
  }

  #startOf(quarter: number): number {
    return DAY_SECONDS * this.day + QUARTER_SECONDS * quarter;
  }
}

async function loadStrips(
  tx: Transaction,
  orgId: string,
  { strip, day }: StripDay,
  quarters: readonly number[],
): Promise<DayStrips> {
  const { rows } = await tx.execute<StripKey & PackedChunk & { stream_ids: number[] }>(sql`
    select kind, metric, quarter, stream_ids, head, toc, body from telemetry_strips_5m
    where org_id = ${orgId}::uuid and day = date '1970-01-01' + ${day}::int and strip = ${strip}
      and quarter = any(${sql.param([...quarters])}::smallint[])`);
  const stored = rows.map(({ kind, metric, quarter, stream_ids: streamIds, head, toc, body }) => ({
    kind,
    metric,
    quarter,
    packed: { streamIds, head, toc, body },
  }));
  return new DayStrips(day, stored);
}

async function insertStrips(
  tx: Transaction,
  orgId: string,
  { strip, day }: StripDay,
  rows: readonly StripRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const column = (take: (row: StripRow) => number | string) => sql.param(rows.map(take));
  await tx.execute(sql`
    with pieces as (${bytesOfRows(rows.map(({ packed }) => packed))})
    insert into telemetry_strips_5m (org_id, kind, metric, day, quarter, strip, stream_ids, head, toc, body)
    select ${orgId}::uuid, r.kind, r.metric, date '1970-01-01' + ${day}::int, r.quarter, ${strip}::int,
      r.stream_ids::int[], head.bytes, toc.bytes, body.bytes
    from unnest(${column((row) => row.kind)}::text[], ${column((row) => row.metric)}::smallint[],
      ${column((row) => row.quarter)}::smallint[], ${column((row) => `{${row.packed.streamIds.join()}}`)}::text[])
      with ordinality as r(kind, metric, quarter, stream_ids, place)
    join pieces head on head.row = r.place - 1 and head.piece = 0
    join pieces toc on toc.row = r.place - 1 and toc.piece = 1
    join pieces body on body.row = r.place - 1 and body.piece = 2`);
}
