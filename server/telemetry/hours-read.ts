import { sql } from "drizzle-orm";
import type { Block } from "@/contract/codec/block";
import { fromSteps, type Metric } from "@/contract/metrics";
import type { Transaction } from "@/db/client";
import { positionOf } from "./charts";
import { type HourColumn, openHours } from "./chunks";
import { aggregateHours } from "./rollups";
import { recordedOf } from "./series";
import type { HourFigures, Hourly } from "./series-hours";
import { dayOf, Layouts, type MomentRange, readBlocks, type StoredEntity } from "./series-store";

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;

/** Reading → figures of one hour. */
type HourReadings = Map<string, HourFigures>;

type Wanted = {
  orgId: string;
  entities: readonly StoredEntity[];
  readings: readonly string[];
  range: MomentRange;
  streamIds: readonly number[];
};

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
  const found = new Map(entities.map(({ id }) => [id, new Map<number, HourReadings>()]));
  const newest = new Map<number, number>();
  const streamIds = [...new Set(entities.map(({ streamId }) => streamId))];
  if (streamIds.length > 0 && range.to > range.from) {
    const wanted = { orgId, entities, readings, range, streamIds };
    // The inbox first: what a merge moves in between is then read from the record.
    const open = await readWaitingDays(tx, wanted);
    await readRollups(tx, wanted, found, open);
    for (const [day, streams] of open) {
      const own = entities.filter(({ streamId }) => streams.has(streamId));
      const hours = {
        from: Math.max(day * DAY_SECONDS, range.from),
        to: Math.min((day + 1) * DAY_SECONDS, Math.ceil(range.to / HOUR_SECONDS) * HOUR_SECONDS),
      };
      const blocks = await readBlocks(tx, orgId, own, readings, hours);
      for (const [id, block] of blocks) {
        overlay(found.get(id), block, readings, hours);
        const last = recordedOf(block, 0).moments.findLast((moment) => moment >= hours.from && moment < range.to);
        if (last !== undefined) newest.set(id, Math.max(last, newest.get(id) ?? last));
      }
    }
  }
  return new Map([...found].map(([id, hours]) => [id, hourlyOf(hours, range, newest.get(id) ?? null)]));
}

/** Days since 1970 → the streams whose readings of that day have to be read themselves. */
type OpenDays = Map<number, Set<number>>;

const addOpen = (open: OpenDays, day: number, streamId: number) =>
  open.set(day, (open.get(day) ?? new Set()).add(streamId));

function hourlyOf(found: ReadonlyMap<number, HourReadings>, range: MomentRange, newest: number | null): Hourly {
  const hours = [...found.keys()].filter((hour) => hour >= range.from && hour < range.to).sort((a, b) => a - b);
  return { hours, newest, read: (name, index) => found.get(hours[index] ?? 0)?.get(name) ?? null };
}

/** Replaces the hours of this range by what the readings themselves give. */
function overlay(
  hours: Map<number, HourReadings> | undefined,
  block: Block,
  readings: readonly string[],
  range: MomentRange,
): void {
  const { layout, hours: starts, n, sum, min, max } = aggregateHours(block);
  const kind = layout.entries[0]?.kind;
  if (!hours || !kind) return;
  starts.forEach((start, hour) => {
    if (start < range.from || start >= range.to) return;
    const figures: HourReadings = new Map();
    for (const name of readings) {
      const column = positionOf(kind, name);
      const at = column * starts.length + hour;
      const figure = figuresOf(layout.metricOf(column), { n, sum, min, max }, at);
      if (figure) figures.set(name, figure);
    }
    hours.set(start, figures);
  });
}

/** Figures at one place of the planes, from steps into the unit; null where nothing was read. */
function figuresOf(metric: Metric, { n, sum, min, max }: HourColumn, at: number): HourFigures | null {
  const count = n[at] ?? 0;
  if (count === 0) return null;
  const unit = (plane: Float64Array) => fromSteps(metric, plane[at] ?? 0);
  return { n: count, sum: unit(sum), min: unit(min), max: unit(max) };
}

/** Days that something waits for in the inbox. */
async function readWaitingDays(tx: Transaction, { orgId, streamIds, range }: Wanted): Promise<OpenDays> {
  const { rows } = await tx.execute<{ stream_id: number; first: number; last: number }>(sql`
    select distinct stream_id, first_moment / ${DAY_SECONDS}::int as first, last_moment / ${DAY_SECONDS}::int as last
    from telemetry_inbox
    where org_id = ${orgId}::uuid and stream_id = any(${sql.param(streamIds)}::int[])
      and first_moment < ${range.to} and last_moment >= ${range.from}`);
  const open: OpenDays = new Map();
  for (const row of rows) {
    const last = Math.min(row.last, dayOf(range.to - 1));
    for (let day = Math.max(row.first, dayOf(range.from)); day <= last; day += 1) addOpen(open, day, row.stream_id);
  }
  return open;
}

/** Null parts: the day has readings, but no roll-ups of them yet, or not any more since late ones came. */
type DayRow = { stream_id: number; day: number } & (
  | { entity_ids: number[]; head: Buffer; toc: Buffer; body: Buffer }
  | { entity_ids: null; head: null; toc: null; body: null }
);

/** Takes the roll-ups of days that have them, and notes the days that have none. One statement: one moment of both. */
async function readRollups(
  tx: Transaction,
  { orgId, entities, readings, range, streamIds }: Wanted,
  found: ReadonlyMap<number, Map<number, HourReadings>>,
  open: OpenDays,
): Promise<void> {
  const days = sql`between date '1970-01-01' + ${dayOf(range.from)}::int and date '1970-01-01' + ${dayOf(range.to - 1)}::int`;
  const own = sql`org_id = ${orgId}::uuid and stream_id = any(${sql.param(streamIds)}::int[])`;
  const { rows } = await tx.execute<DayRow>(sql`
    select stream_id, (day - date '1970-01-01') as day, h.entity_ids, h.head, h.toc, h.body
    from (select stream_id, day from telemetry_chunks where ${own} and day ${days} group by stream_id, day) c
    full join (select stream_id, day, entity_ids, head, toc, body from telemetry_hours where ${own} and day ${days}) h
      using (stream_id, day)`);
  const layouts = new Layouts(tx, orgId, streamIds);
  for (const row of rows) {
    if (row.entity_ids === null) {
      addOpen(open, row.day, row.stream_id);
      continue;
    }
    const ids = row.entity_ids;
    const members = entities.filter(({ id, streamId }) => streamId === row.stream_id && ids.includes(id));
    if (members.length === 0) continue;
    const layout = await layouts.of(ids);
    const { hours, readColumn } = openHours(layout, row);
    for (const { id, kind } of members) {
      const slot = ids.indexOf(id);
      for (const name of readings) {
        const column = layout.columnOf(slot, positionOf(kind, name));
        const figures = readColumn(column);
        hours.forEach((hour, index) => {
          const figure = figuresOf(layout.metricOf(column), figures, index);
          if (!figure) return;
          const known = found.get(id)?.get(hour) ?? new Map<string, HourFigures>();
          found.get(id)?.set(hour, known.set(name, figure));
        });
      }
    }
  }
}
