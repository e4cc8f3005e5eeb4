import { sql } from "drizzle-orm";
import { PRESENT } from "@/contract/codec/block";
import { CodecError } from "@/contract/codec/codec-error";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { refreshMachines } from "@/server/fleet/ingest";
import { log } from "@/server/log";
import {
  type ChunkWrite,
  deleteHours,
  deleteParts,
  loadHours,
  partOfHour,
  type WantedHours,
  writeChunks,
} from "./chunk-store";
import { packChunk } from "./chunks";
import {
  batchStreams,
  type ClaimedFrame,
  COST_MAX,
  claimFrames,
  type DueStream,
  findDueStreams,
  loadBooks,
  openFrame,
} from "./claim";
import { findGroups, GroupMovements } from "./groups";
import { StateOffers } from "./heal";
import { type Incoming, sliceRecord } from "./merge";
import { prepareDays } from "./partitions";
import { sumFiveMinutes } from "./rollups";
import { readSettings } from "./settings";
import { type ChangedHour, dayOfHour, hoursCovered, mergeStream, type StoredHour } from "./stream-merge";

const DAY_SECONDS = 86_400;
/** Frames are gathered for so long, so that an hour is written twelve times and not sixty. */
const DUE_SECONDS = 240;
const STREAMS_PER_RUN = 20_000;
const STREAMS_PER_TRANSACTION = 50;
/** A moment may be so far ahead before its time counts as impossible; the gateway's limit is tighter. */
const AHEAD_SECONDS = 3600;

export type CompactOptions = { now?: Date; streamsMax?: number; dueSeconds?: number };
export type Compacted = { streams: number; frames: number; chunks: number; setAside: number; failed: number };

/**
 * Merges the frames that wait into the record of one organisation. Each transaction takes frames out of the inbox,
 * writes the chunks, what is derived from them and the groups' sums: all of it or nothing, so it may be killed at any
 * point and run by several at a time. Streams that fail are left for the next run and logged.
 */
export async function compactOrganisation(
  database: Database,
  orgId: string,
  options: CompactOptions = {},
): Promise<Compacted> {
  const now = options.now ?? new Date();
  const total: Compacted = { streams: 0, frames: 0, chunks: 0, setAside: 0, failed: 0 };
  const { due, rawDays } = await withTenant(database, { orgId }, async (tx) => ({
    rawDays: (await readSettings(tx, orgId)).rawDays,
    due: await findDueStreams(tx, orgId, {
      dueSeconds: options.dueSeconds ?? DUE_SECONDS,
      streamsMax: options.streamsMax ?? STREAMS_PER_RUN,
    }),
  }));
  const window = windowOf(now, rawDays);
  await prepareDays(database, daysOf(due, window));
  const pending = batchStreams(due, STREAMS_PER_TRANSACTION);
  const work = async (): Promise<void> => {
    for (let batch = pending.shift(); batch; batch = pending.shift()) {
      const streams = batch;
      try {
        const done = await withTenant(database, { orgId }, (tx) => compactStreams(tx, orgId, streams, window));
        for (const [name, count] of Object.entries(done)) total[name as keyof Compacted] += count;
        // A long backlog is taken in bites: there is more of this one.
        const rest = streams.filter(({ cost }) => cost > COST_MAX && done.frames > 0);
        pending.unshift(...rest.map((stream) => [{ ...stream, cost: stream.cost - COST_MAX }]));
      } catch (error) {
        // One stream must not hold up those that happen to be in its batch.
        if (streams.length > 1) pending.unshift(...streams.map((stream) => [stream]));
        else {
          total.failed += 1;
          log.error({ err: error, orgId, stream: streams[0]?.id }, "compaction of a stream failed");
        }
      }
    }
  };
  // Two lanes: one computes while the other waits for the database.
  await Promise.all([work(), work()]);
  return total;
}

/** Moments from `first` to before `end` have a place in history. */
type Window = { first: number; end: number };

