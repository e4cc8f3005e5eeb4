import { readdirSync } from "node:fs";
import { describeCluster } from "@/agent/kubernetes/facts/cluster-facts";
import type { ClusterItems } from "@/contract/cluster/items";
import type { ApiObject } from "./kube-plane";
import { denied, deployment, MadeUpCluster, readObjects, WELL_AT } from "./made-up-cluster";
import { conditioned, patched } from "./told-cluster";

/** Names without a place to break them, as long as such names come. */
const LONG = "bestellannahme-und-auftragsverarbeitung-produktion-frankfurt-am-main";

const node = (name: string, ready: "True" | "False", kubelet: string, roles: string[] = []): ApiObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: {
    name,
    uid: `uid-${name.length}`,
    creationTimestamp: "2026-01-10T08:00:00Z",
    labels: {
      ...Object.fromEntries(roles.map((role) => [`node-role.kubernetes.io/${role}`, ""])),
      "topology.kubernetes.io/region": "fsn1",
      "topology.kubernetes.io/zone": "fsn1-dc14",
      "node.kubernetes.io/instance-type": "cpx41",
      "kubernetes.io/arch": "amd64",
    },
  },
  spec: { providerID: `hcloud://${name}`, taints: [] },
  status: {
    capacity: { cpu: "8", memory: "16Gi", pods: "110", "hugepages-2Mi": "0" },
    allocatable: { cpu: "7800m", memory: "15Gi", pods: "110", "hugepages-2Mi": "0" },
    conditions: [
      {
        type: "Ready",
        status: ready,
        reason: ready === "True" ? "KubeletReady" : "KubeletNotReady",
        message: ready === "True" ? "" : "container runtime network not ready: cni plugin not initialized",
        lastHeartbeatTime: "2026-11-20T11:59:00Z",
        lastTransitionTime: "2026-11-20T06:12:00Z",
      },
    ],
    addresses: [{ type: "InternalIP", address: "10.0.0.2" }],
    nodeInfo: {
      machineID: `id-${name.length}`,
      systemUUID: `uuid-${name.length}`,
      bootID: `boot-${name.length}`,
      kernelVersion: "6.12.9-amd64",
      osImage: "Debian GNU/Linux 13 (trixie)",
      containerRuntimeVersion: "containerd://2.0.4-k3s2",
      kubeletVersion: kubelet,
      kubeProxyVersion: kubelet,
      operatingSystem: "linux",
      architecture: "amd64",
    },
  },
});

const pod = (namespace: string, owner: string, at: number, image: string): ApiObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: `${owner}-${at}`,
    namespace,
    labels: { app: owner, "app.kubernetes.io/part-of": "shop" },
    creationTimestamp: "2026-11-19T08:00:00Z",
    ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: owner, uid: owner, controller: true }],
  },
  spec: {
    nodeName: "fsn1-worker-1",
    containers: [{ name: "main", image, resources: { requests: { cpu: "500m", memory: "1Gi" } } }],
    volumes: [{ name: "data", persistentVolumeClaim: { claimName: `data-${owner}-${at}` } }],
  },
  status: {
    phase: "Running",
    qosClass: "Burstable",
    conditions: [{ type: "Ready", status: "False", lastTransitionTime: "2026-11-20T06:12:00Z" }],
    containerStatuses: [
      {
        name: "main",
        image,
        ready: false,
        restartCount: 12,
        state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s restarting failed container" } },
        lastState: {},
      },
    ],
  },
});

const stateful = (namespace: string, name: string, replicas: number): ApiObject => ({
  ...deployment(namespace, name, `registry.example.com/${name}:1`, replicas),
  kind: "StatefulSet",
  status: { observedGeneration: 1, replicas, readyReplicas: 0, updatedReplicas: replicas },
});

