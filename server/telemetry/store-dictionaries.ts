import { sql } from "drizzle-orm";
import type { Dictionary } from "@/contract/codec/layout";
import { isEntityKind } from "@/contract/metrics";
import type { Transaction } from "@/db/client";

export type DictionaryWish = {
  streamId: number;
  /** The machine that new entities are of. */
  /** Null for entities of no machine. */
  machineId: string | null;
  hash: Buffer;
  entries: Dictionary;
};
export type StoredDictionary = { streamId: number; id: number; entityIds: readonly number[] };

/**
 * The ids of many dictionaries and of their entities, in their order; what is new is made. For all streams of one
 * transaction at once: thousands of agents that come for the first time are a few statements.
 */
export async function storeDictionaries(
  tx: Transaction,
  orgId: string,
  wishes: readonly DictionaryWish[],
): Promise<{ stored: StoredDictionary[]; made: number }> {
  const known = await findStored(tx, orgId, wishes);
  const missing = wishes.filter((wish) => !known.has(nameOf(wish)));
  if (missing.length > 0) {
    await insertEntities(tx, orgId, missing);
    await insertDictionaries(tx, orgId, missing);
  }
  const all = missing.length > 0 ? await findStored(tx, orgId, wishes) : known;
  const stored = wishes.map((wish) => {
    const found = all.get(nameOf(wish));
    if (!found)
      throw new Error(`the dictionary ${wish.hash.toString("hex")} of stream ${wish.streamId} was not stored`);
    return found;
  });
  return { stored, made: missing.length };
}

const nameOf = ({ streamId, hash }: { streamId: number; hash: Buffer }) => `${streamId} ${hash.toString("hex")}`;

async function findStored(
  tx: Transaction,
  orgId: string,
  wishes: readonly DictionaryWish[],
): Promise<Map<string, StoredDictionary>> {
  const { rows } = await tx.execute<{ stream_id: number; hash: Buffer; id: number; entity_ids: number[] }>(sql`
    select d.stream_id, d.hash, d.id, d.entity_ids
    from unnest(${sql.param(wishes.map(({ streamId }) => streamId))}::int[],
      ${sql.param(wishes.map(({ hash }) => hash.toString("hex")))}::text[]) as w(stream_id, hash)
    join telemetry_dictionaries d
      on d.org_id = ${orgId}::uuid and d.stream_id = w.stream_id and d.hash = decode(w.hash, 'hex')`);
  return new Map(
    rows.map(({ stream_id: streamId, hash, id, entity_ids: entityIds }) => [
      nameOf({ streamId, hash }),
      { streamId, id, entityIds },
    ]),
  );
}

/** Only what is missing: every insert that ends in a conflict would use up a number of the identity. */
async function insertEntities(tx: Transaction, orgId: string, wishes: readonly DictionaryWish[]): Promise<void> {
  const known = await findEntities(tx, orgId, wishes);
  const missing = new Map<string, { streamId: number; machineId: string | null; kind: string; key: string }>();
  for (const { streamId, machineId, entries } of wishes) {
    for (const { kind, key } of entries) {
      const name = entityName(streamId, kind, key);
      if (!known.has(name)) missing.set(name, { streamId, machineId, kind, key });
    }
  }
  if (missing.size === 0) return;
  // In one order everywhere, or two gateways could wait for each other's rows.
  const rows = [...missing].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  await tx.execute(sql`
    insert into telemetry_entities (org_id, stream_id, machine_id, kind, key)
    select ${orgId}::uuid, n.stream_id, n.machine_id, n.kind, n.key
    from unnest(${sql.param(rows.map(({ streamId }) => streamId))}::int[],
      ${sql.param(rows.map(({ machineId }) => machineId))}::uuid[], ${sql.param(rows.map(({ kind }) => kind))}::text[],
      ${sql.param(rows.map(({ key }) => key))}::text[]) as n(stream_id, machine_id, kind, key)
    on conflict do nothing`);
  await countIgnored(
    tx,
    orgId,
    rows.flatMap(({ kind, machineId }) => (isEntityKind(kind) || !machineId ? [] : [machineId])),
  );
}

/** Of entities whose kind this version does not know nothing is stored but their names: their agent's page says so. */
async function countIgnored(tx: Transaction, orgId: string, machineIds: readonly string[]): Promise<void> {
  if (machineIds.length === 0) return;
  await tx.execute(sql`
    update agents a set ignored_entities = a.ignored_entities + n.entities
    from (select machine_id, count(*) as entities from unnest(${sql.param(machineIds)}::uuid[]) as machine_id
      group by machine_id) n
    join machines m on m.org_id = ${orgId}::uuid and m.id = n.machine_id
    where a.org_id = m.org_id and a.id = m.agent_id`);
}

/** The ids of all entities of the wishes' streams. */
async function findEntities(
  tx: Transaction,
  orgId: string,
  wishes: readonly DictionaryWish[],
): Promise<Map<string, number>> {
  const streamIds = [...new Set(wishes.map(({ streamId }) => streamId))];
  const { rows } = await tx.execute<{ id: number; stream_id: number; kind: string; key: string }>(sql`
    select id, stream_id, kind, key from telemetry_entities
    where org_id = ${orgId}::uuid and stream_id = any (${sql.param(streamIds)}::int[])`);
  return new Map(rows.map(({ id, stream_id: streamId, kind, key }) => [entityName(streamId, kind, key), id]));
}

const entityName = (streamId: number, kind: string, key: string) => `${streamId} ${kind} ${key}`;

/** The lists of ids are put together here: in SQL, that join has no statistics to be planned by. */
async function insertDictionaries(tx: Transaction, orgId: string, wishes: readonly DictionaryWish[]): Promise<void> {
  const ids = await findEntities(tx, orgId, wishes);
  const lists = wishes.map(({ streamId, entries }) =>
    entries.map(({ kind, key }) => {
      const id = ids.get(entityName(streamId, kind, key));
      if (id === undefined) throw new Error(`the entity ${kind} ${key} of stream ${streamId} was not stored`);
      return id;
    }),
  );
  await tx.execute(sql`
    insert into telemetry_dictionaries (org_id, stream_id, hash, entity_ids)
    select ${orgId}::uuid, w.stream_id, decode(w.hash, 'hex'), w.entity_ids::int[]
    from unnest(${sql.param(wishes.map(({ streamId }) => streamId))}::int[],
      ${sql.param(wishes.map(({ hash }) => hash.toString("hex")))}::text[],
      ${sql.param(lists.map((list) => `{${list.join(",")}}`))}::text[]) as w(stream_id, hash, entity_ids)
    order by w.stream_id, w.hash
    on conflict do nothing`);
}
