import { and, eq, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { clusterKubelets, clusterVersions } from "@/db/schema/support";
import type { Caller } from "@/server/access/caller";
import { ofSite, speaksFor } from "@/server/clusters/connection";
import { kubeletSkew } from "./model";
import { ruleOf, type SupportData } from "./support-data";
import { ownFleet, type VersionCount } from "./version-counts";

/** What runs in a cluster is kept as `flux 2.5`; nothing after the space: not told, or no version. */
export function componentOf(running: string): { component: string; cycle: string } {
  const at = running.lastIndexOf(" ");
  return { component: running.slice(0, at), cycle: running.slice(at + 1) };
}

export type ComponentCount = { component: string; cycle: string; clusters: number };

/** How many clusters of the fleet run which period of support of what is in them. Equal clusters are counted at once. */
export async function countComponents(tx: Transaction, caller: Caller): Promise<ComponentCount[]> {
  const alike = tx
    .select({ running: clusterVersions.running, clusters: sql<number>`count(*)`.as("alike") })
    .from(clusterVersions)
    .innerJoin(clusters, and(eq(clusters.orgId, clusterVersions.orgId), eq(clusters.id, clusterVersions.clusterId)))
    .innerJoin(sites, ofSite)
    .innerJoin(agents, speaksFor)
    .where(ownFleet(caller))
    .groupBy(clusterVersions.running);
  const { rows } = await tx.execute<{ running: string; clusters: number }>(sql`
    select one as running, sum(alike)::int as clusters from (${alike}) as kinds, unnest(kinds.running) as one group by one`);
  return rows.map(({ running, clusters: count }) => ({ ...componentOf(running), clusters: count }));
}

/** Clusters that run a version of something, or of any version with null: a condition on `clusters`. */
export const hasComponent = (component: string, cycle: string | null) => sql`exists (
  select from cluster_versions v where v.org_id = ${clusters.orgId} and v.cluster_id = ${clusters.id} and ${
    cycle === null
      ? sql`exists (select from unnest(v.running) as one where starts_with(one, ${`${component} `}))`
      : sql`v.running @> array[${`${component} ${cycle}`}]`
  })`;

/** A kind of kubelet: its own version and that of its cluster. */
export type Kubelet = Omit<VersionCount, "clusters"> & { cycle: string };

/** Nodes of the fleet by the kind of their kubelet. */
export const countKubelets = (tx: Transaction, caller: Caller): Promise<(Kubelet & { nodes: number })[]> =>
  tx
    .select({
      distribution: clusters.distribution,
      gitVersion: clusters.gitVersion,
      cycle: clusterKubelets.cycle,
      nodes: sql<number>`sum(${clusterKubelets.nodes})::int`,
    })
    .from(clusterKubelets)
    .innerJoin(clusters, and(eq(clusters.orgId, clusterKubelets.orgId), eq(clusters.id, clusterKubelets.clusterId)))
    .innerJoin(sites, ofSite)
    .innerJoin(agents, speaksFor)
    .where(ownFleet(caller))
    .groupBy(clusters.distribution, clusters.gitVersion, clusterKubelets.cycle);

/** How far a kind of kubelet is behind; null when a version is unknown. */
export const skewOf = (data: SupportData, { distribution, gitVersion, cycle }: Kubelet) =>
  kubeletSkew(gitVersion, cycle, ruleOf(data, distribution).kubeletBehindMax);

/** Clusters with one of these kinds of kubelets: a condition on `clusters`. */
export const hasKubelet = (kinds: readonly Kubelet[]) => sql`(${clusters.orgId}, ${clusters.id}) in (
  select k.org_id, k.cluster_id from cluster_kubelets k
  join clusters c on c.org_id = k.org_id and c.id = k.cluster_id
  join jsonb_to_recordset(${JSON.stringify(kinds)}::jsonb) as kind("distribution" text, "gitVersion" text, cycle text)
    on kind.cycle = k.cycle and coalesce(kind.distribution, '') = coalesce(c.distribution, '')
      and kind."gitVersion" = c.git_version)`;