function windowOf(now: Date, rawDays: number): Window {
  const seconds = Math.floor(now.getTime() / 1000);
  return { first: DAY_SECONDS * (Math.floor(seconds / DAY_SECONDS) - rawDays), end: seconds + AHEAD_SECONDS };
}

function daysOf(due: readonly DueStream[], window: Window): number[] {
  const days = new Set<number>();
  for (const { firstMoment, lastMoment } of due) {
    const first = Math.max(firstMoment, window.first);
    const last = Math.min(lastMoment, window.end - 1);
    for (let day = Math.floor(first / DAY_SECONDS); day * DAY_SECONDS <= last; day += 1) days.add(day);
  }
  return [...days].sort((a, b) => a - b);
}

async function compactStreams(
  tx: Transaction,
  orgId: string,
  due: readonly DueStream[],
  window: Window,
): Promise<Compacted> {
  const frames = await claimFrames(tx, orgId, due);
  const byStream = new Map<number, ClaimedFrame[]>();
  for (const frame of frames) {
    const own = byStream.get(frame.streamId);
    if (own) own.push(frame);
    else byStream.set(frame.streamId, [frame]);
  }
  const streamIds = [...byStream.keys()];
  if (streamIds.length === 0) return { streams: 0, frames: 0, chunks: 0, setAside: 0, failed: 0 };
  const books = await loadBooks(tx, orgId, streamIds);
  const aside: SetAside[] = [];
  const offers = new StateOffers();
  const arrived = new Map<number, Incoming[]>();
  for (const [streamId, own] of byStream) {
    const opened = own.flatMap((frame) => {
      const recorded = openFrame(books, frame);
      if (!recorded) aside.push({ frame, reason: "undecodable" });
      return recorded ? [{ frame, recorded }] : [];
    });
    offers.offer(opened, books.orders);
    arrived.set(
      streamId,
      opened.flatMap(({ frame, recorded }) => placed(frame, recorded, window, aside)),
    );
  }
  const stored = await loadHours(tx, orgId, books.book, wantedOf(arrived));
  const groups = await findGroups(tx, orgId, streamIds);
  const movements = new GroupMovements();
  const writes: ChunkWrite[] = [];
  const unsealed: { streamId: number; day: number }[] = [];
  for (const [streamId, own] of byStream) {
    const incoming = arrived.get(streamId) ?? [];
    const hours = mergeOne(stored.get(streamId) ?? [], incoming);
    if (!hours) {
      aside.push(...own.map((frame) => ({ frame, reason: "undecodable" as const })));
      continue;
    }
    for (const { hour, write, before } of hours) {
      const memberOf = write.isChanged ? (groups.get(streamId) ?? []) : (before?.groups ?? []);
      if (write.isChanged) movements.move(before, { groups: memberOf, sums: write.sums });
      writes.push({ ...write, ...partOfHour(hour), streamId, groups: memberOf });
    }
    const open = hours.filter(({ before }) => before?.isSealed).map(({ hour }) => dayOfHour(hour));
    for (const day of new Set(open)) unsealed.push({ streamId, day });
  }
  await deleteParts(tx, orgId, unsealed, "sealed");
  await deleteHours(tx, orgId, writes);
  await writeChunks(tx, orgId, writes);
  await movements.write(tx, orgId);
  await setFramesAside(tx, orgId, aside);
  await touchStreams(tx, orgId, byStream, window);
  await refreshMachines(tx, orgId, await offers.write(tx, orgId));
  return { streams: streamIds.length, frames: frames.length, chunks: writes.length, setAside: aside.length, failed: 0 };
}

type HourWrite = Omit<ChunkWrite, "streamId" | "day" | "part" | "groups"> & { isChanged: boolean };
type MergedHour = {
  hour: number;
  write: HourWrite;
  before: (Pick<StoredHour, "groups" | "isSealed"> & { sums: ChunkWrite["sums"] }) | null;
};

