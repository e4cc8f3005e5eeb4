import type { Kept } from "@/agent/kubernetes/resources";
import type { Distribution, Provider } from "@/contract/cluster/systems";
import type { Reader } from "./section";

export type Node = Kept<"nodes">;
/** What was recognised, and the string that proves it. */
export type Proven<T extends string> = { is: T; proof: string };

const BY_VERSION: readonly [mark: string, Distribution][] = [
  ["+k3s", "k3s"],
  ["+rke2", "rke2"],
  ["-eks-", "eks"],
  ["-gke.", "gke"],
];

type NodeMark = (node: Node) => string | undefined;

/** Enterprise builds carry names of their own, after "Talos". */
const TALOS_IMAGE = /^Talos.*\((v[^)]+)\)$/;

const label =
  (key: string, value?: string): NodeMark =>
  ({ metadata }) => {
    const found = metadata.labels?.[key];
    return found !== undefined && (value === undefined || found === value) ? `label ${key}=${found}` : undefined;
  };

/** Distributions whose API server gives a plain version: what their nodes say comes after the version. */
const BY_NODE: readonly [NodeMark, Distribution][] = [
  [
    ({ status }) =>
      TALOS_IMAGE.test(status?.nodeInfo?.osImage ?? "") ? `osImage ${status?.nodeInfo?.osImage}` : undefined,
    "talos",
  ],
  [label("microk8s.io/cluster", "true"), "microk8s"],
  [label("lke.linode.com/pool-id"), "lke"],
  [label("kubernetes.azure.com/cluster"), "aks"],
];

const RKE1 = "rke.cattle.io/internal-ip";

/**
 * How the cluster was made; the first mark in this order decides. `upstream` only when every mark was looked for and
 * none is there.
 * @returns undefined while what would have to be looked at is not known
 */
export function distributionOf({ view }: Reader): Proven<Distribution> | undefined {
  const { gitVersion, groups } = view.api;
  const nodes = [...view.list("nodes").values()];
  for (const [mark, is] of BY_VERSION) {
    if (!gitVersion?.includes(mark)) continue;
    const autopilot =
      is === "gke" && nodes.length > 0 && nodes.every(({ metadata }) => metadata.name.startsWith("gk3-"));
    if (autopilot) return { is: "gke_autopilot", proof: `gitVersion ${gitVersion}, node ${nodes[0]?.metadata.name}` };
    return { is, proof: `gitVersion ${gitVersion}` };
  }
  for (const [mark, is] of BY_NODE) {
    const proof = firstMark(nodes, mark);
    if (proof) return { is, proof };
  }
  if (groups?.has("project.openshift.io")) return { is: "openshift", proof: "API group project.openshift.io" };
  const rke1 = firstMark(nodes, ({ metadata }) => (metadata.annotations?.[RKE1] ? `annotation ${RKE1}` : undefined));
  if (rke1) return { is: "rke1", proof: rke1 };
  // Nodes that are not known are none.
  const everythingSeen = gitVersion !== null && groups !== null && nodes.length > 0;
  return everythingSeen ? { is: "upstream", proof: `gitVersion ${gitVersion}` } : undefined;
}

function firstMark(nodes: readonly Node[], mark: NodeMark): string | undefined {
  for (const node of nodes) {
    const found = mark(node);
    if (found) return `${found} of node ${node.metadata.name}`;
  }
  return undefined;
}

const BY_PROVIDER_ID: readonly [start: string, Provider][] = [
  ["aws://", "aws"],
  ["gce://", "google"],
  ["azure://", "azure"],
  // Dedicated servers of before `hrobot://`.
  ["hcloud://bm-", "hetzner_robot"],
  ["hcloud://", "hetzner_cloud"],
  ["hrobot://", "hetzner_robot"],
  ["linode://", "linode"],
  ["vsphere://", "vsphere"],
  ["openstack://", "openstack"],
  ["metal3://", "metal3"],
  ["ibm://", "ibm"],
];

const HETZNER = "instance.hetzner.cloud/provided-by";
const BY_LABEL: readonly [NodeMark, Provider][] = [
  [label(HETZNER, "cloud"), "hetzner_cloud"],
  [label(HETZNER, "robot"), "hetzner_robot"],
];

/**
 * Whose machines it runs on: of the most nodes, where they are of several.
 * @returns undefined when nothing proves it (as on machines of one's own); a region's name is no proof
 */
export function providerOf({ view }: Reader): Proven<Provider> | undefined {
  const found = new Map<Provider, { count: number; proof: string }>();
  for (const node of view.list("nodes").values()) {
    const one = nodeProvider(node);
    if (!one) continue;
    const before = found.get(one.is);
    found.set(one.is, {
      count: (before?.count ?? 0) + 1,
      proof: before?.proof ?? `${one.proof} of node ${node.metadata.name}`,
    });
  }
  const [most] = [...found].sort(([, a], [, b]) => b.count - a.count);
  return most && { is: most[0], proof: most[1].proof };
}

function nodeProvider(node: Node): Proven<Provider> | undefined {
  const { providerID } = node.spec ?? {};
  for (const [start, is] of BY_PROVIDER_ID) {
    if (providerID?.startsWith(start)) return { is, proof: `providerID ${providerID}` };
  }
  for (const [mark, is] of BY_LABEL) {
    const proof = mark(node);
    if (proof) return { is, proof };
  }
  return undefined;
}
