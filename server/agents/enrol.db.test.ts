import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GATEWAY_PATHS } from "@/contract/telemetry";
import { batchOf } from "@/server/testing/batches";
import {
  createEdge,
  enrolEdge,
  type Gateway,
  pushBatch,
  type Refused,
  requestEnrolment,
  requestGateway,
  startGateway,
  uuidOf,
} from "@/server/testing/edge";
import { createMember, createOrganisation, createSite, type Organisation, signIn } from "@/server/testing/people";
import { dumpTables, openStage, type Stage } from "@/server/testing/stage";
import { approveAgent, createJoinToken, revokeAgent, revokeJoinToken } from "./commands";
import type { JoinTokenInput } from "./model";
import { AgentListInput, listAgents, listJoinTokens } from "./queries";

let stage: Stage;
let gateway: Gateway;
let north: Organisation;
let south: Organisation;
let owner: Awaited<ReturnType<typeof signIn>>;
let stranger: Awaited<ReturnType<typeof signIn>>;
let siteId = "";

beforeAll(async () => {
  stage = await openStage();
  [north, south] = [await createOrganisation(stage, "north"), await createOrganisation(stage, "south")];
  [owner, stranger] = [await signIn(stage, north.people.owner), await signIn(stage, south.people.owner)];
  siteId = await createSite(stage, north.id, "Harbour", { region: "north" });
  gateway = await startGateway(stage.database, 30);
});
afterAll(async () => {
  await gateway.close();
  await stage.close();
});

const tokenFor = (change: Partial<JoinTokenInput> = {}) =>
  createJoinToken(owner, {
    name: "Rack",
    siteId,
    labels: { rack: "r1" },
    usesMax: 1,
    hoursToLive: 1,
    isApprovalRequired: false,
    ...change,
  });
const codeOf = (reply: { status: number; body: Refused }) => [reply.status, reply.body.error?.code];
const usesOf = async (id: string) =>
  (await stage.rows<{ n: number }>("select uses_count as n from join_tokens where id = $1", [id]))[0]?.n;
const machineIdOf = async (agentId: string) =>
  (await stage.rows<{ id: string | null }>("select machine_id as id from agents where id = $1", [agentId]))[0]?.id;

