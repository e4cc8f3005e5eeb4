import type { ApiObject } from "@/agent/testing/kube-plane";

/** Objects as large as they are in use: with environment, probes, images and conditions. */

const now = () => `${new Date().toISOString().slice(0, 19)}Z`;

export function node(index: number): { object: ApiObject; status: { conditions: object[]; [key: string]: unknown } } {
  const features = Array.from({ length: 60 }, (_, feature) => [
    `feature.node.kubernetes.io/cpu-cpuid.F${feature}`,
    "true",
  ]);
  const labels = { "kubernetes.io/hostname": `node-${index}`, "topology.kubernetes.io/zone": `zone-${index % 3}` };
  const conditions = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"].map((type) => ({
    type,
    status: type === "Ready" ? "True" : "False",
    reason: "KubeletReady",
    lastHeartbeatTime: now(),
    lastTransitionTime: "2026-01-01T00:00:00Z",
  }));
  const images = Array.from({ length: 50 }, (_, image) => ({
    names: [`registry.example.org/app/image-${image}@sha256:${"ab".repeat(32)}`],
    sizeBytes: 123_456_789,
  }));
  return {
    object: {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: `node-${index}`, labels: { ...labels, ...Object.fromEntries(features) } },
      spec: { providerID: `hcloud://${index}` },
    },
    status: {
      capacity: { cpu: "16", memory: "64Gi", pods: "110" },
      allocatable: { cpu: "15800m", memory: "62Gi", pods: "110" },
      conditions,
      images,
      nodeInfo: nodeInfo(index),
    },
  };
}

function nodeInfo(index: number): object {
  return {
    machineID: `machine-${index}`,
    systemUUID: `system-${index}`,
    bootID: `boot-${index}`,
    kernelVersion: "6.1.0",
    osImage: "Debian GNU/Linux 12",
    containerRuntimeVersion: "containerd://1.7.0",
    kubeletVersion: "v1.30.4+k3s1",
    kubeProxyVersion: "v1.30.4",
    operatingSystem: "linux",
    architecture: "amd64",
  };
}

export function pod(index: number, nodes: number): ApiObject {
  const app = index % 300;
  const env = Array.from({ length: 20 }, (_, entry) => ({ name: `SETTING_${entry}`, value: "a value ".repeat(5) }));
  const probe = { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 10 };
  const container = (name: string) => ({
    name,
    image: `registry.example.org/app/${name}:1.2.${app}`,
    env,
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
    livenessProbe: probe,
    readinessProbe: probe,
    volumeMounts: [{ name: "data", mountPath: "/data" }],
  });
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `app-${app}-7d9f8c6b5-${index}`,
      namespace: "default",
      labels: {
        app: `app-${app}`,
        "app.kubernetes.io/name": `app-${app}`,
        "pod-template-hash": "7d9f8c6b5",
        tier: "web",
      },
      annotations: { "checksum/config": "ab".repeat(32) },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: `app-${app}-7d9f8c6b5`,
          uid: `uid-${app}`,
          controller: true,
        },
      ],
    },
    spec: {
      nodeName: `node-${index % nodes}`,
      containers: [container("web"), container("sidecar")],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: `data-${index}` } }],
    },
  };
}

/** @param restarts of its first container */
export function podStatus(restarts: number): object {
  const containerStatus = (name: string, restartCount: number) => ({
    name,
    image: `registry.example.org/app/${name}`,
    imageID: `registry.example.org/app/${name}@sha256:${"cd".repeat(32)}`,
    containerID: `containerd://${"ef".repeat(32)}`,
    ready: true,
    started: true,
    restartCount,
    state: { running: { startedAt: now() } },
    lastState: {},
  });
  return {
    phase: "Running",
    podIP: "10.1.2.3",
    startTime: now(),
    qosClass: "Burstable",
    conditions: ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({
      type,
      status: "True",
      lastTransitionTime: now(),
    })),
    containerStatuses: [containerStatus("web", restarts), containerStatus("sidecar", 0)],
  };
}
