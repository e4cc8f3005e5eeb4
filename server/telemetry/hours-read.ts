import { sql } from "drizzle-orm";
import type { Block } from "@/contract/codec/block";
import { type EntityKind, metricsOf } from "@/contract/metrics";
import type { Transaction } from "@/db/client";
import { positionOf } from "./charts";
import { openHours } from "./chunks";
import { HourTable } from "./hour-table";
import { type IdsText, Layouts } from "./layouts";
import type { Hourly } from "./series-hours";
import {
  dayOf,
  type MomentRange,
  mergeStored,
  Places,
  readSlice,
  readStored,
  type Slice,
  type StoredEntity,
} from "./series-store";

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;

type Wanted = {
  orgId: string;
  entities: readonly StoredEntity[];
  readings: readonly string[];
  range: MomentRange;
  streamIds: readonly number[];
};
type Tables = ReadonlyMap<number, HourTable>;

/**
 * Of each of these entities, by its id, its readings by hours: the roll-ups where a day has them; else, and for days
 * that something has arrived for which is not merged yet, what follows from the readings themselves.
 */
export async function readHours(
  tx: Transaction,
  orgId: string,
  entities: readonly StoredEntity[],
  readings: readonly string[],
  range: MomentRange,
): Promise<Map<number, Hourly>> {
  const tables = new Map(entities.map(({ id, kind }) => [id, new HourTable(range, metricsByName(kind))]));
  const streamIds = [...new Set(entities.map(({ streamId }) => streamId))];
  if (streamIds.length > 0 && range.to > range.from) {
    const open = await readRollups(tx, { orgId, entities, readings, range, streamIds }, tables);
    for (const { first, end, streams } of spansOf(open)) {
      const own = entities.filter(({ streamId }) => streams.has(streamId));
      const hours = {
        from: Math.max(first * DAY_SECONDS, range.from),
        to: Math.min(end * DAY_SECONDS, Math.ceil(range.to / HOUR_SECONDS) * HOUR_SECONDS),
      };
      const stored = await readStored(tx, orgId, own, readings, hours);
      for (const entity of own) {
        const table = tables.get(entity.id);
        const parts = stored.get(entity.id);
        if (!table || !parts) continue;
        const until = Math.min(hours.to, range.to);
        if (parts.arrived.length === 0) for (const slice of parts.slices) tellSlice(table, slice, readings, until);
        else tellBlock(table, mergeStored(entity, parts), readings, { ...hours, until });
      }
    }
  }
  return new Map([...tables].map(([id, table]) => [id, table.toHourly()]));
}

const metricsByName = (kind: EntityKind) => (reading: string) => {
  const metric = metricsOf(kind)[positionOf(kind, reading)];
  if (!metric) throw new RangeError(`Metric set ${kind} has no reading ${reading}`);
  return metric;
};

/** Days since 1970 → the streams whose readings of that day have to be read themselves. */
type OpenDays = Map<number, Set<number>>;

/** Days that follow each other and are open for the same streams: one read. */
function spansOf(open: OpenDays): { first: number; end: number; streams: ReadonlySet<number> }[] {
  const spans: { first: number; end: number; streams: ReadonlySet<number> }[] = [];
  for (const [day, streams] of [...open].sort(([a], [b]) => a - b)) {
    const last = spans.at(-1);
    const goesOn =
      last?.end === day && last.streams.size === streams.size && [...streams].every((id) => last.streams.has(id));
    if (last && goesOn) last.end = day + 1;
    else spans.push({ first: day, end: day + 1, streams });
  }
  return spans;
}

/** Replaces hours by what the readings of a chunk give. Nothing in them is of another day. */
function tellSlice(table: HourTable, slice: Slice, readings: readonly string[], until: number): void {
  const { moments, absence } = slice.head;
  const count = moments.length;
  const values = new Float64Array(count);
  table.clear(moments);
  slice.columns.forEach((column, index) => {
    const own = absence.subarray(column * count, (column + 1) * count);
    readSlice(slice, column, values);
    table.add(readings[index] ?? "", moments, values, own);
    table.heard(moments, own, until);
  });
}

/** Replaces the hours of this range by what the readings of a block give. */
function tellBlock(
  table: HourTable,
  { layout, moments, values, absence }: Block,
  readings: readonly string[],
  { from, to, until }: MomentRange & { until: number },
): void {
  const kind = layout.entries[0]?.kind;
  if (!kind) return;
  const first = moments.findIndex((at) => at >= from);
  const end = moments.findLastIndex((at) => at < to) + 1;
  if (first < 0 || end <= first) return;
  const own = moments.slice(first, end);
  table.clear(own);
  for (const reading of readings) {
    const column = positionOf(kind, reading) * moments.length;
    const absent = absence.subarray(column + first, column + end);
    table.add(reading, own, values.subarray(column + first, column + end), absent);
    table.heard(own, absent, until);
  }
}

/** Null parts: a day that has readings, but no roll-ups of all of them. */
type DayRow = { stream_id: number; day: number } & (
  | { entity_ids: IdsText; head: Buffer; toc: Buffer; body: Buffer }
  | { entity_ids: null; head: null; toc: null; body: null }
);

/**
 * Takes the roll-ups of days that have them. One statement: one moment of all, so that what a merge moves is in one place.
 * @returns the days that have none, or have not any more since late readings came, and those that something waits for
 *   in the inbox
 */
async function readRollups(
  tx: Transaction,
  { orgId, entities, readings, range, streamIds }: Wanted,
  tables: Tables,
): Promise<OpenDays> {
  const [first, last] = [dayOf(range.from), dayOf(range.to - 1)];
  const days = sql`between date '1970-01-01' + ${first}::int and date '1970-01-01' + ${last}::int`;
  const own = sql`org_id = ${orgId}::uuid and stream_id = any(${sql.param([...streamIds])}::int[])`;
  const { rows } = await tx.execute<DayRow>(sql`
    select stream_id, (day - date '1970-01-01') as day, array_to_json(h.entity_ids)::text as entity_ids, h.head, h.toc, h.body
    from (select stream_id, day from telemetry_chunks where ${own} and day ${days} group by stream_id, day) c
    full join (select stream_id, day, entity_ids, head, toc, body from telemetry_hours where ${own} and day ${days}) h
      using (stream_id, day)
    union all
    select distinct stream_id, waiting.day, null::text, null::bytea, null::bytea, null::bytea
    from telemetry_inbox, generate_series(greatest(first_moment / ${DAY_SECONDS}::int, ${first}::int),
      least(last_moment / ${DAY_SECONDS}::int, ${last}::int)) as waiting(day)
    where ${own} and first_moment < ${range.to} and last_moment >= ${range.from}`);
  const open: OpenDays = new Map();
  const layouts = new Layouts(tx, orgId, streamIds);
  const places = new Places(entities);
  for (const row of rows) {
    if (row.entity_ids === null) {
      open.set(row.day, (open.get(row.day) ?? new Set()).add(row.stream_id));
      continue;
    }
    const members = places.of(row);
    if (members.length === 0) continue;
    const layout = await layouts.of(row.entity_ids);
    const { hours, readColumn } = openHours(layout, row);
    for (const { entity, slot } of members) {
      const table = tables.get(entity.id);
      for (const name of readings) {
        table?.take(name, hours, readColumn(layout.columnOf(slot, positionOf(entity.kind, name))));
      }
    }
  }
  return open;
}
