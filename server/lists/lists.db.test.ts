import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createJoinToken } from "@/server/agents/commands";
import { appRouter } from "@/server/root";
import { createEdge, enrolEdge, type Gateway, startGateway } from "@/server/testing/edge";
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
import { createCallerFactory } from "@/server/trpc";
import { exportList } from "./export";
import { type ListName, parseListState } from "./model";

let stage: Stage;
let gateway: Gateway;
let organisation: Organisation;
let owner: Person;
let limited: Person;

const application = (name: string, health: string, more: Record<string, unknown> = {}) => ({
  ...{ namespace: "web", name, by: "helm", workloads: 1, wanted: 2, ready: 2, claims: 0, health, reasons: [] },
  ...more,
});
const items = (gitVersion: string, distribution: string, applications: Record<string, unknown>): TestItems => ({
  source: { nodes: source(), pods: source() },
  cluster: { cluster: { gitVersion, distribution, controlPlane: "single" } },
  node: { a: nodeItem() },
  application: applications,
});
const HARBOUR = items("v1.33.1+k3s1", "k3s", {
  "web/shop": application("shop", "failed", { version: "1.4.0", ready: 0 }),
  "web/blog": application("blog", "healthy", { wanted: undefined, ready: undefined }),
});
const INLAND = items("v1.30.2", "upstream", { "web/shop": application("shop", "healthy", { version: "1.5.0" }) });

type Session = Awaited<ReturnType<typeof openSession>>;
const sessions = new Map<string, Session>();

async function enrol(name: string, token: string, told: TestItems | null, labels: Record<string, string> = {}) {
  const edge = await enrolEdge(gateway, token, createEdge(name), { clusterUid: name, systemUuid: null });
  if (told) {
    const session = await openSession(gateway, edge);
    expect((await session.send(wholeMessage(told, name))).type).toBe("acknowledged");
    sessions.set(name, session);
  }
  await stage.admin.query("update clusters set labels = $2 where name = $1", [name, JSON.stringify(labels)]);
}

beforeAll(async () => {
  stage = await openStage();
  vi.stubEnv("DATABASE_URL", stage.urls.appUrl);
  vi.stubEnv("AUTH_SECRET", "a secret for tests, of at least 32 characters");
  organisation = await createOrganisation(stage, "lists");
  owner = organisation.people.owner;
  limited = await createMember(stage, organisation.id, {
    email: "limited@lists.test",
    role: "operator",
    scopeSelector: "region=south",
  });
  gateway = await startGateway(stage.database);
  const tokenOf = async (siteId: string) =>
    (
      await createJoinToken(await signIn(stage, owner), {
        ...{ name: "Rack", siteId, labels: {}, usesMax: 1000, hoursToLive: 1, isApprovalRequired: false },
      })
    ).token;
  const north = await createSite(stage, organisation.id, "North", { region: "north", tier: "edge" });
  const south = await createSite(stage, organisation.id, "South", { region: "south" });
  await stage.admin.query("update sites set country = 'DE', carrier = 'Funk \"Nord\"' where id = $1", [north]);
  await enrol("harbour", await tokenOf(north), HARBOUR);
  await enrol("quay", await tokenOf(north), null, { tier: "lab" });
  await enrol("inland", await tokenOf(south), INLAND);
  await enrol("silent", await tokenOf(south), INLAND, { tier: "edge" });
  // As frames would: an inventory alone is no contact of readings.
  await stage.admin.query("update agents set last_received_at = now() where hostname in ('harbour', 'inland')");
  await stage.admin.query("update agents set last_received_at = now() - interval '1 day' where hostname = 'silent'");
});
afterAll(async () => {
  vi.unstubAllEnvs();
  for (const session of sessions.values()) await session.close();
  await gateway.close();
  await stage.close();
});

