import {
  conditions,
  flag,
  list,
  map,
  moment,
  number,
  object,
  quantity,
  text,
  textMapOf,
} from "@/agent/kubernetes/fields";
import { kind } from "@/agent/kubernetes/kind";

/** Labels that say what a node is, where it stands, and who runs it. Discovery of features alone can be hundreds more. */
const labels = textMapOf(
  "kubernetes.io/arch",
  "kubernetes.io/os",
  "kubernetes.io/hostname",
  "kubernetes.io/role",
  "node-role.kubernetes.io/",
  "node.kubernetes.io/",
  "topology.kubernetes.io/",
  "failure-domain.beta.kubernetes.io/",
  "beta.kubernetes.io/instance-type",
  "microk8s.io/",
  "lke.linode.com/",
  "node.k8s.linode.com/",
  "topology.linode.com/",
  "kubernetes.azure.com/",
  "eks.amazonaws.com/",
  "karpenter.sh/",
  "cloud.google.com/",
  "extensions.talos.dev/",
  "talos.dev/",
  "instance.hetzner.cloud/",
  "csi.hetzner.cloud/",
  "plan.upgrade.cattle.io/",
  "nvidia.com/",
  "amd.com/",
  "gpu.intel.com/",
  "feature.node.kubernetes.io/cpu-cpuid.HYPERVISOR",
  "feature.node.kubernetes.io/cpu-model.",
  "feature.node.kubernetes.io/system-os_release.",
  "px/enabled",
  "portworx.io/",
  "robin.io/",
);

const annotations = textMapOf(
  "k3s.io/",
  "rke2.io/",
  "rke.cattle.io/",
  "flannel.alpha.coreos.com/",
  "projectcalico.org/",
  "k8s.ovn.org/",
  "extensions.talos.dev/",
  "talos.dev/",
  "cluster.talos.dev/",
  "networking.talos.dev/",
  "weave.works/",
);

export const nodeKinds = {
  nodes: kind(
    ["v1"],
    {
      spec: object({
        providerID: text,
        unschedulable: flag,
        podCIDRs: list(text),
        taints: list(object({ key: text, value: text, effect: text, timeAdded: moment })),
      }),
      status: object({
        capacity: map(quantity),
        allocatable: map(quantity),
        addresses: list(object({ type: text, address: text })),
        conditions,
        nodeInfo: object({
          machineID: text,
          systemUUID: text,
          bootID: text,
          kernelVersion: text,
          osImage: text,
          operatingSystem: text,
          architecture: text,
          containerRuntimeVersion: text,
          kubeletVersion: text,
        }),
      }),
    },
    { labels, annotations },
  ),
  "csinodes.storage.k8s.io": kind(["v1"], {
    spec: object({ drivers: list(object({ name: text, nodeID: text, allocatable: object({ count: number }) })) }),
  }),
};
