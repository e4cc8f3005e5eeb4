import { sql } from "drizzle-orm";
import type { InventoryChange } from "@/contract/inventory";
import type { Transaction } from "@/db/client";
import { clusterChanges } from "@/db/schema/clusters";
import { type ItemChange, timelineOf } from "./timeline";

/** Kinds whose changes are in the timeline. */
const KINDS = ["cluster", "node", "system"];

type Before = ReadonlyMap<string, { kind: string; key: string; item: unknown }>;

/** Writes what changed into the timeline: by one change, or from one whole to the next. */
export async function noteChanges(
  tx: Transaction,
  orgId: string,
  clusterId: string,
  by: { observedAt: Date | null } & (
    | { before: Before; change: InventoryChange }
    | { generations: { before: number; after: number } }
  ),
): Promise<void> {
  const found =
    "change" in by ? changesBy(by.before, by.change) : await changesBetween(tx, orgId, clusterId, by.generations);
  if (found.length === 0) return;
  const { observedAt } = by;
  await tx.insert(clusterChanges).values(found.map((change) => ({ orgId, clusterId, observedAt, ...change })));
}

function changesBy(before: Before, { put, drop }: InventoryChange): ItemChange[] {
  return KINDS.flatMap((kind) => [
    ...Object.entries(put[kind] ?? {}).flatMap(([key, item]) =>
      timelineOf(kind, key, before.get(`${kind}\n${key}`)?.item, item),
    ),
    ...(drop[kind] ?? []).flatMap((key) => timelineOf(kind, key, before.get(`${kind}\n${key}`)?.item, null)),
  ]);
}

/** The first whole is no change of anything. */
async function changesBetween(
  tx: Transaction,
  orgId: string,
  clusterId: string,
  { before, after }: { before: number; after: number },
): Promise<ItemChange[]> {
  if (before === 0) return [];
  const { rows } = await tx.execute<{ kind: string; key: string; was: unknown; is: unknown }>(sql`
    with items as (select generation, kind, key, item from cluster_items
      where org_id = ${orgId}::uuid and cluster_id = ${clusterId}::uuid and kind = any (${sql.param(KINDS)}::text[]))
    select kind, key, b.item as was, a.item as is
    from (select * from items where generation = ${before}) b
    full join (select * from items where generation = ${after}) a using (kind, key)
    where a.item is distinct from b.item`);
  return rows.flatMap(({ kind, key, was, is }) => timelineOf(kind, key, was, is));
}
