import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiAccess } from "@/agent/kubernetes/api-access";
import { ApiClient } from "@/agent/kubernetes/api-client";
import { ClusterFacts } from "@/agent/kubernetes/facts/cluster-facts";
import { Settler } from "@/agent/settle";
import { AGENT_USER, type Followed, followPlane, grantRole, isSettled, setRules } from "@/agent/testing/followed-plane";
import { type ApiObject, KubePlane, planeMissing } from "@/agent/testing/kube-plane";
import { nodeMetricsList, podMetricsList, startMetricsServer } from "@/agent/testing/metrics-api";
import { ClusterReadings } from "./cluster-readings";

const AT = new Date().toISOString();
const node: ApiObject = { apiVersion: "v1", kind: "Node", metadata: { name: "node-a" } };
const pod: ApiObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "default" },
  spec: { nodeName: "node-a", automountServiceAccountToken: false, containers: [{ name: "web", image: "web:1" }] },
};

describe.skipIf(planeMissing)(
  `the metrics API of a real API server${planeMissing ? ` (skipped: ${planeMissing})` : ""}`,
  { timeout: 120_000 },
  () => {
    let plane: KubePlane;
    let metrics: { close(): Promise<void> };
    let followed: Followed;
    let access: ApiAccess;
    let role: Awaited<ReturnType<typeof grantRole>>;
    let readings: ClusterReadings;

    beforeAll(async () => {
      plane = await KubePlane.start("--disable-admission-plugins=ServiceAccount");
      role = await grantRole(plane);
      await plane.create("nodes", node);
      await plane.setStatus("nodes", node, {
        capacity: { cpu: "2", memory: "4Gi" },
        allocatable: { cpu: "2", memory: "4Gi" },
      });
      await plane.create("pods", pod);
      await plane.setStatus("pods", pod, { phase: "Running" });
      metrics = await startMetricsServer(plane, {
        nodes: nodeMetricsList({ "node-a": { cpu: "312500000n", memory: "1048576Ki" } }, AT),
        pods: podMetricsList({ "default/web": [{ cpu: "5m", memory: "12Mi" }] }, AT),
      });
      await served(plane);
      const kubeconfig = plane.kubeconfig({ user: AGENT_USER });
      followed = await followPlane(kubeconfig);
      await followed.until(isSettled);
      access = await ApiAccess.open(kubeconfig);
      readings = new ClusterReadings({
        client: new ApiClient(access),
        view: followed.view,
        settler: new Settler(),
        isKubeletAsked: false,
        scrape: { isAnnotated: false, named: [] },
      });
    }, 120_000);
    afterAll(async () => {
      access?.close();
      await followed?.stop();
      await metrics?.close();
      await plane?.close();
    }, 60_000);

    async function read() {
      const facts = new ClusterFacts(followed.view);
      const { items } = facts.describe(new Set(), Math.floor(Date.now() / 1000));
      const told = await readings.read({ items, reader: facts.reader }, 10_000, new AbortController().signal);
      const entity = (kind: string) => told.samples.find((sample) => sample.kind === kind);
      return { entity, source: (name: string) => told.sources.get(`${name}.metrics.k8s.io`) };
    }

    it("is read with the role as it ships, through the API server's aggregation", async () => {
      const { entity, source } = await read();
      expect(entity("cluster")?.readings).toMatchObject({ cpuUsedCores: 0.3125, memoryUsedBytes: 2 ** 30 });
      expect(entity("machine")).toMatchObject({ key: "node-a", readings: { memoryAvailableBytes: 3 * 2 ** 30 } });
      expect(entity("application")?.readings).toMatchObject({ cpuUsedCores: 0.005, memoryUsedBytes: 12 * 2 ** 20 });
      expect(source("nodes")).toMatchObject({ status: "synced", version: "v1beta1" });
    });

    it("is unknown without the permission, and the source tells it", async () => {
      await setRules(
        plane,
        role,
        role.rules.filter(({ apiGroups }) => !apiGroups.includes("metrics.k8s.io")),
      );
      await untilAllowed(plane, false);
      const { entity, source } = await read();
      expect(entity("cluster")?.unknown?.cpuUsedCores?.code).toBe("not_permitted");
      expect(entity("application")?.unknown?.memoryUsedBytes?.code).toBe("not_permitted");
      expect(source("pods")).toMatchObject({ status: "denied", reason: expect.stringContaining("forbidden") });
      await setRules(plane, role, role.rules);
      await untilAllowed(plane, true);
    });

    it("is unknown once the metrics server is gone, and never the figure of before", async () => {
      await metrics.close();
      const { entity, source } = await read();
      expect(entity("cluster")?.readings).not.toHaveProperty("cpuUsedCores");
      expect(entity("cluster")?.unknown?.cpuUsedCores?.code).toBe("read_failed");
      expect(source("nodes")?.status).toBe("failing");
    });
  },
);

/** The API server serves a new API once it has reached the server behind it. */
async function served(plane: KubePlane): Promise<void> {
  await until(async () => {
    await plane.call("GET", "/apis/metrics.k8s.io/v1beta1/nodes");
    const { groups } = (await plane.call("GET", "/apis")) as { groups: { name: string }[] };
    return groups.some(({ name }) => name === "metrics.k8s.io");
  });
}

/** A role that was changed holds once the API server has heard of it. */
async function untilAllowed(plane: KubePlane, isAllowed: boolean): Promise<void> {
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: { user: AGENT_USER, resourceAttributes: { group: "metrics.k8s.io", resource: "pods", verb: "list" } },
  };
  await until(async () => {
    const { status } = (await plane.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)) as {
      status: { allowed: boolean };
    };
    return status.allowed === isAllowed;
  });
}

/** Asks again until it is so; the test's own time limit ends it. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo().catch(() => false))) await new Promise(setImmediate);
}
