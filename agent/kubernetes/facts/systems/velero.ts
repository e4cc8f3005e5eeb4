import { degraded, type Finding, failed, paused, unknown } from "@/agent/kubernetes/facts/judge";
import type { Sight } from "@/agent/kubernetes/facts/section";
import type { Kept } from "@/agent/kubernetes/resources";
import { lastRun, newestRuns, type Run, runSummary } from "./backup-run";
import { partOf, sumOfAll } from "./part";
import { anyOf, byGroup, byImage, imageNamed } from "./recognise";
import type { Part, SystemFacts } from "./system";

type Backup = Kept<"backups.velero.io">;
type Copy = Kept<"datauploads.velero.io"> | Kept<"podvolumebackups.velero.io">;

const SERVER = imageNamed("velero");
const SCHEDULE = "velero.io/schedule-name";
const BACKUP = "velero.io/backup-name";

/** Only `Completed` is a success; a phase that is not known is none. `Deleting` says nothing of how it went. */
const OUTCOMES: Record<string, Run<Backup>["outcome"]> = {
  Completed: "succeeded",
  PartiallyFailed: "partial",
  Failed: "failed",
  FailedValidation: "failed",
  New: "running",
  Queued: "running",
  ReadyToStart: "running",
  InProgress: "running",
  WaitingForPluginOperations: "running",
  WaitingForPluginOperationsPartiallyFailed: "running",
  Finalizing: "running",
  FinalizingPartiallyFailed: "running",
};

export const velero: SystemFacts = {
  system: "velero",
  needs: ["backups.velero.io", "schedules.velero.io", "backupstoragelocations.velero.io"],
  alsoReads: ["backuprepositories.velero.io", "datauploads.velero.io", "podvolumebackups.velero.io"],
  recognise: anyOf(byGroup("velero.io"), byImage(SERVER)),
  controllers: SERVER,
  history: ["Backup"],
  parts: (sight) => [...schedules(sight), ...locations(sight), ...repositories(sight)],
};

function schedules(sight: Sight): Part[] {
  const { view } = sight;
  const bySchedule = new Map<string, Run<Backup>[]>();
  for (const backup of view.list("backups.velero.io").values()) {
    const key = `${backup.metadata.namespace}/${backup.metadata.labels?.[SCHEDULE] ?? ""}`;
    const known = bySchedule.get(key);
    if (known) known.push(runOf(backup));
    else bySchedule.set(key, [runOf(backup)]);
  }
  const copies = copiesByBackup(sight);
  const told = [...view.list("schedules.velero.io")].map(([key, schedule]) => {
    const runs = bySchedule.get(key) ?? [];
    const { spec, status, metadata } = schedule;
    return partOf("Schedule", metadata, scheduleFindings(schedule, runs), {
      ...runSummary(runs.filter(isThere)),
      texts: { schedule: spec?.schedule, location: spec?.template?.storageLocation, phase: status?.phase },
    });
  });
  const single = [...bySchedule.values()].flatMap((runs) =>
    newestRuns(runs).map((run) => backupPart(run, copies, sight)),
  );
  return [...told, ...single];
}

function runOf(backup: Backup): Run<Backup> {
  const { phase = "New", startTimestamp, completionTimestamp } = backup.status ?? {};
  return {
    object: backup,
    outcome: OUTCOMES[phase] ?? "unknown",
    startedAt: startTimestamp ?? backup.metadata.creationTimestamp,
    endedAt: completionTimestamp,
  };
}

function scheduleFindings({ spec, status }: Kept<"schedules.velero.io">, runs: readonly Run<Backup>[]): Finding[] {
  if (spec?.paused) return [paused("suspended")];
  if (status?.phase === "FailedValidation") return [failed("invalid", status.validationErrors?.join("; "))];
  const last = lastRun(runs.filter(isThere));
  if (!last) return [unknown("no_backup_yet")];
  return outcomeFindings(last);
}

const isThere = ({ object }: Run<Backup>) => object.status?.phase !== "Deleting";

function outcomeFindings({ object: { metadata, status }, outcome }: Run<Backup>): Finding[] {
  const { name } = metadata;
  if (outcome === "failed") {
    const why = status?.failureReason ?? status?.validationErrors?.join("; ") ?? status?.phase;
    return [failed("last_backup_failed", `${name}: ${why}`)];
  }
  if (outcome === "partial") return [degraded("last_backup_partial", `${name}: ${status?.errors ?? "?"} errors`)];
  if (outcome === "unknown") return [unknown("not_told", `${name}: ${status?.phase}`)];
  const { attempted, completed } = snapshotsOf(status);
  return attempted === completed ? [] : [degraded("snapshots_missing", `${name}: ${completed}/${attempted}`)];
}

