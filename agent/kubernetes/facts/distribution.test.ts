import { describe, expect, it } from "vitest";
import type { ApiObject } from "@/agent/testing/kube-plane";
import { denied } from "@/agent/testing/made-up-cluster";
import { tellOf } from "@/agent/testing/told-cluster";

type NodeParts = {
  name?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  providerID?: string;
  osImage?: string;
  podCIDRs?: string[];
};

function node({
  name = "n1",
  labels = {},
  annotations = {},
  providerID,
  osImage = "Debian",
  podCIDRs,
}: NodeParts = {}): ApiObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels, annotations },
    spec: { providerID, podCIDRs },
    status: { nodeInfo: { osImage }, conditions: [{ type: "Ready", status: "True" }] },
  };
}

type Options = Parameters<typeof tellOf>[1];
const clusterOf = (nodes: ApiObject[], options?: Options) => tellOf(nodes, options).item("cluster", "cluster");
const nodes = (count: number, labels: Record<string, string>) =>
  Array.from({ length: count }, (_, index) => node({ name: `n${index}`, labels }));

describe("the distribution", () => {
  it.each<[string, NodeParts, Options, string]>([
    ["k3s", {}, { gitVersion: "v1.30.4+k3s1" }, "gitVersion v1.30.4+k3s1"],
    ["rke2", {}, { gitVersion: "v1.31.6+rke2r1" }, "gitVersion v1.31.6+rke2r1"],
    ["eks", {}, { gitVersion: "v1.36.1-eks-6d5f" }, "gitVersion v1.36.1-eks-6d5f"],
    ["gke", {}, { gitVersion: "v1.36.3-gke.1640000" }, "gitVersion v1.36.3-gke.1640000"],
    ["gke_autopilot", { name: "gk3-a" }, { gitVersion: "v1.36.3-gke.1" }, "gitVersion v1.36.3-gke.1, node gk3-a"],
    ["talos", { osImage: "Talos (v1.11.2)" }, {}, "osImage Talos (v1.11.2) of node n1"],
    ["microk8s", { labels: { "microk8s.io/cluster": "true" } }, {}, "label microk8s.io/cluster=true of node n1"],
    ["lke", { labels: { "lke.linode.com/pool-id": "42" } }, {}, "label lke.linode.com/pool-id=42 of node n1"],
    [
      "aks",
      { labels: { "kubernetes.azure.com/cluster": "mc" } },
      {},
      "label kubernetes.azure.com/cluster=mc of node n1",
    ],
    ["openshift", {}, { groups: ["project.openshift.io"] }, "API group project.openshift.io"],
    [
      "rke1",
      { annotations: { "rke.cattle.io/internal-ip": "10.0.0.1" } },
      {},
      "annotation rke.cattle.io/internal-ip of node n1",
    ],
    ["upstream", {}, { gitVersion: "v1.34.1" }, "gitVersion v1.34.1"],
  ])("%s is proven by a string that is told", (distribution, parts, options, proof) => {
    expect(clusterOf([node(parts)], options)).toMatchObject({ distribution, distributionProof: proof });
  });

  it("the version of the API server decides before what nodes say", () => {
    const parts = { osImage: "Talos (v1.11.2)", labels: { "microk8s.io/cluster": "true" } };
    expect(clusterOf([node(parts)], { gitVersion: "v1.30.4+k3s1" }).distribution).toBe("k3s");
    expect(clusterOf([node(parts)]).distribution).toBe("talos");
  });

  it("three that give a plain version are not upstream: Talos, MicroK8s and LKE are told by their nodes", () => {
    const options = { gitVersion: "v1.34.1" };
    const all: NodeParts[] = [
      { osImage: "Talos (v1.1.0)" },
      { labels: { "microk8s.io/cluster": "true" } },
      { labels: { "lke.linode.com/pool-id": "1" } },
    ];
    expect(all.map((parts) => clusterOf([node(parts)], options).distribution)).toEqual(["talos", "microk8s", "lke"]);
  });

  it("is not guessed: without a version, or where nodes may not be read, it is unknown and not upstream", () => {
    expect(clusterOf([node()], { gitVersion: null }).distribution).toBeUndefined();
    expect(clusterOf([], { states: { nodes: denied } }).distribution).toBeUndefined();
    expect(clusterOf([]).distribution).toBeUndefined();
  });

  it("one node of Autopilot among others does not make it Autopilot", () => {
    const both = [node({ name: "gk3-a" }), node({ name: "gke-b" })];
    expect(clusterOf(both, { gitVersion: "v1.36.3-gke.1" }).distribution).toBe("gke");
  });
});