const api = async (person = owner) => createCallerFactory(appRouter)({ caller: await signIn(stage, person) });
const names = async (selector: string, person = owner) =>
  (await (await api(person)).clusters.list({ selector, sort: "name" })).rows.map(({ name }) => name);

describe("a selector in a list", () => {
  test.each([
    ["", ["harbour", "inland", "quay", "silent"]],
    ["region=north", ["harbour", "quay"]],
    ["tier=edge", ["harbour", "silent"]],
    ["tier=lab", ["quay"]],
    ["!tier", ["inland"]],
    ["@version < 1.31", ["inland", "silent"]],
    ["@version >= 0", ["harbour", "inland", "silent"]],
    ["@version != 1.30", ["harbour", "quay"]],
    ["@country=DE, @distribution=k3s", ["harbour"]],
    ['@carrier="Funk \\"Nord\\""', ["harbour", "quay"]],
    ["!@country", ["inland", "silent"]],
    ["@nodes >= 1", ["harbour", "inland", "silent"]],
    ["@nodesReady >= 1", ["harbour", "inland"]],
  ])("%s finds %j", async (selector, expected) => {
    expect(await names(selector)).toEqual(expected);
  });

  test("what a cluster that is not reached told last is not its health of now", async () => {
    expect(await names("@health=healthy")).toEqual(["inland"]);
    expect(await names("@lastHealth=healthy")).toEqual(["inland", "silent"]);
    expect(await names("@health=unknown")).toEqual(["quay", "silent"]);
  });

  test.each([
    [{ selector: "@helth=failed" }, "selector"],
    [{ sort: "nothing" }, "sort"],
    [{ groupBy: "@nothing" }, "dimension"],
    [{ dimensions: ["@ready"] }, "dimension"],
  ])("%j is refused with a reason", async (input, message) => {
    await expect((await api()).clusters.list(input)).rejects.toMatchObject({ code: "BAD_REQUEST", message });
  });

  test("orders by any label or fact, with what is not set last", async () => {
    const order = async (sort: string, order: "asc" | "desc") =>
      (await (await api()).clusters.list({ sort, order })).rows.map(({ name }) => name);
    expect(await order("@version", "desc")).toEqual(["harbour", "inland", "silent", "quay"]);
    expect(await order("label:tier", "asc")).toEqual(["harbour", "silent", "quay", "inland"]);
    expect(await order("label:tier", "desc")).toEqual(["quay", "harbour", "silent", "inland"]);
  });

  test("rows carry the labels and facts that were asked for, and null where there is none", async () => {
    const { beside } = await (await api()).clusters.list({
      dimensions: ["tier", "@country", "@nodesReady"],
      sort: "name",
    });
    expect(beside.map(({ values }) => values)).toEqual([
      { tier: "edge", "@country": "DE", "@nodesReady": "1" },
      { tier: null, "@country": null, "@nodesReady": "1" },
      { tier: "lab", "@country": "DE", "@nodesReady": null },
      { tier: "edge", "@country": null, "@nodesReady": null },
    ]);
  });
});

describe("groups", () => {
  test("have counts and the worst state, and one for what is not set", async () => {
    const { groups, rows, total } = await (await api()).clusters.list({ groupBy: "tier" });
    expect(groups).toEqual([
      { value: "edge", total: 2, known: 1, worst: "degraded" },
      { value: "lab", total: 1, known: 0, worst: "unknown" },
      { value: null, total: 1, known: 1, worst: "healthy" },
    ]);
    expect([rows, total]).toEqual([[], 4]);
  });

  test("that are unfolded give their rows in the order of the groups, page by page", async () => {
    const read = async (cursor: number) =>
      (await api()).clusters.list({ groupBy: "tier", unfolded: [null, "edge"], sort: "name", limit: 2, cursor });
    const [first, second] = [await read(0), await read(2)];
    expect([...first.rows, ...second.rows].map(({ name }) => name)).toEqual(["harbour", "silent", "inland"]);
    expect([...first.beside, ...second.beside].map(({ group }) => group)).toEqual(["edge", "edge", null]);
  });

  test("of versions stand in the order of versions", async () => {
    const { groups } = await (await api()).clusters.list({ groupBy: "@version" });
    expect(groups?.map(({ value, total }) => [value, total])).toEqual([
      ["v1.30.2", 2],
      ["v1.33.1+k3s1", 1],
      [null, 1],
    ]);
  });

  test("add up to the list, whatever one groups by", async () => {
    for (const groupBy of ["region", "@health", "@connection", "@site", "@nodes", "@contested"]) {
      const { groups, total, known } = await (await api()).clusters.list({ groupBy });
      const sum = (of: "total" | "known") => groups?.reduce((all, group) => all + group[of], 0);
      expect([groupBy, sum("total"), sum("known")]).toEqual([groupBy, total, known]);
    }
  });
});

