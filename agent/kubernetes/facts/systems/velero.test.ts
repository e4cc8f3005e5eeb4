import { describe, expect, it } from "vitest";
import { denied, deployment, readObjects, WELL_AT } from "@/agent/testing/made-up-cluster";
import { patched, tellOf } from "@/agent/testing/told-cluster";

const well = [...readObjects("velero"), deployment("velero", "velero", "velero/velero:v1.17.0")];
const NEWEST = "Backup nightly-20261120020000";
const SCHEDULE = "velero/Schedule/velero/nightly";

describe("Velero", () => {
  it("is healthy with a reachable location and a newest backup that is whole, and tells its backups", () => {
    const told = tellOf(well);
    expect(told.health("velero")).toBe("healthy");
    expect(told.item("system", "velero")).toMatchObject({
      version: "v1.17.0",
      namespace: "velero",
      proof: "API group velero.io",
      parts: { total: 3, healthy: 3, unknown: 0 },
    });
    expect(told.item("part", SCHEDULE)).toMatchObject({
      health: "healthy",
      figures: { backups: 2, succeeded: 2, failed: 0, partial: 0 },
      moments: { lastSuccessAt: Date.parse("2026-11-20T02:12:00Z") / 1000 },
      texts: { schedule: "0 2 * * *" },
    });
    expect(told.item("part", "velero/Backup/velero/nightly-20261120020000")).toMatchObject({
      health: "healthy",
      figures: {
        copiedBytes: 5_000_000_000,
        copies: 1,
        copiesCompleted: 1,
        snapshotsAttempted: 2,
        warnings: 1,
        errors: 0,
      },
    });
  });

  it.each([
    ["PartiallyFailed", "degraded last_backup_partial"],
    ["Failed", "failed last_backup_failed"],
    ["FailedValidation", "failed last_backup_failed"],
    ["SomethingNew", "unknown not_told"],
  ])(
    "only Completed is a success: a newest backup that is %s makes the schedule %s, and the last success an older one",
    (phase, health) => {
      const told = tellOf(patched(well, NEWEST, { status: { phase } }));
      expect(told.health(SCHEDULE)).toBe(health);
      expect(told.item("part", SCHEDULE).moments?.lastSuccessAt).toBe(Date.parse("2026-11-19T02:10:00Z") / 1000);
    },
  );

  it("a completed backup with fewer snapshots than were attempted is degraded", () => {
    const told = tellOf(patched(well, NEWEST, { status: { csiVolumeSnapshotsCompleted: 1 } }));
    expect(told.health(SCHEDULE)).toBe("degraded snapshots_missing");
  });

  it("a backup that runs leaves the schedule as the last one that is over made it", () => {
    const told = tellOf(patched(well, NEWEST, { status: { phase: "InProgress", completionTimestamp: null } }));
    expect(told.health(SCHEDULE)).toBe("healthy");
    expect(told.health("velero/Backup/velero/nightly-20261120020000")).toBe("unknown running");
  });

  it("a location that is not Available fails, and one that has not said so is unknown", () => {
    const key = "velero/BackupStorageLocation/velero/default";
    expect(tellOf(patched(well, "BackupStorageLocation", { status: { phase: "Unavailable" } })).health(key)).toBe(
      "failed location_unavailable",
    );
    expect(tellOf(patched(well, "BackupStorageLocation", { status: null })).health(key)).toBe("unknown not_told");
  });

  it("a backup that is being deleted is a debt from the second on in which it expired, and no failure of its schedule", () => {
    const objects = patched(well, NEWEST, { status: { phase: "Deleting", expiration: "2026-11-20T12:01:00Z" } });
    const key = "velero/Backup/velero/nightly-20261120020000";
    const before = tellOf(objects);
    expect(before.health(key)).toBe("paused deleting");
    expect(before.dueAt).toBe(WELL_AT + 61);
    expect(tellOf(objects, { at: WELL_AT + 61 }).health(key)).toBe("degraded not_deleted");
    expect(before.health(SCHEDULE)).toBe("healthy");
  });

  it("a paused schedule is paused, and one without any backup is not healthy", () => {
    expect(tellOf(patched(well, "Schedule", { spec: { paused: true } })).health(SCHEDULE)).toBe("paused suspended");
    const none = well.filter(({ kind }) => kind !== "Backup");
    expect(tellOf(none).health(SCHEDULE)).toBe("unknown no_backup_yet");
  });

  it("is unknown where its backups may not be read", () => {
    const told = tellOf(well, { states: { "backups.velero.io": denied } });
    expect(told.health("velero")).toMatch(/^unknown not_permitted/);
  });

  it("without its server running has failed, whatever its objects say; without any server found it is unknown", () => {
    const stopped = patched(well, "Deployment", { status: { readyReplicas: null } });
    expect(tellOf(stopped).health("velero")).toBe("failed controller_down");
    expect(tellOf(readObjects("velero")).health("velero")).toBe("unknown controller_not_found");
  });

  it("a job of upkeep that failed is not its server, though of the same image", () => {
    const metadata = { name: "upkeep", namespace: "velero" };
    const job = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata,
      status: { conditions: [{ type: "Failed", status: "True" }] },
    };
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...metadata, name: "upkeep-a", ownerReferences: [{ kind: "Job", name: "upkeep", controller: true }] },
      spec: { containers: [{ name: "velero", image: "velero/velero:v1.17.0" }] },
      status: { phase: "Failed" },
    };
    expect(tellOf([...well, job, pod]).health("velero")).toBe("healthy");
  });

  it("tells at most twenty backups of a schedule, the newest", () => {
    const [one] = well.filter(({ metadata }) => metadata.name === "nightly-20261119020000");
    const many = Array.from({ length: 30 }, (_, day) => ({
      ...one,
      metadata: { ...one?.metadata, name: `b${day}` },
      status: { phase: "Completed", completionTimestamp: new Date((WELL_AT - day * 86_400) * 1000).toISOString() },
    }));
    const told = tellOf([...well.filter(({ kind }) => kind !== "Backup"), ...(many as typeof well)]);
    const keys = told.keys("part").filter((key) => key.startsWith("velero/Backup/"));
    expect(keys).toHaveLength(20);
    expect(keys).toContain("velero/Backup/velero/b0");
    expect(told.item("part", SCHEDULE).figures?.backups).toBe(30);
  });
});
