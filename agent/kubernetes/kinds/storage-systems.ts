import {
  address,
  conditions,
  flag,
  list,
  map,
  moment,
  number,
  object,
  quantity,
  size,
  text,
  textMapOf,
} from "@/agent/kubernetes/fields";
import { kind, withLabels } from "@/agent/kubernetes/kind";

/** Without reasons. */
const pxConditions = list(object({ type: text, status: text, message: text, lastTransitionTime: moment }));
const poolStatus = object({ phase: text, conditions });

export const storageSystemKinds = {
  "storageclusters.core.libopenstorage.org": kind(
    ["v1"],
    {
      status: object({
        phase: text,
        clusterName: text,
        clusterUid: text,
        version: text,
        reason: text,
        conditions: pxConditions,
      }),
    },
    { annotations: textMapOf("portworx.io/") },
  ),
  "storagenodes.core.libopenstorage.org": kind(["v1"], {
    status: object({
      phase: text,
      nodeUid: text,
      storage: object({ totalSize: quantity, usedSize: quantity }),
      nodeAttributes: object({ storage: flag, kvdb: flag }),
      geography: object({ region: text, zone: text, rack: text }),
      conditions,
    }),
  }),
  "linstorclusters.piraeus.io": kind(["v1"], {
    spec: object({ externalController: object({ url: address }) }),
    status: object({ conditions }),
  }),
  "linstorsatellites.piraeus.io": kind(["v1"], {
    spec: object({ storagePools: list(object({ name: text })) }),
    status: object({ conditions }),
  }),
  "cephclusters.ceph.rook.io": kind(["v1"], {
    status: object({
      phase: text,
      state: text,
      message: text,
      version: object({ image: text, version: text }),
      ceph: object({
        fsid: text,
        health: text,
        lastChecked: moment,
        lastChanged: moment,
        details: map(object({ message: text, severity: text })),
        capacity: object({ bytesTotal: number, bytesUsed: number, bytesAvailable: number, lastUpdated: moment }),
        versions: object({ mon: map(number), mgr: map(number), osd: map(number), mds: map(number), rgw: map(number) }),
      }),
      conditions,
    }),
  }),
  "cephblockpools.ceph.rook.io": kind(["v1"], {
    spec: object({
      failureDomain: text,
      replicated: object({ size: number }),
      erasureCoded: object({ dataChunks: number }),
    }),
    status: poolStatus,
  }),
  "cephfilesystems.ceph.rook.io": kind(["v1"], { status: poolStatus }),
  "cephobjectstores.ceph.rook.io": kind(["v1"], { status: poolStatus }),
  "nodes.longhorn.io": kind(["v1beta2"], {
    spec: object({
      allowScheduling: flag,
      disks: map(object({ allowScheduling: flag, path: text, storageReserved: number, evictionRequested: flag })),
    }),
    status: object({
      zone: text,
      region: text,
      conditions,
      diskStatus: map(
        object({
          storageMaximum: number,
          storageAvailable: number,
          storageScheduled: number,
          diskPath: text,
          diskUUID: text,
          filesystemType: text,
          scheduledReplica: size,
          conditions,
        }),
      ),
    }),
  }),
  "volumes.longhorn.io": kind(
    ["v1beta2"],
    {
      spec: object({ size: quantity, numberOfReplicas: number, dataLocality: text, encrypted: flag }),
      status: object({
        state: text,
        robustness: text,
        actualSize: number,
        lastBackup: text,
        lastBackupAt: moment,
        lastDegradedAt: moment,
        kubernetesStatus: object({ namespace: text, pvName: text, pvcName: text }),
        conditions,
      }),
    },
    { labels: textMapOf("recurring-job.longhorn.io/", "recurring-job-group.longhorn.io/") },
  ),
  "backuptargets.longhorn.io": kind(["v1beta2"], {
    spec: object({ backupTargetURL: address, pollInterval: text }),
    status: object({ available: flag, lastSyncedAt: moment, conditions }),
  }),
  "backups.longhorn.io": kind(["v1beta2"], {
    spec: object({ snapshotName: text }),
    status: object({
      state: text,
      size: quantity,
      backupCreatedAt: moment,
      snapshotCreatedAt: moment,
      volumeName: text,
      backupTargetName: text,
      error: text,
    }),
  }),
  "recurringjobs.longhorn.io": kind(
    ["v1beta2"],
    { spec: object({ task: text, cron: text, retain: number, concurrency: number, groups: list(text) }) },
    withLabels,
  ),
};