describe("facets", () => {
  const facets = async (selector: string, dimensions: string[], person = owner) =>
    Object.fromEntries(
      (await (await api(person)).lists.facets({ kind: "cluster", selector, dimensions })).map((facet) => [
        facet.dimension,
        [
          ...facet.values.map(({ value, count, isChosen }) => `${value} ${count}${isChosen ? " *" : ""}`),
          `none ${facet.missing}`,
        ],
      ]),
    );

  test("count what is left without their own choice", async () => {
    expect(await facets("tier=edge, @country=DE", ["tier", "@country", "@distribution"])).toEqual({
      tier: ["edge 1 *", "lab 1", "none 0"],
      "@country": ["DE 1 *", "none 1"],
      "@distribution": ["k3s 1", "none 0"],
    });
  });

  test("keep a choice to be seen that matches nothing, and the choice of what is not set", async () => {
    expect(await facets("tier=gone", ["tier"])).toEqual({ tier: ["edge 2", "lab 1", "gone 0 *", "none 1"] });
    const [facet] = await (await api()).lists.facets({ kind: "cluster", selector: "!tier", dimensions: ["tier"] });
    expect(facet).toMatchObject({ missing: 1, isMissingChosen: true });
  });

  test("agree with the list that each choice leads to", async () => {
    const dimensions = ["@health", "@connection", "tier", "@site", "@version", "region"];
    for (const facet of await (await api()).lists.facets({ kind: "cluster", selector: "@country!=FR", dimensions })) {
      for (const { value, count } of facet.values) {
        const { total } = await (await api()).clusters.list({
          selector: `@country!=FR, ${facet.dimension}="${value}"`,
        });
        expect([facet.dimension, value, total]).toEqual([facet.dimension, value, count]);
      }
      const { total } = await (await api()).clusters.list({ selector: `@country!=FR, !${facet.dimension}` });
      expect([facet.dimension, total]).toEqual([facet.dimension, facet.missing]);
    }
  });
});

describe("the preview of a selector", () => {
  test.each([
    ["cluster" as const, "region=north", { matches: 2, sites: 1, excluding: [] }],
    ["site" as const, "@country=DE", { matches: 1, sites: 1, excluding: [] }],
    ["application" as const, "@name=shop", { matches: 3, sites: 2, excluding: [] }],
    [
      "cluster" as const,
      "region=north, tier=nowhere, @country=FR",
      { matches: 0, sites: 0, excluding: ["tier=nowhere", "@country=FR"] },
    ],
    ["cluster" as const, "region=north, @distribution=upstream", { matches: 0, sites: 0, excluding: [] }],
    ["cluster" as const, "", { matches: 4, sites: 2, excluding: [] }],
  ])("of %s %s", async (kind, selector, expected) => {
    expect(await (await api()).lists.preview({ kind, selector })).toEqual(expected);
  });

  test("completes labels that there are and values that they have", async () => {
    const complete = async (dimension: string | null, text = "") =>
      (await (await api()).lists.complete({ kind: "cluster", dimension, text })).map(
        ({ value, count }) => `${value} ${count}`,
      );
    expect(await complete(null)).toEqual(["region 4", "tier 3"]);
    expect(await complete("tier", "ed")).toEqual(["edge 2"]);
    expect(await complete("@distribution")).toEqual(["upstream 2", "k3s 1"]);
  });
});

