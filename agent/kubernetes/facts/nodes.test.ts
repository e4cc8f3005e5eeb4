import { describe, expect, it } from "vitest";
import type { ApiObject } from "@/agent/testing/kube-plane";
import { denied } from "@/agent/testing/made-up-cluster";
import { conditioned, patched, tellOf } from "@/agent/testing/told-cluster";

const node: ApiObject = {
  apiVersion: "v1",
  kind: "Node",
  metadata: {
    name: "n1",
    uid: "u1",
    labels: {
      "node.kubernetes.io/microk8s-controlplane": "microk8s-controlplane",
      "node-role.kubernetes.io/storage": "",
      "topology.kubernetes.io/zone": "a",
      "lke.linode.com/pool-id": "77",
      "nvidia.com/gpu.product": "L4",
      "extensions.talos.dev/iscsi-tools": "v0.2.0",
    },
    annotations: { "k3s.io/node-args": '["server","--token","secret"]' },
  },
  spec: { taints: [{ key: "dedicated", value: "gpu", effect: "NoSchedule" }] },
  status: {
    capacity: { cpu: "8", memory: "32Gi", "hugepages-2Mi": "1Gi", "nvidia.com/gpu": "2" },
    allocatable: { cpu: "7500m", memory: "31Gi", "hugepages-2Mi": "1Gi", "nvidia.com/gpu": "2" },
    nodeInfo: { kubeletVersion: "v1.34.1", systemUUID: "s", machineID: "m", bootID: "b", architecture: "arm64" },
    addresses: [
      { type: "InternalIP", address: "10.0.0.1" },
      { type: "InternalIP", address: "fd00::1" },
      { type: "Hostname", address: "n1" },
    ],
    conditions: [
      {
        type: "Ready",
        status: "True",
        lastHeartbeatTime: "2026-11-20T11:59:00Z",
        lastTransitionTime: "2026-11-01T00:00:00Z",
      },
      { type: "MemoryPressure", status: "False" },
      { type: "EtcdIsVoter", status: "True" },
    ],
  },
};

const pod = (name: string, phase: string, cpu: string): ApiObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "shop" },
  spec: {
    nodeName: "n1",
    initContainers: [{ name: "init", resources: { requests: { memory: "3Gi" } } }],
    containers: [
      { name: "a", resources: { requests: { cpu, memory: "1Gi" } } },
      { name: "b", resources: { requests: { memory: "1Gi" } } },
    ],
  },
  status: { phase },
});

const item = (objects: ApiObject[], options?: Parameters<typeof tellOf>[1]) =>
  tellOf(objects, options).item("node", "n1");

describe("a node", () => {
  it("is told with its roles (MicroK8s' too), pool, taints, extended resources and GPU", () => {
    expect(item([node])).toMatchObject({
      health: "healthy",
      roles: ["control-plane", "storage"],
      pool: "77",
      zone: "a",
      taints: ["dedicated=gpu:NoSchedule"],
      allocatable: { cpu: 7.5, memory: 31 * 2 ** 30, "hugepages-2Mi": 2 ** 30, "nvidia.com/gpu": 2 },
      gpu: { product: "L4", count: 2 },
      internalIps: ["10.0.0.1", "fd00::1"],
      labels: { "extensions.talos.dev/iscsi-tools": "v0.2.0" },
    });
  });

  it("is told without the arguments of its agent, in which secrets may stand", () => {
    expect(JSON.stringify(item([node]))).not.toContain("secret");
  });

  it("reserves what its pods reserve that are not over, or what they take at the start where that is more", () => {
    const told = item([node, pod("a", "Running", "250m"), pod("b", "Pending", "100m"), pod("c", "Succeeded", "4")]);
    expect(told.requested).toEqual({ cpuCores: 0.35, memoryBytes: 2 * 3 * 2 ** 30 });
    expect(told.pods).toBe(2);
  });

  it("where pods may not be read, nothing is said of what is reserved", () => {
    const told = item([node], { states: { pods: denied } });
    expect(told).not.toHaveProperty("requested");
    expect(told).not.toHaveProperty("pods");
  });

  it("tells Ready always, and of the other conditions only those that are not as they should be", () => {
    expect(Object.keys(item([node]).conditions)).toEqual(["Ready"]);
    const pressed = item(conditioned([node], "Node", "MemoryPressure", "True"));
    expect(Object.keys(pressed.conditions).sort()).toEqual(["MemoryPressure", "Ready"]);
    expect(pressed.health).toBe("degraded");
  });

  it("conditions that tell of something good should be True: a member of etcd that votes, a network that is ready", () => {
    expect(item(conditioned([node], "Node", "EtcdIsVoter", "False")).health).toBe("degraded");
    expect(item(conditioned([node], "Node", "NetworkingReady", "True")).health).toBe("healthy");
  });

  it("that is not ready has failed, and so has one that nobody hears of", () => {
    expect(item(conditioned([node], "Node", "Ready", "False")).reasons[0]?.code).toBe("not_ready");
    expect(item(conditioned([node], "Node", "Ready", "Unknown"))).toMatchObject({
      health: "failed",
      reasons: [{ code: "not_heard_of" }],
    });
    expect(item(patched([node], "Node", { status: { conditions: null } })).health).toBe("unknown");
  });

  it("that is cordoned is paused", () => {
    expect(item(patched([node], "Node", { spec: { unschedulable: true } }))).toMatchObject({
      health: "paused",
      isSchedulable: false,
    });
  });

  it("does not become another item by a heartbeat", () => {
    const later = conditioned([node], "Node", "Ready", "True", { lastHeartbeatTime: "2026-11-20T12:05:00Z" });
    expect(item(later)).toEqual(item([node]));
  });
});