/** The hours of one stream that have to be written; null when what came in cannot be kept in chunks. */
function mergeOne(stored: readonly StoredHour[], incoming: readonly Incoming[]): MergedHour[] | null {
  if (incoming.length === 0) return [];
  try {
    return mergeStream(stored, incoming).map(toWrite);
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}

function toWrite({ hour, before, after, isThinned, isChanged }: ChangedHour): MergedHour {
  const { block, entityIds } = after;
  return {
    hour,
    before: before && {
      groups: before.groups,
      isSealed: before.isSealed,
      sums: isChanged ? sumFiveMinutes(before.recorded.block) : null,
    },
    write: {
      revision: (before?.revision ?? 0) + 1,
      entityIds,
      moments: block.moments,
      samples: countPresent(block.absence),
      isThinned,
      packed: packChunk(block),
      sums: sumFiveMinutes(block),
      isChanged,
    },
  };
}

function countPresent(absence: Uint8Array): number {
  let count = 0;
  for (const code of absence) if (code === PRESENT) count += 1;
  return count;
}

type SetAside = { frame: ClaimedFrame; reason: "future" | "expired" | "undecodable" };

/** What of a frame has a place in history; where something has not, the frame is kept besides, as it came. */
function placed(frame: ClaimedFrame, opened: Incoming, window: Window, aside: SetAside[]): Incoming[] {
  const { moments } = opened.block;
  const isPast = (moments[0] ?? 0) < window.first;
  const isAhead = (moments.at(-1) ?? 0) >= window.end;
  if (!isPast && !isAhead) return [opened];
  aside.push({ frame, reason: isPast ? "expired" : "future" });
  const rest = sliceRecord(opened, window.first, window.end);
  return rest ? [{ ...rest, isThinned: opened.isThinned }] : [];
}

/** The hours that hold what came in, and those before them that its spans reach back into. */
function wantedOf(arrived: ReadonlyMap<number, Incoming[]>): WantedHours[] {
  return [...arrived].flatMap(([streamId, incoming]) => {
    const hours = hoursCovered(incoming);
    if (!hours) return [];
    const isThinned = incoming.some((part) => part.isThinned);
    return [{ streamId, firstHour: hours.first, lastHour: hours.last, isThinned }];
  });
}

async function setFramesAside(tx: Transaction, orgId: string, aside: readonly SetAside[]): Promise<void> {
  for (const { frame, reason } of aside) {
    await tx.execute(sql`
      insert into telemetry_misdated (org_id, stream_id, received_at, dictionary_id, first_moment, frame, reason)
      values (${orgId}::uuid, ${frame.streamId}, ${frame.arrived.toISOString()}::timestamptz, ${frame.dictionaryId},
        ${frame.firstMoment}, ${frame.frame}::bytea, ${reason})`);
  }
}

async function touchStreams(
  tx: Transaction,
  orgId: string,
  byStream: ReadonlyMap<number, ClaimedFrame[]>,
  window: Window,
): Promise<void> {
  const rows = [...byStream].map(([id, frames]) => ({
    id,
    moment: Math.min(window.end, Math.max(...frames.map(({ lastMoment }) => lastMoment))),
    arrived: (frames.at(-1)?.arrived ?? new Date(0)).toISOString(),
  }));
  await tx.execute(sql`
    update telemetry_streams s set last_moment = greatest(s.last_moment, r.moment),
      last_received_at = greatest(s.last_received_at, r.arrived)
    from unnest(${sql.param(rows.map((row) => row.id))}::int[], ${sql.param(rows.map((row) => row.moment))}::int[],
      ${sql.param(rows.map((row) => row.arrived))}::timestamptz[]) as r(id, moment, arrived)
    where s.org_id = ${orgId}::uuid and s.id = r.id
      and (s.last_moment is null or s.last_moment < r.moment or s.last_received_at is null or s.last_received_at < r.arrived)`);
}
