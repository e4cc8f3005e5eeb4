import { and, eq, sql } from "drizzle-orm";
import { addShares, EMPTY_STATE, type InventoryChange, takeShare } from "@/contract/inventory";
import { shareOf } from "@/contract/inventory-share";
import type { InventoryMessage } from "@/contract/messages";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { clusters } from "@/db/schema/clusters";
import { announceMachines } from "@/server/live";
import { storable } from "@/server/storable-json";
import { lookAgain } from "@/server/storage/look-again";
import { keepVersions, tellsVersions } from "@/server/support/keep-versions";
import type { AgentLink } from "@/server/telemetry/agent-link";
import { type BoundAgent, bindAgents } from "@/server/telemetry/bind-agents";
import type { Queued, Verdict } from "@/server/telemetry/commit-queue";
import { REVOKED } from "@/server/telemetry/frame-commit";
import { keepApplications } from "./applications";
import { changeCluster } from "./bind-cluster";
import { noteChanges } from "./changes";
import { fromSigned, toSigned } from "./state-name";
import { summarise } from "./summary";

export type InventoryItem = Queued &
  Pick<InventoryMessage, "part" | "base" | "target"> & {
    link: AgentLink;
    change: InventoryChange;
    epoch: number;
    sequence: number;
    receivedAt: Date;
  };

const NOT_A_CLUSTER: Verdict = {
  code: "malformed",
  message: "This agent speaks for a machine; one for a cluster is enrolled with --kubernetes",
};
const UNKNOWN_STATE: Verdict = {
  code: "state_unknown",
  message: "The change builds on a state that is not here; send the whole",
};

/**
 * Stores changes of inventories of one organisation in one transaction. When this returns, the commit has happened. A
 * change whose target is the state already is stored already, and changes nothing.
 *
 * @returns verdicts other than "stored"
 * @throws whatever the database throws; nothing is stored then
 */
export async function commitInventories(
  database: Database,
  orgId: string,
  items: readonly InventoryItem[],
): Promise<ReadonlyMap<InventoryItem, Verdict>> {
  const verdicts = new Map<InventoryItem, Verdict>();
  await withTenant(database, { orgId }, async (tx) => {
    const bound = await bindAgents(
      tx,
      orgId,
      items.map(({ link }) => link),
    );
    const told: BoundAgent[] = [];
    // By agent, as everybody locks them; of one agent as they came.
    for (const item of [...items].sort((a, b) => (a.link.agentId < b.link.agentId ? -1 : 1))) {
      const agent = bound.get(item.link.agentId);
      if (!agent) verdicts.set(item, REVOKED);
      else if (!agent.clusterId) verdicts.set(item, NOT_A_CLUSTER);
      else {
        const clusterId = await clusterOf(tx, orgId, { ...agent, clusterId: agent.clusterId }, item);
        if (await apply(tx, orgId, clusterId, item)) told.push(agent);
        else verdicts.set(item, UNKNOWN_STATE);
      }
    }
    await announceMachines(tx, orgId, "fleet", told);
  });
  return verdicts;
}

/** The cluster that the agent says it is in: another one than before when its state was copied there. */
async function clusterOf(
  tx: Transaction,
  orgId: string,
  { clusterId, clusterUid, siteId }: BoundAgent & { clusterId: string },
  { link, change: { clusterUid: said } }: InventoryItem,
): Promise<string> {
  if (said === clusterUid) return clusterId;
  const { agentId, hostname } = link;
  return changeCluster(tx, { id: agentId, orgId, siteId, hostname, clusterUid: said, clusterId });
}

type Row = {
  generation: number;
  state: string;
  staged_generation: number | null;
  staged_state: string | null;
};

