import { sql } from "drizzle-orm";
import { CodecError } from "@/contract/codec/codec-error";
import type { EntityKind } from "@/contract/metrics";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { numberArray } from "@/db/number-array";
import { SEALED_PART } from "@/db/schema/telemetry";
import { type ChunkWrite, deleteParts, EntityBook, loadHours, writeChunks } from "./chunk-store";
import { packChunk, packHours } from "./chunks";
import { GroupMovements } from "./groups";
import { joinRecords } from "./merge";
import { aggregateDay, aggregateHours, type HourAggregates, sumFiveMinutes } from "./rollups";

/** A day is open for so many hours after its end, so that most late data comes before the seal and not after. */
const OPEN_HOURS = 6;
const STREAMS_PER_TRANSACTION = 20;

export type Sealed = { days: number; tooLarge: number };

/**
 * Makes one chunk of the hours of each day that is over: that is smaller, and one column of a day is one read. Derives
 * what long-term history is made of: from then on `telemetry_hours` has the day. What comes in later opens the day
 * again, and the next night seals it.
 */
export async function sealOrganisation(database: Database, orgId: string, now: Date = new Date()): Promise<Sealed> {
  const total: Sealed = { days: 0, tooLarge: 0 };
  const lastDay = Math.floor((now.getTime() / 3_600_000 - OPEN_HOURS) / 24) - 1;
  let after: OpenDay | null = null;
  for (;;) {
    const days: OpenDay[] = await withTenant(database, { orgId }, (tx) => findOpenDays(tx, orgId, lastDay, after));
    if (days.length === 0) return total;
    const sealed = await withTenant(database, { orgId }, (tx) => sealDays(tx, orgId, days));
    total.days += sealed.days;
    total.tooLarge += sealed.tooLarge;
    after = days.at(-1) ?? null;
  }
}

type OpenDay = { streamId: number; day: number };

async function findOpenDays(
  tx: Transaction,
  orgId: string,
  lastDay: number,
  after: OpenDay | null,
): Promise<OpenDay[]> {
  const { rows } = await tx.execute<{ stream_id: number; day: number }>(sql`
    select stream_id, (day - date '1970-01-01') as day from telemetry_chunks
    where org_id = ${orgId}::uuid and part >= 0 and day <= date '1970-01-01' + ${lastDay}::int
      and not exists (select from telemetry_hours h
        where h.org_id = telemetry_chunks.org_id and h.stream_id = telemetry_chunks.stream_id and h.day = telemetry_chunks.day)
      and (day, stream_id) > (date '1970-01-01' + ${after?.day ?? 0}::int, ${after?.streamId ?? 0}::int)
    group by telemetry_chunks.day, stream_id order by telemetry_chunks.day, stream_id limit ${STREAMS_PER_TRANSACTION}`);
  return rows.map((row) => ({ streamId: row.stream_id, day: row.day }));
}

