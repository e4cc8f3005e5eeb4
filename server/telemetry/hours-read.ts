import { sql } from "drizzle-orm";
import { type Block, ENTITY_ABSENT } from "@/contract/codec/block";
import { type EntityKind, metricsOf } from "@/contract/metrics";
import type { Transaction } from "@/db/client";
import { positionOf } from "./charts";
import { openHours } from "./chunks";
import { HourTable } from "./hour-table";
import { type IdsText, Layouts } from "./layouts";
import { aggregateHours } from "./rollups";
import type { Hourly } from "./series-hours";
import { dayOf, type MomentRange, Places, readBlocks, type StoredEntity } from "./series-store";

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
      const blocks = await readBlocks(tx, orgId, own, readings, hours);
      for (const { id } of own) {
        const block = blocks.get(id);
        if (block) overlay(tables.get(id), block, readings, { ...hours, heardTo: range.to });
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

/** Replaces the hours of this range by what the readings themselves give. */
function overlay(
  table: HourTable | undefined,
  block: Block,
  readings: readonly string[],
  range: MomentRange & { heardTo: number },
): void {
  const { layout, moments, absence } = block;
  const kind = layout.entries[0]?.kind;
  if (!table || !kind) return;
  const columns = readings.map((name) => positionOf(kind, name));
  const { hours, ...figures } = aggregateHours(block, columns);
  const isWithin = (at: number) => at >= range.from && at < range.to;
  table.clear(hours.filter(isWithin));
  readings.forEach((name, index) => {
    table.take(name, hours, figures, (columns[index] ?? 0) * hours.length);
  });
  const isRecorded = (index: number) =>
    columns.some((column) => absence[column * moments.length + index] !== ENTITY_ABSENT);
  const last = moments.findLastIndex((at, index) => isWithin(at) && at < range.heardTo && isRecorded(index));
  if (last >= 0) table.heard(moments[last] ?? 0);
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
