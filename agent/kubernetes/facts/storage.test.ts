import { describe, expect, it } from "vitest";
import type { ApiObject } from "@/agent/testing/kube-plane";
import { patched, tellOf } from "@/agent/testing/told-cluster";

const claim = (name: string, phase: string, storageClass = "fast"): ApiObject => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name, namespace: "shop" },
  spec: {
    storageClassName: storageClass,
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "10Gi" } },
  },
  status: { phase, ...(phase === "Bound" ? { capacity: { storage: "12Gi" } } : {}) },
});

const fast: ApiObject = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "fast", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: "driver.longhorn.io",
  parameters: { numberOfReplicas: "3", "csi.storage.k8s.io/provisioner-secret-name": "hidden" },
  volumeBindingMode: "WaitForFirstConsumer",
  allowVolumeExpansion: true,
};

const database: ApiObject = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "db", namespace: "shop", generation: 1, labels: { "app.kubernetes.io/part-of": "store" } },
  spec: { replicas: 0, template: { metadata: { labels: {} } }, volumeClaimTemplates: [{ metadata: { name: "data" } }] },
  status: { observedGeneration: 1, replicas: 0 },
};

const CLAIM = "shop/data-db-0";

describe("a claim", () => {
  it("is told with what was asked for, what there is, and the applications that mount it", () => {
    const told = tellOf([claim("data-db-0", "Bound"), fast, database]);
    expect(told.item("claim", CLAIM)).toMatchObject({
      health: "healthy",
      requestedBytes: 10 * 2 ** 30,
      capacityBytes: 12 * 2 ** 30,
      applications: ["shop/store"],
    });
    expect(told.item("application", "shop/store")).toMatchObject({ claims: 1, claimedBytes: 12 * 2 ** 30 });
  });

  it("that waits for its first pod is well, one that is used or should not wait is degraded, a lost one has failed", () => {
    const healthOf = (objects: ApiObject[]) => tellOf(objects).item("claim", CLAIM).health;
    expect(healthOf([claim("data-db-0", "Pending"), fast])).toBe("healthy");
    expect(healthOf([claim("data-db-0", "Pending"), fast, database])).toBe("degraded");
    expect(healthOf([claim("data-db-0", "Pending", "other"), fast])).toBe("degraded");
    expect(healthOf([claim("data-db-0", "Lost"), fast])).toBe("failed");
    expect(healthOf(patched([claim("data-db-0", "Bound")], "PersistentVolumeClaim", { status: null }))).toBe("unknown");
  });
});

describe("classes, volumes, drivers and snapshots", () => {
  it("a class is told with its parameters, and without names of secrets", () => {
    expect(tellOf([fast]).item("storageClass", "fast")).toEqual({
      provisioner: "driver.longhorn.io",
      reclaimPolicy: undefined,
      bindingMode: "WaitForFirstConsumer",
      isExpandable: true,
      isDefault: true,
      parameters: { numberOfReplicas: "3" },
    });
  });

  it("a volume is told with the claim that it is bound to", () => {
    const volume: ApiObject = {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "pvc-1" },
      spec: {
        capacity: { storage: "12Gi" },
        csi: { driver: "driver.longhorn.io", volumeHandle: "pvc-1" },
        claimRef: { namespace: "shop", name: "data-db-0" },
        persistentVolumeReclaimPolicy: "Delete",
      },
      status: { phase: "Bound" },
    };
    expect(tellOf([volume]).item("volume", "pvc-1")).toMatchObject({
      driver: "driver.longhorn.io",
      claim: CLAIM,
      capacityBytes: 12 * 2 ** 30,
    });
  });

  it("what a driver says is left is told per class and place", () => {
    const capacity: ApiObject = {
      apiVersion: "storage.k8s.io/v1",
      kind: "CSIStorageCapacity",
      metadata: { name: "c1", namespace: "piraeus" },
      storageClassName: "fast",
      nodeTopology: { matchLabels: { "linbit.com/hostname": "n1" } },
      capacity: "100Gi",
    };
    expect(tellOf([capacity]).item("capacity", "piraeus/c1")).toEqual({
      storageClass: "fast",
      topology: { "linbit.com/hostname": "n1" },
      availableBytes: 100 * 2 ** 30,
      largestVolumeBytes: undefined,
    });
  });

  it("a snapshot that is not ready is degraded, and one of which nothing is told is unknown", () => {
    const snapshot = (status: object): ApiObject => ({
      apiVersion: "snapshot.storage.k8s.io/v1",
      kind: "VolumeSnapshot",
      metadata: { name: "s1", namespace: "shop" },
      spec: { source: { persistentVolumeClaimName: "data-db-0" } },
      status,
    });
    const healthOf = (status: object) => tellOf([snapshot(status)]).item("snapshot", "shop/s1").health;
    expect(healthOf({ readyToUse: true })).toBe("healthy");
    expect(healthOf({ readyToUse: false })).toBe("degraded");
    expect(healthOf({ readyToUse: true, error: { message: "gone" } })).toBe("degraded");
    expect(healthOf({})).toBe("unknown");
  });
});
