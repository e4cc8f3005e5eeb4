import { and, desc, eq, inArray, or, sql } from "drizzle-orm";
import { ITEM_KINDS, type ItemKind } from "@/contract/cluster/items";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { clusterChanges, clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { clusterVersions } from "@/db/schema/support";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { notFound } from "@/server/errors";
import { connectivityOf } from "@/server/fleet/model";
import { inOrderOf, listPage } from "@/server/lists/page";
import type { ListInput } from "@/server/lists/shapes";
import { currentSupport } from "@/server/support/dates";
import { clusterSupport } from "@/server/support/model";
import { versionsOf } from "@/server/support/versions";
import { CLUSTERS } from "./cluster-subject";
import { isContestedSql, ofSite, speaksFor } from "./connection";
import { readItemReadings } from "./readings";
import type { ClusterDetail, ClusterList, ClusterRow } from "./shapes";
import { readItem } from "./timeline";

const ROW = {
  id: clusters.id,
  name: clusters.name,
  labels: clusters.labels,
  siteId: sites.id,
  siteName: sites.name,
  siteLabels: sites.labels,
  isSimulated: sites.isSimulated,
  health: clusters.health,
  isContested: isContestedSql,
  gitVersion: clusters.gitVersion,
  distribution: clusters.distribution,
  provider: clusters.provider,
  region: clusters.region,
  nodesTotal: clusters.nodesTotal,
  nodesReady: clusters.nodesReady,
  applicationsTotal: clusters.applicationsTotal,
  applicationsUnwell: clusters.applicationsUnwell,
  systemsTotal: clusters.systemsTotal,
  systemsUnwell: clusters.systemsUnwell,
  cpuAllocatableCores: clusters.cpuAllocatableCores,
  cpuRequestedCores: clusters.cpuRequestedCores,
  memoryAllocatableBytes: clusters.memoryAllocatableBytes,
  memoryRequestedBytes: clusters.memoryRequestedBytes,
  claimedBytes: clusters.claimedBytes,
  sourcesUnknown: clusters.sourcesUnknown,
  agentId: agents.id,
  agentStatus: agents.status,
  intervalSeconds: agents.intervalSeconds,
  lastReceivedAt: agents.lastReceivedAt,
};

type RowShape = Omit<ClusterRow, "connectivity" | "support"> & { agentStatus: string | null };

function rowOf({ agentStatus, ...row }: RowShape, now: Date): ClusterRow {
  const agent =
    row.agentId && row.intervalSeconds !== null
      ? {
          isRevoked: agentStatus === "revoked",
          lastReceivedAt: row.lastReceivedAt,
          intervalSeconds: row.intervalSeconds,
        }
      : null;
  return { ...row, connectivity: connectivityOf(agent, now), support: clusterSupport(currentSupport().data, row, now) };
}

/** Clusters by their ids, in that order; one that is gone is left out. */
export async function readClusters(tx: Transaction, orgId: string, ids: readonly string[]): Promise<ClusterRow[]> {
  if (ids.length === 0) return [];
  const rows = await tx
    .select(ROW)
    .from(clusters)
    .innerJoin(sites, ofSite)
    .leftJoin(agents, speaksFor)
    .where(and(eq(clusters.orgId, orgId), inArray(clusters.id, [...ids])));
  const now = new Date();
  return inOrderOf(
    ids,
    rows.map((row) => rowOf(row, now)),
    ({ id }) => id,
  );
}

/** A page of clusters, with how many there are in all and how many of these are known to be current. */
export function listClusters(caller: Caller, input: ListInput): Promise<ClusterList> {
  return listPage(caller, CLUSTERS, input, (tx, ids) => readClusters(tx, caller.orgId, ids));
}

/** Items of one kind of what is told of a cluster now, by their keys. */
async function readKind<K extends ItemKind>(tx: Transaction, orgId: string, clusterId: string, kind: K) {
  const { rows } = await tx.execute<{ key: string; item: unknown }>(sql`
    select i.key, i.item from cluster_items i
    join clusters c on c.org_id = i.org_id and c.id = i.cluster_id and c.generation = i.generation
    where i.org_id = ${orgId}::uuid and i.cluster_id = ${clusterId}::uuid and i.kind = ${kind} order by i.key`);
  return rows.flatMap(({ key, item }) => {
    const read = readItem(kind, item);
    return read ? [{ key, ...read }] : [];
  });
}

/**
 * Everything that is known of one cluster but the items of its lists.
 * @throws DomainError not_found, also for a cluster at a site that this caller may not see
 */
export async function getCluster(caller: Caller, clusterId: string): Promise<ClusterDetail> {
  const { orgId } = caller;
  return asCaller(caller, async (tx) => {
    const [row] = await tx
      .select({
        ...ROW,
        uid: clusters.uid,
        createdAt: clusters.createdAt,
        toldAt: clusters.toldAt,
        confirmedAt: clusters.confirmedAt,
        agentVersion: agents.version,
      })
      .from(clusters)
      .innerJoin(sites, ofSite)
      .leftJoin(agents, speaksFor)
      .where(and(eq(clusters.id, clusterId), visibleSites(caller)));
    if (!row) throw notFound("cluster");
    const { uid, createdAt, toldAt, confirmedAt, agentVersion, ...listed } = row;
    const read = <K extends ItemKind>(kind: K) => readKind(tx, orgId, clusterId, kind);
    const [cluster] = await read("cluster");
    const now = new Date();
    return {
      ...rowOf(listed, now),
      uid,
      createdAt,
      toldAt,
      confirmedAt,
      agentVersion,
      collision: await findRival(tx, caller, clusterId),
      cluster: cluster ?? null,
      readings: (await readItemReadings(tx, { orgId, clusterId, kind: "cluster", keys: ["cluster"] })).cluster ?? null,
      sources: await read("source"),
      counts: await countItems(tx, orgId, clusterId),
      versions: versionsOf(currentSupport().data, now, {
        distribution: listed.distribution,
        gitVersion: listed.gitVersion,
        nodes: await read("node"),
        systems: await read("system"),
        databases: await readDatabases(tx, orgId, clusterId),
      }),
      changes: await tx
        .select({
          id: clusterChanges.id,
          kind: clusterChanges.kind,
          subject: clusterChanges.subject,
          before: clusterChanges.before,
          after: clusterChanges.after,
          observedAt: clusterChanges.observedAt,
          receivedAt: clusterChanges.receivedAt,
        })
        .from(clusterChanges)
        .where(and(eq(clusterChanges.orgId, orgId), eq(clusterChanges.clusterId, clusterId)))
        .orderBy(desc(clusterChanges.receivedAt), desc(clusterChanges.id))
        .limit(50),
    };
  });
}

/** Major versions of PostgreSQL in a cluster, as they were kept; one that is not told is left out here. */
async function readDatabases(tx: Transaction, orgId: string, clusterId: string): Promise<string[]> {
  const [kept] = await tx
    .select({ running: clusterVersions.running })
    .from(clusterVersions)
    .where(and(eq(clusterVersions.orgId, orgId), eq(clusterVersions.clusterId, clusterId)));
  return (kept?.running ?? []).flatMap((running) => /^postgresql (\d+)$/.exec(running)?.[1] ?? []);
}

async function countItems(tx: Transaction, orgId: string, clusterId: string): Promise<ClusterDetail["counts"]> {
  const { rows } = await tx.execute<{ kind: ItemKind; items: number }>(sql`
    select i.kind, count(*)::int as items from cluster_items i
    join clusters c on c.org_id = i.org_id and c.id = i.cluster_id and c.generation = i.generation
    where i.org_id = ${orgId}::uuid and i.cluster_id = ${clusterId}::uuid group by i.kind`);
  return Object.fromEntries(
    rows.filter(({ kind }) => ITEM_KINDS.includes(kind)).map(({ kind, items }) => [kind, items]),
  );
}

/** The other cluster that claims this one's identity, at sites that this caller may see. */
async function findRival(tx: Transaction, caller: Caller, clusterId: string): Promise<ClusterDetail["collision"]> {
  const [rival] = await tx
    .select({ clusterId: clusters.id, name: clusters.name, siteName: sites.name })
    .from(clusters)
    .innerJoin(sites, ofSite)
    .innerJoin(agents, speaksFor)
    .where(
      and(
        visibleSites(caller),
        eq(agents.status, "active"),
        or(
          eq(clusters.collidesWith, clusterId),
          sql`${clusters.id} = (select o.collides_with from clusters o
            where o.org_id = ${caller.orgId}::uuid and o.id = ${clusterId}::uuid)`,
        ),
      ),
    )
    .limit(1);
  return rival ?? null;
}
