import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Database, openDatabase } from "@/db/client";
import { createJoinToken } from "@/server/agents/commands";
import { appRouter } from "@/server/root";
import { compactOrganisation } from "@/server/telemetry/compact";
import { createEdge, type Edge, enrolEdge, type Gateway, startGateway } from "@/server/testing/edge";
import { source, type TestItems, wholeMessage } from "@/server/testing/inventories";
import { createMember, createOrganisation, createSite, type Person, signIn } from "@/server/testing/people";
import { blockOfReadings, type RecordedMoment } from "@/server/testing/readings";
import { openSession } from "@/server/testing/session";
import { openStage, type Stage } from "@/server/testing/stage";
import { until } from "@/server/testing/until";
import { createCallerFactory } from "@/server/trpc";
import { forecastClusters } from "./forecast-clusters";

const GIB = 1024 ** 3;
const HOUR = 3600;
const DAY = 24 * HOUR;
const DAYS = 20;
const judged = { health: "healthy", reasons: [] };
const claim = (name: string, storageClass: string) => ({
  ...judged,
  ...{ namespace: "shop", name, storageClass, capacityBytes: 100 * GIB, accessModes: [], applications: [] },
});
const part = (system: string, type: string, name: string, figures: Record<string, number>) => ({
  [`${system}/${type}/${system}/${name}`]: { ...judged, system, type, namespace: system, name, figures },
});
const ITEMS: TestItems = {
  source: { persistentvolumeclaims: source() },
  cluster: { cluster: { distribution: "k3s" } },
  claim: { "shop/data": claim("data", "longhorn"), "shop/cache": claim("cache", "local-path") },
  storageClass: {
    longhorn: { provisioner: "driver.longhorn.io", parameters: { numberOfReplicas: "3" } },
    "local-path": { provisioner: "rancher.io/local-path" },
  },
  capacity: {
    "piraeus/a": { storageClass: "longhorn", availableBytes: 5 * GIB },
    "piraeus/b": { storageClass: "longhorn", availableBytes: 7 * GIB },
  },
  part: {
    ...part("longhorn", "Disk", "n1:d1", {
      maximumBytes: 100 * GIB,
      availableBytes: 60 * GIB,
      reservedBytes: 30 * GIB,
      scheduledBytes: 350 * GIB,
    }),
    ...part("longhorn", "Disk", "n2:d1", {}),
    ...part("longhorn", "Node", "n1", { maximumBytes: 100 * GIB }),
    ...part("rook_ceph", "CephCluster", "ceph", {
      totalBytes: 90 * GIB,
      usedBytes: 30 * GIB,
      availableBytes: 60 * GIB,
    }),
    ...part("portworx", "StorageNode", "px", { totalBytes: 50 * GIB, usedBytes: 10 * GIB }),
  },
};

let stage: Stage;
let worker: Database;
let gateway: Gateway;
let owner: Person;
let limited: Person;
let edge: Edge;
let orgId = "";
let clusterId = "";
let newest = 0;

beforeAll(async () => {
  stage = await openStage();
  worker = openDatabase(stage.urls.workerUrl, { applicationName: "test", connectionsMax: 4 });
  vi.stubEnv("DATABASE_URL", stage.urls.appUrl);
  vi.stubEnv("AUTH_SECRET", "a secret for tests, of at least 32 characters");
  const organisation = await createOrganisation(stage, "storage");
  orgId = organisation.id;
  owner = organisation.people.owner;
  limited = await createMember(stage, organisation.id, {
    email: "limited@storage.test",
    role: "viewer",
    scopeSelector: "region=south",
  });
  gateway = await startGateway(stage.database);
  const siteId = await createSite(stage, organisation.id, "North", { region: "north" });
  const { token } = await createJoinToken(await signIn(stage, owner), {
    ...{ name: "Rack", siteId, labels: {}, usesMax: 10, hoursToLive: 1, isApprovalRequired: false },
  });
  edge = await enrolEdge(gateway, token, createEdge("harbour"), { clusterUid: "uid", systemUuid: null });
  const session = await openSession(gateway, edge);
  expect((await session.send(wholeMessage(ITEMS))).type).toBe("acknowledged");
  const [row] = await stage.rows<{ id: string }>("select id from clusters");
  clusterId = row?.id ?? "";
  newest = Math.floor(Date.now() / 1000 / HOUR) * HOUR - HOUR;
  const moments = Array.from({ length: DAYS * 24 }, (_, index): RecordedMoment => {
    const used = (40 + index / 24) * GIB;
    const readings = { sizeBytes: 100 * GIB, usedBytes: used, availableBytes: 95 * GIB - used };
    return { at: newest - (DAYS * 24 - 1 - index) * HOUR, readings: { "shop/data": readings } };
  });
  for (let from = 0; from < moments.length; from += 48) {
    const block = blockOfReadings([{ kind: "volume", key: "shop/data" }], moments.slice(from, from + 48));
    expect((await session.sendLive(block)).type).toBe("acknowledged");
  }
  await session.close();
  await until("the newest readings are known", async () =>
    (await stage.rows("select from telemetry_entities where state is not null")).length > 0 ? true : null,
  );
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await gateway.close();
  await worker.close();
  await stage.close();
});