/** The API leaves out counts of zero. */
function snapshotsOf(status: Backup["status"]) {
  return {
    attempted: (status?.volumeSnapshotsAttempted ?? 0) + (status?.csiVolumeSnapshotsAttempted ?? 0),
    completed: (status?.volumeSnapshotsCompleted ?? 0) + (status?.csiVolumeSnapshotsCompleted ?? 0),
  };
}

function backupPart(run: Run<Backup>, copies: ReadonlyMap<string, readonly Copy[]>, sight: Sight): Part {
  const { metadata, spec, status } = run.object;
  const { attempted, completed } = snapshotsOf(status);
  const moved = copies.get(`${metadata.namespace}/${metadata.name}`) ?? [];
  const { nowSeconds, changesAt } = sight;
  const isDeleting = status?.phase === "Deleting";
  if (isDeleting && status?.expiration !== undefined) changesAt(status.expiration + 1);
  const isDebt = isDeleting && (status?.expiration ?? Number.POSITIVE_INFINITY) < nowSeconds;
  return partOf(
    "Backup",
    metadata,
    isDeleting ? [isDebt ? degraded("not_deleted") : paused("deleting")] : backupFindings(run),
    {
      figures: {
        errors: status?.phase === undefined ? undefined : (status.errors ?? 0),
        warnings: status?.phase === undefined ? undefined : (status.warnings ?? 0),
        items: run.outcome === "running" ? undefined : status?.progress?.itemsBackedUp,
        snapshotsAttempted: attempted,
        snapshotsCompleted: completed,
        copies: moved.length,
        copiesCompleted: moved.filter((copy) => copy.status?.phase === "Completed").length,
        copiedBytes:
          run.outcome === "running" || moved.length === 0
            ? undefined
            : sumOfAll(moved.map((copy) => copy.status?.progress?.bytesDone)),
      },
      moments: { startedAt: run.startedAt, endedAt: run.endedAt, expiresAt: status?.expiration },
      texts: { phase: status?.phase, schedule: metadata.labels?.[SCHEDULE], location: spec?.storageLocation },
    },
  );
}

function backupFindings(run: Run<Backup>): Finding[] {
  return run.outcome === "running" ? [unknown("running", run.object.status?.phase)] : outcomeFindings(run);
}

function copiesByBackup({ view }: Sight): Map<string, Copy[]> {
  const byBackup = new Map<string, Copy[]>();
  const copies = [...view.list("datauploads.velero.io").values(), ...view.list("podvolumebackups.velero.io").values()];
  for (const copy of copies) {
    const key = `${copy.metadata.namespace}/${copy.metadata.labels?.[BACKUP] ?? ""}`;
    const known = byBackup.get(key);
    if (known) known.push(copy);
    else byBackup.set(key, [copy]);
  }
  return byBackup;
}

function locations({ view }: Sight): Part[] {
  return [...view.list("backupstoragelocations.velero.io").values()].map(({ metadata, spec, status }) => {
    const { phase, message } = status ?? {};
    const findings = [
      phase === "Unavailable" && failed("location_unavailable", message),
      phase !== "Available" && phase !== "Unavailable" && unknown("not_told", phase ?? "phase"),
    ];
    const texts = {
      provider: spec?.provider,
      bucket: spec?.objectStorage?.bucket,
      prefix: spec?.objectStorage?.prefix,
      region: spec?.config?.region,
      url: spec?.config?.s3Url,
      access: spec?.accessMode,
    };
    return partOf("BackupStorageLocation", metadata, findings, { texts });
  });
}

function repositories({ view }: Sight): Part[] {
  return [...view.list("backuprepositories.velero.io").values()].map(({ metadata, spec, status }) => {
    const { phase, message } = status ?? {};
    const findings = [
      phase === "NotReady" && failed("repository_not_ready", message),
      phase !== "Ready" && phase !== "NotReady" && unknown("not_told", phase ?? "phase"),
    ];
    const texts = {
      type: spec?.repositoryType,
      namespace: spec?.volumeNamespace,
      location: spec?.backupStorageLocation,
    };
    return partOf("BackupRepository", metadata, findings, { texts });
  });
}
