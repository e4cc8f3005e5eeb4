import { describe, expect, it } from "vitest";
import { denied, deployment, readObjects } from "@/agent/testing/made-up-cluster";
import { conditioned, patched, tellOf } from "@/agent/testing/told-cluster";

const operator = deployment("cnpg-system", "cnpg-controller-manager", "ghcr.io/cloudnative-pg/cloudnative-pg:1.25.0");
const well = [...readObjects("cloudnative-pg"), operator];
const CLUSTER = "cloudnative_pg/Cluster/shop/shop-db";
const SCHEDULE = "cloudnative_pg/ScheduledBackup/shop/shop-db-nightly";
const LAST = Date.parse("2026-11-20T03:05:00Z") / 1000;

describe("CloudNativePG", () => {
  it("is healthy when the phase says so, all instances are ready and archiving works", () => {
    const told = tellOf(well);
    expect(told.health("cloudnative_pg")).toBe("healthy");
    expect(told.item("part", CLUSTER)).toMatchObject({
      health: "healthy",
      figures: { instances: 3, readyInstances: 3, backups: 2 },
      texts: { primary: "shop-db-1", archiver: "barman-cloud.cloudnative-pg.io" },
    });
  });

  it("ContinuousArchiving=False is failed even though LastBackupSucceeded=True", () => {
    const objects = conditioned(well, "Cluster", "ContinuousArchiving", "False", { message: "no bucket" });
    expect(tellOf(objects).health(CLUSTER)).toBe("failed archiving_fails");
    expect(tellOf(objects).health("cloudnative_pg")).toBe("degraded parts_failed");
  });

  it("the last backup of a cluster with a backup plugin is computed from its backups, as its status does not tell it", () => {
    const told = tellOf(well);
    expect(told.item("part", CLUSTER).moments?.lastSuccessAt).toBe(LAST);
    const bare = tellOf(well.filter(({ kind }) => kind !== "Backup"));
    expect(bare.item("part", CLUSTER).moments?.lastSuccessAt).toBeUndefined();
  });

  it("the status of older clusters tells of a backup whose object is gone", () => {
    const objects = patched(well, "Cluster", { status: { lastSuccessfulBackup: "2026-11-20T05:00:00Z" } });
    expect(tellOf(objects).item("part", CLUSTER).moments?.lastSuccessAt).toBe(
      Date.parse("2026-11-20T05:00:00Z") / 1000,
    );
  });

  it("where backups may not be read, none is counted and the system is unknown", () => {
    const told = tellOf(well, { states: { "backups.postgresql.cnpg.io": denied } });
    expect(told.item("part", CLUSTER).figures).toEqual({ instances: 3, readyInstances: 3 });
    expect(told.health("cloudnative_pg")).toMatch(/^unknown not_permitted/);
  });

  it("any phase but the healthy one is degraded", () => {
    const objects = patched(well, "Cluster", { status: { phase: "Upgrading cluster" } });
    expect(tellOf(objects).health(CLUSTER)).toBe("degraded phase");
  });

  it("a missing count of ready instances is none", () => {
    const objects = patched(well, "Cluster", { status: { readyInstances: null } });
    expect(tellOf(objects).health(CLUSTER)).toBe("failed instances_missing");
    expect(tellOf(objects).item("part", CLUSTER).figures?.readyInstances).toBe(0);
  });

  it("that archives and does not say how it goes is unknown", () => {
    const objects = patched(well, "Cluster", { status: { conditions: [{ type: "Ready", status: "True" }] } });
    expect(tellOf(objects).health(CLUSTER)).toBe("unknown not_told");
  });

  it.each([
    ["failed", "degraded last_backup_failed"],
    ["walArchivingFailing", "degraded last_backup_failed"],
  ])("a newest backup that is %s degrades the cluster and fails its schedule", (phase, health) => {
    const told = tellOf(patched(well, "Backup shop-db-nightly-20261120030000", { status: { phase } }));
    expect(told.health(CLUSTER)).toBe(health);
    expect(told.health(SCHEDULE)).toBe("failed last_backup_failed");
    expect(told.item("part", CLUSTER).moments?.lastSuccessAt).toBe(Date.parse("2026-11-19T03:04:00Z") / 1000);
  });

  it("a schedule is late when its time is over by a quarter of an hour, although no object changed", () => {
    const next = Date.parse("2026-11-21T03:00:00Z") / 1000;
    expect(tellOf(well, { at: next + 899 }).health(SCHEDULE)).toBe("healthy");
    expect(tellOf(well, { at: next + 899 }).dueAt).toBe(next + 900);
    expect(tellOf(well, { at: next + 900 }).health(SCHEDULE)).toBe("degraded late");
    const suspended = patched(well, "ScheduledBackup", { spec: { suspend: true } });
    expect(tellOf(suspended, { at: next + 900 }).health(SCHEDULE)).toBe("paused suspended");
  });

  it("a hibernated cluster is paused, and an expired certificate fails", () => {
    expect(tellOf(conditioned(well, "Cluster", "cnpg.io/hibernation", "True")).health(CLUSTER)).toBe(
      "paused hibernated",
    );
    const expiry = Date.parse("2027-01-01T10:00:00Z") / 1000;
    expect(tellOf(well).item("part", CLUSTER).moments?.certificateExpiresAt).toBe(expiry);
    expect(tellOf(well, { at: expiry + 1 }).health(CLUSTER)).toBe("failed certificate_expired");
  });
});