/** @returns false when the change does not fit what is here */
async function apply(tx: Transaction, orgId: string, clusterId: string, item: InventoryItem): Promise<boolean> {
  const { rows } = await tx.execute<Row>(sql`
    select generation, state, staged_generation, staged_state from clusters
    where org_id = ${orgId}::uuid and id = ${clusterId}::uuid for update`);
  const [row] = rows;
  if (!row) throw new Error(`cluster ${clusterId} is not there`);
  const observedAt = item.link.newestMoment > 0 ? new Date(1000 * item.link.newestMoment) : null;
  const moments = { observedAt, receivedAt: item.receivedAt };
  const isShown = row.generation > 0 && fromSigned(row.state) === item.target;
  if (!item.part || (isShown && item.part.isLast && row.staged_generation === null)) {
    return change(tx, orgId, { id: clusterId, row, isShown }, item, moments);
  }
  return stage(tx, orgId, { id: clusterId, row }, item, moments);
}

type Moments = { observedAt: Date | null; receivedAt: Date };

/** A change of what is shown; nothing is written when it is there already. */
async function change(
  tx: Transaction,
  orgId: string,
  { id, row, isShown }: { id: string; row: Row; isShown: boolean },
  item: InventoryItem,
  { observedAt, receivedAt }: Moments,
): Promise<boolean> {
  const own = and(eq(clusters.orgId, orgId), eq(clusters.id, id));
  if (isShown) {
    await tx.update(clusters).set({ confirmedAt: receivedAt }).where(own);
    return true;
  }
  if (row.generation === 0 || fromSigned(row.state) !== item.base) return false;
  const before = await readItems(tx, orgId, id, row.generation, item.change);
  const to = { id, generation: row.generation, state: item.base };
  if (!(await writeTo(tx, orgId, to, item, before))) return false;
  await noteChanges(tx, orgId, id, { before, change: item.change, observedAt });
  if (tellsVersions(item.change)) await keepVersions(tx, orgId, id, row.generation);
  await tx
    .update(clusters)
    .set({
      state: toSigned(item.target),
      toldAt: observedAt,
      toldReceivedAt: receivedAt,
      confirmedAt: receivedAt,
      ...(await summarise(tx, orgId, id, row.generation)),
    })
    .where(own);
  if ("application" in item.change.put || "application" in item.change.drop) {
    await keepApplications(tx, orgId, id, row.generation);
  }
  if ("claim" in item.change.put || "claim" in item.change.drop) await lookAgain(tx, orgId, id);
  return true;
}

/** A part of a whole: kept beside what is shown, and shown in its place once it is complete. */
async function stage(
  tx: Transaction,
  orgId: string,
  { id, row }: { id: string; row: Row },
  item: InventoryItem,
  { observedAt, receivedAt }: Moments,
): Promise<boolean> {
  const own = and(eq(clusters.orgId, orgId), eq(clusters.id, id));
  const isAgain = row.staged_state !== null && fromSigned(row.staged_state) === item.target && !item.part?.isLast;
  if (isAgain) return true;
  const isFirst = item.part?.isFirst ?? false;
  if (isFirst) {
    await tx.execute(sql`delete from cluster_items where org_id = ${orgId}::uuid and cluster_id = ${id}::uuid
      and generation > ${row.generation}`);
  }
  const generation = isFirst ? row.generation + 1 : row.staged_generation;
  const base = isFirst ? EMPTY_STATE : row.staged_state === null ? null : fromSigned(row.staged_state);
  if (generation === null || base === null || base !== item.base) return false;
  if (!(await writeTo(tx, orgId, { id, generation, state: base }, item, new Map()))) return false;
  if (!item.part?.isLast) {
    await tx
      .update(clusters)
      .set({ stagedGeneration: generation, stagedState: toSigned(item.target) })
      .where(own);
    return true;
  }
  await noteChanges(tx, orgId, id, { generations: { before: row.generation, after: generation }, observedAt });
  await keepVersions(tx, orgId, id, generation);
  await tx
    .update(clusters)
    .set({
      generation,
      state: toSigned(item.target),
      stagedGeneration: null,
      stagedState: null,
      toldAt: observedAt,
      toldReceivedAt: receivedAt,
      confirmedAt: receivedAt,
      ...(await summarise(tx, orgId, id, generation)),
    })
    .where(own);
  await keepApplications(tx, orgId, id, generation);
  await lookAgain(tx, orgId, id);
  await tx.execute(sql`delete from cluster_items where org_id = ${orgId}::uuid and cluster_id = ${id}::uuid
    and generation < ${generation}`);
  return true;
}

