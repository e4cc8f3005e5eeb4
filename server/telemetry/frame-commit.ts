import { sql } from "drizzle-orm";
import type { Block } from "@/contract/codec/block";
import { type Database, type Transaction, withTenant } from "@/db/client";
import type { AgentLink, LinkedDictionary } from "./agent-link";
import { type BoundAgent, bindAgents } from "./bind-agents";
import type { Queued, Verdict } from "./commit-queue";
import { appendFrames, type InboxRow } from "./inbox";
import { type StoredDictionary, storeDictionaries } from "./store-dictionaries";

/** Moments that have a place in history. */
export type RecordFrame = {
  /** Epoch seconds. */
  firstMoment: number;
  lastMoment: number;
  moments: number;
  /** A frame that stands alone. */
  frame: Uint8Array;
  /** The readings, where they may be the newest of their entities. */
  block: Block | null;
};

/** Part of a message whose time cannot be right, as a frame of its own. */
export type FutureFrame = { firstMoment: number; frame: Uint8Array };

/** A frame on its way into the inbox; without a block, a dictionary that is made known ahead of frames. */
export type FrameItem = Queued & {
  link: AgentLink;
  dictionary: LinkedDictionary;
  record: RecordFrame | null;
  future: FutureFrame | null;
  /** Of `FRAME_FLAGS`. */
  flags: number;
  epoch: number;
  sequence: number;
  receivedAt: Date;
};

/** A frame that was stored, with whose readings it holds. */
export type StoredFrame = { item: FrameItem; agent: BoundAgent; entityIds: readonly number[] };

export const REVOKED: Verdict = { code: "agent_revoked", message: "This agent was revoked in the console" };

/**
 * Stores the frames of one organisation in one transaction. When this returns, the commit has happened.
 *
 * @param onStored told of the frames, and of how many dictionaries are new, after the commit
 * @returns verdicts of those that were not stored: their agents lost the right to speak
 * @throws whatever the database throws; nothing is stored then
 */
export async function commitFrames(
  database: Database,
  orgId: string,
  items: readonly FrameItem[],
  onStored: (frames: readonly StoredFrame[], made: number) => void,
): Promise<ReadonlyMap<FrameItem, Verdict>> {
  const { agents, dictionaries, made } = await withTenant(database, { orgId }, async (tx) => {
    const bound = await bindAgents(
      tx,
      orgId,
      items.map(({ link }) => link),
    );
    const taken = items.filter(({ link }) => bound.has(link.agentId));
    const { resolved: stored, made: added } = await resolve(tx, orgId, taken, bound);
    await appendFrames(
      tx,
      orgId,
      taken.flatMap((item) => inboxRow(item, stored)),
    );
    await setFutureAside(tx, orgId, taken, stored);
    return { agents: bound, dictionaries: stored, made: added };
  });
  const refused = new Map<FrameItem, Verdict>();
  const frames: StoredFrame[] = [];
  for (const item of items) {
    const agent = agents.get(item.link.agentId);
    if (!agent) {
      refused.set(item, REVOKED);
      continue;
    }
    const stored = storedOf(item, dictionaries);
    item.dictionary.stored = stored;
    frames.push({ item, agent, entityIds: stored.entityIds });
  }
  onStored(frames, made);
  return refused;
}

/** Dictionaries whose place is known from before keep it, as long as their agent still speaks for the same stream. */
async function resolve(
  tx: Transaction,
  orgId: string,
  items: readonly FrameItem[],
  agents: ReadonlyMap<string, BoundAgent>,
): Promise<{ resolved: Map<LinkedDictionary, StoredDictionary>; made: number }> {
  const resolved = new Map<LinkedDictionary, StoredDictionary>();
  const open = new Map<LinkedDictionary, BoundAgent>();
  for (const { link, dictionary } of items) {
    const agent = agents.get(link.agentId);
    if (!agent) continue;
    if (dictionary.stored?.streamId === agent.streamId) resolved.set(dictionary, dictionary.stored);
    else open.set(dictionary, agent);
  }
  if (open.size === 0) return { resolved, made: 0 };
  const wishes = [...open].map(([{ hash, layout }, { streamId, machineId }]) => ({
    streamId,
    machineId,
    hash,
    entries: layout.entries,
  }));
  const { stored, made } = await storeDictionaries(tx, orgId, wishes);
  [...open.keys()].forEach((dictionary, at) => {
    const place = stored[at];
    if (place) resolved.set(dictionary, place);
  });
  return { resolved, made };
}

function storedOf(
  { dictionary }: FrameItem,
  dictionaries: ReadonlyMap<LinkedDictionary, StoredDictionary>,
): StoredDictionary {
  const stored = dictionaries.get(dictionary);
  if (!stored) throw new Error("a dictionary was not resolved");
  return stored;
}

function inboxRow(item: FrameItem, dictionaries: ReadonlyMap<LinkedDictionary, StoredDictionary>): InboxRow[] {
  if (!item.record) return [];
  const { streamId, id } = storedOf(item, dictionaries);
  const { firstMoment, lastMoment, moments, frame } = item.record;
  const { flags, epoch, sequence } = item;
  return [{ streamId, dictionaryId: id, firstMoment, lastMoment, moments, flags, epoch, sequence, frame }];
}

/** What cannot be right is kept where people see it; the same frame again is one row. */
async function setFutureAside(
  tx: Transaction,
  orgId: string,
  items: readonly FrameItem[],
  dictionaries: ReadonlyMap<LinkedDictionary, StoredDictionary>,
): Promise<void> {
  for (const item of items) {
    if (!item.future) continue;
    const { streamId, id } = storedOf(item, dictionaries);
    const { firstMoment, frame } = item.future;
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.length);
    await tx.execute(sql`
      insert into telemetry_misdated (org_id, stream_id, dictionary_id, first_moment, frame, reason)
      select ${orgId}::uuid, ${streamId}, ${id}, ${firstMoment}, ${bytes}::bytea, 'future'
      where not exists (select from telemetry_misdated m where m.org_id = ${orgId}::uuid
        and m.stream_id = ${streamId} and m.first_moment = ${firstMoment} and m.frame = ${bytes}::bytea)`);
  }
}
