import { describe, expect, it } from "vitest";
import type { ApiObject } from "@/agent/testing/kube-plane";
import { deployment, readObjects } from "@/agent/testing/made-up-cluster";
import { conditioned, patched, tellOf } from "@/agent/testing/told-cluster";

const driver = (name: string): ApiObject => ({
  apiVersion: "storage.k8s.io/v1",
  kind: "CSIDriver",
  metadata: { name },
  spec: {},
});

describe("Longhorn", () => {
  const manager = deployment("longhorn-system", "longhorn-manager", "longhornio/longhorn-manager:v1.10.0");
  const well = [...readObjects("longhorn"), manager];
  const VOLUME = "longhorn/Volume/longhorn-system/pvc-1";
  const NODE = "longhorn/Node/longhorn-system/n1";

  it("is healthy, and keeps maximum, available, scheduled, reserved and actual bytes apart", () => {
    const told = tellOf(well);
    expect(told.health("longhorn")).toBe("healthy");
    const node = told.item("part", NODE);
    expect(node.figures).toMatchObject({ maximumBytes: 150e9, scheduledBytes: 55e9, reservedBytes: 40e9, disks: 2 });
    expect(node.figures?.availableBytes).toBeGreaterThan(99.8e9);
    expect(node.figures?.availableBytes).toBeLessThanOrEqual(100e9);
    expect(told.item("part", VOLUME).figures).toMatchObject({ sizeBytes: 21_474_836_480, replicas: 3, backups: 1 });
    expect(told.item("part", VOLUME).figures?.actualBytes).toBeLessThanOrEqual(7_340_032_000);
    expect(told.item("part", "longhorn/Disk/longhorn-system/n1:fast-disk").figures?.maximumBytes).toBe(50e9);
  });

  it("a disk whose figure is missing makes the sum of the node unknown, and not smaller", () => {
    const objects = patched(well, "Node n1", { status: { diskStatus: { "fast-disk": { storageScheduled: null } } } });
    const { figures } = tellOf(objects).item("part", NODE);
    expect(figures?.scheduledBytes).toBeUndefined();
    expect(figures?.maximumBytes).toBe(150e9);
  });

  it.each([
    ["degraded", "degraded replicas_missing"],
    ["faulted", "failed faulted"],
    ["unknown", "unknown not_told"],
    ["odd", "unknown not_told"],
  ])("an attached volume of robustness %s is %s", (robustness, health) => {
    expect(tellOf(patched(well, "Volume pvc-1", { status: { robustness } })).health(VOLUME)).toBe(health);
  });

  it("a detached volume, whose robustness is always unknown, is paused and does not make the system unknown", () => {
    const told = tellOf(well);
    expect(told.health("longhorn/Volume/longhorn-system/pvc-2")).toBe("paused detached");
    expect(told.health("longhorn")).toBe("healthy");
  });

  it("a backup target that is not available has failed, and one without an address is not set up", () => {
    const key = "longhorn/BackupTarget/longhorn-system/default";
    expect(tellOf(patched(well, "BackupTarget", { status: { available: false } })).health(key)).toBe(
      "failed target_unavailable",
    );
    expect(tellOf(patched(well, "BackupTarget", { spec: { backupTargetURL: "" } })).health(key)).toBe(
      "paused not_configured",
    );
  });

  it("a few written blocks do not make another item", () => {
    const objects = patched(well, "Volume pvc-1", { status: { actualSize: 7_340_036_096 } });
    expect(tellOf(objects).item("part", VOLUME)).toEqual(tellOf(well).item("part", VOLUME));
  });

  it("a node that is not ready has failed, and one without room for replicas is degraded", () => {
    expect(tellOf(conditioned(well, "Node n1", "Ready", "False")).health(NODE)).toBe("failed not_ready");
    expect(tellOf(conditioned(well, "Node n1", "Schedulable", "False")).health(NODE)).toBe("degraded not_schedulable");
  });
});

