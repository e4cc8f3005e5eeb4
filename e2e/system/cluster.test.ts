import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAllYaml } from "@kubernetes/client-node";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiObject, KubePlane, planeMissing } from "@/agent/testing/kube-plane";
import { createTestDatabase, type TestDatabase } from "@/db/testing/test-database";
import { createJoinToken } from "./join-token";
import { freePort, type Program, startAgent, startGateway, until } from "./programs";

/** From the objects of a real API server, through the built agent and gateway, to what the database tells of it. */

let database: TestDatabase;
let admin: pg.Client;
let plane: KubePlane;
let gateway: Program;
let gatewayPort: number;
const dataFolder = mkdtempSync(join(tmpdir(), "fernblick-agent-"));
const running: Program[] = [];

beforeAll(async () => {
  if (planeMissing) return;
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  gatewayPort = await freePort();
  [plane, gateway] = await Promise.all([KubePlane.start(), startGateway(database.appUrl, gatewayPort)]);
}, 120_000);
afterAll(async () => {
  if (planeMissing) return;
  await Promise.all([...running, gateway].map((program) => program.end("SIGKILL")));
  await Promise.all([plane.close(), admin.end()]);
  await database.drop();
  rmSync(dataFolder, { recursive: true, force: true });
}, 60_000);

const rowOf = async (): Promise<Record<string, unknown>> =>
  (await admin.query<Record<string, unknown>>("select * from clusters")).rows[0] ?? {};
const itemOf = async (kind: string, key: string): Promise<Record<string, unknown> | null> => {
  const { rows } = await admin.query<{ item: Record<string, unknown> }>(
    `select item from cluster_items i join clusters c on c.id = i.cluster_id and c.generation = i.generation
     where i.kind = $1 and i.key = $2`,
    [kind, key],
  );
  return rows[0]?.item ?? null;
};
const nodeObject = (name: string) => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, labels: { "node-role.kubernetes.io/control-plane": "" } },
  spec: { providerID: `hcloud://${name}` },
});
const nodeStatus = (ready: "True" | "False", bootID = "boot-1") => ({
  capacity: { cpu: "4", memory: "8Gi", pods: "110" },
  allocatable: { cpu: "3800m", memory: "7Gi", pods: "110" },
  conditions: [{ type: "Ready", status: ready, reason: "Kubelet", lastTransitionTime: "2026-01-01T00:00:00Z" }],
  nodeInfo: {
    machineID: "m",
    systemUUID: "11111111-2222-4333-8444-555555555555",
    bootID,
    kernelVersion: "6.12",
    osImage: "Debian GNU/Linux 13",
    containerRuntimeVersion: "containerd://2.1",
    kubeletVersion: "v1.33.1+k3s1",
    kubeProxyVersion: "v1.33.1",
    operatingSystem: "linux",
    architecture: "amd64",
  },
});
/** With the rights of the manifest and no others. */
const SERVICE_ACCOUNT = "system:serviceaccount:fernblick:fernblick-agent";
const PLURALS: Record<string, string> = {
  Namespace: "namespaces",
  ServiceAccount: "serviceaccounts",
  ClusterRole: "clusterroles",
  ClusterRoleBinding: "clusterrolebindings",
  StatefulSet: "statefulsets",
};

async function applyManifests(): Promise<void> {
  for (const name of ["agent-role.yaml", "agent.yaml"]) {
    const text = readFileSync(join(import.meta.dirname, "../../deploy/kubernetes", name), "utf8");
    for (const object of loadAllYaml(text) as ApiObject[]) await plane.create(PLURALS[object.kind] ?? "", object);
  }
}

const run = () => {
  const kubeconfig = plane.kubeconfig({ user: SERVICE_ACCOUNT });
  const agent = startAgent(["run", "--kubernetes", "--kubeconfig", kubeconfig], dataFolder, 1);
  running.push(agent);
  return agent;
};

describe.skipIf(planeMissing)(`a cluster on its way to the console${planeMissing ? ` (${planeMissing})` : ""}`, () => {
  test("is told as a whole, then as it changes, with readings, through the death of the agent", {
    timeout: 240_000,
  }, async () => {
    await applyManifests();
    await plane.create("nodes", nodeObject("a"));
    await plane.setStatus("nodes", nodeObject("a"), nodeStatus("True"));
    const enrolment = startAgent(
      [
        "enrol",
        ...["--gateway", `http://127.0.0.1:${gatewayPort}`, "--token", await createJoinToken(admin)],
        ...["--kubernetes", "--kubeconfig", plane.kubeconfig({ user: SERVICE_ACCOUNT }), "--cluster-name", "harbour"],
      ],
      dataFolder,
      1,
    );
    expect(await enrolment.ended, enrolment.output()).toBe(0);
    const agent = run();
    await until("the cluster is known", async () => (await rowOf()).nodes_total === 1);
    expect(await rowOf()).toMatchObject({
      name: "harbour",
      git_version: "v1.20.2",
      provider: "hetzner_cloud",
      nodes_ready: 1,
      sources_unknown: 0,
      cpu_allocatable_cores: 3.8,
    });
    expect(await itemOf("node", "a")).toMatchObject({ health: "healthy", kubeletVersion: "v1.33.1+k3s1" });
    await until("it is read", async () => {
      const { rows } = await admin.query(
        "select 1 from telemetry_entities where kind = 'cluster' and state is not null",
      );
      return rows.length === 1;
    });

    await agent.end("SIGKILL");
    await plane.create("nodes", nodeObject("b"));
    await plane.setStatus("nodes", nodeObject("b"), nodeStatus("False"));
    await plane.setStatus("nodes", nodeObject("a"), nodeStatus("True", "boot-2"));
    const second = run();
    await until("the second node is known", async () => (await rowOf()).nodes_total === 2);
    expect(await rowOf()).toMatchObject({ nodes_ready: 1, health: "degraded" });
    expect(await itemOf("node", "b")).toMatchObject({ health: "failed" });

    await plane.delete("nodes", nodeObject("b"));
    await until("it is gone", async () => (await rowOf()).nodes_total === 1);
    const { rows } = await admin.query<{ kind: string; subject: string }>(
      "select kind, subject from cluster_changes order by id",
    );
    expect(rows.map(({ kind, subject }) => (subject ? `${kind} ${subject}` : kind))).toEqual([
      "first_seen",
      "node_rebooted a",
      "node_added b",
      "node_removed b",
    ]);
    expect(await second.end("SIGTERM"), second.output()).toBe(0);
  });
});
