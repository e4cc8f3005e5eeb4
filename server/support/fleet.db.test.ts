import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createJoinToken } from "@/server/agents/commands";
import { getFleetSupport } from "@/server/support/fleet-queries";
import { getPlan, listPlan, readPlan } from "@/server/support/plan-queries";
import { createEdge, type Edge, enrolEdge, type Gateway, startGateway } from "@/server/testing/edge";
import {
  inventoryMessage,
  nodeItem,
  source,
  stateOf,
  type TestItems,
  wholeMessage,
} from "@/server/testing/inventories";
import { createMember, createOrganisation, createSite, type Person, signIn } from "@/server/testing/people";
import { openSession } from "@/server/testing/session";
import { openStage, type Stage } from "@/server/testing/stage";
import { cycleOf } from "./model";
import { planCsv } from "./plan-csv";
import { parsePlanFilter } from "./plan-filter";
import { PlanListInput } from "./shapes";

/** The day of all of these tests: 1.34 of Kubernetes ended in October, 1.35 ends on 2027-02-28. */
const TODAY = new Date("2026-11-23T12:00:00Z");

let stage: Stage;
let gateway: Gateway;
let owner: Person;
let limited: Person;
const edges = new Map<string, Edge>();

const judged = { health: "healthy", reasons: [], parts: { total: 0, healthy: 0, unknown: 0 }, proof: "group" };
const image = (name: string) => ({
  ...{ system: "cloudnative_pg", type: "Cluster", namespace: "shop", name: "db", health: "healthy", reasons: [] },
  texts: { image: name },
});
const worker = (kubeletVersion: string | undefined) =>
  nodeItem({ kubeletVersion, roles: [], containerRuntime: "containerd://1.7.27" });
const HARBOUR: TestItems = {
  source: { nodes: source() },
  cluster: { cluster: { gitVersion: "v1.33.1+k3s1", distribution: "k3s" } },
  node: { server: nodeItem({ kubeletVersion: "v1.33.1+k3s1" }), a: worker("v1.32.0+k3s1"), b: worker("v1.29.9+k3s1") },
  system: {
    cert_manager: { version: "v1.19.2", ...judged },
    rook_ceph: { version: "v1.17.0", ...judged },
    longhorn: { ...judged },
  },
  part: { "cloudnative_pg/Cluster/shop/db": image("registry.example.org:5000/postgresql:14.9-bookworm@sha256:ab12") },
};
const MANAGED: TestItems = {
  source: { nodes: source() },
  cluster: { cluster: { gitVersion: "v1.33.4-eks-99d", distribution: "eks" } },
  node: { x: worker("v1.33.4-eks-99d"), y: worker(undefined) },
};
const FINE: TestItems = {
  source: { nodes: source() },
  cluster: { cluster: { gitVersion: "v1.36.2", distribution: "upstream" } },
  node: { z: worker("v1.36.2") },
};

async function enrol(name: string, token: string, items: TestItems): Promise<void> {
  const edge = await enrolEdge(gateway, token, createEdge(name), { clusterUid: `uid of ${name}`, systemUuid: null });
  edges.set(name, edge);
  await tell(name, wholeMessage(items, `uid of ${name}`));
}

async function tell(name: string, message: ReturnType<typeof wholeMessage>): Promise<void> {
  const edge = edges.get(name);
  if (!edge) throw new Error(`${name} is not enrolled`);
  const session = await openSession(gateway, edge);
  const answer = await session.send(message);
  await session.close();
  expect(answer.type).toBe("acknowledged");
}

