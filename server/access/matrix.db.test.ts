import { randomUUID } from "node:crypto";
import { TRPCError } from "@trpc/server";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createJoinToken } from "@/server/agents/commands";
import { DomainError } from "@/server/errors";
import { appRouter } from "@/server/root";
import { createApiToken } from "@/server/senders/commands";
import { batchOf, factsOf, healthOf } from "@/server/testing/batches";
import { createEdge, enrolEdge, type Gateway, pushBatch, startGateway } from "@/server/testing/edge";
import {
  createMember,
  createOrganisation,
  createSite,
  type Organisation,
  PASSWORD,
  type Person,
  signIn,
} from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { createCallerFactory } from "@/server/trpc";
import { inviteMember } from "./commands";
import { ROLES, type Role } from "./model";
import { createSession } from "./sessions";

/**
 * Every procedure that there is × everybody who could call it. What is expected is written out here and not computed
 * from the access table: a permission that is added, removed or moved there makes this red.
 */
type Expected = { permission: string; roles: Role[]; limited: boolean };
const EVERYBODY: Role[] = ["owner", "admin", "operator", "viewer", "auditor"];
const EXPECTED: Record<string, Expected> = {
  "access.account.get": { permission: "access:own", roles: EVERYBODY, limited: true },
  "access.account.updatePassword": { permission: "access:own", roles: EVERYBODY, limited: true },
  "access.sessions.list": { permission: "access:own", roles: EVERYBODY, limited: true },
  "access.sessions.revoke": { permission: "access:own", roles: EVERYBODY, limited: true },
  "access.sessions.end": { permission: "access:own", roles: EVERYBODY, limited: true },
  "access.members.list": { permission: "access:read", roles: ["owner", "admin", "auditor"], limited: false },
  "access.members.update": { permission: "access:manage", roles: ["owner", "admin"], limited: false },
  "access.members.delete": { permission: "access:manage", roles: ["owner", "admin"], limited: false },
  "access.invitations.list": { permission: "access:manage", roles: ["owner", "admin"], limited: false },
  "access.invitations.create": { permission: "access:manage", roles: ["owner", "admin"], limited: false },
  "access.invitations.revoke": { permission: "access:manage", roles: ["owner", "admin"], limited: false },
  "access.scope.preview": { permission: "access:manage", roles: ["owner", "admin"], limited: false },
  "agents.list": { permission: "agents:read", roles: EVERYBODY, limited: true },
  "agents.counts": { permission: "agents:read", roles: EVERYBODY, limited: true },
  "agents.keepProcess": { permission: "agents:revoke", roles: ["owner", "admin"], limited: true },
  "agents.approve": { permission: "agents:approve", roles: ["owner", "admin", "operator"], limited: true },
  "agents.revoke": { permission: "agents:revoke", roles: ["owner", "admin"], limited: true },
  "agents.tokens.list": { permission: "agents:enrol", roles: ["owner", "admin"], limited: true },
  "agents.tokens.create": { permission: "agents:enrol", roles: ["owner", "admin"], limited: true },
  "agents.tokens.revoke": { permission: "agents:enrol", roles: ["owner", "admin"], limited: true },
  "audit.list": { permission: "audit:read", roles: ["owner", "admin", "auditor"], limited: false },
  "clusters.list": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "clusters.get": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "clusters.items": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "clusters.applications": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "lists.facets": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "lists.preview": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "lists.complete": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "lists.labels.preview": { permission: "fleet:update", roles: ["owner", "admin", "operator"], limited: true },
  "lists.labels.update": { permission: "fleet:update", roles: ["owner", "admin", "operator"], limited: true },
  "lists.views.list": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "lists.views.create": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "lists.views.update": { permission: "fleet:read", roles: ["owner", "admin", "operator"], limited: true },
  "lists.views.delete": { permission: "fleet:read", roles: ["owner", "admin", "operator"], limited: true },
  "fleet.overview": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "fleet.machines.list": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "fleet.machines.get": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "fleet.sites.list": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "fleet.sites.create": { permission: "fleet:update", roles: ["owner", "admin", "operator"], limited: true },
  "fleet.updates": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "operations.list": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "outages.list": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "outages.count": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "outages.get": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "outages.sites": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "outages.members": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "search.ask": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "senders.list": { permission: "senders:read", roles: EVERYBODY, limited: true },
  "senders.get": { permission: "senders:read", roles: EVERYBODY, limited: true },
  "senders.create": { permission: "senders:write", roles: ["owner", "admin"], limited: true },
  "senders.revoke": { permission: "senders:write", roles: ["owner", "admin"], limited: true },
  "senders.keep": { permission: "senders:write", roles: ["owner", "admin"], limited: true },
  "sites.map": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "sites.get": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "sites.create": { permission: "fleet:update", roles: ["owner", "admin", "operator"], limited: true },
  "sites.update": { permission: "fleet:update", roles: ["owner", "admin", "operator"], limited: true },
  "sites.export": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "sites.previewImport": { permission: "fleet:update", roles: ["owner", "admin", "operator"], limited: true },
  "sites.runImport": { permission: "fleet:update", roles: ["owner", "admin", "operator"], limited: true },
  "storage.list": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "storage.cluster": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "storage.outlook": { permission: "telemetry:read", roles: EVERYBODY, limited: true },
  "support.fleet": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "support.plan.list": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "support.plan.get": { permission: "fleet:read", roles: EVERYBODY, limited: true },
  "support.feed.get": { permission: "support:subscribe", roles: EVERYBODY, limited: true },
  "support.feed.create": { permission: "support:subscribe", roles: EVERYBODY, limited: true },
  "support.feed.revoke": { permission: "support:subscribe", roles: EVERYBODY, limited: true },
  "telemetry.chart": { permission: "telemetry:read", roles: EVERYBODY, limited: true },
  "telemetry.groups": { permission: "telemetry:read", roles: EVERYBODY, limited: true },
  "telemetry.top": { permission: "telemetry:read", roles: EVERYBODY, limited: true },
  "telemetry.storage.get": { permission: "access:read", roles: ["owner", "admin", "auditor"], limited: false },
  "telemetry.storage.update": { permission: "access:manage", roles: ["owner", "admin"], limited: false },
  "telemetry.quarantine.list": { permission: "agents:read", roles: EVERYBODY, limited: true },
  "telemetry.quarantine.count": { permission: "agents:read", roles: EVERYBODY, limited: true },
  "telemetry.quarantine.replay": { permission: "agents:approve", roles: ["owner", "admin", "operator"], limited: true },
  "telemetry.quarantine.discard": { permission: "agents:revoke", roles: ["owner", "admin"], limited: true },
  "telemetry.links.list": { permission: "telemetry:read", roles: EVERYBODY, limited: true },
  "telemetry.links.get": { permission: "telemetry:read", roles: EVERYBODY, limited: true },
  "telemetry.links.update": { permission: "fleet:update", roles: ["owner", "admin", "operator"], limited: true },
};