const claim = (namespace: string, name: string, phase: string): ApiObject => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name, namespace, uid: `claim-${name.length}`, creationTimestamp: "2026-02-01T00:00:00Z" },
  spec: {
    accessModes: ["ReadWriteOnce"],
    storageClassName: "longhorn",
    resources: { requests: { storage: "200Gi" } },
    ...(phase === "Bound" ? { volumeName: `pvc-${name}` } : {}),
  },
  status: { phase, ...(phase === "Bound" ? { capacity: { storage: "200Gi" } } : {}) },
});

const warning = (namespace: string, reason: string, message: string, count: number): ApiObject => ({
  apiVersion: "v1",
  kind: "Event",
  metadata: { name: `${reason}.1`, namespace, creationTimestamp: "2026-11-20T10:00:00Z" },
  type: "Warning",
  reason,
  message,
  count,
  firstTimestamp: "2026-11-20T10:00:00Z",
  lastTimestamp: "2026-11-20T11:50:00Z",
  involvedObject: { kind: "Pod", namespace, name: `${LONG}-0` },
});

const small: ApiObject[] = [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "shop" },
    spec: { type: "LoadBalancer", ipFamilies: ["IPv4", "IPv6"], ports: [{ port: 443, protocol: "TCP" }] },
    status: { loadBalancer: { ingress: [{ ip: "203.0.113.7" }, { ip: "2001:db8::7" }] } },
  },
  {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "shop-db", namespace: "shop" },
    spec: { selector: { matchLabels: { app: "shop-db" } } },
    status: { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 2, expectedPods: 3 },
  },
  {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "shop", namespace: "shop" },
    status: {
      hard: { "requests.cpu": "20", "requests.memory": "64Gi" },
      used: { "requests.cpu": "4", "requests.memory": "9Gi" },
    },
  },
  {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "longhorn", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "driver.longhorn.io",
    reclaimPolicy: "Delete",
    allowVolumeExpansion: true,
    parameters: { numberOfReplicas: "3" },
  },
  ...["shop", "kube-system", LONG].map(
    (name): ApiObject => ({ apiVersion: "v1", kind: "Namespace", metadata: { name }, status: { phase: "Active" } }),
  ),
];

/**
 * All that an agent tells of a K3s cluster in which every system of the product's list runs, and much is ill at once:
 * a dead node, crashing pods, suspended and failing objects, a resource that may not be read.
 */
export function richClusterItems(): ClusterItems {
  const folder = new URL("./cluster-objects/", import.meta.url);
  let objects = readdirSync(folder).flatMap((file) => readObjects(file.replace(".yaml", "")));
  objects = conditioned(objects, "Cluster shop-db", "ContinuousArchiving", "False", {
    message: "unexpected failure invoking barman-cloud-wal-archive: exit status 1",
  });
  objects = patched(objects, "Volume pvc-1", { status: { robustness: "degraded" } });
  const all = [
    ...objects,
    node("fsn1-control-1", "True", "v1.33.1+k3s1", ["control-plane", "etcd"]),
    node("fsn1-worker-1", "True", "v1.33.1+k3s1"),
    node(`fsn1-worker-2.${LONG}.example.com`, "False", "v1.29.4+k3s1"),
    deployment("shop", "web", "registry.example.com/shop/web:4.2.1", 3),
    stateful("shop", LONG, 2),
    pod("shop", LONG, 0, "registry.example.com/orders:9"),
    pod("shop", LONG, 1, "registry.example.com/orders:9"),
    claim("shop", `data-${LONG}-0`, "Bound"),
    claim("shop", `data-${LONG}-1`, "Pending"),
    warning("shop", "BackOff", "Back-off restarting failed container main in pod", 700),
    warning("shop", "FailedScheduling", "0/3 nodes are available: 1 node(s) had untolerated taint", 20),
    ...small,
  ];
  const states = { "networkpolicies.networking.k8s.io": denied };
  return describeCluster(new MadeUpCluster(all, { gitVersion: "v1.33.1+k3s1", states }).view, WELL_AT).items;
}
