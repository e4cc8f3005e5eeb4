import { and, eq, inArray, or, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { clusterApplications, clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import type { Caller } from "@/server/access/caller";
import { connectivityOf } from "@/server/fleet/model";
import { inOrderOf, listPage } from "@/server/lists/page";
import type { ListInput } from "@/server/lists/shapes";
import { APPLICATIONS } from "./application-subject";
import { ofSite, speaksFor } from "./connection";
import type { ApplicationList, ApplicationRow } from "./shapes";

/**
 * Makes the rows of a cluster's applications what its items of this generation say. Called in the transaction that
 * changes the items, so that list and cluster never disagree.
 */
export async function keepApplications(
  tx: Transaction,
  orgId: string,
  clusterId: string,
  generation: number,
): Promise<void> {
  await tx.execute(sql`
    with told as (
      select key, split_part(key, '/', 1) as namespace, coalesce(nullif(substr(key, strpos(key, '/') + 1), ''), key) as name,
        case when item ->> 'health' in ('healthy', 'degraded', 'failed', 'paused') then item ->> 'health'
          else 'unknown' end as health,
        item ->> 'version' as version, item ->> 'by' as kept_by, told_count(item -> 'workloads') as workloads,
        told_count(item -> 'wanted') as wanted, told_count(item -> 'ready') as ready
      from cluster_items where org_id = ${orgId}::uuid and cluster_id = ${clusterId}::uuid
        and generation = ${generation} and kind = 'application'),
    gone as (
      delete from cluster_applications a where a.org_id = ${orgId}::uuid and a.cluster_id = ${clusterId}::uuid
        and not exists (select from told where told.key = a.key))
    insert into cluster_applications as a
      (org_id, cluster_id, key, namespace, name, health, version, kept_by, workloads, wanted, ready)
    select ${orgId}::uuid, ${clusterId}::uuid, told.* from told
    on conflict (org_id, cluster_id, key) do update set health = excluded.health, version = excluded.version,
      kept_by = excluded.kept_by, workloads = excluded.workloads, wanted = excluded.wanted, ready = excluded.ready,
      health_changed_at = case when a.health = excluded.health then a.health_changed_at else now() end
    where (a.health, a.version, a.kept_by, a.workloads, a.wanted, a.ready)
      is distinct from (excluded.health, excluded.version, excluded.kept_by, excluded.workloads, excluded.wanted, excluded.ready)`);
}

const ROW = {
  key: clusterApplications.key,
  namespace: clusterApplications.namespace,
  name: clusterApplications.name,
  health: clusterApplications.health,
  healthChangedAt: clusterApplications.healthChangedAt,
  version: clusterApplications.version,
  by: clusterApplications.keptBy,
  workloads: clusterApplications.workloads,
  wanted: clusterApplications.wanted,
  ready: clusterApplications.ready,
  clusterId: clusters.id,
  clusterName: clusters.name,
  labels: clusters.labels,
  siteId: sites.id,
  siteName: sites.name,
  siteLabels: sites.labels,
  agentStatus: agents.status,
  intervalSeconds: agents.intervalSeconds,
  lastReceivedAt: agents.lastReceivedAt,
};

/** Applications by their ids, in that order; one that is gone is left out. */
export async function readApplications(
  tx: Transaction,
  orgId: string,
  ids: readonly string[],
): Promise<ApplicationRow[]> {
  if (ids.length === 0) return [];
  const keysOf = new Map<string, string[]>();
  for (const id of ids) {
    const at = id.indexOf("/");
    const clusterId = id.slice(0, at);
    keysOf.set(clusterId, [...(keysOf.get(clusterId) ?? []), id.slice(at + 1)]);
  }
  const rows = await tx
    .select(ROW)
    .from(clusterApplications)
    .innerJoin(
      clusters,
      and(eq(clusters.orgId, clusterApplications.orgId), eq(clusters.id, clusterApplications.clusterId)),
    )
    .innerJoin(sites, ofSite)
    .leftJoin(agents, speaksFor)
    .where(
      and(
        eq(clusterApplications.orgId, orgId),
        or(
          ...[...keysOf].map(([clusterId, keys]) =>
            and(eq(clusterApplications.clusterId, clusterId), inArray(clusterApplications.key, keys)),
          ),
        ),
      ),
    );
  const now = new Date();
  const made = rows.map(({ agentStatus, ...row }): ApplicationRow => {
    const agent =
      agentStatus !== null && row.intervalSeconds !== null
        ? {
            isRevoked: agentStatus === "revoked",
            lastReceivedAt: row.lastReceivedAt,
            intervalSeconds: row.intervalSeconds,
          }
        : null;
    return { ...row, id: `${row.clusterId}/${row.key}`, connectivity: connectivityOf(agent, now) };
  });
  return inOrderOf(ids, made, ({ id }) => id);
}

/** A page of the applications of all clusters, with how many there are in all and of how many the state is of now. */
export function listApplications(caller: Caller, input: ListInput): Promise<ApplicationList> {
  return listPage(caller, APPLICATIONS, input, (tx, ids) => readApplications(tx, caller.orgId, ids));
}
