import { sql } from "drizzle-orm";
import { type ChunkHead, decodeChunkColumn, decodeChunkHead } from "@/contract/codec/chunk";
import type { Layout } from "@/contract/codec/layout";
import { type EntityKind, metricsOf } from "@/contract/metrics";
import type { Transaction } from "@/db/client";
import { SEALED_PART } from "@/db/schema/telemetry";
import { columnPart, unpackToc } from "./chunks";
import { entitiesSlot, fiveMinuteLayout, sumSlot } from "./rollups";
import { dayOf, type MomentRange } from "./series-store";
import { QUARTER_SECONDS, visitStrip } from "./strips";

/**
 * Five-minute sums of one reading over the entities of a kind in one stream, in whole steps: at each moment the sum, and
 * of how many entities; 0 entities where there is none.
 */
export type SumsVisitor = (
  streamId: number,
  position: number,
  moments: readonly number[],
  sums: Float64Array,
  entities: Float64Array,
) => void;

/** All figures of a line together, and of how many five minutes. */
export function addUp(sums: Float64Array, entities: Float64Array): { sum: number; slots: number } {
  let sum = 0;
  let slots = 0;
  for (let index = 0; index < sums.length; index += 1) {
    if (entities[index] === 0) continue;
    sum += sums[index] ?? 0;
    slots += 1;
  }
  return { sum, slots };
}

export type WantedSums = {
  kind: EntityKind;
  positions: readonly number[];
  streamIds: readonly number[];
  range: MomentRange;
};

/** Others are served in between: unpacking a fleet takes a good part of a second. */
const STRIPS_AT_A_TIME = 8;
const ALL_HOURS = 2 ** 24 - 1;
const DAY_SECONDS = 86_400;

/** Shows the five-minute sums of these streams, reading by reading, in no order. */
export async function visitStreamSums(
  tx: Transaction,
  orgId: string,
  wanted: WantedSums,
  visit: SumsVisitor,
): Promise<void> {
  const { streamIds, range } = wanted;
  if (streamIds.length === 0 || range.to <= range.from) return;
  // The rows of single streams first: what the fold moves in between is then read from there.
  const fresh = await visitFresh(tx, orgId, wanted, visit);
  const { rows } = await tx.execute<{ strip: number }>(sql`
    select distinct strip from telemetry_streams
    where org_id = ${orgId}::uuid and id = any(${sql.param(streamIds)}::int[]) and strip is not null order by strip`);
  const strips = rows.map(({ strip }) => strip);
  for (let from = 0; from < strips.length; from += STRIPS_AT_A_TIME) {
    await visitFolded(tx, orgId, wanted, strips.slice(from, from + STRIPS_AT_A_TIME), fresh, visit);
  }
}

/** Days since 1970 → stream → bits of the hours that its own rows tell. */
type FreshHours = Map<number, Map<number, number>>;

type FreshRow = { stream_id: number; day: number; part: number } & (
  | { kinds: EntityKind[]; head: Buffer; toc: Buffer; body: Buffer }
  | { kinds: null; head: null; toc: null; body: null }
);

const days = ({ from, to }: MomentRange) =>
  sql`day between date '1970-01-01' + ${dayOf(from)}::int and date '1970-01-01' + ${dayOf(to - 1)}::int`;