/** One site of the first organisation with what is on it. */
type Place = { siteId: string; machineId: string; clusterId: string; tokenId: string; agentId: string };

let stage: Stage;
let gateway: Gateway;
let first: Organisation;
let second: Organisation;
let limited: Person;
let inside: Place;
let outside: Place;
let count = 0;

async function createPlace(name: string, region: string): Promise<Place> {
  const owner = await signIn(stage, first.people.owner);
  const siteId = await createSite(stage, first.id, `${name} nordwind`, { region });
  const { id: tokenId, token } = await createJoinToken(owner, {
    name: `${name} nordwind token`,
    siteId,
    labels: {},
    usesMax: 5,
    hoursToLive: 1,
    isApprovalRequired: false,
  });
  const edge = await enrolEdge(gateway, token, createEdge(`${name}.nordwind`));
  const facts = factsOf({ hostname: { value: edge.name } });
  await pushBatch(gateway, edge, batchOf({ sequence: 1 }, { facts, at: new Date(Date.now() - 60_000) }));
  await pushBatch(gateway, edge, batchOf({ sequence: 2 }));
  // Or an agent's figures would change while somebody is looked at who may change nothing.
  await gateway.writeStates();
  const [agent] = await stage.rows<{ machine_id: string }>("select machine_id from agents where id = $1", [
    edge.agentId,
  ]);
  const [cluster] = await stage.rows<{ id: string }>(
    "insert into clusters (org_id, site_id, uid, name) values ($1, $2, $3, $4) returning id",
    [first.id, siteId, `uid of ${name}`, `${name} nordwind cluster`],
  );
  return { siteId, tokenId, agentId: edge.agentId, machineId: agent?.machine_id ?? "", clusterId: cluster?.id ?? "" };
}

