import { describe, expect, it } from "vitest";
import type { ApiObject } from "@/agent/testing/kube-plane";
import { denied, deployment, WELL_AT } from "@/agent/testing/made-up-cluster";
import { patched, tellOf } from "@/agent/testing/told-cluster";

const at = (second: number) => new Date(second * 1000).toISOString();

type PodParts = {
  owner?: [kind: string, name: string];
  status?: object;
  labels?: Record<string, string>;
  spec?: object;
};

function pod(name: string, { owner, status = {}, labels = {}, spec = {} }: PodParts = {}): ApiObject {
  const [kind, ownerName] = owner ?? [];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "shop",
      labels,
      creationTimestamp: at(WELL_AT - 3600),
      ...(kind ? { ownerReferences: [{ apiVersion: "v1", kind, name: ownerName, uid: "u", controller: true }] } : {}),
    },
    spec: {
      nodeName: "n1",
      containers: [{ name: "web", image: "shop:1", resources: { requests: { cpu: "100m", memory: "128Mi" } } }],
      ...spec,
    },
    status: { phase: "Running", qosClass: "Burstable", conditions: [{ type: "Ready", status: "True" }], ...status },
  };
}

const owned = (
  apiVersion: string,
  kind: string,
  name: string,
  owner: [string, string],
  rest: object = {},
): ApiObject => ({
  apiVersion,
  kind,
  metadata: {
    name,
    namespace: "shop",
    ownerReferences: [{ apiVersion: "v1", kind: owner[0], name: owner[1], uid: "u", controller: true }],
  },
  ...rest,
});

const web = deployment("shop", "web", "shop:1", 2);
const replicaSet = owned("apps/v1", "ReplicaSet", "web-5d", ["Deployment", "web"]);
const fromSet: PodParts = { owner: ["ReplicaSet", "web-5d"], labels: { "pod-template-hash": "5d" } };
const WEB = "Deployment/shop/web";