describe("applications", () => {
  const list = async (
    input: Parameters<Awaited<ReturnType<typeof api>>["clusters"]["applications"]>[0],
    person = owner,
  ) => (await (await api(person)).clusters.applications(input)).rows;

  test("of all clusters, the worst first; of one that is not reached nothing is known of now", async () => {
    const rows = await list({});
    expect(
      rows.map(({ clusterName, name, ready, wanted, version }) => [clusterName, name, ready, wanted, version]),
    ).toEqual([
      ["harbour", "shop", 0, 2, "1.4.0"],
      ["silent", "shop", 2, 2, "1.5.0"],
      ["harbour", "blog", null, null, null],
      ["inland", "shop", 2, 2, "1.5.0"],
    ]);
    expect((await list({ selector: "@ready=0" })).map(({ clusterName }) => clusterName)).toEqual(["harbour"]);
    expect((await list({ selector: "@wanted=2, @version < 1.5" })).map(({ clusterName }) => clusterName)).toEqual([
      "harbour",
    ]);
  });

  test("follow the inventory: one that is well again says since when, one that is gone is gone", async () => {
    const before = { ...HARBOUR };
    const after = { ...HARBOUR, application: { "web/shop": application("shop", "healthy", { version: "1.4.1" }) } };
    const session = sessions.get("harbour");
    const answer = await session?.send(
      inventoryMessage(
        { base: stateOf(before), target: stateOf(after) },
        { application: after.application },
        { drop: { application: ["web/blog"] }, clusterUid: "harbour" },
      ),
    );
    expect(answer?.type).toBe("acknowledged");
    const rows = await list({ selector: "@cluster=harbour" });
    expect(rows.map(({ name, health, version }) => [name, health, version])).toEqual([["shop", "healthy", "1.4.1"]]);
    expect(rows[0]?.healthChangedAt).toBeInstanceOf(Date);
    expect((await list({ selector: "@cluster=inland" }))[0]?.healthChangedAt).toBeNull();
  });
});

describe("somebody whose reach is limited", () => {
  test("finds, counts, groups, facets, previews and completes only what is within it", async () => {
    const own = await api(limited);
    const { rows, total, groups } = await own.clusters.list({ groupBy: "region", unfolded: ["north", "south"] });
    expect([rows.map(({ name }) => name).sort(), total]).toEqual([["inland", "silent"], 2]);
    expect(groups?.map(({ value }) => value)).toEqual(["south"]);
    const [facet] = await own.lists.facets({ kind: "cluster", dimensions: ["region"] });
    expect(facet?.values).toEqual([{ value: "south", count: 2, isChosen: false }]);
    expect(await own.lists.preview({ kind: "cluster", selector: "region=north" })).toEqual({
      matches: 0,
      sites: 0,
      excluding: ["region=north"],
    });
    expect(await own.lists.complete({ kind: "cluster", dimension: "@distribution" })).toEqual([
      { value: "upstream", count: 2 },
    ]);
    expect((await own.clusters.applications({})).rows.map(({ siteName }) => siteName)).toEqual(["South", "South"]);
    expect((await own.lists.complete({ kind: "application", dimension: null })).map(({ value }) => value)).toEqual([
      "region",
      "tier",
    ]);
  });
});