describe("the provider", () => {
  it.each([
    ["aws:///eu-central-1a/i-0", "aws"],
    ["gce://p/europe-west3-a/n", "google"],
    ["azure:///subscriptions/a", "azure"],
    ["hcloud://123", "hetzner_cloud"],
    ["hcloud://bm-123", "hetzner_robot"],
    ["hrobot://123", "hetzner_robot"],
    ["linode://1", "linode"],
    ["vsphere://a", "vsphere"],
    ["openstack:///a", "openstack"],
    ["metal3://a/b/c", "metal3"],
    ["ibm://a", "ibm"],
  ])("%s is %s", (providerID, provider) => {
    expect(clusterOf([node({ providerID })])).toMatchObject({
      provider,
      providerProof: `providerID ${providerID} of node n1`,
    });
  });

  it("is told by the label of Hetzner too, and is unknown by a region alone", () => {
    expect(clusterOf([node({ labels: { "instance.hetzner.cloud/provided-by": "robot" } })]).provider).toBe(
      "hetzner_robot",
    );
    const told = clusterOf([node({ labels: { "topology.kubernetes.io/region": "eu-central-1" } })]);
    expect(told.provider).toBeUndefined();
    expect(told.region).toBe("eu-central-1");
  });

  it("is a field of its own beside the distribution", () => {
    const told = clusterOf([node({ providerID: "hcloud://1" })], { gitVersion: "v1.30.4+k3s1" });
    expect(told).toMatchObject({ distribution: "k3s", provider: "hetzner_cloud" });
  });
});

describe("the control plane", () => {
  const CONTROL = { "node-role.kubernetes.io/control-plane": "true" };
  const ETCD = { ...CONTROL, "node-role.kubernetes.io/etcd": "true" };
  const k3s = { gitVersion: "v1.30.4+k3s1" };

  it.each<[string, ApiObject[], Options, string]>([
    ["managed on EKS", nodes(3, {}), { gitVersion: "v1.36.1-eks-6" }, "managed"],
    ["replicated on K3s with three members of etcd", nodes(3, ETCD), k3s, "replicated"],
    ["not replicated with two, of which none may be lost", nodes(2, ETCD), k3s, "single"],
    ["unknown on K3s with three servers and no etcd: their store is elsewhere", nodes(3, CONTROL), k3s, "unknown"],
    ["single on K3s with one server", nodes(1, CONTROL), k3s, "single"],
    [
      "replicated on MicroK8s with three nodes of its control plane",
      nodes(3, { "microk8s.io/cluster": "true", "node.kubernetes.io/microk8s-controlplane": "microk8s-controlplane" }),
      {},
      "replicated",
    ],
    [
      "replicated on Talos with three nodes of the control plane, whose etcd is no pod",
      nodes(3, CONTROL).map((one) => ({ ...one, status: { nodeInfo: { osImage: "Talos (v1.11.2)" } } })),
      {},
      "replicated",
    ],
    ["unknown on plain Kubernetes with three nodes and no etcd to be seen", nodes(3, CONTROL), {}, "unknown"],
    ["unknown where nodes may not be read", nodes(3, CONTROL), { states: { nodes: denied } }, "unknown"],
  ])("is %s", (_, objects, options, controlPlane) => {
    expect(clusterOf(objects, options).controlPlane).toBe(controlPlane);
  });

  it("is replicated on plain Kubernetes with pods of etcd on three nodes", () => {
    const pods = [0, 1, 2].map((index) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `etcd-n${index}`, namespace: "kube-system", labels: { component: "etcd" } },
      spec: { nodeName: `n${index}` },
    }));
    expect(clusterOf([...nodes(3, CONTROL), ...pods])).toMatchObject({
      controlPlane: "replicated",
      controlPlaneNodes: 3,
    });
  });
});

describe("the addresses of a cluster", () => {
  it("are of both families when its nodes give both", () => {
    expect(clusterOf([node({ podCIDRs: ["10.42.0.0/24", "fd00::/64"] })]).ipFamilies).toEqual([4, 6]);
    expect(clusterOf([node({ podCIDRs: ["fd00::/64"] })]).ipFamilies).toEqual([6]);
    expect(clusterOf([node()]).ipFamilies).toBeUndefined();
  });
});