describe("a join token", () => {
  test("is shown once: neither it nor a part of it is stored anywhere", async () => {
    const { token, id } = await tokenFor();
    await enrolEdge(gateway, token, createEdge("shown once"));
    const dump = JSON.stringify(await dumpTables(stage));
    expect(dump).not.toContain(token);
    expect(dump).not.toContain(token.slice(4, 24));
    expect(dump).toContain(id);
    expect(JSON.stringify(await listJoinTokens(owner))).not.toContain(token.slice(4, 24));
  });

  test("lets an agent in with the names of organisation and site and the interval", async () => {
    const { token } = await tokenFor();
    const reply = await requestEnrolment(gateway, token, createEdge("welcome"));
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({
      agentId: expect.any(String),
      organisation: "north",
      site: "Harbour",
      status: "active",
      intervalSeconds: 30,
    });
  });

  test("gives its labels to the machine that comes in with it", async () => {
    const { token } = await tokenFor({ labels: { rack: "r9" } });
    const edge = await enrolEdge(gateway, token, createEdge("labelled"));
    const rows = await stage.rows("select labels from machines where id = $1", [await machineIdOf(edge.agentId)]);
    expect(rows).toEqual([{ labels: { rack: "r9" } }]);
  });

  test("with five uses lets exactly five of twenty in that come at once", async () => {
    const { token, id } = await tokenFor({ usesMax: 5 });
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) => requestEnrolment(gateway, token, createEdge(`crowd ${index}`))),
    );
    expect(replies.filter((reply) => reply.status === 201)).toHaveLength(5);
    expect(replies.filter((reply) => reply.body.error?.code === "token_used_up")).toHaveLength(15);
    expect(await usesOf(id)).toBe(5);
    const [row] = await stage.rows("select count(*)::int as n from agents where join_token_id = $1", [id]);
    expect(row).toEqual({ n: 5 });
  });

  test("asked again with the same key gives the same agent and costs no second use, also ten times at once", async () => {
    const { token, id } = await tokenFor({ usesMax: 2 });
    const edge = createEdge("asks again");
    const replies = await Promise.all(Array.from({ length: 10 }, () => requestEnrolment(gateway, token, edge)));
    expect(replies.map((reply) => reply.status)).toEqual(Array(10).fill(201));
    expect(new Set(replies.map((reply) => reply.body.agentId)).size).toBe(1);
    expect(await usesOf(id)).toBe(1);
  });

  test("that has expired, was revoked or never was, lets nobody in, and each says which", async () => {
    const expired = await tokenFor();
    await stage.admin.query("update join_tokens set expires_at = now() - interval '1 second' where id = $1", [
      expired.id,
    ]);
    const revoked = await tokenFor();
    await revokeJoinToken(owner, revoked.id);
    const before = await stage.rows("select id from agents order by id");
    const invented = `fbj_${"A".repeat(43)}`;
    expect(codeOf(await requestEnrolment(gateway, expired.token, createEdge("late")))).toEqual([403, "token_expired"]);
    expect(codeOf(await requestEnrolment(gateway, revoked.token, createEdge("out")))).toEqual([403, "token_invalid"]);
    expect(codeOf(await requestEnrolment(gateway, invented, createEdge("guess")))).toEqual([403, "token_invalid"]);
    expect(await stage.rows("select id from agents order by id")).toEqual(before);
    const refusals = await stage.rows(
      "select details ->> 'reason' as reason from audit_entries where action = 'agents:enrol-refused' order by id desc limit 2",
    );
    expect(refusals).toEqual([{ reason: "revoked" }, { reason: "expired" }]);
  });

  test("does not take a key in that is enrolled under another token, here or in another organisation", async () => {
    const edge = await enrolEdge(gateway, (await tokenFor()).token, createEdge("key reuse"));
    const again = await tokenFor();
    expect(codeOf(await requestEnrolment(gateway, again.token, edge))).toEqual([403, "token_invalid"]);
    expect(await usesOf(again.id)).toBe(0);
    const foreignSite = await createSite(stage, south.id, "Desert");
    const foreign = await createJoinToken(stranger, {
      name: "Foreign",
      siteId: foreignSite,
      labels: {},
      usesMax: 1,
      hoursToLive: 1,
      isApprovalRequired: false,
    });
    expect(codeOf(await requestEnrolment(gateway, foreign.token, edge))).toEqual([403, "token_invalid"]);
    expect(await usesOf(foreign.id)).toBe(0);
  });

  test("is invisible to another organisation, which can neither list nor revoke it", async () => {
    const { id } = await tokenFor({ name: "Hidden" });
    expect((await listJoinTokens(owner)).map((row) => row.id)).toContain(id);
    expect((await listJoinTokens(stranger)).map((row) => row.id)).not.toContain(id);
    await expect(revokeJoinToken(stranger, id)).rejects.toMatchObject({ code: "not_found" });
    const rows = await stage.rows("select revoked_at from join_tokens where id = $1", [id]);
    expect(rows).toEqual([{ revoked_at: null }]);
  });

  test("cannot be made for a site of another organisation or outside the caller's reach", async () => {
    const inland = await createSite(stage, north.id, "Inland", { region: "middle" });
    const member = await createMember(stage, north.id, {
      email: "limited@north.test",
      role: "admin",
      scopeSelector: "region=north",
    });
    const limited = await signIn(stage, member);
    const input = { name: "x", labels: {}, usesMax: 1, hoursToLive: 1, isApprovalRequired: false };
    await expect(createJoinToken(stranger, { ...input, siteId })).rejects.toMatchObject({ code: "not_found" });
    await expect(createJoinToken(limited, { ...input, siteId: inland })).rejects.toMatchObject({ code: "not_found" });
    await expect(createJoinToken(limited, { ...input, siteId })).resolves.toHaveProperty("token");
  });
});

