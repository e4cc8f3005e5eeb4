import { sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import type { clusters } from "@/db/schema/clusters";
import { clusterHealth } from "./model";
import { readItem } from "./timeline";

export type ClusterSummary = Pick<
  typeof clusters.$inferInsert,
  | "gitVersion"
  | "distribution"
  | "provider"
  | "region"
  | "nodesTotal"
  | "nodesReady"
  | "applicationsTotal"
  | "applicationsUnwell"
  | "systemsTotal"
  | "systemsUnwell"
  | "cpuAllocatableCores"
  | "cpuRequestedCores"
  | "memoryAllocatableBytes"
  | "memoryRequestedBytes"
  | "claimedBytes"
  | "sourcesUnknown"
  | "health"
>;

type Row = {
  cluster: unknown;
  known: string[];
  sources_unknown: number;
  nodes: number;
  nodes_ready: number;
  cpu_allocatable: number | null;
  cpu_requested: number | null;
  memory_allocatable: number | null;
  memory_requested: number | null;
  applications: number;
  applications_unwell: number;
  systems: number;
  systems_unwell: number;
  claimed: number | null;
};

/** What lists and tiles read of a cluster, from the items of a generation. What could not be read is null, not zero. */
export async function summarise(
  tx: Transaction,
  orgId: string,
  clusterId: string,
  generation: number,
): Promise<ClusterSummary> {
  const isUnwell = sql`item->>'health' in ('failed', 'degraded')`;
  const { rows } = await tx.execute<Row>(sql`
    select
      (array_agg(item) filter (where kind = 'cluster'))[1] as cluster,
      coalesce(array_agg(key) filter (where kind = 'source' and item->>'status' in ('synced', 'failing')), '{}') as known,
      (count(*) filter (where kind = 'source' and item->>'status' in ('denied', 'version_unknown', 'waiting')))::int
        as sources_unknown,
      (count(*) filter (where kind = 'node'))::int as nodes,
      (count(*) filter (where kind = 'node' and item->'conditions'->'Ready'->>'status' = 'True'))::int as nodes_ready,
      sum((item->'allocatable'->>'cpu')::float8) filter (where kind = 'node') as cpu_allocatable,
      sum((item->'requested'->>'cpuCores')::float8) filter (where kind = 'node') as cpu_requested,
      sum((item->'allocatable'->>'memory')::float8) filter (where kind = 'node') as memory_allocatable,
      sum((item->'requested'->>'memoryBytes')::float8) filter (where kind = 'node') as memory_requested,
      (count(*) filter (where kind = 'application'))::int as applications,
      (count(*) filter (where kind = 'application' and ${isUnwell}))::int as applications_unwell,
      (count(*) filter (where kind = 'system'))::int as systems,
      (count(*) filter (where kind = 'system' and ${isUnwell}))::int as systems_unwell,
      coalesce(sum(coalesce((item->>'capacityBytes')::float8, (item->>'requestedBytes')::float8))
        filter (where kind = 'claim'), 0) as claimed
    from cluster_items
    where org_id = ${orgId}::uuid and cluster_id = ${clusterId}::uuid and generation = ${generation}
      and kind in ('cluster', 'source', 'node', 'application', 'system', 'claim')`);
  const [row] = rows;
  if (!row) throw new Error("an aggregate gave no row");
  const of = (source: string, value: number | null) => (row.known.includes(source) ? value : null);
  const cluster = row.cluster ? readItem("cluster", row.cluster) : null;
  const counts = {
    nodesTotal: of("nodes", row.nodes),
    nodesReady: of("nodes", row.nodes_ready),
    applicationsUnwell: of("pods", row.applications_unwell),
    systemsUnwell: row.systems_unwell,
  };
  return {
    ...counts,
    gitVersion: cluster?.gitVersion ?? null,
    distribution: cluster?.distribution ?? null,
    provider: cluster?.provider ?? null,
    region: cluster?.region ?? null,
    applicationsTotal: of("pods", row.applications),
    systemsTotal: row.systems,
    cpuAllocatableCores: of("nodes", row.cpu_allocatable),
    cpuRequestedCores: of("pods", row.cpu_requested),
    memoryAllocatableBytes: of("nodes", row.memory_allocatable),
    memoryRequestedBytes: of("pods", row.memory_requested),
    claimedBytes: of("persistentvolumeclaims", row.claimed),
    sourcesUnknown: row.sources_unknown,
    health: clusterHealth(counts),
  };
}
