import { type Known, known, unknown } from "@/agent/host-roots";
import type { ClusterItems, ItemOf } from "@/contract/cluster/items";
import type { UnknownReason } from "@/contract/unknown";
import { type ClusterView, isKnown, type ResourceState } from "./cluster-view";
import type { SampleBook } from "./readings/sample-book";
import type { ResourceName } from "./resources";

/** Key of the one entity of kind cluster. */
export const CLUSTER_KEY = "cluster";

/** Puts the readings of a cluster and its applications that follow from its objects. What could not be read has its reason. */
export function putObjectFigures(book: SampleBook, view: ClusterView, items: ClusterItems): void {
  putCluster(book, view, items);
  putApplications(book, view, items);
}

function putCluster(book: SampleBook, view: ClusterView, items: ClusterItems): void {
  const nodes = [...(items.node ?? new Map<string, ItemOf<"node">>()).values()];
  const pods = [...view.list("pods").values()];
  const ofPhase = (phase: string) => pods.filter(({ status }) => status?.phase === phase).length;
  const total = (take: (node: ItemOf<"node">) => number | undefined) =>
    nodes.reduce((sum, node) => sum + (take(node) ?? 0), 0);
  book.put("cluster", CLUSTER_KEY, {
    ...ifKnown(view, "nodes", {
      nodesTotal: nodes.length,
      nodesReady: nodes.filter(({ conditions }) => conditions.Ready?.status === "True").length,
      cpuAllocatableCores: total(({ allocatable }) => allocatable.cpu),
      memoryAllocatableBytes: total(({ allocatable }) => allocatable.memory),
    }),
    ...ifKnown(view, "pods", {
      podsTotal: pods.length,
      podsRunning: ofPhase("Running"),
      podsPending: ofPhase("Pending"),
      podsFailed: ofPhase("Failed"),
      cpuRequestedCores: total(({ requested }) => requested?.cpuCores),
      memoryRequestedBytes: total(({ requested }) => requested?.memoryBytes),
    }),
    apiLatencySeconds: unknown("not_supported", "not measured"),
  });
}

function putApplications(book: SampleBook, view: ClusterView, items: ClusterItems): void {
  if (!isKnown(view.state("pods"))) return;
  for (const [key, { wanted, ready, requests }] of items.application ?? new Map<string, ItemOf<"application">>()) {
    book.put("application", key, {
      ...(wanted === undefined ? {} : { replicasWanted: known(wanted) }),
      ...(ready === undefined ? {} : { replicasReady: known(ready) }),
      ...(requests
        ? { cpuRequestedCores: known(requests.cpuCores), memoryRequestedBytes: known(requests.memoryBytes) }
        : {}),
    });
  }
}

/** The readings when their resource is known; else the reason for each of them. */
function ifKnown<N extends string>(
  view: ClusterView,
  resource: ResourceName,
  readings: Record<N, number>,
): Record<N, Known<number>> {
  const state = view.state(resource);
  const entries = Object.entries<number>(readings).map(([name, value]) => [
    name,
    isKnown(state) ? known(value) : reasonOf(resource, state),
  ]);
  return Object.fromEntries(entries) as Record<N, Known<number>>;
}

function reasonOf(resource: ResourceName, state: ResourceState): { unknown: UnknownReason } {
  switch (state.status) {
    case "denied":
      return unknown("not_permitted", `${resource}: ${state.reason}`);
    case "failing":
      return unknown("read_failed", `${resource}: ${state.reason}`);
    case "version not known":
      return unknown("not_supported", `${resource} is served as ${state.served.join(", ")}`);
    default:
      return unknown("not_yet", `${resource} is being read`);
  }
}
