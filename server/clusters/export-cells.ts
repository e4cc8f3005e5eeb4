import type { Cell, CellsOf } from "@/server/lists/csv";
import type { ApplicationRow, ClusterRow } from "./shapes";

/** What columns of the lists are in a file: column → its cells. Figures of what is not reached are as of `as_of`. */

/** What was told last is not known of now. */
const healthNow = ({ health, connectivity }: Pick<ClusterRow, "health" | "connectivity">): Cell =>
  connectivity === "online" && health !== "unknown" ? health : null;
const lastHealth = ({ health }: Pick<ClusterRow, "health">): Cell => (health === "unknown" ? null : health);

export const CLUSTER_CELLS: CellsOf<ClusterRow> = {
  health: { health: healthNow, last_health: lastHealth },
  site: { site: (row) => row.siteName },
  distribution: { distribution: (row) => row.distribution },
  version: { version: (row) => row.gitVersion },
  support: { support: ({ support }) => (support.state === "unknown" ? null : support.state) },
  provider: { provider: (row) => row.provider },
  region: { cloud_region: (row) => row.region },
  nodes: { nodes_ready: (row) => row.nodesReady, nodes: (row) => row.nodesTotal },
  applications: { applications_unwell: (row) => row.applicationsUnwell, applications: (row) => row.applicationsTotal },
  systems: { addons_unwell: (row) => row.systemsUnwell, addons: (row) => row.systemsTotal },
  cpu: { cpu_requested_cores: (row) => row.cpuRequestedCores, cpu_allocatable_cores: (row) => row.cpuAllocatableCores },
  memory: {
    memory_requested_bytes: (row) => row.memoryRequestedBytes,
    memory_allocatable_bytes: (row) => row.memoryAllocatableBytes,
  },
  claimed: { claimed_bytes: (row) => row.claimedBytes },
};

export const APPLICATION_CELLS: CellsOf<ApplicationRow> = {
  health: { health: healthNow, last_health: lastHealth },
  since: { health_changed_at: (row) => row.healthChangedAt },
  namespace: { namespace: (row) => row.namespace },
  cluster: { cluster: (row) => row.clusterName },
  site: { site: (row) => row.siteName },
  version: { version: (row) => row.version },
  replicas: { replicas_ready: (row) => row.ready, replicas_wanted: (row) => row.wanted },
  workloads: { workloads: (row) => row.workloads },
  by: { kept_together_by: (row) => row.by },
};
