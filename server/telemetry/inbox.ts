import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import { createLayout, type Dictionary, dictionaryText } from "@/contract/codec/layout";
import { DICTIONARY_HASH_BYTES } from "@/contract/messages";
import type { Transaction } from "@/db/client";
import { numberArray } from "@/db/number-array";

/** Bits of `flags` in the inbox. */
export const FRAME_FLAGS = { thinned: 1, clockUnsure: 2 } as const;

/** One self-contained frame on its way into the record. */
export type InboxRow = {
  streamId: number;
  dictionaryId: number;
  /** Epoch seconds. */
  firstMoment: number;
  lastMoment: number;
  moments: number;
  /** Of `FRAME_FLAGS`. */
  flags: number;
  /** Order of the sender: the current state moves only forward in it. A sender without one gives 0 and its moment. */
  epoch: number;
  sequence: number;
  frame: Uint8Array;
};

/**
 * Writes frames of one organisation in one statement. Nothing is compared here: the same frame may come twice, the
 * merge takes each moment of an entity once. Acknowledge after the commit.
 */
export async function appendFrames(tx: Transaction, orgId: string, rows: readonly InboxRow[]): Promise<void> {
  if (rows.length === 0) return;
  // One parameter with all frames behind each other: bytes travel as they are, where an array would be hex text.
  const frames = Buffer.concat(rows.map((row) => row.frame));
  const numbers = (take: (row: InboxRow) => number) => numberArray(rows, take);
  await tx.execute(sql`
    insert into telemetry_inbox (org_id, stream_id, dictionary_id, first_moment, last_moment, moments, flags, epoch,
      sequence, frame)
    select ${orgId}::uuid, r.stream_id, r.dictionary_id, r.first_moment, r.last_moment, r.moments, r.flags, r.epoch,
      r.sequence, substring(${frames}::bytea from (sum(r.size) over (order by r.place) - r.size + 1)::int for r.size)
    from unnest(${numbers((row) => row.streamId)}::int[], ${numbers((row) => row.dictionaryId)}::int[],
      ${numbers((row) => row.firstMoment)}::int[], ${numbers((row) => row.lastMoment)}::int[],
      ${numbers((row) => row.moments)}::smallint[], ${numbers((row) => row.flags)}::smallint[],
      ${numbers((row) => row.epoch)}::bigint[], ${numbers((row) => row.sequence)}::bigint[],
      ${numbers((row) => row.frame.length)}::int[]) with ordinality
      as r(stream_id, dictionary_id, first_moment, last_moment, moments, flags, epoch, sequence, size, place)`);
}

/** The name of a dictionary: the first bytes of the SHA-256 over its canonical text. */
export function dictionaryHash(entries: Dictionary): Buffer {
  return createHash("sha256").update(dictionaryText(entries)).digest().subarray(0, DICTIONARY_HASH_BYTES);
}

export type ResolvedDictionary = { id: number; entityIds: number[] };

/** The dictionary of a stream by its name; null when it never came here. */
export async function findDictionary(
  tx: Transaction,
  orgId: string,
  streamId: number,
  hash: Uint8Array,
): Promise<(ResolvedDictionary & { entries: Dictionary }) | null> {
  const { rows } = await tx.execute<{ id: number; entity_ids: number[]; entries: Dictionary }>(sql`
    select d.id, d.entity_ids, (select json_agg(json_build_object('kind', e.kind, 'key', e.key) order by i.place)
      from unnest(d.entity_ids) with ordinality as i(id, place)
      join telemetry_entities e on e.org_id = d.org_id and e.id = i.id) as entries
    from telemetry_dictionaries d
    where d.org_id = ${orgId}::uuid and d.stream_id = ${streamId} and d.hash = ${Buffer.from(hash)}::bytea`);
  const [row] = rows;
  return row ? { id: row.id, entityIds: row.entity_ids, entries: row.entries } : null;
}

/**
 * The id of a dictionary and of its entities, in its order; what is new is made. Calling it again changes nothing.
 *
 * @param machineId the machine that new entities are of; null for entities of no machine
 * @throws CodecError for a dictionary that no layout follows from
 */
export async function resolveDictionary(
  tx: Transaction,
  orgId: string,
  streamId: number,
  entries: Dictionary,
  machineId: string | null,
): Promise<ResolvedDictionary> {
  const hash = dictionaryHash(entries);
  const known = await findDictionary(tx, orgId, streamId, hash);
  if (known) return { id: known.id, entityIds: known.entityIds };
  createLayout(entries);
  const entityIds = await resolveEntities(tx, orgId, streamId, entries, machineId);
  await tx.execute(sql`
    insert into telemetry_dictionaries (org_id, stream_id, hash, entity_ids)
    values (${orgId}::uuid, ${streamId}, ${hash}::bytea, ${sql.param(entityIds)}::int[])
    on conflict do nothing`);
  const made = await findDictionary(tx, orgId, streamId, hash);
  if (!made) throw new Error(`the dictionary ${hash.toString("hex")} of stream ${streamId} was not stored`);
  return { id: made.id, entityIds: made.entityIds };
}

async function resolveEntities(
  tx: Transaction,
  orgId: string,
  streamId: number,
  entries: Dictionary,
  machineId: string | null,
): Promise<number[]> {
  const names = sql`unnest(${sql.param(entries.map(({ kind }) => kind))}::text[],
    ${sql.param(entries.map(({ key }) => key))}::text[]) with ordinality as n(kind, key, place)`;
  // Only what is missing: every insert that ends in a conflict would use up a number of the identity.
  await tx.execute(sql`
    insert into telemetry_entities (org_id, stream_id, machine_id, kind, key)
    select ${orgId}::uuid, ${streamId}, ${machineId}::uuid, n.kind, n.key from ${names}
    where not exists (select from telemetry_entities e
      where e.org_id = ${orgId}::uuid and e.stream_id = ${streamId} and e.kind = n.kind and e.key = n.key)
    order by n.kind, n.key
    on conflict do nothing`);
  const { rows } = await tx.execute<{ id: number }>(sql`
    select e.id from ${names} join telemetry_entities e
      on e.org_id = ${orgId}::uuid and e.stream_id = ${streamId} and e.kind = n.kind and e.key = n.key
    order by n.place`);
  if (rows.length !== entries.length) throw new Error(`${rows.length} of ${entries.length} entities are there`);
  return rows.map((row) => row.id);
}