beforeAll(async () => {
  stage = await openStage();
  vi.stubEnv("DATABASE_URL", stage.urls.appUrl);
  vi.stubEnv("AUTH_SECRET", "a secret for tests, of at least 32 characters");
  gateway = await startGateway(stage.database);
  first = await createOrganisation(stage, "nordwind");
  second = await createOrganisation(stage, "suedsee");
  limited = await createMember(stage, first.id, {
    email: "limited@nordwind.test",
    role: "admin",
    scopeSelector: "region=north",
  });
  inside = await createPlace("inside", "north");
  outside = await createPlace("outside", "south");
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await gateway.close();
  await stage.close();
});

async function freshAgent(place: Place, status: "waiting" | "active"): Promise<{ agentId: string }> {
  count += 1;
  const [row] = await stage.rows<{ id: string }>(
    `insert into agents (org_id, site_id, machine_id, join_token_id, public_key, status, hostname, platform, version, interval_seconds)
     values ($1, $2, $3, $4, decode(md5($5) || md5($5 || 'x'), 'hex'), $6, 'fresh.nordwind', 'linux/x64', '1', 60) returning id`,
    [first.id, place.siteId, status === "active" ? place.machineId : null, place.tokenId, String(count), status],
  );
  return { agentId: row?.id ?? "" };
}
/** A view of the team: of their own everybody may do everything. */
async function freshView(): Promise<{ viewId: string }> {
  const [row] = await stage.rows<{ id: string }>(
    "insert into saved_views (org_id, list, name, query) values ($1, 'clusters', $2, '') returning id",
    [first.id, randomUUID()],
  );
  return { viewId: row?.id ?? "" };
}
async function freshProcess(place: Place): Promise<{ agentId: string; epoch: number }> {
  const { agentId } = await freshAgent(place, "active");
  await stage.admin.query(
    `insert into agent_processes (org_id, agent_id, epoch, first_seen_at, heard_at) values ($1, $2, 1, now(), now())`,
    [first.id, agentId],
  );
  return { agentId, epoch: 1 };
}
/** A report that was set aside and could be stored by now. */
async function freshQuarantined({ agentId, siteId }: Place): Promise<{ id: number }> {
  count += 1;
  const report = { agent: healthOf({ spoolMoments: count }) };
  const [row] = await stage.rows<{ id: string }>(
    `insert into telemetry_quarantine (org_id, agent_id, site_id, kind, epoch, sequence, reason, content, digest)
     values ($1, $2, $3, 'report', 1, $4, 'it was odd', $5, sha256($5)) returning id`,
    [first.id, agentId, siteId, count, Buffer.from(JSON.stringify(report))],
  );
  return { id: Number(row?.id) };
}
async function freshMember(): Promise<Person> {
  count += 1;
  return createMember(stage, first.id, { email: `fresh-${count}@nordwind.test`, role: "viewer" });
}
async function freshInvitation(): Promise<{ invitationId: string }> {
  count += 1;
  await inviteMember(await signIn(stage, first.people.owner), {
    email: `fresh-${count}@nordwind.test`,
    role: "viewer",
    scopeSelector: null,
  });
  const rows = await stage.rows<{ id: string }>("select id from invitations order by created_at desc limit 1");
  return { invitationId: rows[0]?.id ?? "" };
}
async function freshToken(place: Place): Promise<{ tokenId: string }> {
  const made = await createJoinToken(await signIn(stage, first.people.owner), {
    name: "fresh nordwind token",
    siteId: place.siteId,
    labels: {},
    usesMax: 1,
    hoursToLive: 1,
    isApprovalRequired: false,
  });
  return { tokenId: made.id };
}

/** An outage of one place, which names it. */
async function freshOutage({ agentId, siteId }: Place): Promise<{ outageId: string }> {
  const [row] = await stage.rows<{ id: string }>(
    `insert into outages (org_id, cause, factors, confidence, peers, began_from, began_to, ended_at)
     values ($1, 'factor', $2, 'likely', $3, now(), now(), now()) returning id`,
    [
      first.id,
      JSON.stringify([{ kind: "site", value: siteId }]),
      JSON.stringify({
        things: { dark: 1, answering: 0, undecided: 0 },
        sites: { dark: 1, answering: 0, undecided: 0 },
      }),
    ],
  );
  await stage.admin.query(
    `insert into outage_members (org_id, outage_id, agent_id, is_sure, dark_from, dark_to, outcome, ended_at)
     values ($1, $2, $3, true, now(), now(), 'returned', now())`,
    [first.id, row?.id, agentId],
  );
  return { outageId: row?.id ?? "" };
}

