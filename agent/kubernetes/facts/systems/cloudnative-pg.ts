import { isKnown } from "@/agent/kubernetes/cluster-view";
import {
  condition,
  degraded,
  type Finding,
  failed,
  mustBeTrue,
  paused,
  unknown,
  words,
} from "@/agent/kubernetes/facts/judge";
import type { Sight } from "@/agent/kubernetes/facts/section";
import type { Kept } from "@/agent/kubernetes/resources";
import { lastRun, newestRuns, type Run, runSummary } from "./backup-run";
import { newestOf, partOf } from "./part";
import { anyOf, byGroup, byImage, imageNamed } from "./recognise";
import type { Part, SystemFacts } from "./system";

type Cluster = Kept<"clusters.postgresql.cnpg.io">;
type Backup = Kept<"backups.postgresql.cnpg.io">;

const OPERATOR = imageNamed("cloudnative-pg");
const HEALTHY_PHASE = "Cluster in healthy state";
const SCHEDULE = "cnpg.io/scheduled-backup";
/** The operator looks at its schedules all the time; one that is so late was not looked at. */
const LATE_S = 15 * 60;

const OUTCOMES: Record<string, Run<Backup>["outcome"]> = {
  completed: "succeeded",
  failed: "failed",
  walArchivingFailing: "failed",
};

export const cloudnativePg: SystemFacts = {
  system: "cloudnative_pg",
  needs: ["clusters.postgresql.cnpg.io", "backups.postgresql.cnpg.io", "scheduledbackups.postgresql.cnpg.io"],
  recognise: anyOf(byGroup("postgresql.cnpg.io"), byImage(OPERATOR)),
  controllers: OPERATOR,
  history: ["Backup"],
  parts: (sight) => {
    const runs = runsByCluster(sight);
    const clusters = [...sight.view.list("clusters.postgresql.cnpg.io")];
    return [
      ...clusters.map(([key, cluster]) => clusterPart(cluster, runs.get(key) ?? [], sight)),
      ...schedules(sight, [...runs.values()].flat()),
      ...[...runs.values()].flatMap((one) => newestRuns(one).map(backupPart)),
    ];
  },
};

function runsByCluster({ view }: Sight): Map<string, Run<Backup>[]> {
  const byCluster = new Map<string, Run<Backup>[]>();
  for (const backup of view.list("backups.postgresql.cnpg.io").values()) {
    const { metadata, spec, status } = backup;
    const key = `${metadata.namespace}/${spec?.cluster?.name ?? ""}`;
    const run: Run<Backup> = {
      object: backup,
      outcome: OUTCOMES[status?.phase ?? ""] ?? "running",
      startedAt: status?.startedAt ?? metadata.creationTimestamp,
      endedAt: status?.stoppedAt,
    };
    const known = byCluster.get(key);
    if (known) known.push(run);
    else byCluster.set(key, [run]);
  }
  return byCluster;
}

function clusterPart(cluster: Cluster, runs: readonly Run<Backup>[], sight: Sight): Part {
  const { metadata, spec, status } = cluster;
  const areBackupsKnown = isKnown(sight.view.state("backups.postgresql.cnpg.io"));
  const summary = areBackupsKnown ? runSummary(runs) : { figures: {}, moments: {} };
  return partOf("Cluster", metadata, clusterFindings(cluster, runs, sight), {
    // The API leaves out counts of zero once there is a status.
    figures: { ...summary.figures, instances: spec?.instances, readyInstances: status && (status.readyInstances ?? 0) },
    moments: {
      ...summary.moments,
      // The operator stopped to set these where plugins make the backups, so the backups themselves come first; they
      // can be gone while this is still true.
      lastSuccessAt: newestOf([momentOf(summary.moments, "lastSuccessAt"), status?.lastSuccessfulBackup]),
      lastFailureAt: newestOf([momentOf(summary.moments, "lastFailureAt"), status?.lastFailedBackup]),
      recoverableFromAt: status?.firstRecoverabilityPoint,
      certificateExpiresAt: certificateExpiry(cluster),
    },
    texts: {
      phase: status?.phase,
      image: status?.image ?? spec?.imageName,
      primary: status?.currentPrimary,
      storageClass: spec?.storage?.storageClass,
      retention: spec?.backup?.retentionPolicy,
      destination: spec?.backup?.barmanObjectStore?.destinationPath,
      archiver: archiverOf(cluster),
    },
  });
}

const momentOf = (moments: Record<string, number | undefined>, name: string) => moments[name];

