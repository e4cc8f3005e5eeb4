import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createJoinToken } from "@/server/agents/commands";
import { appRouter } from "@/server/root";
import { batchOf, factsOf } from "@/server/testing/batches";
import { createEdge, type Edge, enrolEdge, type Gateway, pushBatch, startGateway } from "@/server/testing/edge";
import type { EntityReadings } from "@/server/testing/entity-readings";
import { nodeItem, source, type TestItems, wholeMessage } from "@/server/testing/inventories";
import { createMember, createOrganisation, createSite, type Person, signIn } from "@/server/testing/people";
import { openSession } from "@/server/testing/session";
import { openStage, type Stage } from "@/server/testing/stage";
import { createCallerFactory } from "@/server/trpc";

let stage: Stage;
let gateway: Gateway;
let owner: Person;
let limited: Person;
let harbour: string;
const edges = new Map<string, Edge>();

const UUID = "11111111-2222-4333-8444-555555555555";
const judged = (health: string, reasons: unknown[] = []) => ({ health, reasons });
const part = (name: string, health: string) => ({
  system: "flux",
  type: "Kustomization",
  namespace: "flux-system",
  name,
  ...judged(health, health === "healthy" ? [] : [{ code: "suspended" }]),
});
const HARBOUR: TestItems = {
  source: { nodes: source(), pods: source(), persistentvolumeclaims: source("denied") },
  cluster: {
    cluster: { gitVersion: "v1.33.1+k3s1", distribution: "k3s", provider: "hetzner_cloud", controlPlane: "single" },
  },
  node: {
    a: nodeItem({ systemUuid: UUID.toUpperCase(), containerRuntime: "containerd://2.0.4-k3s2" }),
    b: nodeItem({ health: "failed", conditions: { Ready: { status: "False" } }, kubeletVersion: "v1.28.1+k3s1" }),
    c: { health: "not an item of this version" },
  },
  system: {
    flux: { proof: "group", version: "v2.5.1", parts: { total: 2, healthy: 1, unknown: 0 }, ...judged("paused") },
  },
  part: {
    "flux/Kustomization/flux-system/apps": part("apps", "paused"),
    "flux/Kustomization/flux-system/base": part("base", "healthy"),
  },
};

async function enrol(name: string, token: string, items: TestItems | null): Promise<void> {
  const uid = `uid of ${name}`;
  const edge = await enrolEdge(gateway, token, createEdge(name), { clusterUid: uid, systemUuid: null });
  edges.set(name, edge);
  if (!items) return;
  const session = await openSession(gateway, edge);
  const answer = await session.send(wholeMessage(items, uid));
  await session.close();
  expect(answer.type).toBe("acknowledged");
}

beforeAll(async () => {
  stage = await openStage();
  vi.stubEnv("DATABASE_URL", stage.urls.appUrl);
  vi.stubEnv("AUTH_SECRET", "a secret for tests, of at least 32 characters");
  const organisation = await createOrganisation(stage, "clusters");
  owner = organisation.people.owner;
  limited = await createMember(stage, organisation.id, {
    email: "limited@clusters.test",
    role: "viewer",
    scopeSelector: "region=south",
  });
  gateway = await startGateway(stage.database);
  const tokenOf = async (siteId: string) =>
    (
      await createJoinToken(await signIn(stage, owner), {
        ...{ name: "Rack", siteId, labels: {}, usesMax: 1000, hoursToLive: 1, isApprovalRequired: false },
      })
    ).token;
  const north = await tokenOf(await createSite(stage, organisation.id, "North", { region: "north" }));
  await enrol("harbour", north, HARBOUR);
  await enrol("empty", north, null);
  await enrol("inland", await tokenOf(await createSite(stage, organisation.id, "South", { region: "south" })), {
    source: { nodes: source(), pods: source() },
    cluster: { cluster: { gitVersion: "v1.36.2", distribution: "upstream", controlPlane: "replicated" } },
    node: { z: nodeItem() },
  });
  const machine = await enrolEdge(gateway, north, createEdge("box"), { systemUuid: UUID });
  await pushBatch(
    gateway,
    machine,
    batchOf({ sequence: 1 }, { facts: factsOf({ hostname: { value: "box" }, systemUuid: { value: UUID } }) }),
  );
  const rows = await stage.rows<{ id: string }>("select id from clusters where name = 'harbour'");
  harbour = rows[0]?.id ?? "";
  // As frames would: an inventory alone is no contact of readings.
  await stage.admin.query("update agents set last_received_at = now() where hostname in ('harbour', 'inland')");
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await gateway.close();
  await stage.close();
});

const api = async (person = owner) => createCallerFactory(appRouter)({ caller: await signIn(stage, person) }).clusters;