describe("the waiting room", () => {
  test("keeps an agent without a machine until it is approved, and its pushes are answered agent_waiting", async () => {
    const { token } = await tokenFor({ isApprovalRequired: true, labels: { rack: "w1" } });
    const edge = await enrolEdge(gateway, token, createEdge("waits"));
    expect(codeOf(await pushBatch(gateway, edge, batchOf({ sequence: 1 })))).toEqual([403, "agent_waiting"]);
    expect(await machineIdOf(edge.agentId)).toBeNull();
    expect((await listAgents(owner, AgentListInput.parse({}))).rows[0]).toMatchObject({
      id: edge.agentId,
      status: "waiting",
      machineId: null,
    });

    await approveAgent(owner, edge.agentId);
    const machineId = await machineIdOf(edge.agentId);
    expect(machineId).toEqual(expect.any(String));
    expect(await stage.rows("select labels from machines where id = $1", [machineId])).toEqual([
      { labels: { rack: "w1" } },
    ]);
    expect((await pushBatch(gateway, edge, batchOf({ sequence: 1 }))).status).toBe(200);
  });

  test("does not let a waiting agent touch the machine whose system UUID it claims", async () => {
    const first = await enrolEdge(gateway, (await tokenFor()).token, createEdge("rightful"));
    const machineId = await machineIdOf(first.agentId);
    const { token } = await tokenFor({ isApprovalRequired: true });
    await enrolEdge(gateway, token, createEdge("claims", uuidOf("rightful")));
    expect(await stage.rows("select agent_id from machines where id = $1", [machineId])).toEqual([
      { agent_id: first.agentId },
    ]);
  });

  test("approves once; a second time, or an agent that another organisation has, is refused", async () => {
    const { token } = await tokenFor({ isApprovalRequired: true });
    const edge = await enrolEdge(gateway, token, createEdge("approved once"));
    await expect(approveAgent(stranger, edge.agentId)).rejects.toMatchObject({ code: "not_found" });
    const results = await Promise.allSettled([approveAgent(owner, edge.agentId), approveAgent(owner, edge.agentId)]);
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    expect(results.find((result) => result.status === "rejected")).toMatchObject({
      reason: { code: "conflict", reason: "agent_not_waiting" },
    });
    const audited = await stage.rows(
      "select 1 from audit_entries where action = 'agents:approve' and subject_id = $1",
      [edge.agentId],
    );
    expect(audited).toHaveLength(1);
  });

  test("can be ended by revoking: the agent stays out", async () => {
    const { token } = await tokenFor({ isApprovalRequired: true });
    const edge = await enrolEdge(gateway, token, createEdge("turned away"));
    await revokeAgent(owner, edge.agentId);
    expect(codeOf(await pushBatch(gateway, edge, batchOf({ sequence: 1 })))).toEqual([401, "agent_revoked"]);
    await expect(approveAgent(owner, edge.agentId)).rejects.toMatchObject({ reason: "agent_not_waiting" });
  });
});

describe("what is not an enrolment", () => {
  const enrol = (body: Buffer, type = "application/json") =>
    requestGateway<Refused>(gateway, { path: GATEWAY_PATHS.enrol, headers: { "content-type": type }, body });

  test("more than 16 KiB is too large", async () => {
    expect(codeOf(await enrol(Buffer.alloc(16 * 1024 + 1, 32)))).toEqual([413, "too_large"]);
  });

  test("another content type is refused as such", async () => {
    expect(codeOf(await enrol(Buffer.from("{}"), "text/plain"))).toEqual([415, "wrong_type"]);
  });

  test("a wrong token or key is malformed, and the answer says what was expected and never repeats the token", async () => {
    const secret = `fbj_${"x".repeat(42)}`;
    const reply = await requestEnrolment(gateway, secret, createEdge("typo"), { publicKey: "short" });
    expect(codeOf(reply)).toEqual([400, "malformed"]);
    expect(reply.body.error.message).toContain("A join token starts with fbj_ and has 47 characters");
    expect(reply.body.error.message).toContain("An Ed25519 public key has 43 base64url characters");
    expect(reply.body.error.message).not.toContain(secret);
  });

  test("GET is answered 405", async () => {
    const reply = await requestGateway<Refused>(gateway, { method: "GET", path: GATEWAY_PATHS.enrol });
    expect(codeOf(reply)).toEqual([405, "method_not_allowed"]);
  });
});