/** A sender whose name tells where it is, so that it is seen when an answer holds it. */
async function freshSender(place: Place): Promise<{ senderId: string }> {
  const name = place === outside ? "outside nordwind sender" : "fresh nordwind sender";
  const made = await createApiToken(await signIn(stage, first.people.owner), {
    name,
    bound: { siteId: place.siteId },
    daysToLive: null,
  });
  await stage.rows(
    "insert into sender_metrics (org_id, sender_id, name, meaning, last_seen) values ($1, $2, 'odd', 'unknown', now())",
    [first.id, made.id],
  );
  return { senderId: made.id };
}

/** An input that would do its work, on things of the first organisation at this place. */
const INPUTS: Record<string, (place: Place) => unknown> = {
  "access.account.get": () => undefined,
  "access.account.updatePassword": () => ({ current: PASSWORD, next: PASSWORD }),
  "access.sessions.list": () => undefined,
  "access.sessions.revoke": async () => ({
    sessionId: await createSession(stage.database, first.people.viewer, "password", null),
  }),
  "access.sessions.end": () => undefined,
  "access.members.list": () => undefined,
  "access.members.update": async () => ({ userId: (await freshMember()).id, role: "operator", scopeSelector: null }),
  "access.members.delete": async () => ({ userId: (await freshMember()).id }),
  "access.invitations.list": () => undefined,
  "access.invitations.create": () => ({ email: `${randomUUID()}@guest.test`, role: "viewer", scopeSelector: null }),
  "access.invitations.revoke": () => freshInvitation(),
  "access.scope.preview": () => ({ scopeSelector: "region=north" }),
  "agents.list": () => ({}),
  "agents.counts": () => undefined,
  "agents.keepProcess": (place) => freshProcess(place),
  "agents.approve": (place) => freshAgent(place, "waiting"),
  "agents.revoke": (place) => freshAgent(place, "active"),
  "agents.tokens.list": () => undefined,
  "agents.tokens.create": ({ siteId }) => ({
    name: "made",
    siteId,
    usesMax: 1,
    hoursToLive: 1,
    isApprovalRequired: false,
  }),
  "agents.tokens.revoke": (place) => freshToken(place),
  "audit.list": () => ({}),
  "clusters.list": () => ({}),
  "clusters.get": ({ clusterId }) => ({ clusterId }),
  "clusters.items": ({ clusterId }) => ({ clusterId, kind: "node" }),
  "clusters.applications": () => ({}),
  "lists.facets": () => ({ kind: "cluster", dimensions: ["region", "@site"] }),
  "lists.preview": () => ({ kind: "machine", selector: "region" }),
  "lists.complete": () => ({ kind: "site", dimension: "@site" }),
  "lists.labels.preview": ({ clusterId }) => ({
    kind: "cluster",
    target: { ids: [clusterId] },
    set: { tier: "edge" },
    remove: [],
  }),
  "lists.labels.update": ({ clusterId }) => ({
    ...{ kind: "cluster", target: { ids: [clusterId] }, set: {}, remove: ["nothing"], expected: 0 },
  }),
  "lists.views.list": () => ({ list: "clusters" }),
  "lists.views.create": () => ({ list: "clusters", name: `view ${randomUUID()}`, query: "", isTeam: false }),
  "lists.views.update": async () => ({ ...(await freshView()), query: "" }),
  "lists.views.delete": () => freshView(),
  "fleet.overview": () => undefined,
  "fleet.machines.list": () => ({}),
  "fleet.machines.get": ({ machineId }) => ({ machineId }),
  "fleet.sites.list": () => undefined,
  "fleet.sites.create": () => ({ name: `site ${randomUUID()}`, labels: { region: "north" } }),
  "fleet.updates": () => undefined,
  "operations.list": () => undefined,
  "outages.list": () => undefined,
  "outages.count": () => undefined,
  "outages.get": (place) => freshOutage(place),
  "outages.sites": (place) => freshOutage(place),
  "outages.members": (place) => freshOutage(place),
  "search.ask": () => ({ question: "nordwind" }),
  "senders.list": () => undefined,
  "senders.get": (place) => freshSender(place),
  "senders.create": ({ siteId }) => ({ name: "made", bound: { siteId }, daysToLive: 1 }),
  "senders.revoke": (place) => freshSender(place),
  "senders.keep": async (place) => ({ ...(await freshSender(place)), name: "odd", isKept: true }),
  "sites.map": () => undefined,
  "sites.get": ({ siteId }) => ({ siteId }),
  "sites.create": () => ({ name: `site ${randomUUID()}`, labels: "region=north" }),
  "sites.update": ({ siteId }) => ({ siteId, entries: { owner: "somebody" } }),
  "sites.export": () => ({ separator: "," }),
  "sites.previewImport": () => ({ text: `name,labels\nsite ${randomUUID()},region=north` }),
  "sites.runImport": () => ({ text: `name,labels\nsite ${randomUUID()},region=north` }),
  "storage.list": () => ({}),
  "storage.cluster": ({ clusterId }) => ({ clusterId }),
  "storage.outlook": ({ clusterId }) => ({ clusterId, kind: "volume", key: "a/b" }),
  "support.fleet": () => undefined,
  "support.plan.list": () => ({ states: ["unknown"] }),
  "support.plan.get": ({ clusterId }) => ({ clusterId }),
  "support.feed.get": () => undefined,
  "support.feed.create": () => ({ language: "de" }),
  "support.feed.revoke": () => undefined,
  "telemetry.chart": ({ machineId }) => ({ machineId, chart: "load", window: "1h" }),
  "telemetry.groups": () => ({
    kind: "machine",
    metric: "load1",
    from: new Date(Date.now() - 3_600_000),
    to: new Date(),
  }),
  "telemetry.top": () => ({ figure: "load1" }),
  "telemetry.storage.get": () => undefined,
  "telemetry.storage.update": () => ({ rawDays: 40, fiveMinuteDays: 90, hourDays: 400, groupedLabels: ["region"] }),
  "telemetry.quarantine.list": () => undefined,
  "telemetry.quarantine.count": () => undefined,
  "telemetry.quarantine.replay": (place) => freshQuarantined(place),
  "telemetry.quarantine.discard": (place) => freshQuarantined(place),
  "telemetry.links.list": () => ({ since: new Date(Date.now() - 3_600_000) }),
  "telemetry.links.get": ({ siteId }) => ({ siteId, since: new Date(Date.now() - 3_600_000) }),
  "telemetry.links.update": ({ siteId }) => ({
    siteId,
    profile: "lean",
    bytesPerDay: 1_000_000,
    bitsPerSecond: null,
    intervalSeconds: null,
    batchSeconds: null,
  }),
};

