import { degraded, type Finding, failed, unknown } from "@/agent/kubernetes/facts/judge";
import type { Reader, Sight } from "@/agent/kubernetes/facts/section";
import { readinessOf, workloadHealth } from "@/agent/kubernetes/facts/workload-health";
import { workloadModel } from "@/agent/kubernetes/facts/workload-model";
import { partOf } from "./part";
import { anyOf, byGroup, byImage, byNodeAnnotation, imageNamed, imageTag, workloadsWith } from "./recognise";
import type { Part, SystemFacts } from "./system";

const TUNNEL = imageNamed("cloudflared");

/** The tunnel itself is not visible from the cluster; what runs it is. That there is no load balancer is as it should be. */
export const cloudflared: SystemFacts = {
  system: "cloudflared",
  alsoReads: workloadModel.reads,
  recognise: byImage(TUNNEL),
  parts: (sight) =>
    workloadsWith(sight, TUNNEL).map((workload): Part => {
      const { wanted, ready } = readinessOf(workload);
      const { health, reasons } = workloadHealth(workload, sight);
      const findings: (Finding | false)[] = [
        ...reasons.map(({ code, detail }) => ({ health, code, detail })),
        wanted === 1 && degraded("one_replica"),
      ];
      return partOf(workload.kind, workload, findings, {
        figures: { wanted, ready },
        texts: { image: workload.images.find((image) => TUNNEL.test(image)) },
      });
    }),
  version: (reader: Reader) =>
    imageTag(
      workloadsWith(reader, TUNNEL).flatMap(({ images }) => images),
      TUNNEL,
    ),
};

const CALICO = imageNamed("calico-node", "calico/node", "node-calico", "mirrored-calico-node", "hardened-calico");
const FLANNEL = imageNamed("flannel", "hardened-flannel", "mirrored-flannel-flannel");
const CILIUM = imageNamed("cilium", "mirrored-cilium-cilium");
const OVN = imageNamed("ovn-kube", "ovn-kubernetes", "ovn-kube-u", "ovn-kube-f");
const KUBE_OVN = imageNamed("kube-ovn");
const MULTUS = imageNamed("multus-cni", "hardened-multus-cni", "multus");
const SRIOV = imageNamed("sriov-network-operator", "sriov-network-config-daemon");

export const calico: SystemFacts = {
  system: "calico",
  recognise: anyOf(byNodeAnnotation("projectcalico.org/IPv"), byImage(CALICO)),
  controllers: CALICO,
};

/** Built into K3s it has no pods, and nothing that its health could be read from. */
export const flannel: SystemFacts = {
  system: "flannel",
  recognise: anyOf(byNodeAnnotation("flannel.alpha.coreos.com/backend-type"), byImage(FLANNEL)),
  controllers: FLANNEL,
};

export const cilium: SystemFacts = {
  system: "cilium",
  recognise: anyOf(byGroup("cilium.io"), byImage(CILIUM)),
  controllers: CILIUM,
};

export const ovn: SystemFacts = {
  system: "ovn",
  recognise: anyOf(byNodeAnnotation("k8s.ovn.org/"), byImage(OVN)),
  controllers: OVN,
};

export const kubeOvn: SystemFacts = {
  system: "kube_ovn",
  recognise: anyOf(byGroup("kubeovn.io"), byImage(KUBE_OVN)),
  controllers: KUBE_OVN,
};

export const multus: SystemFacts = {
  system: "multus",
  recognise: anyOf(byGroup("k8s.cni.cncf.io"), byImage(MULTUS)),
  controllers: MULTUS,
};

const NODE_STATES = "sriovnetworknodestates.sriovnetwork.openshift.io";

export const sriov: SystemFacts = {
  system: "sriov",
  needs: [NODE_STATES],
  recognise: byGroup("sriovnetwork.openshift.io"),
  controllers: SRIOV,
  parts: ({ view }: Sight) =>
    [...view.list(NODE_STATES).values()].map(({ metadata, status }) => {
      const { syncStatus, lastSyncError, interfaces } = status ?? {};
      const findings = [
        syncStatus === "Failed" && failed("sync_failed", lastSyncError),
        syncStatus === "InProgress" && degraded("phase", syncStatus),
        !["Succeeded", "Failed", "InProgress"].includes(syncStatus ?? "") &&
          unknown("not_told", syncStatus ?? "syncStatus"),
      ];
      const sum = (values: (number | undefined)[] | undefined) => values?.reduce<number>((a, b) => a + (b ?? 0), 0);
      return partOf("SriovNetworkNodeState", metadata, findings, {
        figures: {
          functionsMaximum: sum(interfaces?.map(({ totalvfs }) => totalvfs)),
          functions: sum(interfaces?.map(({ numVfs }) => numVfs)),
        },
      });
    }),
};
