import type { ItemOf } from "@/contract/cluster/items";
import type { System } from "@/contract/cluster/systems";
import { applicationsOf } from "./applications";
import { certificate, diskWear, trouble } from "./fate";
import { FLAVOUR } from "./flavours";
import type { ClusterPlan } from "./fleet-plan";
import { healthy, ill, type Judged } from "./judged";
import { between, chance } from "./noise";

type Part = ItemOf<"part">;
type Parts = Map<string, Part>;
const DAY = 86_400;

type SystemPlan = {
  version?: string;
  namespace?: string;
  proof: string;
  parts?: (
    plan: ClusterPlan,
    at: number,
  ) => [type: string, namespace: string | undefined, name: string, rest: Partial<Part> & Judged][];
};

const nodeTrouble = (plan: ClusterPlan, node: string, at: number) =>
  trouble(`${plan.name} ${node}`, at, { share: 0.006, hours: 9 });
/** Midnight before, by the edge's nights. */
const lastNight = (at: number) => Math.floor((at - 2 * 3600) / DAY) * DAY + 2 * 3600;

/** Every system that a simulated cluster may have, with the string that proves it. */
const PLANS: Partial<Record<System, SystemPlan>> = {
  aws_ebs: { version: "v1.48.0", namespace: "kube-system", proof: "CSI driver ebs.csi.aws.com" },
  google_pd: { version: "v1.20.0", namespace: "kube-system", proof: "CSI driver pd.csi.storage.gke.io" },
  linode_csi: { version: "v1.0.1", namespace: "kube-system", proof: "CSI driver linodebs.csi.linode.com" },
  hetzner_csi: { version: "v2.17.0", namespace: "kube-system", proof: "CSI driver csi.hetzner.cloud" },
  local_path: {
    version: "v0.0.32",
    namespace: "kube-system",
    proof: "provisioner rancher.io/local-path of storage class local-path",
  },
  microk8s_hostpath: {
    version: "1.5.0",
    namespace: "kube-system",
    proof: "provisioner microk8s.io/hostpath of storage class microk8s-hostpath",
  },
  calico: { version: "v3.31.2", namespace: "kube-system", proof: "API group crd.projectcalico.org" },
  flannel: {
    version: "v0.27.3",
    namespace: "kube-flannel",
    proof: "annotation flannel.alpha.coreos.com/backend-type of a node",
  },
  cilium: { version: "v1.18.2", namespace: "kube-system", proof: "API group cilium.io" },
  multus: { version: "v4.2.2", namespace: "kube-system", proof: "API group k8s.cni.cncf.io" },
  external_secrets: { version: "v0.19.0", namespace: "external-secrets", proof: "API group external-secrets.io" },
  rancher_agent: {
    version: "v2.12.2",
    namespace: "cattle-system",
    proof: "image rancher/rancher-agent:v2.12.2 of Deployment cattle-system/cattle-cluster-agent",
  },
  system_upgrade_controller: { version: "v0.16.3", namespace: "system-upgrade", proof: "API group upgrade.cattle.io" },
  fleet: { version: "0.13.2", namespace: "cattle-fleet-system", proof: "API group fleet.cattle.io" },
  cert_manager: {
    version: "v1.20.1",
    namespace: "cert-manager",
    proof: "API group cert-manager.io",
    parts: (plan, at) =>
      applicationsOf(plan)
        .slice(0, 3)
        .map(({ namespace, name }) => {
          const { expiresAt, renewalAt, state } = certificate(`${plan.name} ${name}`, at);
          const judged =
            state === "valid"
              ? healthy
              : state === "due"
                ? ill("degraded", "renewal_due", "order failed: 429 too many certificates")
                : ill("failed", "certificate_expired");
          const texts = { names: `${name}.${plan.site.place.code}.example.org`, issuer: "ClusterIssuer letsencrypt" };
          return [
            "Certificate",
            namespace,
            name,
            {
              ...judged,
              figures: { failedAttempts: state === "valid" ? 0 : 8 },
              moments: { expiresAt, renewalAt },
              texts,
            },
          ];
        }),
  },
  flux: {
    version: "v2.7.2",
    namespace: "flux-system",
    proof: "API group kustomize.toolkit.fluxcd.io",
    parts: (plan, at) => {
      const since = trouble(`${plan.name} flux`, at, { share: 0.02, hours: 8 });
      const judged =
        since === null ? healthy : ill("failed", "failing", "kustomize build failed: no matches for kind Rollout");
      return [
        [
          "Kustomization",
          "flux-system",
          "apps",
          { ...judged, texts: { revision: "main@sha1:4c81d0e", interval: "10m0s" } },
        ],
      ];
    },
  },
  velero: {
    version: "v1.17.0",
    namespace: "velero",
    proof: "API group velero.io",
    parts: (plan, at) => {
      const night = lastNight(at) + Math.floor(3600 * chance(plan.name, "velero"));
      const isFailed = chance(plan.name, "velero fails", night) < 0.07;
      const judged = isFailed ? ill("degraded", "last_backup_failed", "error uploading: RequestTimeout") : healthy;
      const figures = { backups: 14, succeeded: isFailed ? 13 : 14, partial: 0, failed: isFailed ? 1 : 0, running: 0 };
      const moments = { lastSuccessAt: isFailed ? night - DAY : night };
      return [
        [
          "Schedule",
          "velero",
          "nightly",
          { ...judged, figures, moments, texts: { schedule: "0 2 * * *", location: "default", phase: "Enabled" } },
        ],
      ];
    },
  },
  etcd_snapshots: {
    proof: "API group k3s.cattle.io",
    parts: (plan, at) =>
      plan.nodes
        .filter(({ roles }) => roles.includes("etcd"))
        .map(({ name }) => {
          const figures = {
            backups: 5,
            succeeded: 5,
            partial: 0,
            failed: 0,
            running: 0,
            outside: 5,
            bytes: 5 * 8_388_608,
          };
          const lastSuccessAt = lastNight(at);
          return [
            "Node",
            undefined,
            name,
            { ...healthy, figures, moments: { lastSuccessAt, lastOutsideAt: lastSuccessAt } },
          ];
        }),
  },
  cloudnative_pg: {
    version: "1.27.0",
    namespace: "cnpg-system",
    proof: "API group postgresql.cnpg.io",
    parts: (plan, at) =>
      applicationsOf(plan)
        .filter(({ claims }) => claims.length > 0)
        .map(({ namespace, name, claims }) => {
          const since = trouble(`${plan.name} ${name} archive`, at, { share: 0.015, hours: 10 });
          const judged =
            since === null ? healthy : ill("failed", "archiving_fails", "ContinuousArchivingSuccess: exit status 1");
          const figures = { instances: claims.length, readyInstances: claims.length };
          return [
            "Cluster",
            namespace,
            `${name}-db`,
            { ...judged, figures, moments: { lastSuccessAt: lastNight(at) } },
          ];
        }),
  },
  longhorn: {
    version: "v1.11.1",
    namespace: "longhorn-system",
    proof: "API group longhorn.io",
    parts: (plan, at) =>
      plan.nodes.map(({ name }) => {
        const isWorn = diskWear(`${plan.name} ${name}`, at) > 0.8;
        const judged = isWorn ? ill("degraded", "condition", "Disk: I/O errors on /var/lib/longhorn") : healthy;
        const maximumBytes = 2e12;
        const figures = {
          disks: 1,
          maximumBytes,
          availableBytes: Math.round((maximumBytes * between(0.3, 0.8, plan.name, name, "disk")) / 1e9) * 1e9,
        };
        return ["Node", "longhorn-system", name, { ...judged, figures }];
      }),
  },
  rook_ceph: {
    version: "19.2.3-0",
    namespace: "rook-ceph",
    proof: "API group ceph.rook.io",
    parts: (plan, at) => {
      const since = trouble(`${plan.name} ceph`, at, { share: 0.04, hours: 9 });
      const judged =
        since === null ? healthy : ill("degraded", "ceph", "HEALTH_WARN: 1 osds down, Degraded data redundancy");
      const totalBytes = plan.nodes.length * 4e12;
      const usedBytes = Math.round((totalBytes * between(0.3, 0.7, plan.name, "ceph")) / 1e9) * 1e9;
      const figures = { totalBytes, usedBytes, availableBytes: totalBytes - usedBytes };
      return [
        [
          "CephCluster",
          "rook-ceph",
          "rook-ceph",
          {
            ...judged,
            figures,
            texts: { phase: "Ready", health: since === null ? "HEALTH_OK" : "HEALTH_WARN", version: "19.2.3-0" },
          },
        ],
      ];
    },
  },
  robin: {
    version: "5.4.3-564",
    namespace: "robinio",
    proof: "API group manage.robin.io",
    parts: (plan, at) => {
      const nodes = plan.nodes.map(({ name }) => ({ name, isOnline: nodeTrouble(plan, name, at) === null }));
      const onlineNodes = nodes.filter(({ isOnline }) => isOnline).length;
      return [
        [
          "RobinCluster",
          "robinio",
          "robin",
          {
            ...healthy,
            figures: { nodes: nodes.length, onlineNodes },
            texts: { phase: "Ready", hosts: "physical", image: "registry.example.org/robinsys/robinimg:5.4.3-564" },
          },
        ],
        ...nodes.map(({ name, isOnline }): [string, string, string, Partial<Part> & Judged] => [
          "Node",
          "robinio",
          name,
          {
            ...(isOnline ? healthy : ill("failed", "not_available", "OFFLINE")),
            texts: { state: isOnline ? "ONLINE" : "OFFLINE" },
          },
        ]),
      ];
    },
  },
  sriov: {
    version: "v1.5.0",
    namespace: "sriov",
    proof: "API group sriovnetwork.openshift.io",
    parts: (plan) =>
      plan.nodes.map(({ name }) => [
        "SriovNetworkNodeState",
        "sriov",
        name,
        { ...healthy, figures: { functionsMaximum: 64, functions: 16 } },
      ]),
  },
};

