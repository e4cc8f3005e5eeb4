import { describe, expect, it } from "vitest";
import type { ApiObject } from "@/agent/testing/kube-plane";
import { denied, WELL_AT } from "@/agent/testing/made-up-cluster";
import { tellOf } from "@/agent/testing/told-cluster";

const namespaced = (apiVersion: string, kind: string, name: string, rest: object = {}): ApiObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: "shop" },
  ...rest,
});

describe("a namespace", () => {
  const shop = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" }, status: { phase: "Active" } };
  const policy = namespaced("networking.k8s.io/v1", "NetworkPolicy", "deny", { spec: { podSelector: {} } });

  it("tells how many policies and quotas it has, and none as none", () => {
    expect(tellOf([shop, policy]).item("namespace", "shop")).toMatchObject({ networkPolicies: 1, quotas: 0 });
  });

  it("does not know how many where they may not be read", () => {
    const told = tellOf([shop, policy], { states: { "networkpolicies.networking.k8s.io": denied } });
    expect(told.item("namespace", "shop").networkPolicies).toBeUndefined();
  });
});

describe("quotas and budgets", () => {
  it("are told with their numbers", () => {
    const quota = namespaced("v1", "ResourceQuota", "all", {
      status: { hard: { "requests.cpu": "4" }, used: { "requests.cpu": "500m" } },
    });
    const budget = namespaced("policy/v1", "PodDisruptionBudget", "web", {
      status: { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 2 },
    });
    const told = tellOf([quota, budget]);
    expect(told.item("quota", "shop/all")).toEqual({ hard: { "requests.cpu": 4 }, used: { "requests.cpu": 0.5 } });
    expect(told.item("budget", "shop/web")).toMatchObject({ allowed: 0, healthy: 1, wanted: 1, expected: 2 });
  });
});

describe("a service", () => {
  const service = (name: string, spec: object) => namespaced("v1", "Service", name, { spec });

  it("is told when it is reached from outside or has two families, and else not", () => {
    const told = tellOf([
      service("inside", { type: "ClusterIP", ipFamilies: ["IPv4"] }),
      service("both", { type: "ClusterIP", ipFamilies: ["IPv4", "IPv6"] }),
      service("front", { type: "LoadBalancer", ipFamilies: ["IPv4"], ports: [{ port: 443, protocol: "TCP" }] }),
    ]);
    expect(told.keys("service").sort()).toEqual(["shop/both", "shop/front"]);
    expect(told.item("service", "shop/front").ports).toEqual(["443/TCP"]);
  });
});

describe("warnings", () => {
  const event = (name: string, count: number, lastSecond: number) =>
    namespaced("v1", "Event", name, {
      type: "Warning",
      reason: "BackOff",
      message: "Back-off restarting",
      count,
      firstTimestamp: new Date((WELL_AT - 7000) * 1000).toISOString(),
      lastTimestamp: new Date(lastSecond * 1000).toISOString(),
      involvedObject: { kind: "Pod", namespace: "shop", name: `pod-${name}`, uid: name },
    });
  const KEY = "shop/Pod/BackOff";

  it("are folded by reason, with counts and times that are rounded down", () => {
    const told = tellOf([event("a", 20, WELL_AT - 100), event("b", 3, WELL_AT - 200)]);
    expect(told.item("warning", KEY)).toMatchObject({
      count: 16,
      objects: 2,
      example: "pod-a",
      firstAt: WELL_AT - 7200,
      lastAt: WELL_AT - 900,
    });
  });

  it("that repeat within a quarter of an hour are the same item", () => {
    const once = tellOf([event("a", 20, WELL_AT - 300)]).item("warning", KEY);
    expect(tellOf([event("a", 25, WELL_AT - 100)]).item("warning", KEY)).toEqual(once);
  });
});

describe("a resource", () => {
  it("that is not served is not told of; one that may not be read says so", () => {
    const told = tellOf([], { states: { pods: denied } });
    expect(told.item("source", "pods")).toEqual({ status: "denied", since: WELL_AT, reason: "forbidden" });
    expect(told.keys("source")).not.toContain("backups.velero.io");
    expect(told.item("source", "nodes")).toMatchObject({ status: "synced", version: "v1" });
  });

  it("tells of versions that are not known, and of objects that are left out", () => {
    const left = { overBound: 3, unreadable: 1 };
    const told = tellOf([], {
      states: {
        "backups.velero.io": { status: "version not known", sinceMs: 5000, served: ["v9"] },
        events: { status: "synced", sinceMs: 5000, version: "v1", heardAtMs: 6000, left },
      },
    });
    expect(told.item("source", "backups.velero.io")).toEqual({ status: "version_unknown", since: 5, served: ["v9"] });
    expect(told.item("source", "events").leftOut).toBe(4);
  });
});
