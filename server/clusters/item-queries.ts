import { and, eq, inArray, or, sql } from "drizzle-orm";
import { ITEM_SCHEMAS, type ItemOf } from "@/contract/cluster/items";
import type { Transaction } from "@/db/client";
import { clusters } from "@/db/schema/clusters";
import { machines, sites } from "@/db/schema/fleet";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { notFound } from "@/server/errors";
import { likePattern } from "@/server/lists/subject";
import { readItemReadings } from "./readings";
import type { ClusterItemList, ClusterItemsInput } from "./shapes";
import { readItem } from "./timeline";

type Row = { key: string; item: unknown; received_at: Date; total: number };

/**
 * A page of what is told of a cluster, one kind of it: those that are not well first.
 * @throws DomainError not_found, also for a cluster at a site that this caller may not see
 */
export async function listClusterItems(caller: Caller, input: ClusterItemsInput): Promise<ClusterItemList> {
  const { clusterId, kind, health, system, search } = input;
  const { orgId } = caller;
  return asCaller(caller, async (tx) => {
    const [cluster] = await tx
      .select({ generation: clusters.generation })
      .from(clusters)
      .innerJoin(sites, and(eq(sites.orgId, clusters.orgId), eq(sites.id, clusters.siteId)))
      .where(and(eq(clusters.id, clusterId), visibleSites(caller)));
    if (!cluster) throw notFound("cluster");
    const hasHealth = "health" in ITEM_SCHEMAS[kind].shape;
    const conditions = [
      sql`org_id = ${orgId}::uuid and cluster_id = ${clusterId}::uuid and generation = ${cluster.generation}`,
      sql`kind = ${kind}`,
      ...(search.trim() === "" ? [] : [sql`key ilike ${likePattern(search)}`]),
      ...(hasHealth && health.length > 0 ? [sql`item->>'health' = any (${sql.param(health)}::text[])`] : []),
      ...(system === null ? [] : [sql`item->>'system' = ${system}`]),
    ];
    const order = hasHealth
      ? sql`coalesce(array_position(array['failed','degraded','unknown','paused','healthy'], item->>'health'), 3), key`
      : kind === "warning"
        ? sql`(item->>'lastAt')::bigint desc nulls last, key`
        : sql`key`;
    const { rows } = await tx.execute<Row>(sql`
      select key, item, received_at, (count(*) over ())::int as total from cluster_items
      where ${sql.join(conditions, sql` and `)} order by ${order} limit ${input.limit} offset ${input.cursor}`);
    const read = rows.flatMap(({ key, item, received_at }) => {
      const parsed = readItem(kind, item);
      return parsed ? [{ key, item: { ...parsed }, receivedAt: new Date(received_at) }] : [];
    });
    return {
      rows: read,
      total: rows[0]?.total ?? 0,
      unreadable: rows.length - read.length,
      readings: await readItemReadings(tx, { orgId, clusterId, kind, keys: read.map(({ key }) => key) }),
      machines:
        kind === "node"
          ? await findMachines(tx, caller, read as unknown as { key: string; item: ItemOf<"node"> }[])
          : {},
    };
  });
}

/** The machines that nodes are, by the UUID of their hardware or the id of their system, at sites that the caller sees. */
async function findMachines(
  tx: Transaction,
  caller: Caller,
  nodes: readonly { key: string; item: ItemOf<"node"> }[],
): Promise<ClusterItemList["machines"]> {
  const uuidOf = ({ item }: (typeof nodes)[number]) => item.systemUuid?.toLowerCase();
  const uuids = nodes.flatMap((node) => uuidOf(node) ?? []);
  const machineIds = nodes.flatMap(({ item }) => item.machineId ?? []);
  if (uuids.length + machineIds.length === 0) return {};
  const uuid = sql<string | null>`lower(${machines.facts} -> 'systemUuid' ->> 'value')`;
  const machineId = sql<string | null>`${machines.facts} -> 'machineId' ->> 'value'`;
  const found = await tx
    .select({ id: machines.id, name: machines.name, uuid, machineId })
    .from(machines)
    .innerJoin(sites, and(eq(sites.orgId, machines.orgId), eq(sites.id, machines.siteId)))
    .where(
      and(
        visibleSites(caller),
        or(
          uuids.length > 0 ? inArray(uuid, uuids) : undefined,
          machineIds.length > 0 ? inArray(machineId, machineIds) : undefined,
        ),
      ),
    );
  return Object.fromEntries(
    nodes.flatMap((node) => {
      const machine =
        found.find((candidate) => candidate.uuid !== null && candidate.uuid === uuidOf(node)) ??
        found.find((candidate) => candidate.machineId !== null && candidate.machineId === node.item.machineId);
      return machine ? [[node.key, { id: machine.id, name: machine.name }]] : [];
    }),
  );
}
