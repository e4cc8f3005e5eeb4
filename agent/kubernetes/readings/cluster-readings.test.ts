import { afterEach, describe, expect, it } from "vitest";
import { ApiAccess } from "@/agent/kubernetes/api-access";
import { ApiClient } from "@/agent/kubernetes/api-client";
import type { ClusterView } from "@/agent/kubernetes/cluster-view";
import { ClusterFacts } from "@/agent/kubernetes/facts/cluster-facts";
import { Settler } from "@/agent/settle";
import { type Answer, answerStatus, type FakeApiServer, startFakeApiServer } from "@/agent/testing/fake-api-server";
import type { ApiObject } from "@/agent/testing/kube-plane";
import { deployment, MadeUpCluster, WELL_AT } from "@/agent/testing/made-up-cluster";
import { answerMetrics, nodeMetricsList, podMetricsList } from "@/agent/testing/metrics-api";
import { ClusterReadings } from "./cluster-readings";

/** Nobody else is asked. */
const quiet = { settler: new Settler(), isKubeletAsked: false, scrape: { isAnnotated: false, named: [] } };
const AT = new Date(1000 * WELL_AT - 20_000).toISOString();
const GIBIBYTE = 2 ** 30;

const node = (name: string): ApiObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name },
  status: {
    capacity: { cpu: "4", memory: "8Gi" },
    allocatable: { cpu: "4", memory: "7Gi" },
    conditions: [{ type: "Ready", status: "True" }],
  },
});

const pod = (name: string, phase = "Running"): ApiObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name,
    namespace: "shop",
    labels: { app: "web" },
    ownerReferences: [{ kind: "ReplicaSet", name: "web-1", controller: true }],
  },
  spec: { nodeName: "node-a", containers: [{ name: "web", image: "shop:1" }] },
  status: { phase },
});

const replicaSet: ApiObject = {
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: {
    name: "web-1",
    namespace: "shop",
    ownerReferences: [{ kind: "Deployment", name: "web", controller: true }],
  },
};

const objects = [node("node-a"), node("node-b"), deployment("shop", "web", "shop:1", 2), replicaSet];
const nodes = nodeMetricsList(
  { "node-a": { cpu: "1250340112n", memory: "2097152Ki" }, "node-b": { cpu: "250m", memory: "1Gi" } },
  AT,
);

let server: FakeApiServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A cluster that serves these groups, each as it is served today. */
function seen(more: ApiObject[], groups: string[]): ClusterView {
  const { view } = new MadeUpCluster([...objects, ...more], { groups });
  const served = new Map([...(view.api.groups ?? []), ...groups.map((group) => [group, ["v1beta1"]] as const)]);
  return { ...view, api: { ...view.api, groups: served } };
}

async function read(more: ApiObject[], answer: Answer, groups = ["metrics.k8s.io"], limitMs = 5_000) {
  server = await startFakeApiServer(answer);
  const access = await ApiAccess.open(server.kubeconfig());
  const view = seen(more, groups);
  const facts = new ClusterFacts(view);
  const { items } = facts.describe(new Set(), WELL_AT);
  const readings = new ClusterReadings({ client: new ApiClient(access), view, ...quiet, nowMs: () => 1000 * WELL_AT });
  const told = await readings.read({ items, reader: facts.reader }, limitMs, new AbortController().signal);
  access.close();
  const entity = (kind: string, key: string) =>
    told.samples.find((sample) => sample.kind === kind && sample.key === key);
  return { ...told, entity };
}

const metrics =
  (pods: Parameters<typeof podMetricsList>[0], at = AT): Answer =>
  (path, _, response) => {
    if (!answerMetrics(path, response, { nodes, pods: podMetricsList(pods, at) })) answerStatus(response, 404);
  };