/** Kind, newline, key. */
type ItemName = string;
export type StoredItem = { kind: string; key: string; item: unknown; share: bigint };
const nameOf = (kind: string, key: string): ItemName => `${kind}\n${key}`;

/** The items that a change puts or drops, as they are now. */
async function readItems(
  tx: Transaction,
  orgId: string,
  id: string,
  generation: number,
  { put, drop }: InventoryChange,
): Promise<Map<ItemName, StoredItem>> {
  const names = [
    ...Object.entries(put).flatMap(([kind, items]) => Object.keys(items).map((key) => ({ kind, key }))),
    ...Object.entries(drop).flatMap(([kind, keys]) => keys.map((key) => ({ kind, key }))),
  ];
  const { rows } = await tx.execute<{ kind: string; key: string; item: unknown; share: string }>(sql`
    select i.kind, i.key, i.item, i.share from cluster_items i
    join jsonb_to_recordset(${JSON.stringify(names)}::jsonb) as n(kind text, key text)
      on i.kind = n.kind and i.key = n.key
    where i.org_id = ${orgId}::uuid and i.cluster_id = ${id}::uuid and i.generation = ${generation}`);
  return new Map(rows.map((row) => [nameOf(row.kind, row.key), { ...row, share: fromSigned(row.share) }]));
}

class OtherState extends Error {}

/** Writes what a change says, or nothing when it leads to another state than its sender has. @returns whether it did */
async function writeTo(
  tx: Transaction,
  orgId: string,
  to: Target,
  { change, target }: Pick<InventoryItem, "change" | "target">,
  before: ReadonlyMap<ItemName, StoredItem>,
): Promise<boolean> {
  try {
    // A savepoint: the transaction goes on for others.
    await tx.transaction(async (inner) => {
      if ((await write(inner, orgId, to, change, before)) !== target) throw new OtherState();
    });
    return true;
  } catch (error) {
    if (error instanceof OtherState) return false;
    throw error;
  }
}

type Target = { id: string; generation: number; state: bigint };

/** @returns the name of the state that comes of it */
async function write(
  tx: Transaction,
  orgId: string,
  to: Target,
  { put, drop }: InventoryChange,
  before: ReadonlyMap<ItemName, StoredItem>,
): Promise<bigint> {
  let { state } = to;
  const rows: { kind: string; key: string; item: unknown; share: string }[] = [];
  for (const [kind, items] of Object.entries(put)) {
    for (const [key, item] of Object.entries(items)) {
      const share = shareOf(kind, key, item);
      state = addShares(takeShare(state, before.get(nameOf(kind, key))?.share ?? 0n), share);
      rows.push({ kind, key, item: storable(item), share: toSigned(share).toString() });
    }
  }
  const gone = Object.entries(drop).flatMap(([kind, keys]) => keys.map((key) => ({ kind, key })));
  for (const { kind, key } of gone) state = takeShare(state, before.get(nameOf(kind, key))?.share ?? 0n);
  if (gone.length > 0) {
    await tx.execute(sql`delete from cluster_items i
      using jsonb_to_recordset(${JSON.stringify(gone)}::jsonb) as n(kind text, key text)
      where i.org_id = ${orgId}::uuid and i.cluster_id = ${to.id}::uuid and i.generation = ${to.generation}
        and i.kind = n.kind and i.key = n.key`);
  }
  if (rows.length > 0) {
    await tx.execute(sql`insert into cluster_items (org_id, cluster_id, generation, kind, key, item, share)
      select ${orgId}::uuid, ${to.id}::uuid, ${to.generation}, n.kind, n.key, n.item, n.share
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(kind text, key text, item jsonb, share bigint)
      on conflict (org_id, cluster_id, generation, kind, key)
        do update set item = excluded.item, share = excluded.share, received_at = now()`);
  }
  return state;
}
