import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createJoinToken } from "@/server/agents/commands";
import { batchOf, factsOf } from "@/server/testing/batches";
import { createEdge, enrolEdge, type Gateway, pushBatch, startGateway } from "@/server/testing/edge";
import {
  inventoryMessage,
  nodeItem,
  source,
  stateOf,
  type TestItems,
  wholeMessage,
} from "@/server/testing/inventories";
import {
  createMember,
  createOrganisation,
  createSite,
  type Organisation,
  type Person,
  signIn,
} from "@/server/testing/people";
import { openSession } from "@/server/testing/session";
import { openStage, type Stage } from "@/server/testing/stage";
import { forgetWords, learnWords } from "./learn-words";
import { fold } from "./model";
import { search } from "./queries";

let stage: Stage;
let gateway: Gateway;
let first: Organisation;
let second: Organisation;
let limited: Person;
let kiel: string;
let session: Awaited<ReturnType<typeof openSession>>;

const UUID = "4c4c4544-0042-4d10-8052-b4c04f4e3333";
const judged = { health: "healthy", reasons: [] };
const application = (name: string, change: Record<string, unknown> = {}) => ({
  ...{ namespace: "shop", name, by: "helm", workloads: 1, claims: 1, ...judged },
  ...change,
});
const ITEMS: TestItems = {
  source: { nodes: source() },
  cluster: { cluster: { gitVersion: "v1.29.4+k3s1", distribution: "k3s", controlPlane: "single" } },
  node: {
    "kiel-node-1": nodeItem({
      uid: "0b6f4a3e-1111-4222-8333-444444444444",
      internalIps: ["10.2.3.4"],
      systemUuid: UUID,
    }),
    "kiel-node-2": nodeItem({ internalIps: ["10.2.3.40"], health: "failed" }),
  },
  application: { "shop/pg": application("pg"), "shop/postgres-exporter": application("postgres-exporter") },
  claim: {
    "shop/data-pg-0": {
      ...{ namespace: "shop", name: "data-pg-0", accessModes: [], applications: [], ...judged },
      volume: "pvc-7e57",
    },
  },
  volume: { "pvc-7e57": { claim: "shop/data-pg-0" }, "pvc-0rphan": { phase: "Released" } },
};

async function enrolCluster(org: Organisation, siteId: string, name: string, items: TestItems) {
  const { token } = await createJoinToken(await signIn(stage, org.people.owner), {
    ...{ name: "Rack", siteId, labels: {}, usesMax: 1000, hoursToLive: 1, isApprovalRequired: false },
  });
  const uid = `uid-of-${name}`;
  const edge = await enrolEdge(gateway, token, createEdge(name), { clusterUid: uid, systemUuid: null });
  const opened = await openSession(gateway, edge);
  expect((await opened.send(wholeMessage(items, uid))).type).toBe("acknowledged");
  return { opened, uid, token };
}

beforeAll(async () => {
  stage = await openStage();
  vi.stubEnv("DATABASE_URL", stage.urls.appUrl);
  vi.stubEnv("AUTH_SECRET", "a secret for tests, of at least 32 characters");
  gateway = await startGateway(stage.database);
  first = await createOrganisation(stage, "nordwind");
  second = await createOrganisation(stage, "suedsee");
  limited = await createMember(stage, first.id, {
    ...{ email: "limited@nordwind.test", role: "viewer", scopeSelector: "region=south" },
  });
  kiel = await createSite(stage, first.id, "Kiel", { region: "north", tier: "edge" });
  const cologne = await createSite(stage, first.id, "Köln Süd", { region: "south" });
  await createSite(stage, first.id, "Frankfurt Straßenbahnhof", { region: "south" });
  const cluster = await enrolCluster(first, kiel, "harbour", ITEMS);
  session = cluster.opened;
  await enrolCluster(first, cologne, "inland", {
    source: { nodes: source() },
    cluster: { cluster: { gitVersion: "v1.30.1", controlPlane: "single" } },
    application: { "shop/pg": application("pg"), "db/mariadb": application("mariadb", { namespace: "db" }) },
  });
  await enrolCluster(second, await createSite(stage, second.id, "Kiel"), "secret", ITEMS);
  const machine = await enrolEdge(gateway, cluster.token, createEdge("box"), { systemUuid: UUID });
  await pushBatch(
    gateway,
    machine,
    batchOf(
      { sequence: 1 },
      {
        facts: factsOf({
          hostname: { value: "kiel-node-1" },
          systemUuid: { value: UUID },
          systemSerial: { value: "CZJ-4711X" },
        }),
      },
    ),
  );
  for (const { id } of [first, second]) await learnWords(stage.database, id);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await session.close();
  await gateway.close();
  await stage.close();
});

