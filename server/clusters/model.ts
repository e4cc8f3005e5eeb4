import type { Health } from "@/contract/cluster/healths";

/** What is told of a cluster in numbers; null where it could not be read. */
export type ClusterCounts = {
  nodesTotal: number | null;
  nodesReady: number | null;
  applicationsUnwell: number | null;
  systemsUnwell: number | null;
};

/** A label as one types it. */
export const LABEL_TEXT_PATTERN = /^\s*([\w./-]{1,100})\s*=\s*([\w.-]{1,100})\s*$/;

/** Kinds of `cluster_changes`. */
export const CLUSTER_CHANGE_KINDS = [
  "first_seen",
  "agent_replaced",
  "identity_collision",
  "identity_claimed",
  "site",
  "version",
  "distribution",
  "node_added",
  "node_removed",
  "node_rebooted",
  "node_version",
  "node_system",
  "node_kernel",
  "system_added",
  "system_removed",
  "system_version",
  "system_health",
] as const;

/**
 * One word for a cluster, from what it consists of: failed when no node is ready, degraded when a node is not or when
 * a system or an application is not well, unknown where its nodes are not known. Connectivity is another matter.
 */
export function clusterHealth({ nodesTotal, nodesReady, applicationsUnwell, systemsUnwell }: ClusterCounts): Health {
  if (nodesTotal === null || nodesReady === null) return "unknown";
  if (nodesTotal > 0 && nodesReady === 0) return "failed";
  if (nodesReady < nodesTotal) return "degraded";
  if ((applicationsUnwell ?? 0) + (systemsUnwell ?? 0) > 0) return "degraded";
  return applicationsUnwell === null || systemsUnwell === null ? "unknown" : "healthy";
}
