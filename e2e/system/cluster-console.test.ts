import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAllYaml } from "@kubernetes/client-node";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { definition } from "@/agent/testing/followed-plane";
import { type ApiObject, KubePlane, planeMissing } from "@/agent/testing/kube-plane";
import { CONTROLLERS, installObjects, patchObject, putObject, readAllObjects } from "@/agent/testing/plane-objects";
import { SYSTEMS } from "@/contract/cluster/systems";
import { seedDemoAccounts } from "@/db/seed/demo-accounts";
import { createTestDatabase, type TestDatabase } from "@/db/testing/test-database";
import { ConsoleVisitor } from "./console-visitor";
import { createJoinToken } from "./join-token";
import { freePort, type Program, startAgent, startConsole, startGateway, until } from "./programs";
import { startWire, type Wire } from "./wire";

/**
 * Every system of the product's list, from its objects in a real API server through the built agent, gateway and
 * console to what the console's API answers.
 */

const OWNER = { role: "owner", email: "owner@chain.test", password: "a long password for tests" } as const;
/** With the rights of the manifest and no others. */
const SERVICE_ACCOUNT = "system:serviceaccount:fernblick:fernblick-agent";

const CAUGHT_UP_MS = 150_000;

type Judged = { health: string; reasons: { code: string; detail?: string }[] };
type Item = Judged & Record<string, unknown>;
type Page = { rows: { key: string; item: Item }[]; total: number; unreadable: number };
type Rule = { resources: string[] };
type ClusterRow = {
  id: string;
  sourcesUnknown: number | null;
  claimedBytes: number | null;
  name: string;
  health: string;
  distribution: string | null;
  provider: string | null;
};

let database: TestDatabase;
let admin: pg.Client;
let plane: KubePlane;
let gateway: Program;
let consoleProgram: Program;
let agent: Program;
let wire: Wire;
let visitor: ConsoleVisitor;
let clusterId = "";
const objects = readAllObjects(Math.floor(Date.now() / 1000));
const dataFolder = mkdtempSync(join(tmpdir(), "fernblick-agent-"));

beforeAll(async () => {
  if (planeMissing) return;
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  await seedDemoAccounts(database.adminUrl, [OWNER]);
  const [gatewayPort, consolePort] = [await freePort(), await freePort()];
  const consoleUrl = `http://localhost:${consolePort}`;
  [plane, gateway, consoleProgram] = await Promise.all([
    KubePlane.start(),
    startGateway(database.appUrl, gatewayPort),
    startConsole(consolePort, {
      DATABASE_URL: database.appUrl,
      AUTH_SECRET: randomBytes(32).toString("hex"),
      CONSOLE_URL: consoleUrl,
    }),
  ]);
  visitor = new ConsoleVisitor(consoleUrl);
  await visitor.signIn(OWNER.email, OWNER.password);
  for (const object of roleObjects()) await plane.create(`${object.kind.toLowerCase()}s`, object);
  await installObjects(plane, [...objects, ...CONTROLLERS]);
  for (const [name, more] of Object.entries(TALOS)) await putNode(name, more);
  // An API server that is started again may have another port.
  wire = await startWire(() => plane.apiPort);
  const kubeconfig = plane.kubeconfig({ user: SERVICE_ACCOUNT, port: wire.port });
  const token = await createJoinToken(admin);
  const where = ["--gateway", `http://127.0.0.1:${gatewayPort}`, "--token", token];
  const which = ["--kubernetes", "--kubeconfig", kubeconfig];
  const enrolment = startAgent(["enrol", ...where, ...which, "--cluster-name", "harbour"], dataFolder, 1);
  expect(await enrolment.ended, enrolment.output()).toBe(0);
  agent = startAgent(["run", ...which], dataFolder, 1);
  await until("the console knows the cluster", async () => {
    const [row] = await rows();
    clusterId = row?.id ?? "";
    return row?.distribution != null;
  });
}, 300_000);
afterAll(async () => {
  if (planeMissing) return;
  await Promise.all([agent, gateway, consoleProgram].map((program) => program?.end("SIGKILL")));
  // Open watches would hold the API server's end up.
  await wire?.close();
  await Promise.all([plane?.close(), admin?.end()]);
  await database?.drop();
  rmSync(dataFolder, { recursive: true, force: true });
}, 60_000);

/** The namespace, the account and the role of the manifests. */
function roleObjects(): ApiObject[] {
  const texts = ["agent-role.yaml", "agent.yaml"].map((name) =>
    readFileSync(join(import.meta.dirname, "../../deploy/kubernetes", name), "utf8"),
  );
  const all = texts.flatMap((text) => loadAllYaml(text) as ApiObject[]);
  return all.filter(({ kind }) => kind !== "StatefulSet");
}