describe("an export", () => {
  const csv = async (list: ListName, query: string, person = owner) => {
    const lines = await exportList(await signIn(stage, person), list, parseListState(list, new URLSearchParams(query)));
    let text = "";
    for await (const piece of lines) text += piece;
    return text.trimEnd().split("\r\n");
  };

  test("has the columns and rows of the address in its order, and names what is unknown", async () => {
    const lines = await csv("clusters", "sort=name&selector=region=north&columns=health nodes label:tier @carrier");
    expect(lines[0]).toBe("name,health,last_health,nodes_ready,nodes,label.tier,fact.carrier,connection,as_of,unknown");
    expect(lines[1]).toMatch(/^harbour,healthy,healthy,1,1,edge,"Funk ""Nord""",online,20\d\d-[\d:T.-]+Z,$/);
    expect(lines[2]).toBe('quay,,,,,lab,"Funk ""Nord""",never,,health last_health nodes_ready nodes as_of');
    expect(lines).toHaveLength(3);
  });

  test("stands in the order of the groups, folded or not, and is recorded", async () => {
    const lines = await csv("clusters", "group=tier&sort=name");
    expect(lines.slice(1).map((line) => line.split(",").slice(0, 2).join(" "))).toEqual([
      ...["harbour edge", "silent edge", "quay lab", "inland "],
    ]);
    const [entry] = await stage.rows<{ details: unknown }>(
      "select details from audit_entries where action = 'lists:export' order by id desc limit 1",
    );
    expect(entry?.details).toEqual({ rows: 4, view: "sort=name&group=tier" });
  });

  test("holds only what this person may see, in every list", async () => {
    for (const list of ["clusters", "machines", "applications"] as const) {
      expect((await csv(list, "columns=site", limited)).join()).not.toMatch(/harbour|quay|North/);
    }
    expect(await csv("applications", "columns=cluster&selector=@health=healthy", limited)).toHaveLength(2);
  });
});

describe("labels of many", () => {
  const labelsOf = async () =>
    Object.fromEntries(
      (await stage.rows<{ name: string; labels: unknown }>("select name, labels from clusters")).map((row) => [
        row.name,
        row.labels,
      ]),
    );
  const all = {
    kind: "cluster" as const,
    target: { selector: "region=south", search: "" },
    set: { wave: "1" },
    remove: ["tier"],
  };

  test("a preview says what would change and changes nothing", async () => {
    const before = await labelsOf();
    expect(await (await api()).lists.labels.preview(all)).toEqual({
      total: 2,
      changed: 2,
      samples: [
        { name: "inland", before: {}, after: { wave: "1" } },
        { name: "silent", before: { tier: "edge" }, after: { wave: "1" } },
      ],
    });
    expect(await labelsOf()).toEqual(before);
  });

  test("are changed as previewed, recorded once, and not at all when something moved meanwhile", async () => {
    const own = await api(limited);
    await expect(own.lists.labels.update({ ...all, expected: 3 })).rejects.toMatchObject({ message: "labels_moved" });
    expect(await own.lists.labels.update({ ...all, expected: 2 })).toEqual({ changed: 2 });
    expect(await labelsOf()).toMatchObject({ inland: { wave: "1" }, silent: { wave: "1" }, quay: { tier: "lab" } });
    expect(await own.lists.labels.preview(all)).toMatchObject({ total: 2, changed: 0 });
    const entries = await stage.rows<{ details: unknown }>(
      "select details from audit_entries where action = 'lists:labels-update'",
    );
    expect(entries.map(({ details }) => details)).toEqual([
      {
        set: { wave: "1" },
        remove: ["tier"],
        changed: 2,
        selector: "region=south",
        search: "",
        names: ["inland", "silent"],
      },
    ]);
  });

  test("out of reach are not meant, by selector or by id", async () => {
    const [row] = await stage.rows<{ id: string }>("select id from clusters where name = 'quay'");
    const own = await api(limited);
    for (const target of [{ selector: "", search: "quay" }, { ids: [row?.id ?? ""] }]) {
      expect(await own.lists.labels.preview({ ...all, target })).toMatchObject({ total: 0, changed: 0 });
    }
  });

  test.each<{ set: Record<string, string>; remove: string[] }>([
    { set: { "not a label": "x" }, remove: [] },
    { set: { tier: "not a value!" }, remove: [] },
    { set: {}, remove: [] },
    { set: { tier: "x" }, remove: ["tier"] },
  ])("%j is refused", async (change) => {
    await expect((await api()).lists.labels.preview({ ...all, ...change })).rejects.toMatchObject({
      code: "BAD_REQUEST",
    });
  });
});