describe("Rook and Ceph", () => {
  const operator = deployment("rook-ceph", "rook-ceph-operator", "docker.io/rook/ceph:v1.16.0");
  const well = [...readObjects("rook-ceph"), operator];
  const CLUSTER = "rook_ceph/CephCluster/rook-ceph/rook-ceph";
  const checked = Date.parse("2026-11-20T11:59:30Z") / 1000;

  it("is healthy with HEALTH_OK that is of now", () => {
    const told = tellOf(well);
    expect(told.health("rook_ceph")).toBe("healthy");
    expect(told.item("system", "rook_ceph").version).toBe("19.2.0-0");
    expect(told.item("part", CLUSTER).figures?.totalBytes).toBe(4e12);
  });

  it("HEALTH_WARN is degraded and HEALTH_ERR failed, with the causes that Ceph names, for the whole system", () => {
    const details = { OSD_DOWN: { message: "1 osds down", severity: "HEALTH_WARN" } };
    const warned = patched(well, "CephCluster", { status: { ceph: { health: "HEALTH_WARN", details } } });
    expect(tellOf(warned).health("rook_ceph")).toBe("degraded ceph");
    expect(tellOf(warned).item("part", CLUSTER).reasons).toEqual([{ code: "ceph", detail: "OSD_DOWN: 1 osds down" }]);
    const broken = patched(well, "CephCluster", { status: { ceph: { health: "HEALTH_ERR" } } });
    expect(tellOf(broken).health("rook_ceph")).toBe("failed ceph");
  });

  it("HEALTH_OK that nobody looked at for a quarter of an hour is unknown, although no object changed", () => {
    expect(tellOf(well).dueAt).toBe(checked + 900);
    expect(tellOf(well, { at: checked + 899 }).health(CLUSTER)).toBe("healthy");
    expect(tellOf(well, { at: checked + 900 }).health(CLUSTER)).toBe("unknown stale stale");
  });

  it("a capacity that was not updated is stale on its own", () => {
    const objects = patched(well, "CephCluster", {
      status: { ceph: { capacity: { lastUpdated: "2026-11-20T08:00:00Z" } } },
    });
    expect(tellOf(objects).item("part", CLUSTER).reasons).toEqual([
      { code: "stale", detail: "capacity.lastUpdated 2026-11-20T08:00:00.000Z" },
    ]);
  });

  it("a look at it does not make another item", () => {
    const objects = patched(well, "CephCluster", {
      status: { ceph: { lastChecked: "2026-11-20T12:00:00Z", capacity: { lastUpdated: "2026-11-20T12:00:00Z" } } },
    });
    expect(tellOf(objects).item("part", CLUSTER)).toEqual(tellOf(well).item("part", CLUSTER));
  });

  it("is recognised by the end of its drivers' names, whatever the namespace in front", () => {
    const told = tellOf([driver("my-storage.rbd.csi.ceph.com")]);
    expect(told.item("system", "rook_ceph").proof).toBe("CSI driver my-storage.rbd.csi.ceph.com");
    expect(told.health("rook_ceph")).toMatch(/^unknown/);
    expect(told.item("csiDriver", "my-storage.rbd.csi.ceph.com").system).toBe("rook_ceph");
  });
});

describe("Portworx", () => {
  const operator = deployment("portworx", "portworx-operator", "docker.io/portworx/px-operator:24.1.0");
  const well = [...readObjects("portworx"), operator];

  it("is healthy when the cluster runs and its nodes are Online, which here is the status of a condition", () => {
    const told = tellOf(well);
    expect(told.health("portworx")).toBe("healthy");
    expect(told.item("part", "portworx/StorageNode/portworx/n1").figures?.totalBytes).toBe(500 * 2 ** 30);
  });

  it.each([
    ["Degraded", "degraded phase"],
    ["Offline", "failed phase"],
    ["Unknown", "unknown phase"],
    ["Odd", "unknown phase"],
  ])("a cluster of phase %s is %s", (phase, health) => {
    expect(tellOf(patched(well, "StorageCluster", { status: { phase } })).health("portworx")).toBe(health);
  });

  it("a node that is Offline has failed although its phase still says Online", () => {
    const objects = conditioned(well, "StorageNode", "NodeState", "Offline");
    expect(tellOf(objects).health("portworx/StorageNode/portworx/n1")).toBe("failed phase");
  });
});