beforeAll(async () => {
  stage = await openStage();
  vi.stubEnv("DATABASE_URL", stage.urls.appUrl);
  vi.stubEnv("AUTH_SECRET", "a secret for tests, of at least 32 characters");
  const organisation = await createOrganisation(stage, "support");
  owner = organisation.people.owner;
  const member = { email: "limited@support.test", role: "viewer" as const, scopeSelector: "region=south" };
  limited = await createMember(stage, organisation.id, member);
  gateway = await startGateway(stage.database);
  const tokenOf = async (siteId: string) =>
    (
      await createJoinToken(await signIn(stage, owner), {
        ...{ name: "Rack", siteId, labels: {}, usesMax: 1000, hoursToLive: 1, isApprovalRequired: false },
      })
    ).token;
  const north = await tokenOf(await createSite(stage, organisation.id, "North", { region: "north" }));
  const south = await tokenOf(await createSite(stage, organisation.id, "South", { region: "south" }));
  await enrol("harbour", north, HARBOUR);
  await enrol("managed", north, MANAGED);
  await enrol("inland", south, FINE);
  await enrol("odd", north, { ...FINE, cluster: { cluster: { distribution: "upstream" } } });
  await enrol("gone", north, HARBOUR);
  await stage.admin.query("update agents set status = 'revoked' where hostname = 'gone'");
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await gateway.close();
  await stage.close();
});

const kept = async (name: string) => {
  const rows = await stage.rows<{ kubelets: string[]; running: string[] }>(
    `select v.running, array(select k.cycle || ' ' || k.nodes || '/' || k.control_plane_nodes from cluster_kubelets k
       where k.cluster_id = c.id order by 1) as kubelets
     from cluster_versions v join clusters c on c.id = v.cluster_id where c.name = $1`,
    [name],
  );
  return rows[0];
};
const fleetOf = async (person = owner) => getFleetSupport(await signIn(stage, person), TODAY);
const planOf = async (input: object, person = owner) =>
  listPlan(await signIn(stage, person), PlanListInput.parse(input), TODAY);
const namesOf = async (input: object, person = owner) => (await planOf(input, person)).rows.map(({ name }) => name);

describe("the kept versions of a cluster", () => {
  test("are those that its items tell, with what has none as such", async () => {
    expect(await kept("harbour")).toEqual({
      running: ["cert_manager 1.19", "containerd 1.7", "longhorn ", "postgresql 14", "rook_ceph 1.17"],
      kubelets: ["1.29 1/0", "1.32 1/0", "1.33 1/1"],
    });
    expect(await kept("managed")).toEqual({ running: ["containerd 1.7"], kubelets: [" 1/0", "1.33 1/0"] });
  });

  test("follow a change, and only what differs is written", async () => {
    const next: TestItems = { ...FINE, node: { z: worker("v1.36.3"), n: worker("v1.35.0") } };
    const rows = async () =>
      (
        await stage.rows<{ text: string }>(
          `select k.xmin || ' ' || k.cycle || ' ' || k.nodes as text from cluster_kubelets k
           union all select v.xmin || ' ' || v.running::text from cluster_versions v order by 1`,
        )
      ).map(({ text }) => text);
    const before = await rows();
    const change = { base: stateOf(FINE), target: stateOf(next) };
    await tell("inland", inventoryMessage(change, { node: next.node ?? {} }, { clusterUid: "uid of inland" }));
    expect((await kept("inland"))?.kubelets).toEqual(["1.35 1/0", "1.36 1/0"]);
    // A patch is no other period of support: all that was there is as it was.
    expect(await rows()).toEqual(expect.arrayContaining(before));
    const back = { base: stateOf(next), target: stateOf(FINE) };
    await tell(
      "inland",
      inventoryMessage(back, { node: FINE.node ?? {} }, { clusterUid: "uid of inland", drop: { node: ["n"] } }),
    );
    expect((await kept("inland"))?.kubelets).toEqual(["1.36 1/0"]);
  });

  test.each([
    "v1.33.1+k3s1",
    "v1.30.2-gke.1587003",
    "v1.36-eks-6",
    "1.7.27",
    "2.0.4-k3s2",
    "v2.9",
    "latest",
    "",
    "sha256:ab1.2",
    "1.2.3.4",
  ])("take %j as the program does", async (version) => {
    const [row] = await stage.rows<{ cycle: string }>("select version_cycle($1) as cycle", [version]);
    expect(row?.cycle || null).toBe(cycleOf(version));
  });
});