function clusterFindings(cluster: Cluster, runs: readonly Run<Backup>[], sight: Sight): (Finding | undefined)[] {
  const { spec, status } = cluster;
  const { conditions, phase, readyInstances = 0 } = status ?? {};
  const hibernation = condition(conditions, "cnpg.io/hibernation");
  if (hibernation?.status === "True") return [paused("hibernated", words(hibernation))];
  if (!status) return [unknown("not_told")];
  const wanted = spec?.instances;
  const found: (Finding | undefined)[] = [
    // Red also where the last backup succeeded: what was written since then is nowhere else.
    archivingFinding(cluster),
    phase === HEALTHY_PHASE
      ? undefined
      : phase
        ? degraded("phase", [phase, status.phaseReason].filter(Boolean).join(": "))
        : unknown("not_told", "phase"),
    mustBeTrue(conditions, "Ready", "not_ready", readyInstances === 0 ? "failed" : "degraded"),
    wanted === undefined || readyInstances >= wanted
      ? undefined
      : (readyInstances === 0 ? failed : degraded)("instances_missing", `${readyInstances}/${wanted}`),
    status.targetPrimary && status.targetPrimary !== status.currentPrimary
      ? degraded("primary_changes", `${status.currentPrimary ?? "?"} → ${status.targetPrimary}`)
      : undefined,
    certificateFinding(cluster, sight),
  ];
  const last = lastRun(runs);
  const lastBackup = condition(conditions, "LastBackupSucceeded");
  if (last?.outcome === "failed")
    found.push(
      degraded(
        "last_backup_failed",
        `${last.object.metadata.name}: ${last.object.status?.error ?? last.object.status?.phase}`,
      ),
    );
  else if (!last && lastBackup?.status === "False") found.push(degraded("last_backup_failed", words(lastBackup)));
  return found;
}

function archivingFinding(cluster: Cluster): Finding | undefined {
  const archiving = condition(cluster.status?.conditions, "ContinuousArchiving");
  if (archiving?.status === "False") return failed("archiving_fails", words(archiving));
  if (archiving?.status === "True" || !archiverOf(cluster)) return undefined;
  return unknown("not_told", "ContinuousArchiving");
}

function archiverOf({ spec }: Cluster): string | undefined {
  if (spec?.backup?.barmanObjectStore) return "barmanObjectStore";
  return spec?.plugins?.find(({ isWALArchiver, enabled }) => isWALArchiver && enabled !== false)?.name;
}

/** The first of its certificates to expire. The operator writes Go's own notation of time. */
function certificateExpiry({ status }: Cluster): number | undefined {
  const moments = Object.values(status?.certificates?.expirations ?? {})
    .map((text) => Date.parse(text.replace(/ UTC$/, "")) / 1000)
    .filter((moment) => !Number.isNaN(moment));
  return moments.length > 0 ? Math.min(...moments) : undefined;
}

function certificateFinding(cluster: Cluster, { nowSeconds, changesAt }: Sight): Finding | undefined {
  const expiry = certificateExpiry(cluster);
  if (expiry === undefined) return undefined;
  changesAt(expiry + 1);
  return nowSeconds > expiry ? failed("certificate_expired") : undefined;
}

function schedules({ view, nowSeconds, changesAt }: Sight, runs: readonly Run<Backup>[]): Part[] {
  return [...view.list("scheduledbackups.postgresql.cnpg.io").values()].map(({ metadata, spec, status }) => {
    const own = runs.filter(
      ({ object }) =>
        object.metadata.namespace === metadata.namespace && object.metadata.labels?.[SCHEDULE] === metadata.name,
    );
    const next = status?.nextScheduleTime;
    const lateAt = next === undefined ? undefined : next + LATE_S;
    const last = lastRun(own);
    if (lateAt !== undefined && !spec?.suspend) changesAt(lateAt);
    const findings = spec?.suspend
      ? [paused("suspended")]
      : [
          lateAt === undefined ? unknown("not_told", "nextScheduleTime") : nowSeconds >= lateAt && degraded("late"),
          last?.outcome === "failed" &&
            failed("last_backup_failed", `${last.object.metadata.name}: ${last.object.status?.error ?? ""}`),
        ];
    const { figures, moments } = runSummary(own);
    return partOf("ScheduledBackup", metadata, findings, {
      figures,
      moments: { ...moments, lastScheduleAt: status?.lastScheduleTime, nextScheduleAt: next },
      texts: { schedule: spec?.schedule, cluster: spec?.cluster?.name, method: spec?.method },
    });
  });
}

function backupPart(run: Run<Backup>): Part {
  const { metadata, spec, status } = run.object;
  const findings = [
    run.outcome === "failed" &&
      failed(status?.phase === "walArchivingFailing" ? "archiving_fails" : "backup_failed", status?.error),
    run.outcome === "running" && unknown("running", status?.phase),
  ];
  return partOf("Backup", metadata, findings, {
    moments: { startedAt: run.startedAt, endedAt: run.endedAt },
    texts: {
      phase: status?.phase,
      cluster: spec?.cluster?.name,
      schedule: metadata.labels?.[SCHEDULE],
      method: status?.method ?? spec?.method,
      destination: status?.destinationPath,
    },
  });
}