/** Since when a node does not answer; null while it does. */
export const nodeTroubleSince = nodeTrouble;

/** What the agent of a cluster tells of the systems in it. */
export function systemItems(plan: ClusterPlan, at: number): { system: Map<string, ItemOf<"system">>; part: Parts } {
  const system = new Map<string, ItemOf<"system">>();
  const part: Parts = new Map();
  for (const name of FLAVOUR[plan.flavour].systems) {
    const found = PLANS[name];
    if (!found) throw new Error(`nothing is planned for the system ${name}`);
    const { parts = () => [], ...told } = found;
    const own = parts(plan, at);
    for (const [type, namespace, partName, rest] of own) {
      const head = { system: name, type, ...(namespace === undefined ? {} : { namespace }), name: partName };
      part.set(`${name}/${type}/${namespace ?? ""}/${partName}`, { ...head, ...rest });
    }
    system.set(name, { ...told, ...foldParts(own.map(([, , , rest]) => rest)) });
  }
  return { system, part };
}

/** As the agent folds them: failed parts make a system degraded, and it says how many. */
function foldParts(parts: readonly Judged[]): Pick<ItemOf<"system">, "parts" | "health" | "reasons"> {
  const count = (health: Judged["health"]) => parts.filter((one) => one.health === health).length;
  const [failed, degraded] = [count("failed"), count("degraded")];
  const total = parts.length;
  const judged =
    failed > 0
      ? ill("degraded", "parts_failed", `${failed}/${total}`)
      : degraded > 0
        ? ill("degraded", "parts_degraded", `${degraded}/${total}`)
        : healthy;
  return { parts: { total, healthy: count("healthy"), unknown: count("unknown") }, ...judged };
}
