import { isKnown } from "@/agent/kubernetes/cluster-view";
import type { ItemOf } from "@/contract/cluster/items";
import type { Distribution } from "@/contract/cluster/systems";
import type { Node } from "./distribution";
import type { Reader } from "./section";

type ControlPlane = Pick<ItemOf<"cluster">, "controlPlane" | "controlPlaneNodes">;

const ROLE = "node-role.kubernetes.io/";
const CONTROL_PLANE_ROLES = ["control-plane", "controlplane", "master"];
const MICROK8S_CONTROL_PLANE = "node.kubernetes.io/microk8s-controlplane";

/** Members that it takes so that the loss of one stops nothing. */
const QUORUM_MEMBERS = 3;

const MANAGED: ReadonlySet<Distribution> = new Set(["eks", "gke", "gke_autopilot", "aks", "lke"]);
/** Whose nodes say by a label of role that they hold a member of etcd. */
const WITH_ETCD_ROLE: ReadonlySet<Distribution> = new Set(["k3s", "rke2", "rke1"]);
/** Whose every node of the control plane holds a member of the store (etcd outside of pods; dqlite). */
const STORE_ON_EACH: ReadonlySet<Distribution> = new Set(["talos", "microk8s"]);

export const hasRole = ({ metadata }: Node, role: string) => metadata.labels?.[`${ROLE}${role}`] !== undefined;

export function isControlPlane(node: Node): boolean {
  if (node.metadata.labels?.[MICROK8S_CONTROL_PLANE] !== undefined) return true;
  return CONTROL_PLANE_ROLES.some((role) => hasRole(node, role));
}

/**
 * Whether the control plane stands the loss of one node, as far as that is proven: by members of its store, not by
 * nodes alone, where a store outside (or SQLite) is possible.
 */
export function controlPlaneOf(reader: Reader, distribution: Distribution | undefined): ControlPlane {
  const { view } = reader;
  if (distribution && MANAGED.has(distribution)) return { controlPlane: "managed" };
  if (!isKnown(view.state("nodes"))) return { controlPlane: "unknown" };
  const nodes = [...view.list("nodes").values()];
  const controlPlaneNodes = nodes.filter(isControlPlane).length;
  const members = storeMembers(reader, distribution, nodes, controlPlaneNodes);
  return { controlPlane: redundancy(members, controlPlaneNodes), controlPlaneNodes };
}

function redundancy(members: number, controlPlaneNodes: number): ControlPlane["controlPlane"] {
  if (members >= QUORUM_MEMBERS) return "replicated";
  // Two members stop when one does.
  if (members > 0 || controlPlaneNodes === 1) return "single";
  return "unknown";
}

function storeMembers(
  { view }: Reader,
  distribution: Distribution | undefined,
  nodes: Node[],
  controlPlaneNodes: number,
) {
  if (!distribution) return 0;
  if (WITH_ETCD_ROLE.has(distribution)) return nodes.filter((node) => hasRole(node, "etcd")).length;
  if (STORE_ON_EACH.has(distribution)) return controlPlaneNodes;
  // Pods of kubeadm carry `component`, those of OpenShift `app`.
  const pods = [...view.list("pods").values()].filter(
    ({ metadata: { labels } }) => labels?.component === "etcd" || (labels?.app === "etcd" && labels.etcd === "true"),
  );
  return new Set(pods.map(({ spec }) => spec?.nodeName)).size;
}