describe("the use that the metrics API tells", () => {
  const web = [
    { cpu: "100m", memory: "64Mi" },
    { cpu: "25500u", memory: "1Mi" },
  ];

  it("is that of each node, of the cluster, and summed by application over its running pods", async () => {
    const { entity, sources } = await read(
      [pod("web-1-a"), pod("web-1-b"), pod("web-1-c", "Pending"), pod("web-1-d", "Succeeded")],
      metrics({ "shop/web-1-a": web, "shop/web-1-b": web, "kube-system/dns": web }),
    );
    expect(entity("machine", "node-a")?.readings).toEqual({
      cpuUsedCores: 1.250340112,
      memoryTotalBytes: 8 * GIBIBYTE,
      memoryAvailableBytes: 6 * GIBIBYTE,
    });
    expect(entity("cluster", "cluster")?.readings).toMatchObject({
      cpuUsedCores: 1.500340112,
      memoryUsedBytes: 3 * GIBIBYTE,
    });
    expect(entity("application", "shop/shop")?.readings).toMatchObject({
      cpuUsedCores: 0.251,
      memoryUsedBytes: 130 * 2 ** 20,
    });
    expect([...sources]).toEqual([
      ["nodes.metrics.k8s.io", { status: "synced", version: "v1beta1", since: WELL_AT }],
      ["pods.metrics.k8s.io", { status: "synced", version: "v1beta1", since: WELL_AT }],
    ]);
  });

  it("is unknown for an application of which one running pod has no figure yet: a part is not the whole", async () => {
    const { entity } = await read([pod("web-1-a"), pod("web-1-b")], metrics({ "shop/web-1-a": web }));
    expect(entity("application", "shop/shop")?.unknown).toMatchObject({
      cpuUsedCores: { code: "not_yet" },
      memoryUsedBytes: { code: "not_yet" },
    });
    expect(entity("application", "shop/shop")?.readings).not.toHaveProperty("cpuUsedCores");
  });

  it("is unknown where it is older than five minutes", async () => {
    const old = new Date(1000 * WELL_AT - 301_000).toISOString();
    const { entity } = await read([pod("web-1-a")], metrics({ "shop/web-1-a": web }, old));
    expect(entity("application", "shop/shop")?.unknown).toMatchObject({ cpuUsedCores: { code: "not_yet" } });
  });

  it("is unknown, never nought, where the cluster has no metrics server, and nobody is asked", async () => {
    const { entity, sources, samples } = await read([pod("web-1-a")], metrics({}), []);
    expect(entity("cluster", "cluster")?.unknown?.cpuUsedCores).toEqual({
      code: "not_offered",
      detail: "the cluster serves no metrics.k8s.io: no metrics server",
    });
    expect(entity("cluster", "cluster")?.readings).not.toHaveProperty("memoryUsedBytes");
    expect(samples.some(({ kind }) => kind === "machine")).toBe(false);
    expect([sources.size, server?.asked]).toEqual([0, []]);
  });

  it.each([
    [403, "not_permitted", "denied", "403: nodes.metrics.k8s.io is forbidden"],
    [503, "read_failed", "failing", "503: the server is currently unable to handle the request"],
  ] as const)(
    "with %i it is unknown for the reason %s, and the source tells it",
    async (status, code, state, message) => {
      const { entity, sources } = await read([pod("web-1-a")], (_, __, response) => {
        answerStatus(response, status, message.slice(5));
      });
      const detail = `nodes.metrics.k8s.io: ${message}`;
      expect(entity("cluster", "cluster")?.unknown?.cpuUsedCores).toEqual({ code, detail });
      expect(entity("machine", "node-a")?.unknown?.cpuUsedCores).toEqual({ code, detail: "" });
      expect(sources.get("nodes.metrics.k8s.io")).toEqual({ status: state, reason: detail, since: WELL_AT });
    },
  );

  it("is unknown when nobody answers in time, and all else is told", async () => {
    const { entity } = await read([], () => {}, ["metrics.k8s.io"], 100);
    expect(entity("cluster", "cluster")?.readings.nodesTotal).toBe(2);
    expect(entity("cluster", "cluster")?.unknown?.cpuUsedCores).toMatchObject({ code: "read_failed" });
  });
});
