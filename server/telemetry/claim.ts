import { sql } from "drizzle-orm";
import { CodecError } from "@/contract/codec/codec-error";
import { decodeFrame } from "@/contract/codec/frame";
import type { EntityKind } from "@/contract/metrics";
import type { Transaction } from "@/db/client";
import { EntityBook } from "./chunk-store";
import { FRAME_FLAGS } from "./inbox";
import type { Incoming } from "./merge";

/** A stream whose frames are to be merged, and up to which arrival: what is beyond would not fit into memory. */
export type DueStream = { id: number; frames: number; cost: number; firstMoment: number; lastMoment: number };

/** Entities × moments that are decoded at a time; each is a dozen values or so. */
export const COST_MAX = 400_000;
/** Frames that wait are merged at once when there are so many, whatever their age. */
const FRAMES_DUE = 40;

/** Streams with frames that have waited long enough, the longest first. */
export async function findDueStreams(
  tx: Transaction,
  orgId: string,
  options: { dueSeconds: number; streamsMax: number },
): Promise<DueStream[]> {
  const { rows } = await tx.execute<{ id: number; frames: number; cost: number; first: number; last: number }>(sql`
    select i.stream_id as id, count(*)::int as frames, sum(i.moments * cardinality(d.entity_ids))::float8 as cost,
      min(i.first_moment) as first, max(i.last_moment) as last
    from telemetry_inbox i join telemetry_dictionaries d on d.org_id = i.org_id and d.id = i.dictionary_id
    where i.org_id = ${orgId}::uuid and i.arrived <= now()
    group by i.stream_id
    having min(i.arrived) <= now() - make_interval(secs => ${options.dueSeconds}) or count(*) >= ${FRAMES_DUE}
    order by min(i.arrived) limit ${options.streamsMax}`);
  return rows.map(({ first, last, ...row }) => ({ ...row, firstMoment: first, lastMoment: last }));
}

/** Groups of streams that are merged in one transaction: few enough for memory, many enough to share its cost. */
export function batchStreams(due: readonly DueStream[], streamsMax: number): DueStream[][] {
  const batches: DueStream[][] = [];
  let cost = 0;
  for (const stream of due) {
    const last = batches.at(-1);
    if (last && last.length < streamsMax && cost + stream.cost <= COST_MAX) last.push(stream);
    else {
      batches.push([stream]);
      cost = 0;
    }
    cost += stream.cost;
  }
  return batches;
}

export type ClaimedFrame = {
  streamId: number;
  dictionaryId: number;
  arrived: Date;
  firstMoment: number;
  lastMoment: number;
  isThinned: boolean;
  epoch: number;
  sequence: number;
  frame: Buffer;
};

type FrameRow = {
  stream_id: number;
  dictionary_id: number;
  arrived: number;
  first_moment: number;
  last_moment: number;
  flags: number;
  epoch: string;
  sequence: string;
  frame: Buffer;
};

/**
 * Takes the frames of some streams out of the inbox, in the order of arrival. Until this transaction commits nobody
 * else can have these streams; when it does not commit, all frames are there again.
 */
export async function claimFrames(
  tx: Transaction,
  orgId: string,
  streams: readonly DueStream[],
): Promise<ClaimedFrame[]> {
  const [first] = streams;
  if (!first) return [];
  const { rows: locked } = await tx.execute<{ id: number }>(sql`
    select id from unnest(${sql.param(streams.map(({ id }) => id))}::int[]) as id
    where pg_try_advisory_xact_lock(hashtextextended(${orgId}, id))`);
  if (locked.length === 0) return [];
  // Only a stream that is alone in its batch can be beyond the limit.
  const until = first.cost > COST_MAX ? await findArrivalLimit(tx, orgId, first.id) : null;
  const { rows } = await tx.execute<FrameRow>(sql`
    with claimed as (
      delete from telemetry_inbox where org_id = ${orgId}::uuid
        and stream_id = any (${sql.param(locked.map(({ id }) => id))}::int[])
        and arrived <= coalesce(${until}::timestamptz, now())
      returning *)
    select stream_id, dictionary_id, extract(epoch from arrived)::float8 as arrived, first_moment, last_moment, flags,
      epoch, sequence, frame
    from claimed order by claimed.arrived, claimed.epoch, claimed.sequence`);
  return rows.map((row) => ({
    streamId: row.stream_id,
    dictionaryId: row.dictionary_id,
    arrived: new Date(1000 * row.arrived),
    firstMoment: row.first_moment,
    lastMoment: row.last_moment,
    isThinned: (row.flags & FRAME_FLAGS.thinned) !== 0,
    epoch: Number(row.epoch),
    sequence: Number(row.sequence),
    frame: row.frame,
  }));
}

async function findArrivalLimit(tx: Transaction, orgId: string, streamId: number): Promise<string | null> {
  const { rows } = await tx.execute<{ arrived: string }>(sql`
    select arrived::text from (
      select i.arrived, sum(i.moments * cardinality(d.entity_ids)) over (order by i.arrived) as cost
      from telemetry_inbox i join telemetry_dictionaries d on d.org_id = i.org_id and d.id = i.dictionary_id
      where i.org_id = ${orgId}::uuid and i.stream_id = ${streamId}) as frames
    where cost >= ${COST_MAX} order by arrived limit 1`);
  return rows[0]?.arrived ?? null;
}

export type EntityOrder = { id: number; machineId: string | null; epoch: number; sequence: number };
/** What frames and chunks of some streams are read with. */
export type Books = {
  book: EntityBook;
  dictionaries: Map<number, number[]>;
  /** Newest state that each entity has. */
  orders: Map<number, EntityOrder>;
};

export async function loadBooks(tx: Transaction, orgId: string, streamIds: readonly number[]): Promise<Books> {
  const ids = sql.param([...streamIds]);
  const { rows: entities } = await tx.execute<{
    id: number;
    kind: EntityKind;
    key: string;
    machine_id: string | null;
    state_epoch: string;
    state_sequence: string;
  }>(sql`
    select id, kind, key, machine_id, state_epoch, state_sequence from telemetry_entities
    where org_id = ${orgId}::uuid and stream_id = any (${ids}::int[])`);
  const { rows: dictionaries } = await tx.execute<{ id: number; entity_ids: number[] }>(sql`
    select id, entity_ids from telemetry_dictionaries
    where org_id = ${orgId}::uuid and stream_id = any (${ids}::int[])`);
  return {
    book: new EntityBook(entities),
    dictionaries: new Map(dictionaries.map((row) => [row.id, row.entity_ids])),
    orders: new Map(
      entities.map((row) => [
        row.id,
        {
          id: row.id,
          machineId: row.machine_id,
          epoch: Number(row.state_epoch),
          sequence: Number(row.state_sequence),
        },
      ]),
    ),
  };
}

/** The frame's block with its entities; null for one that cannot be read. */
export function openFrame(books: Books, frame: ClaimedFrame): Incoming | null {
  const entityIds = books.dictionaries.get(frame.dictionaryId);
  if (!entityIds) return null;
  try {
    const block = decodeFrame(books.book.layoutOf(entityIds), frame.frame);
    return { block, entityIds, isThinned: frame.isThinned };
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}