const procedures = Object.entries(appRouter._def.procedures as Record<string, unknown>).map(([path, procedure]) => ({
  path,
  // The one place that looks into tRPC: a procedure is a function that carries its definition.
  permission: (procedure as { _def: { meta?: { permission?: string } } })._def.meta?.permission,
}));

type Outcome = { code: string; reason?: string; answer?: unknown };

/** Calls a procedure as somebody; of a stream the first message is the answer. */
async function call(path: string, person: Person | null, input: unknown): Promise<Outcome> {
  const caller = person && (await signIn(stage, person));
  const abort = new AbortController();
  const api = createCallerFactory(appRouter)({ caller }, { signal: abort.signal });
  const procedure = path.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], api);
  try {
    const answer = await (procedure as (input: unknown) => Promise<unknown>)(input);
    if (typeof answer !== "object" || answer === null || !(Symbol.asyncIterator in answer))
      return { code: "OK", answer };
    const stream = (answer as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    const message = await stream.next();
    abort.abort();
    await stream.return?.();
    return { code: "OK", answer: message.value };
  } catch (error) {
    if (!(error instanceof TRPCError)) throw error;
    return { code: error.code, reason: error.cause instanceof DomainError ? error.cause.reason : error.message };
  }
}

/** What the first organisation has, row by row. */
async function dumpFirst(): Promise<string> {
  const tables = await stage.rows<{ name: string }>(`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id'
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`);
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await stage.rows<{ text: string }>(
      `select t::text as text from "${name}" t where org_id = $1 order by 1`,
      [first.id],
    );
    texts.push(name, ...rows.map((row) => row.text));
  }
  const people = await stage.rows<{ text: string }>(
    "select u::text as text from users u join memberships m on m.user_id = u.id where m.org_id = $1 order by 1",
    [first.id],
  );
  return [...texts, ...people.map((row) => row.text)].join("\n");
}