async function sealDays(tx: Transaction, orgId: string, days: readonly OpenDay[]): Promise<Sealed> {
  const { rows: locked } = await tx.execute<{ id: number }>(sql`
    select id from unnest(${sql.param([...new Set(days.map(({ streamId }) => streamId))])}::int[]) as id
    where pg_try_advisory_xact_lock(hashtextextended(${orgId}, id))`);
  const streamIds = new Set(locked.map(({ id }) => id));
  const mine = days.filter(({ streamId }) => streamIds.has(streamId));
  if (mine.length === 0) return { days: 0, tooLarge: 0 };
  const { rows: entities } = await tx.execute<{ id: number; kind: EntityKind; key: string }>(sql`
    select id, kind, key from telemetry_entities
    where org_id = ${orgId}::uuid and stream_id = any (${sql.param([...streamIds])}::int[])`);
  const book = new EntityBook(entities);
  const movements = new GroupMovements();
  const writes: ChunkWrite[] = [];
  const hours: HoursWrite[] = [];
  let tooLarge = 0;
  for (const { streamId, day } of mine) {
    const wanted = { streamId, firstHour: 24 * day, lastHour: 24 * day + 23, isThinned: false };
    const stored = (await loadHours(tx, orgId, book, [wanted])).get(streamId) ?? [];
    const own = stored.filter(({ hour }) => Math.floor(hour / 24) === day).sort((a, b) => a.hour - b.hour);
    const newest = own.at(-1);
    if (!newest) continue;
    const joined = joinRecords(own.map(({ recorded }) => recorded));
    const aggregates = aggregateHours(joined.block);
    hours.push({ streamId, day, entityIds: joined.entityIds, aggregates, packed: packHours(aggregates) });
    try {
      const packed = packChunk(joined.block);
      writes.push({
        streamId,
        day,
        part: SEALED_PART,
        revision: Math.max(...own.map(({ revision }) => revision)) + 1,
        entityIds: joined.entityIds,
        moments: joined.block.moments,
        samples: joined.block.absence.reduce((count, code) => count + (code === 0 ? 1 : 0), 0),
        isThinned: own.some(({ isThinned }) => isThinned),
        groups: newest.groups,
        packed,
        sums: sumFiveMinutes(joined.block),
      });
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      // Too many values for one chunk: the day stays in hours, its long-term history is made all the same.
      tooLarge += 1;
      continue;
    }
    // One chunk has one list of groups; a site that moved during the day counts where it was last.
    for (const { groups, recorded } of own) {
      const sums = sumFiveMinutes(recorded.block);
      movements.move({ groups, sums }, { groups: newest.groups, sums });
    }
  }
  await deleteParts(tx, orgId, writes, "hours");
  await writeChunks(tx, orgId, writes);
  await writeHours(tx, orgId, hours);
  await writeEntityDays(tx, orgId, hours);
  await movements.write(tx, orgId);
  return { days: writes.length, tooLarge };
}

type HoursWrite = OpenDay & { entityIds: readonly number[]; aggregates: HourAggregates; packed: ChunkWrite["packed"] };

async function writeHours(tx: Transaction, orgId: string, rows: readonly HoursWrite[]): Promise<void> {
  for (const { streamId, day, entityIds, packed } of rows) {
    await tx.execute(sql`
      insert into telemetry_hours as h (org_id, stream_id, day, entity_ids, head, toc, body)
      values (${orgId}::uuid, ${streamId}, date '1970-01-01' + ${day}::int, ${sql.param([...entityIds])}::int[],
        ${packed.head}::bytea, ${packed.toc}::bytea, ${packed.body}::bytea)
      on conflict (org_id, stream_id, day) do update set revision = h.revision + 1,
        entity_ids = excluded.entity_ids, head = excluded.head, toc = excluded.toc, body = excluded.body`);
  }
}

async function writeEntityDays(tx: Transaction, orgId: string, rows: readonly HoursWrite[]): Promise<void> {
  const figures = rows.flatMap(({ day, entityIds, aggregates }) => {
    const { layout } = aggregates;
    const { n, sum, min, max } = aggregateDay(aggregates);
    return Array.from(n, (count, column) => ({
      entity: entityIds[layout.slots[column] ?? 0] ?? 0,
      metric: layout.metricIndexes[column] ?? 0,
      day,
      figures: [count, sum[column] ?? 0, min[column] ?? 0, max[column] ?? 0] as const,
    })).filter(({ figures: [count] }) => count > 0);
  });
  if (figures.length === 0) return;
  const column = (take: (row: (typeof figures)[number]) => number) => numberArray(figures, take);
  await tx.execute(sql`
    insert into telemetry_entity_days (org_id, entity_id, day, metric, n, sum, min, max)
    select ${orgId}::uuid, r.entity_id, date '1970-01-01' + r.day, r.metric, r.n, r.sum, r.min, r.max
    from unnest(${column((row) => row.entity)}::int[], ${column((row) => row.day)}::int[],
      ${column((row) => row.metric)}::smallint[], ${column((row) => row.figures[0])}::int[],
      ${column((row) => row.figures[1])}::float8[], ${column((row) => row.figures[2])}::float8[],
      ${column((row) => row.figures[3])}::float8[]) as r(entity_id, day, metric, n, sum, min, max)
    on conflict (org_id, entity_id, metric, day) do update set n = excluded.n, sum = excluded.sum,
      min = excluded.min, max = excluded.max`);
}