describe("LINSTOR", () => {
  const operator = deployment("piraeus", "piraeus-operator", "quay.io/piraeusdatastore/piraeus-operator:v2.8.0");
  const well = [...readObjects("linstor"), operator];

  it("is healthy when cluster and satellites are available, applied and configured", () => {
    expect(tellOf(well).health("linstor")).toBe("healthy");
  });

  it("a satellite that is not available has failed, and a cluster that is not configured degrades the system", () => {
    expect(
      tellOf(conditioned(well, "LinstorSatellite", "Available", "False")).health("linstor/LinstorSatellite//n1"),
    ).toBe("failed not_available");
    expect(tellOf(conditioned(well, "LinstorCluster", "Configured", "False")).health("linstor")).toBe(
      "degraded not_configured",
    );
  });
});

describe("Robin", () => {
  const well = readObjects("robin");

  it("is healthy when its phase is Ready and each node is ONLINE and Ready", () => {
    const told = tellOf(well);
    expect(told.health("robin")).toBe("healthy");
    expect(told.item("system", "robin").version).toBe("5.4.3-564");
    expect(told.item("part", "robin/RobinCluster/robinio/robin").figures).toEqual({ nodes: 2, onlineNodes: 2 });
  });

  it.each([
    [{ state: "ONLINE", status: "NotReady" }, "degraded not_ready"],
    [{ state: "OFFLINE", status: "Ready" }, "failed not_ready"],
    [{ state: "ONLINE" }, "unknown not_told"],
  ])("a node that is %j is not healthy: both words count", (words, health) => {
    const nodes = [{ host_name: "n1", ...words }];
    const told = tellOf(patched(well, "RobinCluster", { status: { robin_node_status: nodes } }));
    expect(told.health("robin/Node/robinio/n1")).toBe(health);
  });

  it("any other phase is not healthy, and a driver without a cluster object is unknown", () => {
    expect(tellOf(patched(well, "RobinCluster", { status: { phase: "Upgrading" } })).health("robin")).toBe(
      "degraded phase",
    );
    expect(tellOf([driver("robin")]).health("robin")).toMatch(/^unknown/);
  });
});

describe("drivers without objects of their own", () => {
  it.each([
    ["ebs.csi.aws.com", "aws_ebs", "public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.38.1"],
    ["efs.csi.aws.com", "aws_efs", "public.ecr.aws/efs-csi-driver/amazon/aws-efs-csi-driver:v2.1.0"],
    ["csi.hetzner.cloud", "hetzner_csi", "docker.io/hetznercloud/hcloud-csi-driver:v2.11.0"],
    ["linodebs.csi.linode.com", "linode_csi", "linode/linode-blockstorage-csi-driver:v1.0.0"],
    ["disk.csi.azure.com", "azure_disk", "mcr.microsoft.com/oss/kubernetes-csi/azuredisk-csi:v1.31.0"],
  ])("%s is %s, as well as what runs it, and unknown where nothing is found that does", (name, system, image) => {
    const runner = deployment("kube-system", "driver", image);
    expect(tellOf([driver(name), runner]).health(system)).toBe("healthy");
    expect(tellOf([driver(name)]).health(system)).toBe("unknown controller_not_found");
    const down = patched([driver(name), runner], "Deployment", { status: { readyReplicas: null } });
    expect(tellOf(down).health(system)).toBe("failed controller_down");
  });

  it("local-path and the one of MicroK8s have no CSI driver: the provisioner of a class tells", () => {
    const storageClass = (name: string, provisioner: string) => ({
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name },
      provisioner,
    });
    const told = tellOf([
      storageClass("local-path", "rancher.io/local-path"),
      storageClass("h", "microk8s.io/hostpath"),
    ]);
    expect(told.item("system", "local_path").proof).toBe(
      "provisioner rancher.io/local-path of storage class local-path",
    );
    expect(told.keys("system")).toContain("microk8s_hostpath");
  });
});
