import { describe, expect, it } from "vitest";
import { deployment, readObjects } from "@/agent/testing/made-up-cluster";
import { conditioned, patched, tellOf } from "@/agent/testing/told-cluster";

const controllers = ["source", "kustomize", "helm"].map((name) =>
  deployment("flux-system", `${name}-controller`, `ghcr.io/fluxcd/${name}-controller:v1.7.0`),
);
const well = [...readObjects("flux"), ...controllers];
const KUSTOMIZATION = "flux/Kustomization/flux-system/apps";
const RELEASE = "flux/HelmRelease/shop/podinfo";

describe("Flux", () => {
  it("is healthy when all is ready, observed, not suspended and applied", () => {
    const told = tellOf(well);
    expect(told.health("flux")).toBe("healthy");
    expect(told.health(KUSTOMIZATION)).toBe("healthy");
    expect(told.item("part", KUSTOMIZATION)).toMatchObject({
      figures: { objects: 2 },
      texts: { applied: "main@sha1:a1", source: "GitRepository flux-system" },
    });
  });

  it("Ready of an older generation is not healthy", () => {
    expect(tellOf(patched(well, "Kustomization", { metadata: { generation: 6 } })).health(KUSTOMIZATION)).toBe(
      "degraded not_observed",
    );
  });

  it("what is suspended is paused however ready it was, and tells since when it is as it is", () => {
    const told = tellOf(patched(well, "Kustomization", { spec: { suspend: true } }));
    expect(told.health(KUSTOMIZATION)).toBe("paused suspended");
    expect(told.item("part", KUSTOMIZATION).moments?.readySince).toBe(Date.parse("2026-11-20T09:01:00Z") / 1000);
    // The others are not paused.
    expect(told.health("flux")).toBe("healthy");
  });

  it("a revision that was attempted and not applied is degraded although Ready is True", () => {
    const objects = patched(well, "Kustomization", { status: { lastAttemptedRevision: "main@sha1:b2" } });
    expect(tellOf(objects).health(KUSTOMIZATION)).toBe("degraded not_applied");
  });

  it("Ready False is failed, Ready Unknown is degraded, no Ready is unknown", () => {
    expect(tellOf(conditioned(well, "Kustomization", "Ready", "False")).health(KUSTOMIZATION)).toBe("failed not_ready");
    expect(tellOf(conditioned(well, "Kustomization", "Ready", "Unknown")).health(KUSTOMIZATION)).toBe(
      "degraded reconciling",
    );
    expect(tellOf(patched(well, "Kustomization", { status: { conditions: [] } })).health(KUSTOMIZATION)).toBe(
      "unknown not_told",
    );
  });

  it("a chart's digest after its version is no other version, and a newer attempt is one", () => {
    expect(tellOf(well).health(RELEASE)).toBe("healthy");
    const objects = patched(well, "HelmRelease", { status: { lastAttemptedRevision: "6.8.0" } });
    expect(tellOf(objects).health(RELEASE)).toBe("degraded not_applied");
  });

  it("a Helm repository of a registry, which Flux never gives a status, is not told as unknown", () => {
    expect(tellOf(well).keys("part")).not.toContain("flux/HelmRepository/flux-system/charts");
  });

  it("one failed part of several degrades the system", () => {
    expect(tellOf(conditioned(well, "Kustomization", "Ready", "False")).health("flux")).toBe("degraded parts_failed");
  });

  it("is failed when a controller is down: what is Ready is of yesterday", () => {
    const objects = patched(well, "Deployment kustomize-controller", { status: { readyReplicas: null } });
    expect(tellOf(objects).health("flux")).toBe("failed controller_down");
  });
});
