import { describe, expect, it } from "vitest";
import { denied, deployment } from "@/agent/testing/made-up-cluster";
import { patched, tellOf } from "@/agent/testing/told-cluster";

type Labels = Record<string, string>;

function labelled(name: string, labels: Labels, annotations: Labels = {}) {
  return patched([deployment("shop", name, "shop:1")], "Deployment", { metadata: { labels, annotations } });
}

const applicationOf = (labels: Labels, annotations: Labels = {}) => {
  const told = tellOf(labelled("web", labels, annotations));
  return told.item("application", told.item("workload", "Deployment/shop/web").application);
};

describe("an application", () => {
  it.each<[string, string, Labels, Labels, string | undefined]>([
    ["part_of", "store", { "app.kubernetes.io/part-of": "store", "app.kubernetes.io/instance": "x" }, {}, undefined],
    ["helm", "rel", { "app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "rel" }, {}, "Helm rel"],
    ["helm", "rel", {}, { "meta.helm.sh/release-name": "rel" }, "Helm rel"],
    [
      "flux",
      "podinfo",
      { "helm.toolkit.fluxcd.io/name": "podinfo", "helm.toolkit.fluxcd.io/namespace": "flux-system" },
      {},
      "HelmRelease flux-system/podinfo",
    ],
    [
      "flux",
      "apps",
      { "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system" },
      {},
      "Kustomization flux-system/apps",
    ],
    [
      "instance",
      "one",
      { "app.kubernetes.io/instance": "one", "kustomize.toolkit.fluxcd.io/name": "apps" },
      {},
      undefined,
    ],
    ["namespace", "shop", {}, {}, undefined],
  ])("is known by %s as %s", (by, name, labels, annotations, managedBy) => {
    const told = applicationOf(labels, annotations);
    expect({ by: told.by, name: told.name, managedBy: told.managedBy }).toEqual({ by, name, managedBy });
  });

  const part = { "app.kubernetes.io/part-of": "store" };
  const both = [...labelled("web", part), ...labelled("worker", part)];

  it("sums its workloads", () => {
    expect(tellOf(both).item("application", "shop/store")).toMatchObject({
      workloads: 2,
      wanted: 2,
      ready: 2,
      claims: 0,
      claimedBytes: 0,
      health: "healthy",
    });
  });

  it("is degraded by one workload of several that is down, and failed when all are", () => {
    const one = patched(both, "Deployment web", { status: { readyReplicas: null } });
    expect(tellOf(one).item("application", "shop/store")).toMatchObject({
      health: "degraded",
      reasons: [{ code: "not_ready", detail: "web: 0/1" }],
    });
    const all = patched(one, "Deployment worker", { status: { readyReplicas: null } });
    expect(tellOf(all).item("application", "shop/store").health).toBe("failed");
  });

  it("is not paused by one workload that is scaled to zero, only by all of them", () => {
    const zero = { spec: { replicas: 0 }, status: { readyReplicas: null } };
    const one = patched(both, "Deployment web", zero);
    expect(tellOf(one).item("application", "shop/store").health).toBe("healthy");
    expect(tellOf(patched(one, "Deployment worker", zero)).item("application", "shop/store").health).toBe("paused");
  });

  const budget = (spec: object) => ({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "web", namespace: "shop" },
    spec,
  });

  it.each<[string, object, number]>([
    ["takes its pods by a label", { selector: { matchLabels: { app: "web" } } }, 1],
    [
      "takes them by an expression",
      { selector: { matchExpressions: [{ key: "app", operator: "In", values: ["web"] }] } },
      1,
    ],
    ["takes others", { selector: { matchLabels: { app: "other" } } }, 0],
    ["takes all of the namespace", { selector: {} }, 1],
    ["has no selector", {}, 0],
  ])("counts a disruption budget that %s", (_, spec, budgets) => {
    expect(tellOf([...both, budget(spec)]).item("application", "shop/store").budgets).toBe(budgets);
  });

  it("does not know its budgets where they may not be read", () => {
    const told = tellOf(both, { states: { "poddisruptionbudgets.policy": denied } });
    expect(told.item("application", "shop/store").budgets).toBeUndefined();
  });
});