describe("the list of clusters", () => {
  test("shows the worst first, and counts as known only what is connected and told", async () => {
    const { rows, total, known } = await (await api()).list({});
    expect(rows.map(({ name, health, connectivity }) => [name, health, connectivity])).toEqual([
      ["harbour", "degraded", "online"],
      ["empty", "unknown", "never"],
      ["inland", "healthy", "online"],
    ]);
    expect({ total, known }).toEqual({ total: 3, known: 2 });
    expect(rows[1]).toMatchObject({ nodesTotal: null, nodesReady: null, gitVersion: null, claimedBytes: null });
    expect(rows[1]?.support.state).toBe("unknown");
    expect(rows[0]).toMatchObject({ nodesReady: 2 - 1, claimedBytes: null, sourcesUnknown: 1 });
  });

  test.each([
    [{ search: "HARB" }, ["harbour"]],
    [{ search: "hetzner" }, ["harbour"]],
    [{ search: "%" }, []],
    [{ selector: "@health=healthy" }, ["inland"]],
    [{ selector: "@connection=never" }, ["empty"]],
    [{ selector: "@distribution=k3s" }, ["harbour"]],
    [{ sort: "version" as const }, ["harbour", "inland", "empty"]],
    [{ sort: "version" as const, order: "desc" as const }, ["inland", "harbour", "empty"]],
    [{ limit: 1, cursor: 1, sort: "name" as const }, ["harbour"]],
  ])("of %j is %j", async (input, names) => {
    expect((await (await api()).list(input)).rows.map(({ name }) => name)).toEqual(names);
  });

  test("holds only what this person may see", async () => {
    const { rows, total } = await (await api(limited)).list({});
    expect([rows.map(({ name }) => name), total]).toEqual([["inland"], 1]);
    await expect((await api(limited)).get({ clusterId: harbour })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect((await api(limited)).items({ clusterId: harbour, kind: "node" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  test.each([
    ["online", "active", "now()"],
    ["offline", "active", "now() - interval '1 day'"],
    ["never", "active", "null"],
    ["revoked", "revoked", "now()"],
  ])("says %s in its filter as in its rows", async (connectivity, status, last) => {
    await stage.admin.query(
      `update agents set status = '${status}', last_received_at = ${last} where hostname = 'inland'`,
    );
    const all = await (await api()).list({});
    const filtered = await (await api()).list({ selector: `@connection=${connectivity}` });
    const names = all.rows.filter((row) => row.connectivity === connectivity).map(({ name }) => name);
    expect(names).toContain("inland");
    expect(filtered.rows.map(({ name }) => name).sort()).toEqual(names.sort());
    await stage.admin.query("update agents set status = 'active', last_received_at = now() where hostname = 'inland'");
  });
});

describe("the overview", () => {
  test("names what of clusters needs somebody who may see them", async () => {
    const attentionOf = async (person: Person) => {
      const overview = createCallerFactory(appRouter)({ caller: await signIn(stage, person) }).fleet.overview;
      return (await overview()).attention.filter(({ kind }) => kind.startsWith("cluster"));
    };
    expect((await attentionOf(owner)).map(({ kind, name, figure }) => [kind, name, figure])).toEqual([
      ["clusterSupport", "", 1],
      ["clusterNodes", "harbour", 2],
    ]);
    expect(await attentionOf(limited)).toEqual([]);
  });
});

describe("one cluster", () => {
  test("tells what it is, what could not be read, and versions with support and skew", async () => {
    const cluster = await (await api()).get({ clusterId: harbour });
    expect(cluster).toMatchObject({
      uid: "uid of harbour",
      cluster: { controlPlane: "single" },
      counts: { node: 3, part: 2, source: 3, system: 1, cluster: 1 },
      support: { product: "kubernetes", cycle: "1.33", isDerived: true },
    });
    expect(cluster.sources.find(({ key }) => key === "persistentvolumeclaims")?.status).toBe("denied");
    expect(
      cluster.versions.map(({ component, version, nodes, skew }) => [component, version, nodes, skew?.isAllowed]),
    ).toEqual([
      ["kubernetes", "v1.33.1+k3s1", null, undefined],
      ["kubelet", "v1.28.1+k3s1", 1, false],
      ["kubelet", "v1.33.1+k3s1", 1, true],
      ["containerd", "2.0.4-k3s2", 1, undefined],
      ["flux", "v2.5.1", null, undefined],
    ]);
    expect(cluster.changes.map(({ kind }) => kind)).toEqual(["first_seen"]);
  });

  test("lists its nodes with those first that are not well, and the machines that they are", async () => {
    const { rows, total, unreadable, machines } = await (await api()).items({ clusterId: harbour, kind: "node" });
    expect(rows.map(({ key, item }) => [key, item.health])).toEqual([
      ["b", "failed"],
      ["a", "healthy"],
    ]);
    expect([total, unreadable]).toEqual([3, 1]);
    expect(machines).toEqual({ a: { id: expect.any(String), name: "box" } });
  });

  test("tells what was measured of it and of its nodes; what was not is not there", async () => {
    const edge = edges.get("harbour");
    if (!edge) throw new Error("harbour is not enrolled");
    const entities: EntityReadings[] = [
      { kind: "cluster", key: "cluster", readings: { cpuUsedCores: 1.5, memoryUsedBytes: 2 ** 30 } },
      { kind: "machine", key: "a", readings: { cpuUsedCores: 0.25 } },
    ];
    await pushBatch(gateway, edge, batchOf({ sequence: 2 }, { entities }));
    await gateway.writeStates();
    const { readings } = await (await api()).get({ clusterId: harbour });
    expect(readings).toMatchObject({ readings: { cpuUsedCores: 1.5, memoryUsedBytes: 2 ** 30 } });
    expect(readings?.unknown.nodesTotal?.code).toEqual(expect.any(String));
    const nodes = await (await api()).items({ clusterId: harbour, kind: "node" });
    expect(Object.keys(nodes.readings)).toEqual(["a"]);
    expect(nodes.readings.a).toMatchObject({ readings: { cpuUsedCores: 0.25 }, observedAt: expect.any(Date) });
  });

  test("lists the parts of a system, by health and by name", async () => {
    const of = async (more: object) =>
      (await (await api()).items({ clusterId: harbour, kind: "part", ...more })).rows.map(({ item }) => item.name);
    expect(await of({ system: "flux" })).toEqual(["apps", "base"]);
    expect(await of({ system: "velero" })).toEqual([]);
    expect(await of({ health: ["healthy"] })).toEqual(["base"]);
    expect(await of({ search: "APP" })).toEqual(["apps"]);
  });
});
