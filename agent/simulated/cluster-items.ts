import type { ClusterItems, ItemOf } from "@/contract/cluster/items";
import { applicationItems, applicationsOf } from "./applications";
import { FLAVOUR } from "./flavours";
import { uuidFrom } from "./fleet-agent";
import type { ClusterPlan, NodePlan } from "./fleet-plan";
import { healthy, ill } from "./judged";
import { chance } from "./noise";
import { nodeTroubleSince, systemItems } from "./systems";

/** Fleets grew over the two years before this. */
const GROWN_BY = Date.parse("2026-06-01T00:00:00Z") / 1000;
const GROWTH_SECONDS = 2 * 365 * 86_400;
const KUBELET_SHARE = 0.95;

const SOURCES = [
  "namespaces",
  "nodes",
  "pods",
  "events",
  "services",
  "persistentvolumes",
  "persistentvolumeclaims",
  "deployments.apps",
  "statefulsets.apps",
  "daemonsets.apps",
  "storageclasses.storage.k8s.io",
] as const;

/** All that the agent of a cluster tells of it at a moment (seconds since 1970), as recognition would find it. */
export function clusterItems(plan: ClusterPlan, at: number): ClusterItems {
  const createdAt = Math.floor(GROWN_BY - GROWTH_SECONDS * chance(plan.name, "created"));
  const { storageClass } = FLAVOUR[plan.flavour];
  const applications = applicationsOf(plan);
  return {
    source: new Map(SOURCES.map((name) => [name, sourceOf(plan, name, createdAt)])),
    cluster: new Map([["cluster", clusterItem(plan)]]),
    node: new Map(plan.nodes.map((node) => [node.name, nodeItem(plan, node, at, createdAt)])),
    namespace: new Map(
      ["kube-system", ...applications.map(({ namespace }) => namespace)].map((name) => [
        name,
        { phase: "Active", networkPolicies: 1, quotas: 0, createdAt },
      ]),
    ),
    storageClass: new Map([
      [
        storageClass.name,
        { provisioner: storageClass.provisioner, reclaimPolicy: "Delete", isExpandable: true, isDefault: true },
      ],
    ]),
    ...applicationItems(plan, at, createdAt),
    ...systemItems(plan, at),
  };
}

/** A few clusters do not let their agent read everything: what is not permitted is unknown, and says so. */
function sourceOf(plan: ClusterPlan, name: string, since: number): ItemOf<"source"> {
  const isDenied = name === "events" && chance(plan.name, "denied") < 0.03;
  return isDenied
    ? { status: "denied", since, reason: 'events is forbidden: User "fernblick-agent" cannot list resource "events"' }
    : { status: "synced", since, version: "v1" };
}

function clusterItem(plan: ClusterPlan): ItemOf<"cluster"> {
  const { distribution, provider, gitVersion, osImage } = FLAVOUR[plan.flavour];
  const [node] = plan.nodes;
  const version = gitVersion(plan.release);
  const label = Object.entries(node?.labels ?? {})[0];
  const proofs = {
    talos: `osImage ${osImage(plan.release)} of node ${node?.name}`,
    microk8s: `label ${label?.join("=")} of node ${node?.name}`,
    lke: `label ${label?.join("=")} of node ${node?.name}`,
  };
  const distributionProof =
    distribution === "talos" || distribution === "microk8s" || distribution === "lke"
      ? proofs[distribution]
      : `gitVersion ${version}`;
  return {
    gitVersion: version,
    distribution,
    distributionProof,
    ...(provider ? { provider, providerProof: `providerID ${node?.providerId} of node ${node?.name}` } : {}),
    region: plan.site.place.code,
    ...controlPlane(plan),
    ipFamilies: [4],
  };
}

/** As it is proven: by members of the store, where their nodes show them. */
function controlPlane({ flavour, nodes }: ClusterPlan): Pick<ItemOf<"cluster">, "controlPlane" | "controlPlaneNodes"> {
  if (flavour === "eks" || flavour === "gke" || flavour === "lke") return { controlPlane: "managed" };
  const controlPlaneNodes = nodes.filter(({ roles }) => roles.includes("control-plane")).length;
  const isProven = flavour !== "robin";
  const isReplicated = isProven && controlPlaneNodes >= 3;
  const told = isReplicated ? "replicated" : controlPlaneNodes === 1 ? "single" : "unknown";
  return { controlPlane: told, controlPlaneNodes };
}

function nodeItem(plan: ClusterPlan, node: NodePlan, at: number, createdAt: number): ItemOf<"node"> {
  const flavour = FLAVOUR[plan.flavour];
  const share = plan.nodes.length;
  const requested = applicationsOf(plan).reduce(
    (sum, { cpuCores, memoryBytes }) => ({
      cpuCores: sum.cpuCores + cpuCores / share,
      memoryBytes: sum.memoryBytes + memoryBytes / share,
    }),
    { cpuCores: 0.35, memoryBytes: 512 * 2 ** 20 },
  );
  const downSince = nodeTroubleSince(plan, node.name, at);
  const isCordoned = downSince === null && chance(plan.name, node.name, "cordoned") < 0.01;
  const judged =
    downSince !== null
      ? ill("failed", "not_heard_of", "Kubelet stopped posting node status.")
      : isCordoned
        ? ill("paused", "cordoned")
        : healthy;
  return {
    uid: uuidFrom(`${plan.uid} ${node.name}`),
    systemUuid: node.systemUuid,
    ...(node.providerId ? { providerId: node.providerId } : {}),
    roles: node.roles,
    architecture: "amd64",
    operatingSystem: "linux",
    osImage: flavour.osImage(plan.release),
    kernelVersion: flavour.kernelVersion,
    containerRuntime: flavour.containerRuntime(plan.release),
    kubeletVersion: flavour.gitVersion(plan.release),
    ...(flavour.instanceType ? { instanceType: flavour.instanceType } : {}),
    createdAt,
    isSchedulable: !isCordoned,
    taints: downSince === null ? [] : ["node.kubernetes.io/unreachable:NoExecute"],
    conditions: {
      Ready:
        downSince === null
          ? { status: "True", since: createdAt }
          : { status: "Unknown", since: downSince, reason: "NodeStatusUnknown" },
    },
    capacity: { cpu: node.cores, memory: node.memoryBytes, pods: 110 },
    allocatable: { cpu: node.cores * KUBELET_SHARE, memory: Math.floor(node.memoryBytes * KUBELET_SHARE), pods: 110 },
    requested,
    pods: 6 + 2 * plan.applications,
    labels: {},
    ...judged,
  };
}
