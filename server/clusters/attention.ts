import { and, inArray, or, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { type Caller, visibleSites } from "@/server/access/caller";
import { FIRST_REPORT_SECONDS, PLAIN_LINE } from "@/server/fleet/attention";
import { isInOutageSql } from "@/server/fleet/machine-connection";
import type { Connectivity } from "@/server/fleet/model";
import type { Attention } from "@/server/fleet/shapes";
import { currentSupport } from "@/server/support/dates";
import { countVersions, supportedVersions } from "@/server/support/version-counts";
import { connectivitySql, isContestedSql, ofSite, speaksFor } from "./connection";

/** What of a cluster and its agent can need a person. */
export type ClusterAttentionInput = {
  clusterId: string;
  agentId: string | null;
  name: string;
  siteName: string;
  connectivity: Connectivity;
  isContested: boolean;
  enrolledAt: Date | null;
  lastReceivedAt: Date | null;
  nodesTotal: number | null;
  nodesReady: number | null;
  systemsUnwell: number | null;
  applicationsUnwell: number | null;
  /** It is silent as part of an outage, which is a line of its own. */
  isInOutage: boolean;
  isSimulated: boolean;
};

/** All that is wrong with one cluster; what a silent cluster told last is of the past and raises nothing. */
export function clusterAttentionOf(cluster: ClusterAttentionInput, now: Date): Attention[] {
  const { clusterId, agentId, name, siteName, isSimulated, nodesTotal, nodesReady } = cluster;
  const line = (
    kind: Attention["kind"],
    severity: Attention["severity"],
    more: Partial<Pick<Attention, "figure" | "detail" | "since">> = {},
  ): Attention => ({
    ...PLAIN_LINE,
    ...{ kind, severity, machineId: null, clusterId, agentId, name, siteName, isSimulated },
    ...more,
  });
  if (cluster.connectivity === "revoked") return [];
  const lines = cluster.isContested ? [line("clusterCollision", "critical")] : [];
  if (cluster.connectivity === "offline")
    return cluster.isInOutage ? lines : [...lines, line("offline", "critical", { since: cluster.lastReceivedAt })];
  if (cluster.connectivity === "never") {
    const waitedSeconds = cluster.enrolledAt ? (now.getTime() - cluster.enrolledAt.getTime()) / 1000 : 0;
    const isLate = waitedSeconds > FIRST_REPORT_SECONDS;
    return isLate ? [...lines, line("never", "warning", { since: cluster.enrolledAt })] : lines;
  }
  if (nodesTotal !== null && nodesReady !== null && nodesReady < nodesTotal) {
    const figure = nodesTotal - nodesReady;
    lines.push(line("clusterNodes", nodesReady === 0 ? "critical" : "warning", { figure, detail: String(nodesTotal) }));
  }
  if (cluster.systemsUnwell) lines.push(line("clusterSystems", "warning", { figure: cluster.systemsUnwell }));
  if (cluster.applicationsUnwell) {
    lines.push(line("clusterApplications", "warning", { figure: cluster.applicationsUnwell }));
  }
  return lines;
}

/** Lines of clusters, and of how many more clusters there would be some, by why. */
export type ClusterAttention = { lines: Attention[]; offline: number; never: number; unwell: number };

/**
 * What of all clusters needs a person: a rough filter in SQL keeps the well ones at home, `clusterAttentionOf` judges.
 * Who is silent as part of an outage is left to it.
 */
export async function listClusterAttention(tx: Transaction, caller: Caller, max: number): Promise<ClusterAttention> {
  const isEntangled = sql`${clusters.id} in (
    select unnest(array[r.id, r.collides_with]) from clusters r
    where r.org_id = ${caller.orgId}::uuid and r.collides_with is not null)`;
  const isUnwell = inArray(clusters.health, ["failed", "degraded"]);
  const why = sql<"offline" | "never" | "unwell">`case ${connectivitySql} when 'offline' then 'offline'
    when 'never' then 'never' else 'unwell' end`;
  const rows = await tx
    .select({
      clusterId: clusters.id,
      agentId: agents.id,
      name: clusters.name,
      siteName: sites.name,
      connectivity: connectivitySql,
      isContested: isContestedSql,
      enrolledAt: agents.enrolledAt,
      lastReceivedAt: agents.lastReceivedAt,
      nodesTotal: clusters.nodesTotal,
      nodesReady: clusters.nodesReady,
      systemsUnwell: clusters.systemsUnwell,
      applicationsUnwell: clusters.applicationsUnwell,
      isInOutage: isInOutageSql,
      isSimulated: sites.isSimulated,
      why,
      all: sql<number>`count(*) over (partition by ${why})`.mapWith(Number),
    })
    .from(clusters)
    .innerJoin(sites, ofSite)
    .leftJoin(agents, speaksFor)
    .where(
      and(
        visibleSites(caller),
        or(
          sql`${connectivitySql} = 'offline' and not ${isInOutageSql}`,
          sql`${connectivitySql} = 'never'
            and ${agents.enrolledAt} < now() - make_interval(secs => ${FIRST_REPORT_SECONDS})`,
          and(sql`${connectivitySql} = 'online'`, isUnwell),
          and(isEntangled, isContestedSql),
        ),
      ),
    )
    .orderBy(
      sql`array_position(array['offline','unwell','never'], ${why})`,
      sql`array_position(array['failed','degraded'], ${clusters.health})`,
      agents.lastReceivedAt,
    )
    .limit(max);
  const now = new Date();
  const beyond = (reason: (typeof rows)[number]["why"]) => {
    const own = rows.filter((row) => row.why === reason);
    return (own[0]?.all ?? 0) - own.length;
  };
  return {
    lines: [...rows.flatMap((row) => clusterAttentionOf(row, now)), ...(await listUnsupported(tx, caller, now))],
    offline: beyond("offline"),
    never: beyond("never"),
    unwell: beyond("unwell"),
  };
}

/** Clusters whose version is no longer supported: one line for all of them. */
async function listUnsupported(tx: Transaction, caller: Caller, now: Date): Promise<Attention[]> {
  const running = supportedVersions(currentSupport().data, await countVersions(tx, caller), now);
  const ended = running.filter(({ support }) => support.state === "ended");
  const figure = ended.reduce((sum, { clusters: count }) => sum + count, 0);
  if (figure === 0) return [];
  const nobody = {
    machineId: null,
    clusterId: null,
    agentId: null,
    name: "",
    siteName: null,
  };
  return [{ ...PLAIN_LINE, ...nobody, kind: "clusterSupport", severity: "warning", figure, affected: figure }];
}
