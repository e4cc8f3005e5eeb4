import type { ItemOf } from "@/contract/cluster/items";
import { clip, clipped, degraded, judge, unknown } from "./judge";
import type { Section } from "./section";
import { systemOfDriver } from "./systems/drivers";

const DEFAULT_CLASS = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

export const volumeSection: Section = {
  reads: ["persistentvolumes"],
  describe: ({ view }) => {
    const volume = new Map<string, ItemOf<"volume">>();
    for (const [key, { metadata, spec, status }] of view.list("persistentvolumes")) {
      const claim = spec?.claimRef;
      volume.set(key, {
        phase: status?.phase,
        driver: spec?.csi?.driver ?? inTree(spec),
        handle: clipped(spec?.csi?.volumeHandle),
        storageClass: spec?.storageClassName,
        capacityBytes: spec?.capacity?.storage,
        reclaimPolicy: spec?.persistentVolumeReclaimPolicy,
        claim: claim?.name ? `${claim.namespace ?? ""}/${claim.name}` : undefined,
        createdAt: metadata.creationTimestamp,
      });
    }
    return { volume };
  },
};

/** Volumes without a driver are named as Kubernetes' own plugins are. */
function inTree(spec: { local?: unknown; hostPath?: unknown; nfs?: unknown } | undefined): string | undefined {
  if (spec?.local) return "kubernetes.io/local-volume";
  if (spec?.hostPath) return "kubernetes.io/host-path";
  return spec?.nfs ? "kubernetes.io/nfs" : undefined;
}

export const storageClassSection: Section = {
  reads: ["storageclasses.storage.k8s.io"],
  describe: ({ view }) => {
    const storageClass = new Map<string, ItemOf<"storageClass">>();
    for (const [key, one] of view.list("storageclasses.storage.k8s.io")) {
      const parameters = Object.entries(one.parameters ?? {}).map(([name, value]) => [name, clip(value)]);
      storageClass.set(key, {
        provisioner: one.provisioner ?? "",
        reclaimPolicy: one.reclaimPolicy,
        bindingMode: one.volumeBindingMode,
        // Left out by the API when it is false.
        isExpandable: one.allowVolumeExpansion ?? false,
        isDefault: DEFAULT_CLASS.some((name) => one.metadata.annotations?.[name] === "true"),
        parameters: Object.fromEntries(parameters),
      });
    }
    return { storageClass };
  },
};

export const csiDriverSection: Section = {
  reads: ["csidrivers.storage.k8s.io", "csinodes.storage.k8s.io"],
  describe: ({ view }) => {
    const nodes = new Map<string, number>();
    for (const { spec } of view.list("csinodes.storage.k8s.io").values()) {
      for (const { name = "" } of spec?.drivers ?? []) nodes.set(name, (nodes.get(name) ?? 0) + 1);
    }
    const areNodesTold = view.state("csinodes.storage.k8s.io").status === "synced";
    const csiDriver = new Map<string, ItemOf<"csiDriver">>();
    for (const [key, { spec }] of view.list("csidrivers.storage.k8s.io")) {
      csiDriver.set(key, {
        system: systemOfDriver(key),
        isCapacityTold: spec?.storageCapacity,
        nodes: areNodesTold ? (nodes.get(key) ?? 0) : undefined,
      });
    }
    return { csiDriver };
  },
};

export const capacitySection: Section = {
  reads: ["csistoragecapacities.storage.k8s.io"],
  describe: ({ view }) => {
    const capacity = new Map<string, ItemOf<"capacity">>();
    for (const [key, one] of view.list("csistoragecapacities.storage.k8s.io")) {
      capacity.set(key, {
        storageClass: one.storageClassName ?? "",
        topology: one.nodeTopology?.matchLabels,
        availableBytes: one.capacity,
        largestVolumeBytes: one.maximumVolumeSize,
      });
    }
    return { capacity };
  },
};

export const snapshotSection: Section = {
  reads: ["volumesnapshots.snapshot.storage.k8s.io", "volumesnapshotcontents.snapshot.storage.k8s.io"],
  describe: ({ view }) => {
    const contents = view.list("volumesnapshotcontents.snapshot.storage.k8s.io");
    const snapshot = new Map<string, ItemOf<"snapshot">>();
    for (const [key, { metadata, spec, status }] of view.list("volumesnapshots.snapshot.storage.k8s.io")) {
      const content = contents.get(status?.boundVolumeSnapshotContentName ?? "");
      snapshot.set(key, {
        namespace: metadata.namespace ?? "",
        name: metadata.name,
        claim: spec?.source?.persistentVolumeClaimName,
        snapshotClass: spec?.volumeSnapshotClassName,
        // Of the content: the class may have been changed since.
        deletionPolicy: content?.spec?.deletionPolicy,
        isReady: status?.readyToUse,
        restoreBytes: status?.restoreSize,
        takenAt: status?.creationTime,
        ...judge(
          status?.error && degraded("snapshot_failed", status.error.message),
          status?.readyToUse === false && degraded("snapshot_not_ready"),
          status?.readyToUse === undefined && unknown("not_told", "readyToUse"),
        ),
      });
    }
    return { snapshot };
  },
};