type NodeMore = { providerID: string; osImage: string; labels?: Record<string, string>; ready?: "True" | "False" };
const TALOS: Record<string, NodeMore> = {
  n1: { providerID: "hcloud://1", osImage: "Talos (v1.11.2)", labels: { "node-role.kubernetes.io/control-plane": "" } },
  n2: { providerID: "hcloud://2", osImage: "Talos (v1.11.2)" },
};
const node = (name: string, { providerID, osImage, labels = {} }: NodeMore): ApiObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, labels },
  spec: { providerID },
  status: {
    capacity: { cpu: "4", memory: "8Gi", pods: "110" },
    allocatable: { cpu: "3800m", memory: "7Gi", pods: "110" },
    conditions: [{ type: "Ready", status: "True", reason: "Kubelet", lastTransitionTime: "2026-01-01T00:00:00Z" }],
    nodeInfo: {
      machineID: name,
      systemUUID: `uuid-${name}`,
      bootID: `boot-${name}`,
      kernelVersion: "6.12",
      osImage,
      containerRuntimeVersion: "containerd://2.1.4",
      kubeletVersion: "v1.20.2",
      kubeProxyVersion: "v1.20.2",
      operatingSystem: "linux",
      architecture: "amd64",
    },
  },
});
const putNode = (name: string, more: NodeMore) => putObject(plane, node(name, more));

const rows = async () => (await visitor.query<{ rows: ClusterRow[] }>("clusters.list")).rows;
async function items(kind: string, more: object = {}): Promise<Map<string, Item>> {
  const found = new Map<string, Item>();
  for (let cursor = 0, total = 1; cursor < total; ) {
    const page = await visitor.query<Page>("clusters.items", { clusterId, kind, cursor, limit: 200, ...more });
    expect(page.unreadable).toBe(0);
    for (const { key, item } of page.rows) found.set(key, item);
    cursor += page.rows.length;
    total = page.total;
  }
  return found;
}
const verdictOf = (item: Item | undefined) =>
  item ? [item.health, ...item.reasons.map(({ code }) => code)].join(" ") : "not there";
const verdicts = async (kind: string) =>
  Object.fromEntries([...(await items(kind))].map(([key, item]) => [key, verdictOf(item)]));
