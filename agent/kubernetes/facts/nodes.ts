import { isKnown } from "@/agent/kubernetes/cluster-view";
import type { ItemOf } from "@/contract/cluster/items";
import { firstLabel, zoneOf } from "./cluster";
import type { Node } from "./distribution";
import { clip, clipped, condition, degraded, type Finding, failed, judge, paused, unknown, words } from "./judge";
import { add, isOver, type Pod, requestsOf } from "./pods";
import type { Derived, Section, Sight } from "./section";

type NodeItem = ItemOf<"node">;

const ROLE = "node-role.kubernetes.io/";
/** MicroK8s names roles by labels of its own. */
const MICROK8S_ROLES = { controlplane: "control-plane", worker: "worker" };

const POOL_LABELS = [
  "eks.amazonaws.com/nodegroup",
  "karpenter.sh/nodepool",
  "cloud.google.com/gke-nodepool",
  "kubernetes.azure.com/agentpool",
  "lke.linode.com/pool-id",
];
const TYPE_LABELS = ["node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"];

/** What is told of the labels and annotations of a node: nothing that only speaks to programs, and no arguments. */
const TOLD_LABELS = [
  "extensions.talos.dev/",
  "feature.node.kubernetes.io/",
  "eks.amazonaws.com/compute-type",
  "eks.amazonaws.com/capacityType",
  "karpenter.sh/capacity-type",
  "cloud.google.com/gke-provisioning",
  "cloud.google.com/gke-os-distribution",
  "node.k8s.linode.com/host-uuid",
  "instance.hetzner.cloud/provided-by",
  "px/enabled",
  "portworx.io/node-type",
  "robin.io/robinrole",
];
const TOLD_ANNOTATIONS = [
  "extensions.talos.dev/schematic",
  "talos.dev/cordoned",
  "networking.talos.dev/kubespan-ip",
  "node.k8s.linode.com/host-uuid",
  "flannel.alpha.coreos.com/backend-type",
];
const LABELS_MAX = 100;
const TAINTS_MAX = 50;
const IPS_MAX = 10;

const GPUS = ["nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915", "gpu.intel.com/xe"];

/** Node → pods on it that are not over. */
const podsByNode: Derived<ReadonlyMap<string, readonly Pod[]>> = {
  reads: ["pods"],
  compute: ({ view }) => {
    const byNode = new Map<string, Pod[]>();
    for (const pod of view.list("pods").values()) {
      const { nodeName } = pod.spec ?? {};
      if (!nodeName || isOver(pod)) continue;
      const known = byNode.get(nodeName);
      if (known) known.push(pod);
      else byNode.set(nodeName, [pod]);
    }
    return byNode;
  },
};

export const nodeSection: Section = {
  reads: ["nodes", ...podsByNode.reads],
  describe: (sight) => {
    const node = new Map<string, NodeItem>();
    for (const [key, one] of sight.view.list("nodes")) node.set(key, itemOf(one, sight));
    return { node };
  },
};

function itemOf(node: Node, { view, get }: Sight): NodeItem {
  const { metadata, spec, status } = node;
  const info = status?.nodeInfo;
  const pods = get(podsByNode).get(metadata.name) ?? [];
  const addresses = status?.addresses?.filter(({ type }) => type === "InternalIP") ?? [];
  return {
    uid: metadata.uid,
    systemUuid: info?.systemUUID,
    machineId: info?.machineID,
    providerId: clipped(spec?.providerID),
    bootId: info?.bootID,
    roles: rolesOf(node),
    architecture: info?.architecture,
    operatingSystem: info?.operatingSystem,
    osImage: clipped(info?.osImage, 200),
    kernelVersion: clipped(info?.kernelVersion, 120),
    containerRuntime: clipped(info?.containerRuntimeVersion, 120),
    kubeletVersion: clipped(info?.kubeletVersion, 120),
    instanceType: firstLabel(node, TYPE_LABELS),
    zone: zoneOf(node),
    pool: firstLabel(node, POOL_LABELS),
    createdAt: metadata.creationTimestamp,
    internalIps: addresses.flatMap(({ address }) => address ?? []).slice(0, IPS_MAX),
    isSchedulable: !spec?.unschedulable,
    taints: (spec?.taints ?? [])
      .map(({ key, value, effect }) => `${key ?? ""}${value ? `=${value}` : ""}:${effect ?? ""}`)
      .slice(0, TAINTS_MAX),
    conditions: toldConditions(node),
    capacity: status?.capacity ?? {},
    allocatable: status?.allocatable ?? {},
    ...(isKnown(view.state("pods")) ? { requested: add(...pods.map(requestsOf)), pods: pods.length } : {}),
    gpu: gpuOf(node),
    labels: toldLabels(node),
    ...judge(...findings(node)),
  };
}