/** Kind and title of everything that a question finds. */
async function find(question: string, person: Person = first.people.owner): Promise<string[]> {
  const { groups } = await search(await signIn(stage, person), question);
  return groups.flatMap(({ found }) => found.map(({ kind, title, siteName }) => `${kind} ${title} @ ${siteName}`));
}

describe("a question finds", () => {
  test.each([
    ["kiel", ["site Kiel @ Kiel", "cluster harbour @ Kiel", "machine kiel-node-1 @ Kiel", "node kiel-node-2 @ Kiel"]],
    ["kiel pg", ["application pg @ Kiel", "claim data-pg-0 @ Kiel"]],
    ["harbour pg", ["application pg @ Kiel", "claim data-pg-0 @ Kiel"]],
    ["koeln", ["site Köln Süd @ Köln Süd", "cluster inland @ Köln Süd"]],
    ["Köln", ["site Köln Süd @ Köln Süd", "cluster inland @ Köln Süd"]],
    ["koln sued", ["site Köln Süd @ Köln Süd", "cluster inland @ Köln Süd"]],
    ["strassenbahn", ["site Frankfurt Straßenbahnhof @ Frankfurt Straßenbahnhof"]],
    ["10.2.3.4", ["node kiel-node-1 @ Kiel", "node kiel-node-2 @ Kiel"]],
    ["10.2.3.40", ["node kiel-node-2 @ Kiel"]],
    ["czj-4711x", ["machine kiel-node-1 @ Kiel"]],
    ["4711", ["machine kiel-node-1 @ Kiel"]],
    [UUID.toUpperCase(), ["machine kiel-node-1 @ Kiel"]],
    ["0b6f4a3e-1111", ["node kiel-node-1 @ Kiel"]],
    ["uid-of-harbour", ["cluster harbour @ Kiel"]],
    ["pvc-7e57", ["claim data-pg-0 @ Kiel"]],
    ["pvc-0r", ["volume pvc-0rphan @ Kiel"]],
    ["tier=edge pg", []],
    ["mariadb", ["application mariadb @ Köln Süd"]],
    ["kile", ["site Kiel @ Kiel", "cluster harbour @ Kiel", "machine kiel-node-1 @ Kiel", "node kiel-node-2 @ Kiel"]],
    ["frnakf", ["site Frankfurt Straßenbahnhof @ Frankfurt Straßenbahnhof"]],
    ["postgrse exportr", ["application postgres-exporter @ Kiel"]],
    ["postgers-exporter", ["application postgres-exporter @ Kiel"]],
    ["marai", ["application mariadb @ Köln Süd"]],
    ["nothing-like-that", []],
    ["%", []],
    ["'\\ & | !( <->", []],
    ["  ", []],
  ])("%s", async (question, expected) => {
    expect(await find(question)).toEqual(expected);
  });

  test("clusters of a version and with a label as one line", async () => {
    const owner = await signIn(stage, first.people.owner);
    expect((await search(owner, "1.29")).lists).toEqual([{ by: "version", value: "1.29", clusters: 1 }]);
    expect((await search(owner, "v1.30.1")).lists).toEqual([{ by: "version", value: "1.30.1", clusters: 1 }]);
    expect((await search(owner, "1.2")).lists).toEqual([]);
    expect((await search(owner, "tier=edge")).lists).toEqual([{ by: "label", value: "tier=edge", clusters: 1 }]);
    expect(await find("tier=edge")).toEqual([
      "site Kiel @ Kiel",
      "cluster harbour @ Kiel",
      "machine kiel-node-1 @ Kiel",
    ]);
    expect((await search(await signIn(stage, limited), "1.29")).lists).toEqual([]);
  });

  test("how a thing is, and when its cluster was heard last", async () => {
    await stage.admin.query("update agents set last_received_at = now() - interval '1 day' where hostname = 'harbour'");
    const { groups } = await search(await signIn(stage, first.people.owner), "kiel-node-2");
    expect(groups[0]?.found[0]).toMatchObject({ health: "failed", connectivity: "offline", clusterName: "harbour" });
    expect(groups[0]?.found[0]?.lastReceivedAt).toBeInstanceOf(Date);
  });
});