/** An object of the set, by kind and name. */
function find(name: string): ApiObject {
  const [kind, objectName] = name.split(" ");
  const found = objects.filter(
    (object) => object.kind === kind && (!objectName || object.metadata.name === objectName),
  );
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} objects are ${name}`);
  return found[0];
}

/** Systems in the objects of which something is made ill, and what is then said of it. */
const TRAPS: readonly {
  object: string;
  patch: (object: ApiObject) => Record<string, unknown>;
  part: string;
  says: string;
}[] = [
  {
    // The last backup of it succeeded, and a restore would lose all that came since.
    object: "Cluster shop-db",
    patch: withCondition("ContinuousArchiving", "False"),
    part: "cloudnative_pg/Cluster/shop/shop-db",
    says: "failed archiving_fails",
  },
  {
    // Ready stays as it was.
    object: "Kustomization apps",
    patch: () => ({ spec: { suspend: true } }),
    part: "flux/Kustomization/flux-system/apps",
    says: "paused suspended",
  },
  {
    // Ready stays, and nobody comes by any more.
    object: "ExternalSecret shop-db",
    patch: () => ({ status: { refreshTime: "2026-01-01T00:00:00Z" } }),
    part: "external_secrets/ExternalSecret/shop/shop-db",
    says: "degraded stale",
  },
  {
    object: "Backup nightly-20261120020000",
    patch: () => ({ status: { phase: "PartiallyFailed", errors: 1 } }),
    part: "velero/Backup/velero/nightly-20261120020000",
    says: "degraded last_backup_partial",
  },
  {
    object: "Volume pvc-1",
    patch: () => ({ status: { robustness: "faulted" } }),
    part: "longhorn/Volume/longhorn-system/pvc-1",
    says: "failed faulted",
  },
];

function withCondition(type: string, status: string) {
  return (object: ApiObject) => {
    const { conditions } = object.status as { conditions: { type: string }[] };
    return { status: { conditions: conditions.map((one) => (one.type === type ? { ...one, status } : one)) } };
  };
}

describe.skipIf(planeMissing)(
  `every system, up to the console${planeMissing ? ` (skipped: ${planeMissing})` : ""}`,
  { timeout: 400_000 },
  () => {
    test("is recognised and healthy when all is well, and the cluster by what proves it", async () => {
      expect(await verdicts("system")).toEqual(
        Object.fromEntries(Object.keys(SYSTEMS).map((system) => [system, "healthy"])),
      );
      const parts = Object.entries(await verdicts("part")).filter(([, verdict]) => verdict !== "healthy");
      expect(Object.fromEntries(parts)).toEqual({
        "longhorn/RecurringJob/longhorn-system/nightly": "unknown no_status",
        "longhorn/Volume/longhorn-system/pvc-2": "paused detached",
      });
      expect((await rows())[0]).toMatchObject({
        name: "harbour",
        health: "healthy",
        connectivity: "online",
        distribution: "talos",
        provider: "hetzner_cloud",
        nodesTotal: 2,
        sourcesUnknown: 0,
        support: { state: "ended", cycle: "1.20", isDerived: true },
      });
    });

    test("tells Longhorn's five figures of a disk apart", async () => {
      const parts = await items("part", { system: "longhorn" });
      // Of a disk the free bytes are told in steps of a thousandth, so that a steady one is not told each time.
      expect(parts.get("longhorn/Disk/longhorn-system/n1:default-disk")?.figures).toMatchObject({
        maximumBytes: 100_000_000_000,
        availableBytes: expect.closeTo(60_000_000_000, -8),
        reservedBytes: 30_000_000_000,
        scheduledBytes: 50_000_000_000,
      });
      expect(parts.get("longhorn/Volume/longhorn-system/pvc-1")?.figures).toMatchObject({
        actualBytes: expect.closeTo(7_340_032_000, -8),
      });
    });

    test("says what is ill where the plain status does not, and recognises other nodes", async () => {
      for (const { object, patch } of TRAPS) await patchObject(plane, find(object), patch(find(object)));
      for (const name of Object.keys(TALOS)) await plane.delete("nodes", node(name, TALOS.n1 as NodeMore));
      await putNode("m1", {
        providerID: "aws:///eu-central-1a/i-1",
        osImage: "Ubuntu 24.04.3 LTS",
        labels: { "microk8s.io/cluster": "true", "topology.kubernetes.io/region": "eu-central-1" },
      });
      await until("the console knows the new node", async () => (await rows())[0]?.distribution === "microk8s");
      expect((await rows())[0]).toMatchObject({ provider: "aws", region: "eu-central-1", health: "degraded" });
      const told = await verdicts("part");
      expect(Object.fromEntries(TRAPS.map(({ part }) => [part, told[part]]))).toEqual(
        Object.fromEntries(TRAPS.map(({ part, says }) => [part, says])),
      );
      const cluster = await visitor.query<{ changes: { kind: string; subject: string }[] }>("clusters.get", {
        clusterId,
      });
      const changes = cluster.changes.map(({ kind, subject }) => `${kind} ${subject}`);
      expect(changes).toEqual(expect.arrayContaining(["node_removed n1", "node_added m1", "system_health longhorn"]));
    });

    test("goes on through what goes wrong at once: it catches up, and says what it does not know", async () => {
      const certificates = async () =>
        (await visitor.query<Page>("clusters.items", { clusterId, kind: "part", system: "cert_manager", limit: 1 }))
          .total;
      const { status: _, ...big } = find("Certificate");
      const named = (name: string, dnsNames: string[]) => ({
        ...big,
        metadata: { name, namespace: "shop" },
        spec: { ...(big.spec as object), dnsNames },
      });
      for (let from = 0; from < 2000; from += 100) {
        const some = Array.from({ length: 100 }, (_, at) => named(`many-${from + at}`, ["shop.example.org"]));
        await Promise.all(some.map((one) => plane.create("certificates", one)));
      }
      // Near the largest that etcd takes.
      await plane.create(
        "certificates",
        named(
          "large",
          Array.from({ length: 10_000 }, (_, at) => `${"x".repeat(90)}${at}`),
        ),
      );
      await until("all of them are known", async () => (await certificates()) === 2002);

      // What is taken away is noticed with the next watch: a running one goes on.
      const role = roleObjects().find(({ kind }) => kind === "ClusterRole") as ApiObject & { rules: Rule[] };
      const rules = role.rules.map((rule) => ({
        ...rule,
        resources: rule.resources.filter((resource) => resource !== "persistentvolumeclaims"),
      }));
      await plane.patch("clusterroles", role, { rules });
      await plane.killApiServer();
      await plane.up();
      await plane.compact();
      await plane.call("DELETE", "/apis/cert-manager.io/v1/namespaces/shop/certificates");
      await plane.create(
        "customresourcedefinitions",
        definition("helmcharts", "helm.cattle.io", ["v9"], "HelmChart", "Namespaced"),
      );
      // It asks again after up to a minute, and gathers changes for a quarter of one.
      await until("the certificates are gone", async () => (await certificates()) === 0, CAUGHT_UP_MS);
      await until("what may not be read is told", async () => (await rows())[0]?.sourcesUnknown === 2, CAUGHT_UP_MS);
      const { sources, claimedBytes, nodesTotal } = await visitor.query<{
        sources: { key: string; status: string; served?: string[] }[];
        claimedBytes: number | null;
        nodesTotal: number | null;
      }>("clusters.get", { clusterId });
      expect({ claimedBytes, nodesTotal }).toEqual({ claimedBytes: null, nodesTotal: 1 });
      const troubled = sources.filter(({ status }) => status !== "synced" && status !== "absent");
      expect(troubled.map(({ key, status, served }) => [key, status, served])).toEqual([
        ["helmcharts.helm.cattle.io", "version_unknown", ["v9"]],
        ["persistentvolumeclaims", "denied", undefined],
      ]);

      expect(agent.process.exitCode, agent.output()).toBeNull();
    });
  },
);
