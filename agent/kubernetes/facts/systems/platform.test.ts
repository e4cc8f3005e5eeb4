import { describe, expect, it } from "vitest";
import type { ApiObject } from "@/agent/testing/kube-plane";
import { denied, deployment, readObjects } from "@/agent/testing/made-up-cluster";
import { conditioned, patched, tellOf } from "@/agent/testing/told-cluster";

const node = (name: string, metadata: object = {}): ApiObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, ...metadata },
  status: { conditions: [{ type: "Ready", status: "True" }] },
});

describe("snapshots of etcd", () => {
  const well = readObjects("etcd-snapshots");
  const NODE = "etcd_snapshots/Node//n1";

  it("are told for each node, those that are not on its own disk apart", () => {
    const told = tellOf(well);
    expect(told.health("etcd_snapshots")).toBe("healthy");
    expect(told.item("part", NODE)).toMatchObject({
      figures: { backups: 2, succeeded: 2, outside: 1, bytes: 16_777_216 },
      moments: { lastOutsideAt: Date.parse("2026-11-20T00:00:10Z") / 1000 },
    });
  });

  it("a newest snapshot with an error has failed, and the last success is an older one", () => {
    const told = tellOf(
      patched(well, "ETCDSnapshotFile s3-etcd-n1-1", {
        status: { readyToUse: false, error: { message: "no bucket", time: "2026-11-20T00:01:00Z" } },
      }),
    );
    expect(told.health(NODE)).toBe("failed last_backup_failed");
    expect(told.item("part", NODE).moments?.lastSuccessAt).toBe(Date.parse("2026-11-20T00:00:00Z") / 1000);
  });

  it("a member of etcd without any snapshot is degraded; a server without etcd has nothing to take one of", () => {
    const groups = ["k3s.cattle.io"];
    const member = node("n1", { labels: { "node-role.kubernetes.io/etcd": "true" } });
    expect(tellOf([member], { groups }).health(NODE)).toBe("degraded no_backup_yet");
    expect(tellOf([node("n1")], { groups }).keys("system")).not.toContain("etcd_snapshots");
  });
});

describe("Rancher", () => {
  const hub = [
    ...readObjects("rancher"),
    deployment("cattle-system", "rancher", "rancher/rancher:v2.12.0"),
    deployment("cattle-fleet-system", "fleet-controller", "rancher/fleet:v0.13.0"),
    deployment("system-upgrade", "system-upgrade-controller", "rancher/system-upgrade-controller:v0.16.0"),
  ];
  const groups = ["management.cattle.io"];
  const told = (objects: ApiObject[], at?: number) => tellOf(objects, { groups, ...(at ? { at } : {}) });
  const seen = Date.parse("2026-11-20T11:50:00Z") / 1000;

  it("is a hub with its API group and its server, and what it manages are parts", () => {
    expect(told(hub).health("rancher")).toBe("healthy");
    expect(told(hub).health("fleet")).toBe("healthy");
    expect(told(hub).health("system_upgrade_controller")).toBe("healthy");
  });

  it("the API group alone makes no hub, and the agent makes a managed cluster", () => {
    const agent = deployment("cattle-system", "cattle-cluster-agent", "rancher/rancher-agent:v2.12.0");
    const managed = tellOf([agent], { groups });
    expect(managed.keys("system")).not.toContain("rancher");
    expect(managed.health("rancher_agent")).toBe("healthy");
  });

  it("a cluster whose agent is not connected has failed although Ready", () => {
    const noFleet = hub.filter(({ apiVersion }) => !apiVersion.startsWith("fleet"));
    const cut = patched(noFleet, "Cluster berlin", { status: { agentConnected: false } });
    expect(told(cut).health("rancher/Cluster/fleet-default/berlin")).toBe("failed not_heard_of");
  });

  it("a cluster of Fleet that is silent for half an hour has failed when its time comes", () => {
    const key = "fleet/Cluster/fleet-default/berlin";
    expect(told(hub, seen + 1799).health(key)).toBe("healthy");
    expect(told(hub, seen + 1799).dueAt).toBe(seen + 1800);
    expect(told(hub, seen + 1800).health(key)).toBe("failed not_heard_of");
  });

  it("bundles that are not ready degrade a cluster of Fleet", () => {
    const fleet = hub.filter(({ apiVersion }) => !apiVersion.startsWith("provisioning"));
    const objects = patched(fleet, "Cluster berlin", { status: { summary: { ready: 3 } } });
    expect(told(objects).health("fleet/Cluster/fleet-default/berlin")).toBe("degraded bundles_not_ready");
  });

  it("a plan of an upgrade that is at work is healthy, and one that cannot find its version has failed", () => {
    const key = "system_upgrade_controller/Plan/system-upgrade/servers";
    const atWork = patched(conditioned(hub, "Plan", "Complete", "False"), "Plan", { status: { applying: ["n1"] } });
    expect(told(atWork).health(key)).toBe("healthy");
    expect(told(atWork).item("part", key).figures?.applying).toBe(1);
    expect(told(conditioned(hub, "Plan", "LatestResolved", "False")).health(key)).toBe("failed version_not_resolved");
    const broken = conditioned(hub, "Plan", "Complete", "False", { reason: "JobFailed" });
    expect(told(broken).health(key)).toBe("failed upgrade_failed");
  });
});