const api = async (person = owner) => createCallerFactory(appRouter)({ caller: await signIn(stage, person) }).storage;

describe("what a cluster's pools and classes hold", () => {
  test("pools of each system have their five figures, each by the formula that fits what it tells", async () => {
    const { pools } = await (await api()).cluster({ clusterId });
    const figures = pools.map((pool) => [
      pool.name,
      ...[pool.rawBytes, pool.reservedBytes, pool.provisionedBytes, pool.usedBytes, pool.availableBytes].map(
        (bytes) => bytes && bytes / GIB,
      ),
      pool.formula,
      pool.overProvisioning,
    ]);
    expect(figures).toEqual([
      ["n1:d1", 100, 30, 350, 40, 30, "withReserve", 5],
      ["n2:d1", null, null, null, null, null, "withoutReserve", null],
      ["px", 50, null, null, 10, 40, "withoutReserve", null],
      ["ceph", 90, 0, null, 30, 60, "toldAvailable", null],
    ]);
  });

  test("a class says of how many of its claims the fill is known: of a driver that tells none, of none", async () => {
    const { classes } = await (await api()).cluster({ clusterId });
    expect(
      classes.map(({ key, provisioned, used, availableBytes }) => ({ key, provisioned, used, availableBytes })),
    ).toEqual([
      {
        key: "local-path",
        provisioned: { bytes: 100 * GIB, known: 1, total: 1 },
        used: { bytes: 0, known: 0, total: 1 },
        availableBytes: null,
      },
      {
        key: "longhorn",
        provisioned: { bytes: 100 * GIB, known: 1, total: 1 },
        used: { bytes: expect.closeTo(59.96 * GIB, -9), known: 1, total: 1 },
        availableBytes: 12 * GIB,
      },
    ]);
  });

  test("at a site that somebody may not see there is no such cluster", async () => {
    const own = await api(limited);
    await expect(own.cluster({ clusterId })).rejects.toThrow("not_found");
    await expect(own.outlook({ clusterId, kind: "volume", key: "shop/data" })).rejects.toThrow("not_found");
  });
});

describe("when a volume is full", () => {
  const expectFilling = async () => {
    const said = await (await api()).outlook({ clusterId, kind: "volume", key: "shop/data" });
    expect(said.verdict).toBe("filling");
    // 59.96 of 95 GiB that may be used, one more each day.
    const days = ((said.fullLikely?.getTime() ?? 0) / 1000 - newest) / DAY;
    expect(days).toBeGreaterThan(34);
    expect(days).toBeLessThan(36);
    expect(said.capacityBytes).toBe(95 * GIB);
    expect(said).toMatchObject({ rawBytes: 100 * GIB, reservedBytes: 5 * GIB, formula: "toldAvailable" });
    expect(said.provisionedBytes).toBe(100 * GIB);
    expect(said.basedAt).toEqual(new Date(1000 * newest));
    expect(said.history.length).toBeGreaterThan(100);
    expect(said.ahead.length).toBeGreaterThan(50);
  };

  test("is said from readings that have just arrived, and the same once they are merged", async () => {
    await expectFilling();
    await compactOrganisation(worker, orgId, { dueSeconds: 0 });
    await expectFilling();
  });

  test("is unknown where the driver tells nothing of it", async () => {
    const said = await (await api()).outlook({ clusterId, kind: "volume", key: "shop/cache" });
    expect(said).toMatchObject({ verdict: "unknown", fullLikely: null, usedBytes: null, history: [], ahead: [] });
  });
});

