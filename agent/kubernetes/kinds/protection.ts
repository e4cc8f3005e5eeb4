import {
  address,
  conditions,
  flag,
  list,
  map,
  moment,
  number,
  object,
  owners,
  quantity,
  selector,
  text,
  textMap,
  textMapOf,
} from "@/agent/kubernetes/fields";
import { kind } from "@/agent/kubernetes/kind";

/** What a backup of Velero covers; a schedule has the same as its template. */
const veleroScope = {
  includedNamespaces: list(text),
  excludedNamespaces: list(text),
  includedResources: list(text),
  excludedResources: list(text),
  includedNamespaceScopedResources: list(text),
  excludedNamespaceScopedResources: list(text),
  labelSelector: selector,
  orLabelSelectors: list(selector),
  snapshotVolumes: flag,
  snapshotMoveData: flag,
  defaultVolumesToFsBackup: flag,
  storageLocation: text,
  ttl: text,
};

const veleroLabels = { labels: textMapOf("velero.io/") };
const progress = object({ totalBytes: number, bytesDone: number });

export const protectionKinds = {
  "backups.velero.io": kind(
    ["v1"],
    {
      spec: object(veleroScope),
      status: object({
        phase: text,
        startTimestamp: moment,
        completionTimestamp: moment,
        expiration: moment,
        errors: number,
        warnings: number,
        volumeSnapshotsAttempted: number,
        volumeSnapshotsCompleted: number,
        csiVolumeSnapshotsAttempted: number,
        csiVolumeSnapshotsCompleted: number,
        failureReason: text,
        validationErrors: list(text),
        progress: object({ totalItems: number, itemsBackedUp: number }),
      }),
    },
    veleroLabels,
  ),
  "schedules.velero.io": kind(["v1"], {
    spec: object({ schedule: text, paused: flag, template: object(veleroScope) }),
    status: object({ phase: text, lastBackup: moment, lastSkipped: moment, validationErrors: list(text) }),
  }),
  "backupstoragelocations.velero.io": kind(["v1"], {
    spec: object({
      provider: text,
      default: flag,
      accessMode: text,
      objectStorage: object({ bucket: text, prefix: text }),
      config: textMapOf("region", "s3Url", "resourceGroup", "storageAccount"),
    }),
    status: object({ phase: text, lastValidationTime: moment, lastSyncedTime: moment, message: text }),
  }),
  "backuprepositories.velero.io": kind(["v1"], {
    spec: object({ backupStorageLocation: text, volumeNamespace: text, repositoryType: text }),
    status: object({ phase: text, lastMaintenanceTime: moment, message: text }),
  }),
  "podvolumebackups.velero.io": kind(
    ["v1"],
    {
      spec: object({
        node: text,
        volume: text,
        pod: object({ namespace: text, name: text }),
        backupStorageLocation: text,
      }),
      status: object({ phase: text, startTimestamp: moment, completionTimestamp: moment, message: text, progress }),
    },
    veleroLabels,
  ),
  "datauploads.velero.io": kind(
    ["v2alpha1"],
    {
      spec: object({ sourceNamespace: text, sourcePVC: text, backupStorageLocation: text }),
      status: object({
        phase: text,
        startTimestamp: moment,
        completionTimestamp: moment,
        message: text,
        node: text,
        progress,
      }),
    },
    veleroLabels,
  ),
  "datadownloads.velero.io": kind(
    ["v2alpha1"],
    {
      spec: object({ sourceNamespace: text, backupStorageLocation: text }),
      status: object({
        phase: text,
        startTimestamp: moment,
        completionTimestamp: moment,
        message: text,
        node: text,
        progress,
      }),
    },
    veleroLabels,
  ),
  "policies.config.kio.kasten.io": kind(["v1alpha1"], {
    spec: object({ frequency: text, paused: flag, actions: list(object({ action: text })), selector }),
    status: object({ validation: text }),
  }),
  "profiles.config.kio.kasten.io": kind(["v1alpha1"], {
    spec: object({ type: text }),
    status: object({ validation: text }),
  }),
  "clusters.postgresql.cnpg.io": kind(["v1"], {
    spec: object({
      instances: number,
      imageName: text,
      backup: object({ retentionPolicy: text, target: text, barmanObjectStore: object({ destinationPath: address }) }),
      plugins: list(object({ name: text, enabled: flag, isWALArchiver: flag })),
      storage: object({ size: quantity, storageClass: text }),
    }),
    status: object({
      phase: text,
      phaseReason: text,
      instances: number,
      readyInstances: number,
      currentPrimary: text,
      targetPrimary: text,
      timelineID: number,
      instancesStatus: map(list(text)),
      danglingPVC: list(text),
      image: text,
      certificates: object({ expirations: textMap }),
      pluginStatus: list(object({ name: text, version: text, status: text })),
      firstRecoverabilityPoint: moment,
      lastSuccessfulBackup: moment,
      lastFailedBackup: moment,
      conditions,
    }),
  }),
  "backups.postgresql.cnpg.io": kind(
    ["v1"],
    {
      spec: object({ cluster: object({ name: text }), method: text }),
      status: object({
        phase: text,
        method: text,
        startedAt: moment,
        stoppedAt: moment,
        error: text,
        backupId: text,
        destinationPath: address,
        serverName: text,
      }),
    },
    { labels: textMapOf("cnpg.io/"), ownerReferences: owners },
  ),
  "scheduledbackups.postgresql.cnpg.io": kind(["v1"], {
    spec: object({ schedule: text, suspend: flag, cluster: object({ name: text }), method: text }),
    status: object({ lastScheduleTime: moment, nextScheduleTime: moment, lastCheckTime: moment }),
  }),
  "etcdsnapshotfiles.k3s.cattle.io": kind(["v1"], {
    spec: object({
      snapshotName: text,
      nodeName: text,
      location: address,
      s3: object({ endpoint: text, bucket: text }),
    }),
    status: object({
      size: quantity,
      creationTime: moment,
      readyToUse: flag,
      error: object({ message: text, time: moment }),
    }),
  }),
};