const UUIDS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

describe("the matrix knows every procedure", () => {
  test("each has an expectation and an input here, and there is no expectation for what does not exist", () => {
    const paths = procedures.map(({ path }) => path).sort();
    expect(Object.keys(EXPECTED).sort(), "EXPECTED has one entry for each procedure").toEqual(paths);
    expect(Object.keys(INPUTS).sort(), "INPUTS has one entry for each procedure").toEqual(paths);
  });

  test("each names the permission that is written here", () => {
    const named = Object.fromEntries(procedures.map(({ path, permission }) => [path, permission]));
    expect(named).toEqual(
      Object.fromEntries(Object.entries(EXPECTED).map(([path, { permission }]) => [path, permission])),
    );
  });
});

describe.each(procedures)("$path", ({ path }) => {
  const expected = EXPECTED[path] ?? { permission: "?", roles: [], limited: false };
  const input = (place: Place) => INPUTS[path]?.(place);

  test("is refused to nobody's session as unauthenticated", async () => {
    expect(await call(path, null, await input(inside))).toEqual({ code: "UNAUTHORIZED", reason: "unauthenticated" });
  });

  test(`works for ${expected.roles.join(", ")} and is denied to every other role`, async () => {
    const denied: string[] = [];
    for (const role of ROLES) {
      const outcome = await call(path, first.people[role], await input(inside));
      if (outcome.code === "FORBIDDEN") {
        expect([role, outcome.reason]).toEqual([role, "denied"]);
        denied.push(role);
      } else {
        // A session of somebody else is not there for who may only end their own.
        const codes = path === "access.sessions.revoke" ? ["OK", "NOT_FOUND"] : ["OK"];
        expect([role, codes]).toEqual([role, expect.arrayContaining([outcome.code])]);
      }
    }
    expect(denied).toEqual(ROLES.filter((role) => !expected.roles.includes(role)));
  });

  test(`${expected.limited ? "works for" : "is denied to"} an admin whose reach is limited to some sites`, async () => {
    const outcome = await call(path, limited, await input(inside));
    if (!expected.limited) expect(outcome).toEqual({ code: "FORBIDDEN", reason: "denied" });
    else expect(["OK", ...(path === "access.sessions.revoke" ? ["NOT_FOUND"] : [])]).toContain(outcome.code);
  });

  test("gives and changes nothing of a site outside the reach of a limited admin", async () => {
    const given = await input(outside);
    const before = await stage.rows("select t::text from agents t where site_id = $1 order by 1", [outside.siteId]);
    const outcome = await call(path, limited, given);
    expect(["OK", "NOT_FOUND", "FORBIDDEN"]).toContain(outcome.code);
    const text = JSON.stringify(outcome.answer ?? null);
    expect(text).not.toContain("outside");
    for (const id of Object.values(outside)) expect(text).not.toContain(id);
    if (given !== undefined && outcome.code === "OK") expect(JSON.stringify(given)).not.toContain(outside.siteId);
    expect(await stage.rows("select t::text from agents t where site_id = $1 order by 1", [outside.siteId])).toEqual(
      before,
    );
  });

  test("gives the owner of another organisation nothing of this one and changes nothing in it", async () => {
    const given = await input(inside);
    const before = await dumpFirst();
    const outcome = await call(path, second.people.owner, given);
    expect(["OK", "NOT_FOUND"]).toContain(outcome.code);
    const namesThings = /machineId|agentId|tokenId|userId|invitationId|sessionId|siteId|senderId|outageId/.test(
      JSON.stringify(given) ?? "",
    );
    if (namesThings) expect(outcome.code).toBe("NOT_FOUND");
    const text = JSON.stringify(outcome.answer ?? null);
    expect(text).not.toContain("nordwind");
    const ids = new Set(before.match(UUIDS));
    expect((text.match(UUIDS) ?? []).filter((id) => ids.has(id))).toEqual([]);
    expect(await dumpFirst()).toBe(before);
  });
});
