import type { EntitySample } from "@/agent/entity-reading";
import type { ClusterItems, ItemOf } from "@/contract/cluster/items";
import type { UnknownReason } from "@/contract/unknown";
import { type ClusterView, isKnown, type ResourceState } from "./cluster-view";
import type { ResourceName } from "./resources";

/** Key of the one entity of kind cluster. */
const CLUSTER_KEY = "cluster";

/** The readings of a cluster and its applications, from what is told of them. What could not be read has its reason. */
export function clusterSamples(view: ClusterView, items: ClusterItems): EntitySample[] {
  return [clusterSample(view, items), ...applicationSamples(view, items)];
}

function clusterSample(view: ClusterView, items: ClusterItems): EntitySample {
  const nodes = [...(items.node ?? new Map<string, ItemOf<"node">>()).values()];
  const pods = [...view.list("pods").values()];
  const ofPhase = (phase: string) => pods.filter(({ status }) => status?.phase === phase).length;
  const total = (take: (node: ItemOf<"node">) => number | undefined) =>
    nodes.reduce((sum, node) => sum + (take(node) ?? 0), 0);
  const ofNodes = {
    nodesTotal: nodes.length,
    nodesReady: nodes.filter(({ conditions }) => conditions.Ready?.status === "True").length,
    cpuAllocatableCores: total(({ allocatable }) => allocatable.cpu),
    memoryAllocatableBytes: total(({ allocatable }) => allocatable.memory),
  };
  const ofPods = {
    podsTotal: pods.length,
    podsRunning: ofPhase("Running"),
    podsPending: ofPhase("Pending"),
    podsFailed: ofPhase("Failed"),
    cpuRequestedCores: total(({ requested }) => requested?.cpuCores),
    memoryRequestedBytes: total(({ requested }) => requested?.memoryBytes),
  };
  const unknown: Record<string, UnknownReason> = {
    apiLatencySeconds: { code: "not_supported", detail: "not measured" },
  };
  return {
    kind: "cluster",
    key: CLUSTER_KEY,
    readings: { ...known(view, "nodes", ofNodes, unknown), ...known(view, "pods", ofPods, unknown) },
    unknown,
  };
}

function applicationSamples(view: ClusterView, items: ClusterItems): EntitySample[] {
  if (!isKnown(view.state("pods"))) return [];
  return [...(items.application ?? new Map<string, ItemOf<"application">>())].map(([key, application]) => {
    const readings: Record<string, number> = {};
    if (application.wanted !== undefined) readings.replicasWanted = application.wanted;
    if (application.ready !== undefined) readings.replicasReady = application.ready;
    if (application.requests) {
      readings.cpuRequestedCores = application.requests.cpuCores;
      readings.memoryRequestedBytes = application.requests.memoryBytes;
    }
    return { kind: "application", key, readings, unknown: {} };
  });
}

/** The readings when their resource is known; else none, with the reason for each of them. */
function known(
  view: ClusterView,
  resource: ResourceName,
  readings: Record<string, number>,
  unknown: Record<string, UnknownReason>,
): Record<string, number> {
  const state = view.state(resource);
  if (isKnown(state)) return readings;
  for (const name of Object.keys(readings)) unknown[name] = reasonOf(resource, state);
  return {};
}

function reasonOf(resource: ResourceName, state: ResourceState): UnknownReason {
  switch (state.status) {
    case "denied":
      return { code: "not_permitted", detail: `${resource}: ${state.reason}`.slice(0, 300) };
    case "failing":
      return { code: "read_failed", detail: `${resource}: ${state.reason}`.slice(0, 300) };
    case "version not known":
      return { code: "not_supported", detail: `${resource} is served as ${state.served.join(", ")}`.slice(0, 300) };
    default:
      return { code: "not_yet", detail: `${resource} is being read` };
  }
}
