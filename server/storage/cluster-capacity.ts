import { and, eq, sql } from "drizzle-orm";
import type { ItemKind } from "@/contract/cluster/items";
import type { Transaction } from "@/db/client";
import { clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { readItemReadings } from "@/server/clusters/readings";
import { readItem } from "@/server/clusters/timeline";
import { notFound } from "@/server/errors";
import { capacityOf, partSum, type Told } from "./capacity";
import type { ClassCapacity, ClusterCapacity, Pool } from "./shapes";

/** Parts of systems that are pools, and what their figures are called. */
const POOLS: Record<string, (figures: Record<string, number>) => Told> = {
  "longhorn/Disk": ({ maximumBytes, availableBytes, scheduledBytes, reservedBytes }) => ({
    rawBytes: maximumBytes,
    freeBytes: availableBytes,
    provisionedBytes: scheduledBytes,
    reservedBytes,
  }),
  "rook_ceph/CephCluster": ({ totalBytes, usedBytes, availableBytes }) => ({
    rawBytes: totalBytes,
    usedBytes,
    availableBytes,
  }),
  "portworx/StorageNode": ({ totalBytes, usedBytes }) => ({ rawBytes: totalBytes, usedBytes }),
};

type Item = { key: string; item: unknown; receivedAt: Date };

/**
 * The pools and storage classes of a cluster with what they hold, from what its agent told last.
 * @throws DomainError not_found, also for a cluster at a site that this caller may not see
 */
export function getClusterCapacity(caller: Caller, clusterId: string): Promise<ClusterCapacity> {
  return asCaller(caller, async (tx) => {
    const cluster = await findCluster(tx, caller, clusterId);
    const items = (kind: ItemKind) => readItems(tx, caller.orgId, cluster, kind);
    return {
      pools: poolsOf(await items("part")),
      classes: await classesOf(tx, caller.orgId, cluster, {
        classes: await items("storageClass"),
        claims: await items("claim"),
        capacities: await items("capacity"),
      }),
    };
  });
}

export type FoundCluster = { id: string; generation: number };

/** @throws DomainError not_found, also for a cluster at a site that this caller may not see */
export async function findCluster(tx: Transaction, caller: Caller, clusterId: string): Promise<FoundCluster> {
  const [cluster] = await tx
    .select({ id: clusters.id, generation: clusters.generation })
    .from(clusters)
    .innerJoin(sites, and(eq(sites.orgId, clusters.orgId), eq(sites.id, clusters.siteId)))
    .where(and(eq(clusters.id, clusterId), visibleSites(caller)));
  if (!cluster) throw notFound("cluster");
  return cluster;
}

/** What is told of a cluster, one kind of it; of parts of systems those that are pools. */
export async function readItems(tx: Transaction, orgId: string, { id, generation }: FoundCluster, kind: ItemKind) {
  const isPool = sql`(item ->> 'system') || '/' || (item ->> 'type') = any (${sql.param(Object.keys(POOLS))}::text[])`;
  const { rows } = await tx.execute<{ key: string; item: unknown; received_at: Date }>(sql`
    select key, item, received_at from cluster_items
    where org_id = ${orgId}::uuid and cluster_id = ${id}::uuid and generation = ${generation} and kind = ${kind}
      and ${kind === "part" ? isPool : sql`true`}
    order by key`);
  return rows.map(({ key, item, received_at }): Item => ({ key, item, receivedAt: new Date(received_at) }));
}

/** The pools among the parts of systems, each with its five figures. */
export function poolsOf(parts: readonly Item[]): Pool[] {
  return parts.flatMap(({ key, item, receivedAt }) => {
    const part = readItem("part", item);
    const told = part && POOLS[`${part.system}/${part.type}`];
    if (!told) return [];
    return [{ key, system: part.system, name: part.name, receivedAt, ...capacityOf(told(part.figures ?? {})) }];
  });
}

async function classesOf(
  tx: Transaction,
  orgId: string,
  { id }: FoundCluster,
  told: { classes: Item[]; claims: Item[]; capacities: Item[] },
): Promise<ClassCapacity[]> {
  const keys = told.claims.map(({ key }) => key);
  const readings = await readItemReadings(tx, { orgId, clusterId: id, kind: "claim", keys });
  const claims = told.claims.flatMap(({ key, item }) => {
    const claim = readItem("claim", item);
    return claim ? [{ ...claim, usedBytes: readings[key]?.readings.usedBytes }] : [];
  });
  const capacities = told.capacities.flatMap(({ item }) => readItem("capacity", item) ?? []);
  return told.classes.flatMap(({ key, item }) => {
    const own = readItem("storageClass", item);
    if (!own) return [];
    const ofClass = claims.filter(({ storageClass }) => storageClass === key);
    const left = partSum(capacities.filter((one) => one.storageClass === key).map((one) => one.availableBytes));
    return [
      {
        key,
        provisioner: own.provisioner,
        parameters: own.parameters ?? {},
        provisioned: partSum(ofClass.map((claim) => claim.capacityBytes)),
        used: partSum(ofClass.map((claim) => claim.usedBytes)),
        availableBytes: left.known > 0 && left.known === left.total ? left.bytes : null,
      },
    ];
  });
}