describe("nothing is found", () => {
  test("outside the reach of who asks, however much matches elsewhere", async () => {
    expect(await find("pg", limited)).toEqual(["application pg @ Köln Süd"]);
    expect(await find("kiel", limited)).toEqual([]);
    expect(await find("kile", limited)).toEqual([]);
    // More documents match elsewhere than are ever looked at.
    await stage.admin.query(
      `insert into sites (org_id, name, labels) select $1, 'bulk ' || n, '{"region": "north"}' from generate_series(1, 300) n`,
      [first.id],
    );
    await createSite(stage, first.id, "bulk zzz", { region: "south" });
    expect(await find("bulk", limited)).toEqual(["site bulk zzz @ bulk zzz"]);
    expect(await find("zzz", limited)).toEqual(["site bulk zzz @ bulk zzz"]);
    await stage.admin.query("delete from sites where name like 'bulk %'");
    expect(await find("bulk")).toEqual([]);
  });

  test("of another organisation", async () => {
    expect(await find("secret")).toEqual([]);
    expect(await find("secret", second.people.owner)).toEqual(["cluster secret @ Kiel"]);
    expect(await find("köln", second.people.owner)).toEqual([]);
    // Nor does a word that only others have put a typing error right.
    expect(await find("frnakfurt", second.people.owner)).toEqual([]);
  });
});