describe("saved views", () => {
  const viewsOf = async (person: Person) =>
    (await (await api(person)).lists.views.list({ list: "clusters" })).map(({ name, query, isTeam }) => ({
      name,
      query,
      isTeam,
    }));

  test("own ones are seen by their owner alone, the team's by everybody; an address is kept as the list understands it", async () => {
    const operator = organisation.people.operator;
    const own = await api(operator);
    await own.lists.views.create({ list: "clusters", name: "Mine", query: "state=online&x=1", isTeam: false });
    await own.lists.views.create({ list: "clusters", name: "Ours", query: "group=tier", isTeam: true });
    const ours = { name: "Ours", query: "group=tier", isTeam: true };
    const mine = { name: "Mine", query: "selector=%40connection+in+%28online%29", isTeam: false };
    expect(await viewsOf(operator)).toEqual([mine, ours]);
    expect(await viewsOf(organisation.people.viewer)).toEqual([ours]);
    await expect(
      own.lists.views.create({ list: "clusters", name: "ours", query: "", isTeam: true }),
    ).rejects.toMatchObject({ message: "view_exists" });
  });

  test("nobody changes the own ones of others, and who may not share not the team's", async () => {
    const viewer = await api(organisation.people.viewer);
    const rows = await stage.rows<{ id: string; name: string }>("select id, name from saved_views");
    const idOf = (name: string) => ({ viewId: rows.find((row) => row.name === name)?.id ?? "" });
    await expect(viewer.lists.views.delete(idOf("Mine"))).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(viewer.lists.views.delete(idOf("Ours"))).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(viewer.lists.views.update({ ...idOf("Ours"), query: "" })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await expect(
      viewer.lists.views.create({ list: "clusters", name: "New", query: "", isTeam: true }),
    ).rejects.toMatchObject({ code: "FORBIDDEN" });
    const own = await api(organisation.people.operator);
    await own.lists.views.update({ ...idOf("Mine"), query: "q=x" });
    await own.lists.views.delete(idOf("Ours"));
    expect(await viewsOf(organisation.people.operator)).toEqual([{ name: "Mine", query: "q=x", isTeam: false }]);
  });

  test("a view gets another name and shows the same, unless one of its kind has that name; who renamed what is kept", async () => {
    const own = await api(organisation.people.operator);
    const [mine] = await own.lists.views.list({ list: "clusters" });
    const viewId = mine?.id ?? "";
    const { id } = await own.lists.views.create({ list: "clusters", name: "Second", query: "", isTeam: false });
    await expect(own.lists.views.update({ viewId, name: "second" })).rejects.toMatchObject({ message: "view_exists" });
    await own.lists.views.update({ viewId, name: "MINE" });
    await own.lists.views.update({ viewId, name: "First" });
    expect(await viewsOf(organisation.people.operator)).toEqual([
      { name: "First", query: "q=x", isTeam: false },
      { name: "Second", query: "", isTeam: false },
    ]);
    await own.lists.views.delete({ viewId: id });
    const [entry] = await stage.rows<{ subject_label: string; details: unknown }>(
      "select subject_label, details from audit_entries where action = 'lists:view-update' order by id desc limit 1",
    );
    const change = { before: { name: "MINE" }, after: { name: "First" } };
    expect(entry).toEqual({ subject_label: "First", details: { list: "clusters", isTeam: false, ...change } });
  });
});
