import { and, inArray, or, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { type Caller, visibleSites } from "@/server/access/caller";
import { FIRST_REPORT_SECONDS } from "@/server/fleet/attention";
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
  isSimulated: boolean;
  connectivity: Connectivity;
  isContested: boolean;
  enrolledAt: Date | null;
  lastReceivedAt: Date | null;
  nodesTotal: number | null;
  nodesReady: number | null;
  systemsUnwell: number | null;
  applicationsUnwell: number | null;
};

/** All that is wrong with one cluster; what a silent cluster told last is of the past and raises nothing. */
export function clusterAttentionOf(cluster: ClusterAttentionInput, now: Date): Attention[] {
  const { clusterId, agentId, name, siteName, isSimulated, nodesTotal, nodesReady } = cluster;
  const line = (
    kind: Attention["kind"],
    severity: Attention["severity"],
    more: Partial<Pick<Attention, "figure" | "detail" | "since">> = {},
  ): Attention => ({
    ...{ kind, severity, machineId: null, clusterId, agentId, name, siteName, isSimulated },
    ...{ figure: null, detail: null, since: null },
    ...more,
  });
  if (cluster.connectivity === "revoked") return [];
  const lines = cluster.isContested ? [line("clusterCollision", "critical")] : [];
  if (cluster.connectivity === "offline")
    return [...lines, line("offline", "critical", { since: cluster.lastReceivedAt })];
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

/** Rows that are judged at a time: a fleet in which more is ill has other worries than the order of its lines. */
const ROWS_MAX = 500;

/** What of all clusters needs a person: a rough filter in SQL keeps the well ones at home; `clusterAttentionOf` judges. */
export async function listClusterAttention(tx: Transaction, caller: Caller): Promise<Attention[]> {
  const rows = await tx
    .select({
      clusterId: clusters.id,
      agentId: agents.id,
      name: clusters.name,
      siteName: sites.name,
      isSimulated: sites.isSimulated,
      connectivity: connectivitySql,
      isContested: isContestedSql,
      enrolledAt: agents.enrolledAt,
      lastReceivedAt: agents.lastReceivedAt,
      nodesTotal: clusters.nodesTotal,
      nodesReady: clusters.nodesReady,
      systemsUnwell: clusters.systemsUnwell,
      applicationsUnwell: clusters.applicationsUnwell,
    })
    .from(clusters)
    .innerJoin(sites, ofSite)
    .leftJoin(agents, speaksFor)
    .where(
      and(
        visibleSites(caller),
        or(
          inArray(connectivitySql, ["offline", "never"]),
          inArray(clusters.health, ["failed", "degraded"]),
          isContestedSql,
        ),
      ),
    )
    .orderBy(sql`array_position(array['failed','degraded'], ${clusters.health})`, agents.lastReceivedAt)
    .limit(ROWS_MAX);
  const now = new Date();
  return [...rows.flatMap((row) => clusterAttentionOf(row, now)), ...(await listUnsupported(tx, caller, now))];
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
    isSimulated: false,
    detail: null,
    since: null,
  };
  return [{ ...nobody, kind: "clusterSupport", severity: "warning", figure }];
}