describe("support over the fleet", () => {
  test("counts what is supported, what is not and what nobody knows, without clusters that were taken out", async () => {
    const fleet = await fleetOf();
    expect(fleet.total).toBe(4);
    expect(fleet.states).toEqual({ supported: 1, ending: 0, extended: 1, ended: 1, unknown: 1 });
    expect(
      fleet.versions.map(({ distribution, cycle, clusters, support }) => [
        distribution,
        cycle,
        clusters,
        support.state,
      ]),
    ).toEqual([
      ["eks", "1.33", 1, "extended"],
      ["k3s", "1.33", 1, "ended"],
      ["upstream", "1.36", 1, "supported"],
      ["upstream", null, 1, "unknown"],
    ]);
    expect(fleet.versions[1]?.support).toMatchObject({
      ...{ product: "kubernetes", isDerived: true, source: "endoflife.date", asOf: "2026-08-22" },
    });
    expect(fleet.notes.origins[0]).toMatchObject({ asOf: "2026-08-22", isStale: true });
    expect(fleet.notes.problem).toBeNull();
  });

  test("says how far kubelets are behind, who breaks the policy, and of which nothing is known", async () => {
    const { skew, skewClusters } = await fleetOf();
    expect(skew).toEqual([
      { minorsBehind: 0, isAllowed: true, nodes: 3 },
      { minorsBehind: 1, isAllowed: true, nodes: 1 },
      { minorsBehind: 4, isAllowed: false, nodes: 1 },
      { minorsBehind: null, isAllowed: null, nodes: 2 },
    ]);
    expect(skewClusters).toBe(1);
    expect(await namesOf({ isSkewed: true })).toEqual(["harbour"]);
  });

  test("counts what runs in clusters, and names what no dates are known for", async () => {
    const { components, undated } = await fleetOf();
    expect(
      components.map(({ component, cycle, clusters, support }) => [component, cycle, clusters, support.state]),
    ).toEqual([
      ["cert_manager", "1.19", 1, "ended"],
      ["containerd", "1.7", 4, "ended"],
      ["longhorn", "", 1, "unknown"],
      ["postgresql", "14", 1, "ended"],
    ]);
    expect(undated).toEqual([{ component: "rook_ceph", clusters: 1 }]);
  });

  test("has a calendar of twelve months, each end with how many clusters it concerns", async () => {
    const { calendar, quarter } = await fleetOf();
    expect([calendar.months.length, calendar.months[0], calendar.months[11]]).toEqual([12, "2026-11-01", "2027-10-01"]);
    expect(
      calendar.ends
        .filter(({ day }) => day >= "2026-11-23")
        .map(({ product, cycle, day, kind, clusters }) => [product, cycle, day, kind, clusters]),
    ).toEqual([
      ["kubernetes", "1.36", "2027-06-28", "end", 1],
      ["eks", "1.33", "2027-07-29", "extendedEnd", 1],
    ]);
    expect(quarter).toEqual({ from: "2026-10-01", until: "2026-12-31", clusters: 0 });
    expect(
      calendar.ends.find(({ cycle, kind, product }) => product === "kubernetes" && cycle === "1.33" && kind === "end"),
    ).toMatchObject({ derived: 1 });
  });

  test("holds only what this person may see", async () => {
    const fleet = await fleetOf(limited);
    expect([fleet.total, fleet.states.supported, fleet.skewClusters]).toEqual([1, 1, 0]);
    expect(fleet.components.map(({ component, clusters }) => [component, clusters])).toEqual([["containerd", 1]]);
    expect(await namesOf({ states: ["ended", "supported", "unknown", "extended"] }, limited)).toEqual(["inland"]);
    const [harbour] = await stage.rows<{ id: string }>("select id from clusters where name = 'harbour'");
    await expect(getPlan(await signIn(stage, limited), harbour?.id ?? "", TODAY)).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

describe("the plan", () => {
  test("begins with what is most urgent, and leaves out what is fine", async () => {
    const { rows, total } = await planOf({});
    expect(total).toBe(3);
    expect(rows.map(({ name, target, hops, evenings }) => [name, target, hops, evenings])).toEqual([
      ["harbour", "1.36", ["1.34", "1.35", "1.36"], 4],
      ["managed", "1.36", ["1.34", "1.35", "1.36"], 4],
      ["odd", null, null, null],
    ]);
  });

  test("says what blocks and what of it is not known", async () => {
    const [harbour, managed, odd] = (await planOf({})).rows;
    expect(harbour?.blockers).toEqual([
      { kind: "kubeletsTooOld" },
      { kind: "system", component: "cert_manager", cycle: "1.19", from: "1.31", to: "1.35" },
    ]);
    expect(harbour?.rangesUnknown).toEqual(["longhorn", "rook_ceph"]);
    expect(managed?.blockers).toEqual([{ kind: "kubeletsUnknown", nodes: 1 }]);
    expect(odd?.blockers).toEqual([{ kind: "unknown" }]);
  });

  test.each([
    [{ states: ["supported"] }, ["inland"]],
    [{ states: ["ended", "extended"] }, ["harbour", "managed"]],
    [{ product: "kubernetes" }, ["harbour", "odd", "inland"]],
    [{ product: "kubernetes", cycle: "1.33" }, ["harbour"]],
    [{ product: "eks" }, ["managed"]],
    [{ product: "containerd", cycle: "1.7" }, ["harbour", "managed", "odd", "inland"]],
    [{ product: "postgresql", cycle: "14" }, ["harbour"]],
    [{ distribution: "upstream", cycle: "1.36" }, ["inland"]],
    [{ from: "2027-06-01", until: "2027-06-30" }, ["inland"]],
    [{ from: "2026-06-01", until: "2026-06-30" }, ["harbour"]],
    [{ search: "HARB" }, ["harbour"]],
    [{ search: "%" }, []],
    [{ cursor: 1, limit: 1 }, ["managed"]],
  ])("of %j is %j", async (input, names) => {
    expect(await namesOf(input)).toEqual(names);
  });

  test("of one cluster names its nodes by version", async () => {
    const [harbour] = (await planOf({})).rows;
    const { row, rule, nodes } = await getPlan(await signIn(stage, owner), harbour?.id ?? "", TODAY);
    expect(row).toEqual(harbour);
    expect(rule.source).toBe("K3s");
    expect(nodes.map(({ version, names }) => [version, names])).toEqual([
      ["v1.29.9+k3s1", ["b"]],
      ["v1.32.0+k3s1", ["a"]],
      ["v1.33.1+k3s1", ["server"]],
    ]);
  });

  test("is a file as well, with the same rows and nothing that a spreadsheet would run", async () => {
    await stage.admin.query(`update clusters set name = '=cmd|"x",y' where name = 'harbour'`);
    const rows = await readPlan(
      await signIn(stage, owner),
      parsePlanFilter(new URLSearchParams("state=ended&from=soon")),
      TODAY,
    );
    await stage.admin.query("update clusters set name = 'harbour' where uid = 'uid of harbour'");
    const [head, line, end] = planCsv(rows).split("\r\n");
    expect(head).toMatch(/^\uFEFFcluster,site,distribution,version,support,support_ends/);
    expect(line).toMatch(
      /^"'=cmd\|""x"",y",North,k3s,v1\.33\.1\+k3s1,ended,2026-06-28,,kubernetes 1\.33,yes,1\.36,3,1\.34 1\.35 1\.36,3,4,/,
    );
    expect(end).toBe("");
  });
});