describe("a workload", () => {
  it("has the pods of its replica sets, and sums what they reserve", () => {
    const told = tellOf([web, replicaSet, pod("web-5d-a", fromSet), pod("web-5d-b", fromSet)]);
    expect(told.item("workload", WEB)).toMatchObject({
      health: "healthy",
      wanted: 2,
      ready: 2,
      qosClass: "Burstable",
      requests: { cpuCores: 0.2, memoryBytes: 2 * 128 * 2 ** 20 },
      withoutRequests: 0,
      images: ["shop:1"],
      nodes: 1,
    });
    expect(told.keys("workload")).toEqual([WEB]);
  });

  it("is found by the name of its replica set where those may not be read", () => {
    const told = tellOf([web, pod("web-5d-a", fromSet)], { states: { "replicasets.apps": denied } });
    expect(told.keys("workload")).toEqual([WEB]);
  });

  it("of a job is its cron job; a pod of an unknown owner belongs to that, and one of nobody stands for itself", () => {
    const cron = owned("batch/v1", "CronJob", "report", ["X", "x"], { spec: { schedule: "0 * * * *" }, status: {} });
    const job = owned("batch/v1", "Job", "report-1", ["CronJob", "report"], { status: { startTime: at(WELL_AT) } });
    const told = tellOf([
      cron,
      job,
      pod("report-1-a", { owner: ["Job", "report-1"] }),
      pod("db-1", { owner: ["Cluster", "db"] }),
      pod("etcd-n1", { owner: ["Node", "n1"] }),
      pod("alone"),
    ]);
    expect(told.keys("workload").sort()).toEqual([
      "Cluster/shop/db",
      "CronJob/shop/report",
      "Pod/shop/alone",
      "Pod/shop/etcd-n1",
    ]);
  });

  it("with all of its pods down has failed, with some of them is degraded", () => {
    const none = patched([web], "Deployment", { status: { readyReplicas: null } });
    expect(tellOf(none).item("workload", WEB)).toMatchObject({
      health: "failed",
      ready: 0,
      reasons: [{ code: "not_ready", detail: "0/2" }],
    });
    const one = patched([web], "Deployment", { status: { readyReplicas: 1 } });
    expect(tellOf(one).item("workload", WEB)).toMatchObject({
      health: "degraded",
      reasons: [{ code: "not_ready", detail: "1/2" }],
    });
  });

  it("of whose readiness nothing was told yet is unknown, not down", () => {
    expect(tellOf(patched([web], "Deployment", { status: null })).item("workload", WEB)).toMatchObject({
      health: "unknown",
      reasons: [{ code: "not_told" }, { code: "not_observed" }],
    });
  });

  it("scaled to zero is paused", () => {
    const objects = patched([web], "Deployment", { spec: { replicas: 0 }, status: { readyReplicas: null } });
    expect(tellOf(objects).item("workload", WEB)).toMatchObject({
      health: "paused",
      reasons: [{ code: "scaled_to_zero" }],
    });
  });

  it("whose pods are being started is not down until two minutes are over", () => {
    const none = patched([web], "Deployment", { status: { readyReplicas: null } });
    const young = pod("web-5d-a", { ...fromSet, status: { conditions: [{ type: "Ready", status: "False" }] } });
    young.metadata.creationTimestamp = at(WELL_AT - 60);
    const told = tellOf([...none, replicaSet, young]);
    expect(told.item("workload", WEB).reasons[0]?.code).toBe("starting");
    expect(told.dueAt).toBe(WELL_AT + 60);
    expect(tellOf([...none, replicaSet, young], { at: WELL_AT + 60 }).item("workload", WEB).health).toBe("failed");
  });

  it.each([
    ["CrashLoopBackOff", "crash_looping"],
    ["ImagePullBackOff", "image_pull"],
    ["ErrImagePull", "image_pull"],
    ["CreateContainerConfigError", "cannot_start"],
  ])("with containers that wait by %s says %s once, for all of its pods", (reason, code) => {
    const status = { containerStatuses: [{ name: "web", state: { waiting: { reason } } }] };
    const pods = ["a", "b"].map((name) => pod(`web-5d-${name}`, { ...fromSet, status }));
    const { health, reasons } = tellOf([web, replicaSet, ...pods]).item("workload", WEB);
    expect(health).toBe("degraded");
    expect(reasons).toEqual([{ code, detail: "web-5d-a: web +1" }]);
  });

  it("says that a pod finds no node", () => {
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }];
    const told = tellOf([web, replicaSet, pod("web-5d-a", { ...fromSet, status: { phase: "Pending", conditions } })]);
    expect(told.item("workload", WEB).reasons.map(({ code }) => code)).toContain("unschedulable");
  });

  it("tells of a container that was killed for its memory for an hour after it came back", () => {
    const terminated = { reason: "OOMKilled", finishedAt: at(WELL_AT - 600) };
    const status = { containerStatuses: [{ name: "web", state: {}, lastState: { terminated } }] };
    const objects = [
      web,
      replicaSet,
      pod("web-5d-a", { ...fromSet, status: { ...status, conditions: [{ type: "Ready", status: "True" }] } }),
    ];
    const told = tellOf(objects);
    expect(told.item("workload", WEB).reasons[0]?.code).toBe("out_of_memory");
    expect(told.dueAt).toBe(WELL_AT + 3000);
    expect(tellOf(objects, { at: WELL_AT + 3000 }).item("workload", WEB).health).toBe("healthy");
  });

  it("whose rollout is stuck is degraded although enough pods are ready", () => {
    const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }];
    expect(
      tellOf(patched([web], "Deployment", { status: { conditions } })).item("workload", WEB).reasons[0]?.code,
    ).toBe("rollout_stuck");
  });

  it("has the least class of service of its pods", () => {
    const best = pod("web-5d-b", {
      ...fromSet,
      status: { qosClass: "BestEffort" },
      spec: { containers: [{ name: "web" }] },
    });
    const item = tellOf([web, replicaSet, pod("web-5d-a", fromSet), best]).item("workload", WEB);
    expect(item).toMatchObject({ qosClass: "BestEffort", withoutRequests: 1 });
  });

  it("where pods may not be read, nothing is said of what they reserve", () => {
    const item = tellOf([web], { states: { pods: denied } }).item("workload", WEB);
    expect(item).not.toHaveProperty("requests");
    expect(item).not.toHaveProperty("qosClass");
    expect(item).toMatchObject({ wanted: 2, ready: 2, health: "healthy" });
  });

  it("that is a pod of nobody has failed when it ended in failure, and is well when it ended as it should", () => {
    const ended = (phase: string) => tellOf([pod("alone", { status: { phase } })]).item("workload", "Pod/shop/alone");
    expect(ended("Failed")).toMatchObject({ health: "failed", reasons: [{ code: "pod_failed" }] });
    expect(ended("Succeeded").health).toBe("healthy");
  });

  it("of an owner that is not read is not judged by a pod that ended, while others run", () => {
    const owner: [string, string] = ["Cluster", "db"];
    const ended = pod("db-1", { owner, status: { phase: "Failed" } });
    expect(tellOf([ended, pod("db-2", { owner })]).item("workload", "Cluster/shop/db")).toMatchObject({
      health: "healthy",
      wanted: 1,
    });
  });

  it("is not judged by the remains of pods that were put off their node", () => {
    const evicted = pod("web-5d-old", { ...fromSet, status: { phase: "Failed", reason: "Evicted" } });
    expect(tellOf([web, replicaSet, evicted]).item("workload", WEB)).toMatchObject({ health: "healthy", nodes: 0 });
  });

  it("cron jobs are paused when suspended and have failed when the last of their jobs has", () => {
    const cron = owned("batch/v1", "CronJob", "report", ["X", "x"], { spec: { schedule: "0 * * * *" }, status: {} });
    const job = (name: string, startedAt: number, type: string) =>
      owned("batch/v1", "Job", name, ["CronJob", "report"], {
        status: { startTime: at(startedAt), conditions: [{ type, status: "True", reason: "BackoffLimitExceeded" }] },
      });
    const key = "CronJob/shop/report";
    const good = job("report-2", WELL_AT, "Complete");
    const bad = job("report-1", WELL_AT - 3600, "Failed");
    expect(tellOf([cron, good, bad]).item("workload", key).health).toBe("healthy");
    expect(tellOf([cron, bad]).item("workload", key).reasons[0]?.code).toBe("last_run_failed");
    expect(tellOf(patched([cron], "CronJob", { spec: { suspend: true } })).item("workload", key).health).toBe("paused");
  });
});
