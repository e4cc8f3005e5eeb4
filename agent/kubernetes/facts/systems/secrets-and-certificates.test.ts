import { describe, expect, it } from "vitest";
import { deployment, readObjects, WELL_AT } from "@/agent/testing/made-up-cluster";
import { conditioned, patched, tellOf } from "@/agent/testing/told-cluster";

describe("External Secrets", () => {
  const well = [
    ...readObjects("external-secrets"),
    deployment("external-secrets", "external-secrets", "ghcr.io/external-secrets/external-secrets:v1.1.0"),
  ];
  const SECRET = "external_secrets/ExternalSecret/shop/shop-db";
  const refreshed = Date.parse("2026-11-20T11:30:00Z") / 1000;

  it("is healthy when its secrets and stores are ready", () => {
    const told = tellOf(well);
    expect(told.health("external_secrets")).toBe("healthy");
    expect(told.item("part", "external_secrets/ClusterSecretStore//aws").texts).toMatchObject({
      provider: "aws",
      service: "SecretsManager",
    });
  });

  it("a secret that was not refreshed for more than two intervals is stale although Ready, when its time comes", () => {
    const told = tellOf(well, { at: refreshed + 7200 });
    expect(told.health(SECRET)).toBe("healthy");
    expect(told.dueAt).toBe(refreshed + 7201);
    expect(tellOf(well, { at: refreshed + 7201 }).health(SECRET)).toBe("degraded stale");
  });

  it.each([
    { refreshInterval: "0" },
    { refreshInterval: "0s" },
    { refreshPolicy: "CreatedOnce" },
    { refreshPolicy: "OnChange" },
  ])("a secret with %j is never stale", (spec) => {
    expect(tellOf(patched(well, "ExternalSecret", { spec }), { at: WELL_AT + 10e6 }).health(SECRET)).toBe("healthy");
  });

  it("without a refresh ever, or with an interval that cannot be read, is unknown", () => {
    expect(tellOf(patched(well, "ExternalSecret", { status: { refreshTime: null } })).health(SECRET)).toBe(
      "unknown not_told",
    );
    expect(tellOf(patched(well, "ExternalSecret", { spec: { refreshInterval: "soon" } })).health(SECRET)).toBe(
      "unknown not_told",
    );
  });

  it("a refresh does not make another item: its moment is a heartbeat", () => {
    const later = patched(well, "ExternalSecret", { status: { refreshTime: "2026-11-20T11:59:00Z" } });
    expect(tellOf(later).item("part", SECRET)).toEqual(tellOf(well).item("part", SECRET));
  });

  it("a secret that is not synced and a store that is not ready have failed", () => {
    expect(tellOf(conditioned(well, "ExternalSecret", "Ready", "False")).health(SECRET)).toBe("failed not_synced");
    const store = tellOf(conditioned(well, "ClusterSecretStore", "Ready", "False"));
    expect(store.health("external_secrets/ClusterSecretStore//aws")).toBe("failed store_not_ready");
  });
});

describe("cert-manager", () => {
  const well = [
    ...readObjects("cert-manager"),
    deployment("cert-manager", "cert-manager", "quay.io/jetstack/cert-manager-controller:v1.19.0"),
  ];
  const CERTIFICATE = "cert_manager/Certificate/shop/shop";
  const renewal = Date.parse("2026-11-30T00:00:00Z") / 1000;
  const expiry = Date.parse("2026-12-30T00:00:00Z") / 1000;

  it("is healthy with certificates that are ready", () => {
    expect(tellOf(well).health("cert_manager")).toBe("healthy");
    expect(tellOf(well).item("part", CERTIFICATE).moments).toEqual({ expiresAt: expiry, renewalAt: renewal });
  });

  it("a certificate that should have been renewed is degraded although Ready, and failed once it has expired", () => {
    expect(tellOf(well, { at: renewal }).health(CERTIFICATE)).toBe("healthy");
    expect(tellOf(well, { at: renewal }).dueAt).toBe(renewal + 1);
    expect(tellOf(well, { at: renewal + 1 }).health(CERTIFICATE)).toBe("degraded renewal_due");
    expect(tellOf(well, { at: expiry + 1 }).health(CERTIFICATE)).toBe("failed certificate_expired");
  });

  it("a certificate that is not ready has failed", () => {
    expect(tellOf(conditioned(well, "Certificate", "Ready", "False")).health(CERTIFICATE)).toBe("failed not_ready");
  });
});
