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
export type SumsLine = {
  /** Epoch seconds, all in one UTC day. */
  moments: readonly number[];
  sums: Float64Array;
  entities: Float64Array;
  /** What is asked for begins at this index and ends before that one. */
  first: number;
  end: number;
};
/** The figures are there until it returns. A stream and reading come in several lines, in no order. */
export type SumsVisitor = (streamId: number, position: number, line: SumsLine) => void;

/** All figures of a line together, of how many five minutes, and when the last of them began. */
export function addUp({ moments, sums, entities, first, end }: SumsLine): { sum: number; slots: number; last: number } {
  const total = { sum: 0, slots: 0, last: 0 };
  for (let index = first; index < end; index += 1) {
    if (entities[index] === 0) continue;
    total.sum += sums[index] ?? 0;
    total.slots += 1;
    total.last = moments[index] ?? 0;
  }
  return total;
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
  const load = (from: number) => loadStrips(tx, orgId, wanted, strips.slice(from, from + STRIPS_AT_A_TIME));
  const isWanted = new Set(streamIds);
  let loading = load(0);
  for (let from = 0; from < strips.length; from += STRIPS_AT_A_TIME) {
    const loaded = await loading;
    // The database works on the next ones meanwhile. That they could not be read is heard where they are waited for.
    loading = load(from + STRIPS_AT_A_TIME);
    loading.catch(() => {});
    for (const row of loaded) visitFolded(row, { ...wanted, isWanted, told: fresh.get(row.day) }, visit);
  }
  await loading;
}

/** Days since 1970 → stream → bits of the hours that its own rows tell. */
type FreshHours = Map<number, Map<number, number>>;

type FreshRow = {
  stream_id: number;
  day: number;
  part: number;
  kinds: string;
  head: Buffer;
  toc: Buffer;
  body: Buffer;
};

const days = ({ from, to }: MomentRange) =>
  sql`day between date '1970-01-01' + ${dayOf(from)}::int and date '1970-01-01' + ${dayOf(to - 1)}::int`;

async function visitFresh(
  tx: Transaction,
  orgId: string,
  { kind, positions, streamIds, range }: WantedSums,
  visit: SumsVisitor,
): Promise<FreshHours> {
  const { rows } = await tx.execute<FreshRow>(sql`
    select stream_id, (day - date '1970-01-01') as day, part, array_to_string(kinds, ',') as kinds, head, toc, body
    from telemetry_stream_5m
    where org_id = ${orgId}::uuid and stream_id = any(${sql.param(streamIds)}::int[]) and ${days(range)}`);
  const fresh: FreshHours = new Map();
  const heads = new Heads();
  for (const row of rows) {
    const ofDay = fresh.get(row.day) ?? new Map<number, number>();
    fresh.set(row.day, ofDay);
    const hours = row.part === SEALED_PART ? ALL_HOURS : 1 << row.part;
    ofDay.set(row.stream_id, (ofDay.get(row.stream_id) ?? 0) | hours);
    const kinds = row.kinds.split(",") as EntityKind[];
    const index = kinds.indexOf(kind);
    if (index < 0) continue;
    const layout = fiveMinuteLayout(kinds);
    const head = heads.of(layout, row.head);
    const { moments } = head;
    const within = withinRange(moments, range);
    if (within.first >= within.end) continue;
    const parts = { toc: unpackToc(row.toc), body: row.body };
    const read = (column: number) => decodeChunkColumn(layout, head, column, columnPart(layout, head, parts, column));
    for (const position of positions) {
      const sums = read(layout.columnOf(sumSlot(index), position));
      const entities = read(layout.columnOf(entitiesSlot(index), position));
      visit(row.stream_id, position, { moments, sums, entities, ...within });
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

type StripRow = { metric: number; day: number; stream_ids: string; head: Buffer; toc: Buffer; body: Buffer };

async function loadStrips(
  tx: Transaction,
  orgId: string,
  { kind, positions, range }: WantedSums,
  strips: readonly number[],
): Promise<StripRow[]> {
  if (strips.length === 0) return [];
  const first = Math.floor(range.from / QUARTER_SECONDS);
  const last = Math.floor((range.to - 1) / QUARTER_SECONDS);
  // The list of streams as text: to parse it as a list of JSON is many times faster.
  const { rows } = await tx.execute<StripRow>(sql`
    select metric, (day - date '1970-01-01') as day, array_to_json(stream_ids)::text as stream_ids, head, toc, body
    from telemetry_strips_5m
    where org_id = ${orgId}::uuid and kind = ${kind} and metric = any(${sql.param(positions)}::smallint[])
      and ${days(range)} and strip = any(${sql.param(strips)}::int[])
      and 4 * (day - date '1970-01-01') + quarter between ${first}::int and ${last}::int`);
  return rows;
}

type Filter = WantedSums & { isWanted: ReadonlySet<number>; told: ReadonlyMap<number, number> | undefined };

function visitFolded(row: StripRow, { kind, range, isWanted, told }: Filter, visit: SumsVisitor): void {
  const metric = metricsOf(kind)[row.metric];
  if (!metric) return;
  const streamIds: number[] = JSON.parse(row.stream_ids);
  const isOwn = (streamId: number) => isWanted.has(streamId);
  // Most streams have told the same hours by themselves.
  const stretches = new Map<number, Within[]>();
  visitStrip(metric, { ...row, streamIds }, isOwn, (streamId, moments, { sums, entities }) => {
    const hours = told?.get(streamId) ?? 0;
    const own = stretches.get(hours) ?? untold(moments, withinRange(moments, range), hours);
    stretches.set(hours, own);
    for (const { first, end } of own) visit(streamId, row.metric, { moments, sums, entities, first, end });
  });
}

type Within = Pick<SumsLine, "first" | "end">;

function withinRange(moments: readonly number[], { from, to }: MomentRange): Within {
  let first = 0;
  let end = moments.length;
  while (first < end && (moments[first] ?? 0) < from) first += 1;
  while (end > first && (moments[end - 1] ?? 0) >= to) end -= 1;
  return { first, end };
}

/** The stretches that lie in none of the hours that the stream's own rows tell. */
function untold(moments: readonly number[], { first, end }: Within, hours: number): Within[] {
  const spans: Within[] = [];
  let begun = first;
  for (let index = first; index < end; index += 1) {
    const hour = Math.floor(((moments[index] ?? 0) % DAY_SECONDS) / 3600);
    if (((hours >> hour) & 1) === 0) continue;
    if (index > begun) spans.push({ first: begun, end: index });
    begun = index + 1;
  }
  if (end > begun) spans.push({ first: begun, end });
  return spans;
}