describe("the list of the fleet", () => {
  const namesOf = (rows: readonly { name: string; verdict: string }[]) =>
    rows.map(({ name, verdict }) => [name, verdict]);
  const run = (hoursLater = 0) => forecastClusters(worker, orgId, new Date(Date.now() + hoursLater * 3_600_000));

  test("is worked out by the worker, once in six hours, and shows what is full first and the unknown last", async () => {
    expect((await (await api()).list({})).total).toBe(0);
    expect(await run()).toEqual({ clusters: 1, units: 6 });
    expect(await run()).toEqual({ clusters: 0, units: 0 });
    expect(await run(7)).toEqual({ clusters: 1, units: 6 });
    const { rows, total, known } = await (await api()).list({});
    expect(namesOf(rows)).toEqual([
      ["data", "filling"],
      ["cache", "unknown"],
      ["ceph", "not_enough_data"],
      ["n1:d1", "not_enough_data"],
      ["n2:d1", "unknown"],
      ["px", "not_enough_data"],
    ]);
    expect({ total, known }).toEqual({ total: 6, known: 4 });
    expect(rows[0]).toMatchObject({
      kind: "volume",
      class: "longhorn",
      capacityBytes: 95 * GIB,
      bytesPerDay: expect.closeTo(GIB, -7),
    });
    expect(rows[1]).toMatchObject({ usedBytes: null, provisionedBytes: 100 * GIB, fullLikely: null });
  });

  test.each(["", "@region=north", "!tier", "@cluster=harbour, @connection=online"])(
    "counts by %j what counting every row gives",
    async (selector) => {
      const own = await api();
      const [whole, counted] = await Promise.all([own.list({ selector }), own.list({ selector, search: "a" })]);
      const all = await own.list({ selector: selector === "" ? "@kind" : `${selector}, @kind` });
      expect([whole.total, whole.known, whole.simulated]).toEqual([all.total, all.known, all.simulated]);
      expect(counted.total).toBeLessThanOrEqual(whole.total);
    },
  );

  test("is the same as what is said when one is asked for", async () => {
    const [row] = (await (await api()).list({ search: "shop/data" })).rows;
    const said = await (await api()).outlook({ clusterId, kind: "volume", key: "shop/data" });
    expect(Math.abs((row?.fullLikely?.getTime() ?? 0) - (said.fullLikely?.getTime() ?? 1))).toBeLessThan(1000);
  });

  test.each([
    ["@kind=pool", ["ceph", "n1:d1", "n2:d1", "px"]],
    ["@forecast=filling, @daysLeft < 40", ["data"]],
    ["@fill > 60%", ["data"]],
    ["!@used", ["cache", "n2:d1"]],
    ["@class=longhorn", ["data", "n1:d1", "n2:d1"]],
  ])("is chosen from by %s", async (selector, names) => {
    const { rows } = await (await api()).list({ selector });
    expect(rows.map(({ name }) => name)).toEqual(names);
  });

  test("shows nothing of sites that somebody may not see", async () => {
    expect(await (await api(limited)).list({})).toMatchObject({ rows: [], total: 0 });
  });

  test("a claim that goes is gone with the next run", async () => {
    const session = await openSession(gateway, edge, { epoch: 2 });
    const { "shop/data": data } = ITEMS.claim ?? {};
    await session.send(wholeMessage({ ...ITEMS, claim: { "shop/data": data }, part: {} }));
    await session.close();
    expect(await run()).toEqual({ clusters: 1, units: 1 });
    expect(namesOf((await (await api()).list({})).rows)).toEqual([["data", "filling"]]);
  });
});
