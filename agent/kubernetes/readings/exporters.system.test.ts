import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { cpus } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiAccess } from "@/agent/kubernetes/api-access";
import { ApiClient } from "@/agent/kubernetes/api-client";
import { ClusterFacts } from "@/agent/kubernetes/facts/cluster-facts";
import { Settler } from "@/agent/settle";
import { AGENT_USER, type Followed, followPlane, grantRole, isSettled } from "@/agent/testing/followed-plane";
import { type ApiObject, KubePlane, planeMissing } from "@/agent/testing/kube-plane";
import { ClusterReadings } from "./cluster-readings";

const EXPORTER = "/usr/bin/prometheus-node-exporter";
const missing = planeMissing ?? (existsSync(EXPORTER) ? null : "no node-exporter on this machine");

const node: ApiObject = { apiVersion: "v1", kind: "Node", metadata: { name: "node-a" } };

function pod(name: string, port: number): ApiObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      annotations: { "prometheus.io/scrape": "true", "prometheus.io/port": String(port) },
    },
    spec: {
      nodeName: "node-a",
      automountServiceAccountToken: false,
      containers: [{ name: "exporter", image: "exporter:1" }],
    },
  };
}

describe.skipIf(missing)(
  `a real node-exporter, found in a real cluster${missing ? ` (skipped: ${missing})` : ""}`,
  { timeout: 120_000 },
  () => {
    let plane: KubePlane;
    let exporter: ChildProcess;
    let followed: Followed;
    let access: ApiAccess;
    let readings: ClusterReadings;
    let closedPort: number;
    let nowMs = Date.now();

    beforeAll(async () => {
      plane = await KubePlane.start("--disable-admission-plugins=ServiceAccount");
      await grantRole(plane);
      await plane.create("nodes", node);
      const port = await freePort();
      closedPort = await freePort();
      exporter = spawn(EXPORTER, [`--web.listen-address=127.0.0.1:${port}`], { stdio: ["ignore", "ignore", "pipe"] });
      await listening(exporter);
      for (const [name, at] of [
        ["exporter", port],
        ["silent", closedPort],
      ] as const) {
        const one = pod(name, at);
        await plane.create("pods", one);
        await plane.setStatus("pods", one, { phase: "Running", podIP: "127.0.0.1", podIPs: [{ ip: "127.0.0.1" }] });
      }
      const kubeconfig = plane.kubeconfig({ user: AGENT_USER });
      followed = await followPlane(kubeconfig);
      await followed.until(
        (view) => isSettled(view) && view.list("pods").get("default/silent")?.status?.podIP !== undefined,
      );
      access = await ApiAccess.open(kubeconfig);
      readings = new ClusterReadings({
        client: new ApiClient(access),
        view: followed.view,
        settler: new Settler(),
        isKubeletAsked: false,
        scrape: { isAnnotated: true, named: [{ node: "edge-box", url: new URL(`http://127.0.0.1:${port}/metrics`) }] },
        nowMs: () => nowMs,
      });
    }, 120_000);
    afterAll(async () => {
      exporter?.kill();
      access?.close();
      await followed?.stop();
      await plane?.close();
    }, 60_000);

    async function read() {
      nowMs += 60_000;
      const facts = new ClusterFacts(followed.view);
      const { items } = facts.describe(new Set(), Math.floor(nowMs / 1000));
      const told = await readings.read({ items, reader: facts.reader }, 10_000, new AbortController().signal);
      const entity = (kind: string, key: string) =>
        told.samples.find((sample) => sample.kind === kind && sample.key === key);
      return { ...told, entity };
    }

    it("gives the node its figures, as the kernel of this machine has them", async () => {
      await read();
      const { entity } = await read();
      const machine = entity("machine", "node-a")?.readings ?? {};
      const totalKib = Number(/^MemTotal:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]);
      expect(machine.memoryTotalBytes).toBe(1024 * totalKib);
      expect(machine.cpuIdleSeconds).toBeGreaterThanOrEqual(0);
      expect(machine.cpuIdleSeconds).toBeLessThan(60 * cpus().length);
      expect(machine.uptimeSeconds).toBeGreaterThan(0);
      expect(entity("machine", "edge-box")?.readings.memoryTotalBytes).toBe(1024 * totalKib);
    });

    it("is told with the endpoint that nobody answers at: which, since when, why", async () => {
      const { sources, entity } = await read();
      const silent = `endpoint/Pod/default/silent@node-a:${closedPort}/metrics`;
      expect(sources.get(silent)).toEqual({
        status: "failing",
        reason: expect.stringMatching(new RegExp(`^http://127\\.0\\.0\\.1:${closedPort}/metrics: .*ECONNREFUSED`)),
        since: expect.any(Number),
      });
      expect(entity("probe", silent)?.readings).toEqual({ isUp: 0 });
      const [, answering] = [...sources].find(([key]) => key.startsWith("endpoint/Pod/default/exporter@")) ?? [];
      expect(answering?.status).toBe("synced");
    });

    it("that ends leaves the figures unknown, and comes back with what was counted meanwhile", async () => {
      const before = (await read()).entity("machine", "node-a")?.readings.cpuUserSeconds ?? 0;
      exporter.kill();
      await new Promise((done) => exporter.once("close", done));
      const { entity, sources } = await read();
      expect(entity("machine", "node-a")).toBeUndefined();
      expect([...sources.values()].filter(({ status }) => status === "failing")).toHaveLength(3);
      const { port } = new URL(
        [...sources.keys()].find((key) => key.includes("http://"))?.slice("endpoint/".length) ?? "",
      );
      exporter = spawn(EXPORTER, [`--web.listen-address=127.0.0.1:${port}`], { stdio: ["ignore", "ignore", "pipe"] });
      await listening(exporter);
      expect((await read()).entity("machine", "node-a")?.readings.cpuUserSeconds).toBeGreaterThanOrEqual(before);
    });
  },
);

/** A port of loopback that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** The exporter says so in its log. */
function listening({ stderr }: ChildProcess): Promise<void> {
  return new Promise((done) => {
    stderr?.on("data", (text: Buffer) => {
      if (/Listening on/i.test(text.toString())) done();
    });
  });
}
