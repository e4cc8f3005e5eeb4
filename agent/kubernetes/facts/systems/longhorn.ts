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
import { inSteps, newestOf, partOf, sumOfAll } from "./part";
import { anyOf, byDriver, byGroup, imageNamed } from "./recognise";
import type { Part, SystemFacts } from "./system";

type Node = Kept<"nodes.longhorn.io">;
type Volume = Kept<"volumes.longhorn.io">;
type Backup = Kept<"backups.longhorn.io">;

export const longhorn: SystemFacts = {
  system: "longhorn",
  needs: ["nodes.longhorn.io", "volumes.longhorn.io"],
  alsoReads: ["backuptargets.longhorn.io", "backups.longhorn.io", "recurringjobs.longhorn.io"],
  recognise: anyOf(byGroup("longhorn.io"), byDriver("longhorn")),
  controllers: imageNamed("longhorn-manager"),
  // A recurring job has no status: it is told, and nothing can be said of its health.
  history: ["RecurringJob"],
  parts: (sight) => [...nodes(sight), ...volumes(sight), ...targets(sight), ...jobs(sight)],
};

/**
 * Four figures of a disk, none of which is another: what it holds at most, what is free on it now, what is promised to
 * replicas, and what is kept back. The fifth, what the volumes really hold, is theirs (`actualBytes`).
 */
function diskFigures(node: Node, disk: string) {
  const status = node.status?.diskStatus?.[disk];
  const maximumBytes = status?.storageMaximum;
  return {
    maximumBytes,
    availableBytes: inSteps(status?.storageAvailable, maximumBytes),
    scheduledBytes: status?.storageScheduled,
    reservedBytes: node.spec?.disks?.[disk]?.storageReserved,
  };
}

function nodes({ view }: Sight): Part[] {
  return [...view.list("nodes.longhorn.io").values()].flatMap((node) => {
    const { metadata, spec, status } = node;
    const disks = Object.keys(status?.diskStatus ?? {});
    const figures = disks.map((disk) => diskFigures(node, disk));
    const sum = (name: keyof ReturnType<typeof diskFigures>) =>
      disks.length > 0 ? sumOfAll(figures.map((one) => one[name])) : undefined;
    const findings = [
      mustBeTrue(status?.conditions, "Ready", "not_ready"),
      spec?.allowScheduling === false
        ? paused("scheduling_off")
        : mustBeTrue(status?.conditions, "Schedulable", "not_schedulable", "degraded"),
    ];
    const whole = partOf("Node", metadata, findings, {
      figures: {
        disks: status?.diskStatus && disks.length,
        maximumBytes: sum("maximumBytes"),
        availableBytes: sum("availableBytes"),
        scheduledBytes: sum("scheduledBytes"),
        reservedBytes: sum("reservedBytes"),
      },
      texts: { zone: status?.zone, region: status?.region },
    });
    return [whole, ...disks.map((disk) => diskPart(node, disk))];
  });
}

function diskPart(node: Node, disk: string): Part {
  const status = node.status?.diskStatus?.[disk];
  const findings = [
    mustBeTrue(status?.conditions, "Ready", "not_ready"),
    node.spec?.disks?.[disk]?.allowScheduling === false
      ? paused("scheduling_off")
      : mustBeTrue(status?.conditions, "Schedulable", "not_schedulable", "degraded"),
  ];
  const name = `${node.metadata.name}:${disk}`;
  return partOf("Disk", { ...node.metadata, name }, findings, {
    figures: { ...diskFigures(node, disk), replicas: status?.scheduledReplica },
    texts: { node: node.metadata.name, path: status?.diskPath, filesystem: status?.filesystemType },
  });
}

function volumes(sight: Sight): Part[] {
  const { view } = sight;
  const backups = new Map<string, Backup[]>();
  for (const backup of view.list("backups.longhorn.io").values()) {
    const name = backup.status?.volumeName ?? "";
    backups.set(name, [...(backups.get(name) ?? []), backup]);
  }
  const areBackupsKnown = isKnown(view.state("backups.longhorn.io"));
  return [...view.list("volumes.longhorn.io").values()].map((volume) => {
    const { metadata, spec, status } = volume;
    const own = backups.get(metadata.name) ?? [];
    const claim = status?.kubernetesStatus;
    return partOf("Volume", metadata, volumeFindings(volume), {
      figures: {
        sizeBytes: spec?.size,
        actualBytes: inSteps(status?.actualSize, spec?.size),
        replicas: spec?.numberOfReplicas,
        backups: areBackupsKnown ? own.length : undefined,
      },
      moments: {
        lastSuccessAt: newestOf([status?.lastBackupAt, ...momentsOf(own, "Completed")]),
        lastFailureAt: newestOf(momentsOf(own, "Error")),
      },
      texts: {
        state: status?.state,
        robustness: status?.robustness,
        claim: claim?.pvcName && `${claim.namespace ?? ""}/${claim.pvcName}`,
        volume: claim?.pvName,
      },
    });
  });
}

const momentsOf = (backups: readonly Backup[], state: string) =>
  backups
    .filter(({ status }) => status?.state === state)
    .map(({ status, metadata }) => status?.backupCreatedAt ?? metadata.creationTimestamp);

function volumeFindings({ status }: Volume): (Finding | false | undefined)[] {
  const { robustness, state } = status ?? {};
  const full = condition(status?.conditions, "Scheduled");
  const scheduled = full?.status === "False" && degraded("replica_not_placed", words(full));
  if (robustness === "faulted") return [failed("faulted"), scheduled];
  if (robustness === "degraded") return [degraded("replicas_missing"), scheduled];
  if (robustness === "healthy") return [scheduled];
  // Longhorn looks at replicas of attached volumes alone: a detached one is always "unknown" to it.
  return [state === "detached" ? paused("detached") : unknown("not_told", robustness ?? "robustness"), scheduled];
}

function targets({ view }: Sight): Part[] {
  return [...view.list("backuptargets.longhorn.io").values()].map(({ metadata, spec, status }) => {
    const why = words(condition(status?.conditions, "Unavailable"));
    const findings = spec?.backupTargetURL
      ? [
          status?.available === undefined
            ? unknown("not_told", "available")
            : !status.available && failed("target_unavailable", why),
        ]
      : [paused("not_configured")];
    return partOf("BackupTarget", metadata, findings, { texts: { url: spec?.backupTargetURL } });
  });
}

function jobs({ view }: Sight): Part[] {
  return [...view.list("recurringjobs.longhorn.io").values()].map(({ metadata, spec }) =>
    partOf("RecurringJob", metadata, [unknown("no_status")], {
      figures: { retain: spec?.retain },
      texts: { task: spec?.task, schedule: spec?.cron, groups: spec?.groups?.join(", ") },
    }),
  );
}