function rolesOf({ metadata: { labels = {} } }: Node): string[] {
  const roles = new Set<string>();
  for (const key of Object.keys(labels)) if (key.startsWith(ROLE)) roles.add(key.slice(ROLE.length));
  for (const [name, role] of Object.entries(MICROK8S_ROLES)) {
    if (labels[`node.kubernetes.io/microk8s-${name}`] !== undefined) roles.add(role);
  }
  if (labels["kubernetes.io/role"]) roles.add(labels["kubernetes.io/role"]);
  return [...roles]
    .filter((role) => role)
    .map((role) => clip(role, 60))
    .sort()
    .slice(0, 20);
}

type Condition = NonNullable<NonNullable<Node["status"]>["conditions"]>[number];

/** Conditions tell of trouble and should be False, but for those that tell of something that should be so. */
function isAsItShouldBe({ type = "", status }: Condition): boolean {
  const shouldBeTrue = type.endsWith("Ready") || type === "EtcdIsVoter";
  return status === (shouldBeTrue ? "True" : "False");
}

function toldConditions({ status }: Node): NodeItem["conditions"] {
  const told = status?.conditions?.filter((one) => one.type === "Ready" || !isAsItShouldBe(one)) ?? [];
  return Object.fromEntries(
    told.map(({ type = "", status = "Unknown", reason, lastTransitionTime }) => [
      clip(type, 120),
      { status, since: lastTransitionTime, reason: clipped(reason) },
    ]),
  );
}

function findings({ spec, status }: Node): Finding[] {
  const ready = condition(status?.conditions, "Ready");
  const found: Finding[] = [];
  if (!ready) found.push(unknown("not_told", "Ready"));
  // Unknown is what the cluster writes when the kubelet is not heard of.
  else if (ready.status !== "True")
    found.push(failed(ready.status === "Unknown" ? "not_heard_of" : "not_ready", words(ready)));
  for (const one of status?.conditions ?? []) {
    if (one.type !== "Ready" && one.status !== "Unknown" && !isAsItShouldBe(one)) {
      found.push(degraded("condition", `${one.type}: ${words(one) ?? one.status}`));
    }
  }
  if (spec?.unschedulable) found.push(paused("cordoned"));
  return found;
}

function gpuOf({ metadata, status }: Node): NodeItem["gpu"] {
  const allocatable = status?.allocatable ?? {};
  const count = GPUS.reduce((sum, name) => sum + (allocatable[name] ?? 0), 0);
  return count > 0 ? { product: clipped(metadata.labels?.["nvidia.com/gpu.product"], 120), count } : undefined;
}

function toldLabels({ metadata: { labels = {}, annotations = {} } }: Node): NodeItem["labels"] {
  const pick = (from: Record<string, string>, told: readonly string[]) =>
    Object.entries(from).filter(([key]) =>
      told.some((one) => key === one || (one.endsWith("/") && key.startsWith(one))),
    );
  const entries = [...pick(annotations, TOLD_ANNOTATIONS), ...pick(labels, TOLD_LABELS)];
  return Object.fromEntries(entries.slice(0, LABELS_MAX).map(([key, value]) => [key, clip(value)]));
}