describe("what changes is found as it is now", () => {
  const owner = () => first.people.owner;
  let now = ITEMS;
  /** Tells the cluster's next state as one change. */
  async function tell(put: TestItems, drop: Record<string, string[]> = {}): Promise<void> {
    const next = { ...now };
    for (const [kind, items] of Object.entries(put))
      next[kind as keyof TestItems] = { ...now[kind as keyof TestItems], ...items };
    for (const [kind, keys] of Object.entries(drop)) {
      const left = Object.entries(next[kind as keyof TestItems] ?? {}).filter(([key]) => !keys.includes(key));
      next[kind as keyof TestItems] = Object.fromEntries(left);
    }
    const message = inventoryMessage({ base: stateOf(now), target: stateOf(next) }, put, {
      drop,
      clusterUid: "uid-of-harbour",
    });
    expect((await session.send(message)).type).toBe("acknowledged");
    now = next;
  }

  test("an application that comes, changes its name's place, and goes", async () => {
    await tell({ application: { "shop/redis": application("redis") } });
    expect(await find("redis")).toEqual(["application redis @ Kiel"]);
    await tell({ application: { "shop/redis": application("redis", { namespace: "cache" }) } });
    expect(await find("cache redis")).toEqual(["application redis @ Kiel"]);
    expect(await find("shop redis")).toEqual([]);
    await tell({}, { application: ["shop/redis"] });
    expect(await find("redis")).toEqual([]);
  });

  test("a state that changes touches no document", async () => {
    const documents = "select d.xmin::text, d.kind, d.key from search_documents d order by 2, 3, 1";
    const before = await stage.rows(documents);
    await tell({ application: { "shop/pg": application("pg", { health: "failed", ready: 0 }) } });
    expect(await stage.rows(documents)).toEqual(before);
  });

  test("a volume that is bound is found by its claim", async () => {
    await tell({ volume: { "pvc-0rphan": { phase: "Bound", claim: "shop/other" } } });
    expect(await find("pvc-0rphan")).toEqual([]);
    await tell({ volume: { "pvc-0rphan": { phase: "Released" } } });
    expect(await find("pvc-0rphan")).toEqual(["volume pvc-0rphan @ Kiel"]);
  });

  test("a whole that is told anew: what is not in it is gone, and before its last part nothing of it is found", async () => {
    const next: TestItems = { ...ITEMS, application: { "shop/etcd": application("etcd") } };
    const half: TestItems = { application: next.application };
    const rest: TestItems = { ...next, application: undefined };
    const steps = [
      inventoryMessage({ base: 0n, target: stateOf(half) }, half, {
        part: { isFirst: true, isLast: false },
        clusterUid: "uid-of-harbour",
      }),
      inventoryMessage({ base: stateOf(half), target: stateOf(next) }, JSON.parse(JSON.stringify(rest)), {
        ...{ part: { isFirst: false, isLast: true }, clusterUid: "uid-of-harbour" },
      }),
    ] as const;
    expect((await session.send(steps[0])).type).toBe("acknowledged");
    expect([await find("etcd"), (await find("kiel pg")).length]).toEqual([[], 2]);
    expect((await session.send(steps[1])).type).toBe("acknowledged");
    now = next;
    expect(await find("etcd")).toEqual(["application etcd @ Kiel"]);
    expect(await find("kiel pg")).toEqual(["claim data-pg-0 @ Kiel"]);
    await tell({ application: ITEMS.application ?? {} }, { application: ["shop/etcd"] });
    expect(await find("kiel pg")).toHaveLength(2);
  });

  test("the name and the labels of a site, and everything at it", async () => {
    await stage.admin.query("update sites set name = 'Lübeck', labels = '{\"tier\": \"far\"}' where id = $1", [kiel]);
    expect(await find("luebeck pg")).toEqual(["application pg @ Lübeck", "claim data-pg-0 @ Lübeck"]);
    expect(await find("kiel pg")).toEqual([]);
    expect(await find("tier=edge")).toEqual([]);
    expect(await find("tier=far")).toHaveLength(3);
    await stage.admin.query(
      `update sites set name = 'Kiel', labels = '{"region": "north", "tier": "edge"}' where id = $1`,
      [kiel],
    );
    expect(await find("kiel pg")).toHaveLength(2);
  });

  test("the name of a cluster, and where it stands", async () => {
    await stage.admin.query("update clusters set name = 'pier' where name = 'harbour' and org_id = $1", [first.id]);
    expect([await find("harbour pg"), (await find("pier pg")).length]).toEqual([[], 2]);
    const [other] = await stage.rows<{ id: string }>("select id from sites where name = 'Köln Süd'");
    await stage.admin.query("update clusters set site_id = $1 where name = 'pier'", [other?.id]);
    expect(await find("pg", limited)).toHaveLength(3);
    await stage.admin.query("update clusters set site_id = $1, name = 'harbour' where name = 'pier'", [kiel]);
    expect(await find("pg", limited)).toHaveLength(1);
  });

  test("a cluster and a machine that are deleted are gone with all that is in them", async () => {
    await stage.admin.query("begin");
    const gone = ["inland", "harbour"];
    await stage.admin.query("update agents set cluster_id = null, machine_id = null");
    await stage.admin.query("delete from telemetry_streams");
    await stage.admin.query("delete from clusters where name = any ($1) and org_id = $2", [gone, first.id]);
    await stage.admin.query("delete from machines where org_id = $1", [first.id]);
    const left = await stage.rows("select distinct kind from search_documents where org_id = $1", [first.id]);
    await stage.admin.query("rollback");
    expect(left).toEqual([{ kind: "site" }]);
    expect(await find("mariadb", owner())).toHaveLength(1);
  });
});

test("a word that nothing holds any more is forgotten; all others stay", async () => {
  const words = "select word from search_words where org_id = $1 order by 1";
  const before = await stage.rows<{ word: string }>(words, [first.id]);
  await stage.admin.query(
    "insert into search_words (org_id, word, near) values ($1, 'kilewander', search_near('kilewander'))",
    [first.id],
  );
  expect(await forgetWords(stage.database, first.id)).toBe(1);
  expect(await stage.rows(words, [first.id])).toEqual(before);
  expect(before.map(({ word }) => word)).toEqual(expect.arrayContaining(["frankfurt", "kiel", "mariadb"]));
});

test("the database folds and parts words as the program does", async () => {
  const letters = fc.constantFrom(..."abcXYZ019äöüßÄÖÜæœøåÅØéÉñçšžłŁđıățőŰ-._/:= ");
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: letters, maxLength: 30 }), { minLength: 40, maxLength: 40 }),
      async (texts) => {
        const rows = await stage.rows<{ text: string; long: string; short: string }>(
          "select t as text, search_fold(t, true) as long, search_fold(t, false) as short from unnest($1::text[]) t",
          [texts],
        );
        for (const { text, long, short } of rows) expect([long, short]).toEqual([fold(text, true), fold(text, false)]);
      },
    ),
    { numRuns: 20 },
  );
});
