import {
  conditions,
  flag,
  list,
  map,
  moment,
  object,
  quantity,
  selector,
  text,
  textMapOf,
} from "@/agent/kubernetes/fields";
import { kind, withLabels } from "@/agent/kubernetes/kind";

const snapshotError = object({ message: text, time: moment });

/** What storage systems put into a class; none of these is a secret, and names of secrets are left out. */
const parameters = textMapOf(
  "csi.storage.k8s.io/fstype",
  "fsType",
  "type",
  "media",
  "replication",
  "faultdomain",
  "compression",
  "encryption",
  "encrypted",
  "workload",
  "snapshot_space_limit",
  "rpool",
  "repl",
  "io_profile",
  "numberOfReplicas",
  "dataLocality",
  "recurringJobSelector",
  "staleReplicaTimeout",
  "pool",
  "clusterID",
  "linstor.csi.linbit.com/autoPlace",
  "linstor.csi.linbit.com/placementCount",
  "linstor.csi.linbit.com/storagePool",
  "qos.linbit.com/",
);

export const volumeKinds = {
  persistentvolumes: kind(["v1"], {
    spec: object({
      capacity: object({ storage: quantity }),
      accessModes: list(text),
      volumeMode: text,
      storageClassName: text,
      persistentVolumeReclaimPolicy: text,
      claimRef: object({ namespace: text, name: text, uid: text }),
      csi: object({ driver: text, volumeHandle: text }),
      local: object({ path: text }),
      hostPath: object({ path: text }),
      nfs: object({ server: text, path: text }),
    }),
    status: object({ phase: text, reason: text, message: text }),
  }),
  persistentvolumeclaims: kind(
    ["v1"],
    {
      spec: object({
        storageClassName: text,
        volumeName: text,
        volumeMode: text,
        accessModes: list(text),
        resources: object({ requests: object({ storage: quantity }) }),
        dataSource: object({ kind: text, name: text }),
      }),
      status: object({ phase: text, capacity: object({ storage: quantity }), conditions }),
    },
    { ...withLabels, annotations: textMapOf("volume.kubernetes.io/") },
  ),
  "storageclasses.storage.k8s.io": kind(
    ["v1"],
    {
      provisioner: text,
      parameters,
      reclaimPolicy: text,
      volumeBindingMode: text,
      allowVolumeExpansion: flag,
    },
    { annotations: textMapOf("storageclass.kubernetes.io/", "storageclass.beta.kubernetes.io/") },
  ),
  "csidrivers.storage.k8s.io": kind(["v1"], {
    spec: object({
      attachRequired: flag,
      storageCapacity: flag,
      volumeLifecycleModes: list(text),
      fsGroupPolicy: text,
    }),
  }),
  "csistoragecapacities.storage.k8s.io": kind(["v1", "v1beta1"], {
    nodeTopology: selector,
    storageClassName: text,
    capacity: quantity,
    maximumVolumeSize: quantity,
  }),
  "volumeattachments.storage.k8s.io": kind(["v1"], {
    spec: object({ attacher: text, nodeName: text, source: object({ persistentVolumeName: text }) }),
    status: object({ attached: flag, attachError: snapshotError, detachError: snapshotError }),
  }),
  "volumesnapshots.snapshot.storage.k8s.io": kind(
    ["v1"],
    {
      spec: object({
        source: object({ persistentVolumeClaimName: text, volumeSnapshotContentName: text }),
        volumeSnapshotClassName: text,
      }),
      status: object({
        readyToUse: flag,
        restoreSize: quantity,
        creationTime: moment,
        error: snapshotError,
        boundVolumeSnapshotContentName: text,
        volumeGroupSnapshotName: text,
      }),
    },
    withLabels,
  ),
  // The time of creation is here in nanoseconds and not kept: the snapshot has it as a moment.
  "volumesnapshotcontents.snapshot.storage.k8s.io": kind(["v1"], {
    spec: object({
      deletionPolicy: text,
      driver: text,
      volumeSnapshotClassName: text,
      volumeSnapshotRef: object({ namespace: text, name: text, uid: text }),
    }),
    status: object({ readyToUse: flag, restoreSize: quantity, error: snapshotError }),
  }),
  "volumesnapshotclasses.snapshot.storage.k8s.io": kind(
    ["v1"],
    { driver: text, deletionPolicy: text },
    { annotations: textMapOf("snapshot.storage.kubernetes.io/"), labels: textMapOf("velero.io/") },
  ),
  "volumegroupsnapshots.groupsnapshot.storage.k8s.io": kind(["v1", "v1beta2", "v1beta1"], {
    spec: object({
      source: object({ selector, volumeGroupSnapshotContentName: text }),
      volumeGroupSnapshotClassName: text,
    }),
    status: object({ readyToUse: flag, creationTime: moment, error: snapshotError }),
  }),
  "bucketclaims.objectstorage.k8s.io": kind(["v1alpha1"], {
    spec: object({ bucketClassName: text, protocols: list(text) }),
    status: object({ bucketReady: flag, bucketName: text }),
  }),
  "robinclusters.manage.robin.io": kind(["v1"], robin()),
  "robinclusters.robin.io": kind(["v1alpha1"], robin()),
};

/** Robin CNS, under its group of today and under the older one. */
function robin() {
  return {
    spec: object({ host_type: text, image_robin: text, k8s_provider: text }),
    status: object({
      phase: text,
      master_ip: text,
      robin_node_status: list(object({ host_name: text, state: text, status: text })),
      pod_status: list(map(text)),
    }),
  };
}