describe("cloudflared", () => {
  const tunnel = (replicas: number) =>
    deployment("tunnel", "cloudflared", "cloudflare/cloudflared:2026.10.0", replicas);
  const KEY = "cloudflared/Deployment/tunnel/cloudflared";

  it("is recognised by its image, and healthy with two replicas", () => {
    const told = tellOf([tunnel(2)]);
    expect(told.health("cloudflared")).toBe("healthy");
    expect(told.item("system", "cloudflared")).toMatchObject({
      version: "2026.10.0",
      proof: "image cloudflare/cloudflared:2026.10.0 of Deployment tunnel/cloudflared",
    });
  });

  it("with one replica is degraded, and with none ready failed", () => {
    expect(tellOf([tunnel(1)]).health(KEY)).toBe("degraded one_replica");
    const down = patched([tunnel(2)], "Deployment", { status: { readyReplicas: null } });
    expect(tellOf(down).health(KEY)).toBe("failed not_ready");
    expect(tellOf(down).health("cloudflared")).toBe("failed parts_failed");
  });
});

describe("networks", () => {
  it.each([
    ["calico", { "projectcalico.org/IPv4Address": "10.0.0.1/24" }, "docker.io/calico/node:v3.31.0"],
    ["flannel", { "flannel.alpha.coreos.com/backend-type": "vxlan" }, "ghcr.io/flannel-io/flannel:v0.27.0"],
    ["ovn", { "k8s.ovn.org/node-subnets": "{}" }, "ghcr.io/ovn-kubernetes/ovn-kube-u:1.1"],
  ])("%s is recognised by an annotation of a node, and is as well as what runs it", (system, annotations, image) => {
    const objects = [node("n1", { annotations }), deployment("kube-system", "network", image)];
    expect(tellOf(objects).health(system)).toBe("healthy");
    // Built into the distribution: there is nothing that it could be read from.
    expect(tellOf([node("n1", { annotations })]).health(system)).toBe("unknown controller_not_found");
  });

  it.each([
    ["cilium", "cilium.io", "quay.io/cilium/cilium:v1.19.0"],
    ["kube_ovn", "kubeovn.io", "docker.io/kubeovn/kube-ovn:v1.14.0"],
    ["multus", "k8s.cni.cncf.io", "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.0"],
  ])("%s is recognised by its API group %s", (system, group, image) => {
    expect(tellOf([], { groups: [group] }).health(system)).toBe("unknown controller_not_found");
    const told = tellOf([deployment("kube-system", "network", image)], { groups: [group] });
    expect(told.health(system)).toBe("healthy");
  });

  it("a node whose SR-IOV functions cannot be set up has failed", () => {
    const objects = readObjects("others");
    const key = "sriov/SriovNetworkNodeState/sriov/n1";
    expect(tellOf(objects).item("part", key).figures).toEqual({ functionsMaximum: 64, functions: 8 });
    const broken = patched(objects, "SriovNetworkNodeState", { status: { syncStatus: "Failed", lastSyncError: "no" } });
    expect(tellOf(broken).health(key)).toBe("failed sync_failed");
  });
});

describe("Metal3, Kasten and the operator of Flux", () => {
  const objects = readObjects("others");

  it("are told with their parts", () => {
    const told = tellOf(objects);
    expect(told.health("metal3/BareMetalHost/metal/rack1-u4")).toBe("healthy");
    expect(told.health("kasten/Policy/kasten-io/daily")).toBe("healthy");
    expect(told.health("flux_operator/FluxInstance/flux-system/flux")).toBe("healthy");
    expect(told.item("part", "flux_operator/FluxReport/flux-system/flux").figures).toEqual({
      running: 3,
      failing: 0,
      suspended: 1,
    });
  });

  it("a host that is off and should be on is degraded, and one with an error has failed", () => {
    const key = "metal3/BareMetalHost/metal/rack1-u4";
    const off = patched(objects, "BareMetalHost", { status: { poweredOn: false } });
    expect(tellOf(off).health(key)).toBe("degraded powered_off");
    const broken = patched(objects, "BareMetalHost", { status: { operationalStatus: "error", errorType: "power" } });
    expect(tellOf(broken).health(key)).toBe("failed host_error");
  });

  it("a policy of Kasten that is not valid has failed", () => {
    const told = tellOf(patched(objects, "Policy", { status: { validation: "Failed" } }));
    expect(told.health("kasten/Policy/kasten-io/daily")).toBe("failed invalid");
  });

  it("is unknown, and says that it is not permitted, where it may not be read", () => {
    const told = tellOf(objects, { states: { "baremetalhosts.metal3.io": denied } });
    expect(told.item("system", "metal3").reasons).toContainEqual({
      code: "not_permitted",
      detail: "baremetalhosts.metal3.io",
    });
  });
});