async function visitFresh(
  tx: Transaction,
  orgId: string,
  { kind, positions, streamIds, range }: WantedSums,
  visit: SumsVisitor,
): Promise<FreshHours> {
  const has = sql`${kind} = any(kinds)`;
  const { rows } = await tx.execute<FreshRow>(sql`
    select stream_id, (day - date '1970-01-01') as day, part, case when ${has} then kinds end as kinds,
      case when ${has} then head end as head, case when ${has} then toc end as toc, case when ${has} then body end as body
    from telemetry_stream_5m
    where org_id = ${orgId}::uuid and stream_id = any(${sql.param(streamIds)}::int[]) and ${days(range)}`);
  const fresh: FreshHours = new Map();
  const heads = new Heads();
  for (const row of rows) {
    const ofDay = fresh.get(row.day) ?? new Map<number, number>();
    fresh.set(row.day, ofDay);
    const hours = row.part === SEALED_PART ? ALL_HOURS : 1 << row.part;
    ofDay.set(row.stream_id, (ofDay.get(row.stream_id) ?? 0) | hours);
    if (row.kinds === null) continue;
    const layout = fiveMinuteLayout(row.kinds);
    const head = heads.of(layout, row.head);
    const { moments } = head;
    if ((moments[0] ?? 0) >= range.to || (moments.at(-1) ?? 0) < range.from) continue;
    const parts = { toc: unpackToc(row.toc), body: row.body };
    const index = row.kinds.indexOf(kind);
    const read = (column: number) => decodeChunkColumn(layout, head, column, columnPart(layout, head, parts, column));
    for (const position of positions) {
      const entities = read(layout.columnOf(entitiesSlot(index), position));
      leaveOut(entities, moments, range);
      visit(row.stream_id, position, moments, read(layout.columnOf(sumSlot(index), position)), entities);
    }
  }
  return fresh;
}

/** Heads of the rows of one read: most streams were heard at the same times, and say so in the same bytes. */
class Heads {
  readonly #known = new Map<Layout, Map<string, ChunkHead>>();

  of(layout: Layout, bytes: Buffer): ChunkHead {
    const known = this.#known.get(layout) ?? new Map<string, ChunkHead>();
    this.#known.set(layout, known);
    const name = bytes.toString("latin1");
    const head = known.get(name) ?? decodeChunkHead(layout, bytes);
    known.set(name, head);
    return head;
  }
}

type StripRow = {
  metric: number;
  day: number;
  stream_ids: number[];
  head: Buffer;
  toc: Buffer;
  body: Buffer;
};

async function visitFolded(
  tx: Transaction,
  orgId: string,
  { kind, positions, streamIds, range }: WantedSums,
  strips: readonly number[],
  fresh: FreshHours,
  visit: SumsVisitor,
): Promise<void> {
  const wanted = new Set(streamIds);
  const { rows } = await tx.execute<StripRow>(sql`
    select metric, (day - date '1970-01-01') as day, stream_ids, head, toc, body from telemetry_strips_5m
    where org_id = ${orgId}::uuid and kind = ${kind} and metric = any(${sql.param(positions)}::smallint[])
      and ${days(range)} and strip = any(${sql.param(strips)}::int[])
      and 4 * (day - date '1970-01-01') + quarter
        between ${Math.floor(range.from / QUARTER_SECONDS)}::int and ${Math.floor((range.to - 1) / QUARTER_SECONDS)}::int`);
  for (const row of rows) {
    const metric = metricsOf(kind)[row.metric];
    if (!metric) continue;
    const ofDay = fresh.get(row.day);
    const packed = { streamIds: row.stream_ids, head: row.head, toc: row.toc, body: row.body };
    visitStrip(
      metric,
      packed,
      (id) => wanted.has(id),
      (streamId, moments, { sums, entities }) => {
        leaveOut(entities, moments, range);
        const told = ofDay?.get(streamId) ?? 0;
        if (told !== 0) leaveOutHours(entities, moments, told);
        visit(streamId, row.metric, moments, sums, entities);
      },
    );
  }
}

/** Takes figures out that are not in the range. */
function leaveOut(entities: Float64Array, moments: readonly number[], { from, to }: MomentRange): void {
  for (let index = 0; (moments[index] ?? from) < from; index += 1) entities[index] = 0;
  for (let index = moments.length - 1; (moments[index] ?? 0) >= to; index -= 1) entities[index] = 0;
}

/** Takes figures out of hours that the stream's own rows tell. */
function leaveOutHours(entities: Float64Array, moments: readonly number[], hours: number): void {
  for (let index = 0; index < moments.length; index += 1) {
    const hour = Math.floor(((moments[index] ?? 0) % DAY_SECONDS) / 3600);
    if ((hours >> hour) & 1) entities[index] = 0;
  }
}
