import { applicationState, applicationsOf } from "./applications";
import { dayLoad, filling, leak } from "./fate";
import type { ClusterPlan } from "./fleet-plan";
import { linkSample } from "./link-sample";
import { between, chance, wander } from "./noise";
import { type Sample, sample } from "./sample";
import { nodeTroubleSince } from "./systems";

const KUBELET_SHARE = 0.95;
const NODE_FILESYSTEM_BYTES = 200e9;
const BYTES_AN_INODE = 16_384;

/**
 * What the agent of a cluster reads at a moment: of the cluster, its nodes, applications and volumes.
 * @param at seconds since 1970
 * @param spanSeconds since it read last
 */
export function clusterSamples(plan: ClusterPlan, at: number, spanSeconds: number): Sample[] {
  const busy = dayLoad(plan.site.place.timeZone, at);
  const nodes = plan.nodes.map((node) => {
    const isUp = nodeTroubleSince(plan, node.name, at) === null;
    const name = `${plan.name} ${node.name}`;
    const cpu = share(0.08 + 0.6 * busy + 0.06 * wander(at, 900, name, "cpu"));
    const leaked = leak(name, at) ?? 0;
    const memory = share(0.42 + 0.1 * busy + 0.04 * wander(at, 3600, name, "memory") + 0.45 * leaked);
    return {
      ...node,
      name,
      key: node.name,
      isUp,
      cpuUsedCores: node.cores * cpu,
      memoryUsed: node.memoryBytes * memory,
    };
  });
  const up = nodes.filter(({ isUp }) => isUp);
  const total = (list: typeof nodes, take: (node: (typeof nodes)[number]) => number) =>
    list.reduce((sum, node) => sum + take(node), 0);
  const applications = applicationsOf(plan).map((one) => ({ ...one, state: applicationState(plan, one, at) }));
  const requested = { cpu: 0.35 * nodes.length, memory: nodes.length * 512 * 2 ** 20 };
  for (const { cpuCores, memoryBytes } of applications) {
    requested.cpu += cpuCores;
    requested.memory += memoryBytes;
  }
  const pods = nodes.length * (6 + 2 * plan.applications);
  const pending = applications.reduce((sum, { replicas, state }) => sum + replicas - state.ready, 0);
  return [
    sample(
      "cluster",
      "cluster",
      {
        ...{ nodesTotal: nodes.length, nodesReady: up.length, podsTotal: pods, podsPending: pending, podsFailed: 0 },
        podsRunning: pods - pending,
        cpuAllocatableCores: KUBELET_SHARE * total(nodes, ({ cores }) => cores),
        cpuRequestedCores: requested.cpu,
        memoryAllocatableBytes: KUBELET_SHARE * total(nodes, ({ memoryBytes }) => memoryBytes),
        memoryRequestedBytes: requested.memory,
        // What a node that is not heard of uses is not known, and neither is the sum.
        ...(up.length === nodes.length
          ? {
              cpuUsedCores: total(up, ({ cpuUsedCores }) => cpuUsedCores),
              memoryUsedBytes: total(up, ({ memoryUsed }) => memoryUsed),
            }
          : {}),
      },
      "read_failed",
    ),
    ...nodes.map(({ key, isUp, cpuUsedCores, memoryBytes, memoryUsed }) =>
      isUp
        ? sample("machine", key, {
            ...{ cpuUsedCores, memoryTotalBytes: memoryBytes, memoryAvailableBytes: memoryBytes - memoryUsed },
          })
        : sample("machine", key, {}, "read_failed"),
    ),
    ...nodes.map(({ key, name, isUp }) =>
      sample(
        "filesystem",
        `${key}/nodefs`,
        isUp ? fill(`${name} nodefs`, NODE_FILESYSTEM_BYTES, at) : {},
        "read_failed",
      ),
    ),
    ...applications.map(({ key, replicas, cpuCores, memoryBytes, state }) => {
      const name = `${plan.name} ${key}`;
      const running = state.ready / Math.max(1, replicas);
      const cpu = cpuCores * running * (0.15 + busy * between(0.5, 1.1, name, "use"));
      return sample("application", key, {
        ...{ spanSeconds, replicasWanted: replicas, replicasReady: state.ready, cpuRequestedCores: cpuCores },
        ...{ memoryRequestedBytes: memoryBytes, cpuUsedSeconds: cpu * spanSeconds, cpuUsedCores: cpu },
        memoryUsedBytes: memoryBytes * running * (0.55 + 0.4 * (leak(name, at) ?? 0.3) + 0.05 * wander(at, 1800, name)),
        restarts: state.since === null ? 0 : Math.round(spanSeconds / 300),
      });
    }),
    ...applications.flatMap(({ claims }) =>
      claims.map((claim) => sample("volume", claim.key, fill(`${plan.name} ${claim.key}`, claim.sizeBytes, at))),
    ),
    linkSample(plan, at, spanSeconds),
  ];
}

const share = (value: number) => Math.min(0.98, Math.max(0.01, value));

/** Most filesystems stay as full as they are; some fill up until somebody clears them. */
export function fill(name: string, sizeBytes: number, at: number) {
  const level = filling(name, at) ?? between(0.15, 0.7, name, "level");
  const usedBytes = sizeBytes * share(level + 0.006 * wander(at, 7200, name, "fill"));
  const inodesTotal = Math.floor(sizeBytes / BYTES_AN_INODE);
  return {
    ...{ sizeBytes, usedBytes, availableBytes: 0.95 * (sizeBytes - usedBytes), inodesTotal },
    inodesFree: Math.floor(inodesTotal * (0.97 - 0.2 * level * chance(name, "inodes"))),
  };
}
