import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EnrolRequest } from "@/contract/agents";
import type { MachineFacts } from "@/contract/telemetry";
import { withTenant } from "@/db/client";
import { getMachine } from "@/server/fleet/machine-queries";
import { getOverview } from "@/server/fleet/overview-queries";
import { createEdge } from "@/server/testing/edge";
import { createMember, createOrganisation, createSite, type Organisation, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { separateCollision } from "./activate";
import { createJoinToken, revokeAgent } from "./commands";
import { enrolAgent } from "./enrol";
import { settleIdentity } from "./settle-identity";

let stage: Stage;
let north: Organisation;
let south: Organisation;
let owner: Awaited<ReturnType<typeof signIn>>;
let stranger: Awaited<ReturnType<typeof signIn>>;
let harbour = "";
let lighthouse = "";
let count = 0;

beforeAll(async () => {
  stage = await openStage();
  [north, south] = [await createOrganisation(stage, "north"), await createOrganisation(stage, "south")];
  [owner, stranger] = [await signIn(stage, north.people.owner), await signIn(stage, south.people.owner)];
  harbour = await createSite(stage, north.id, "Harbour", { region: "north" });
  lighthouse = await createSite(stage, north.id, "Lighthouse", { region: "south" });
});
afterAll(() => stage.close());

type Told = Partial<Pick<EnrolRequest, "hostname" | "systemUuid" | "providerId" | "machineId">>;

/** Enrols an agent with a new key; gives its id. */
async function enrol(told: Told, place: { siteId?: string; caller?: typeof owner } = {}): Promise<string> {
  count += 1;
  const caller = place.caller ?? owner;
  const { token } = await createJoinToken(caller, {
    name: "Rack",
    siteId: place.siteId ?? harbour,
    labels: {},
    usesMax: 1,
    hoursToLive: 1,
    isApprovalRequired: false,
  });
  const answer = await enrolAgent(
    stage.database,
    {
      token,
      publicKey: createEdge(`identity ${count}`).publicKey,
      hostname: told.hostname ?? `host-${count}`,
      agentVersion: "0.1.0",
      platform: "linux/x64",
      systemUuid: told.systemUuid ?? null,
      systemSerial: null,
      providerId: told.providerId,
      machineId: told.machineId,
    },
    60,
  );
  if ("refused" in answer) throw new Error(answer.message);
  return answer.agentId;
}

const machineOf = async (agentId: string) =>
  (await stage.rows<{ id: string }>("select machine_id as id from agents where id = $1", [agentId]))[0]?.id ?? "";

/** What a session does when something comes from an agent: it is alive, and speaks for whatever machine is its own. */
async function hear(agentId: string, orgId = north.id): Promise<string> {
  await stage.admin.query("update agents set last_received_at = now() where id = $1", [agentId]);
  const [agent] = await stage.rows<{ site_id: string; hostname: string; machine_id: string }>(
    "select site_id, hostname, machine_id from agents where id = $1",
    [agentId],
  );
  if (!agent) throw new Error(`no agent ${agentId}`);
  const { site_id: siteId, hostname, machine_id: machineId } = agent;
  return withTenant(stage.database, { orgId }, (tx) =>
    separateCollision(tx, { id: agentId, orgId, siteId, hostname, machineId }),
  );
}

/** Nothing came from it, nor was it enrolled, for so long that it counts as offline. */
const silence = (agentId: string) =>
  stage.admin.query(
    `update agents set enrolled_at = now() - interval '1 day',
       last_received_at = case when last_received_at is not null then now() - interval '1 hour' end where id = $1`,
    [agentId],
  );

const changesOf = async (machineId: string) =>
  (await stage.rows("select kind from fleet_changes where machine_id = $1 order by id", [machineId])).map(
    (change) => change.kind,
  );
const identityOf = async (machineId: string) =>
  (
    await stage.rows<{ kind: string; value: string }>(
      "select identity_kind as kind, identity_value as value from machines where id = $1",
      [machineId],
    )
  )[0];
const madeUpMachineId = () => randomUUID().replaceAll("-", "");

describe("a machine is known by", () => {
  test("its system UUID, then the provider's id, then the machine id, and else by its agent", async () => {
    const systemUuid = randomUUID();
    const machineId = madeUpMachineId();
    const all = await enrol({ systemUuid: systemUuid.toUpperCase(), providerId: "aws:i-0a1b2c3d4e5f6071", machineId });
    expect(await identityOf(await machineOf(all))).toEqual({ kind: "system_uuid", value: systemUuid });
    const cloud = await enrol({ providerId: "AWS:i-0a1b2c3d4e5f6072", machineId: madeUpMachineId() });
    expect(await identityOf(await machineOf(cloud))).toEqual({ kind: "provider_id", value: "aws:i-0a1b2c3d4e5f6072" });
    const plainId = madeUpMachineId();
    const plain = await enrol({ machineId: plainId });
    expect(await identityOf(await machineOf(plain))).toEqual({ kind: "machine_id", value: plainId });
    const bare = await enrol({});
    expect(await identityOf(await machineOf(bare))).toEqual({ kind: "agent", value: bare });
  });

  test("nothing that many machines share: two with placeholders are two machines, and no collision", async () => {
    const placeholders = {
      systemUuid: "03000200-0400-0500-0006-000700080009",
      providerId: "nocloud:iid-local01",
      machineId: "0".repeat(32),
    };
    const [one, other] = [await enrol(placeholders), await enrol(placeholders)];
    for (const agentId of [one, other]) {
      expect(await identityOf(await machineOf(agentId))).toEqual({ kind: "agent", value: agentId });
      expect((await getMachine(owner, await machineOf(agentId))).collision).toBeNull();
    }
  });

  test("something better once an agent can tell it: installed anew as root it stays the same machine", async () => {
    const machineId = madeUpMachineId();
    const before = await enrol({ machineId });
    const known = await machineOf(before);
    await silence(before);
    const systemUuid = randomUUID();
    const after = await enrol({ systemUuid, machineId });
    expect(await machineOf(after)).toBe(known);
    expect(await identityOf(known)).toEqual({ kind: "system_uuid", value: systemUuid });
  });
});

test("copies of a disk with firmware of their own are machines of their own: one machine id makes no collision", async () => {
  const machineId = madeUpMachineId();
  const plain = await enrol({ machineId });
  const known = await hear(plain);
  const systemUuid = randomUUID();
  const copy = await enrol({ systemUuid, machineId });
  expect(await identityOf(await machineOf(copy))).toEqual({ kind: "system_uuid", value: systemUuid });
  expect(await hear(plain)).toBe(known);
  for (const id of [known, await machineOf(copy)]) expect((await getMachine(owner, id)).collision).toBeNull();
  // Where nothing better is told, one machine id is one claim.
  const second = await enrol({ machineId });
  expect((await getMachine(owner, await machineOf(second))).collision?.machineId).toBe(known);
});

describe("a machine that is installed anew", () => {
  test("keeps its page and history under the new agent, and the timeline says so", async () => {
    const systemUuid = randomUUID();
    const old = await enrol({ systemUuid });
    const machineId = await hear(old);
    await silence(old);
    const anew = await enrol({ systemUuid: systemUuid.toUpperCase() });
    expect(await machineOf(anew)).toBe(machineId);
    expect(await changesOf(machineId)).toEqual(["first_seen", "agent_replaced"]);
    expect((await getMachine(owner, machineId)).collision).toBeNull();
  });

  test("whose agent was revoked is taken over at once", async () => {
    const systemUuid = randomUUID();
    const old = await enrol({ systemUuid });
    const machineId = await hear(old);
    await revokeAgent(owner, old);
    expect(await machineOf(await enrol({ systemUuid }))).toBe(machineId);
  });
});

describe("new hardware under an old name", () => {
  test("is a machine of its own, and both timelines name what replaced what", async () => {
    const [oldUuid, newUuid] = [randomUUID(), randomUUID()];
    const old = await enrol({ systemUuid: oldUuid, hostname: "kiel-12" });
    const oldMachine = await hear(old);
    await silence(old);
    const newMachine = await machineOf(await enrol({ systemUuid: newUuid, hostname: "KIEL-12" }));
    expect(newMachine).not.toBe(oldMachine);
    const told = await stage.rows(
      "select machine_id, kind, before, after from fleet_changes where kind like 'replace%' and machine_id = any($1) order by id",
      [[oldMachine, newMachine]],
    );
    expect(told).toEqual([
      { machine_id: newMachine, kind: "replaces_machine", before: oldUuid, after: newUuid },
      { machine_id: oldMachine, kind: "replaced_by_machine", before: oldUuid, after: newUuid },
    ]);
  });

  test("two machines of one name that are both heard replace nothing", async () => {
    const first = await enrol({ systemUuid: randomUUID(), hostname: "localhost" });
    await hear(first);
    const second = await machineOf(await enrol({ systemUuid: randomUUID(), hostname: "localhost" }));
    expect(await changesOf(second)).toEqual(["first_seen"]);
  });
});

describe("what an agent tells later", () => {
  const tell = (agentId: string, machineId: string, facts: MachineFacts) =>
    withTenant(stage.database, { orgId: north.id }, (tx) =>
      settleIdentity(tx, north.id, { agentId, machineId }, facts),
    );

  test("a disk in other hardware is another machine under the old name; the old page keeps its history", async () => {
    const [oldUuid, newUuid] = [randomUUID(), randomUUID()];
    const agentId = await enrol({ systemUuid: oldUuid, hostname: "moved-disk" });
    const before = await hear(agentId);
    const after = await tell(agentId, before, { systemUuid: { value: newUuid } });
    expect(after).not.toBe(before);
    expect(await hear(agentId)).toBe(after);
    expect(await identityOf(after)).toEqual({ kind: "system_uuid", value: newUuid });
    expect(await changesOf(before)).toEqual(["first_seen", "replaced_by_machine"]);
    expect(await changesOf(after)).toEqual(["first_seen", "replaces_machine"]);
    // Back in the old hardware it is the old machine again.
    expect(await tell(agentId, after, { systemUuid: { value: oldUuid } })).toBe(before);
  });

  test("a UUID in the other byte order, one that many share, or none, changes nothing", async () => {
    const agentId = await enrol({ systemUuid: "4c4c4544-0042-4d10-8052-b4c04f4e3333" });
    const machineId = await hear(agentId);
    const claims: MachineFacts[] = [
      { systemUuid: { value: "44454C4C-4200-104D-8052-B4C04F4E3333" } },
      { systemUuid: { value: "03000200-0400-0500-0006-000700080009" } },
      { systemUuid: { unknown: { code: "not_permitted", detail: "root only" } } },
      {},
    ];
    for (const facts of claims) {
      expect(await tell(agentId, machineId, facts)).toBe(machineId);
    }
    expect(await changesOf(machineId)).toEqual(["first_seen"]);
  });

  test("a system UUID that could not be read at enrolment becomes the identity once it is told", async () => {
    const agentId = await enrol({ machineId: madeUpMachineId() });
    const machineId = await hear(agentId);
    const systemUuid = randomUUID();
    expect(await tell(agentId, machineId, { systemUuid: { value: systemUuid } })).toBe(machineId);
    expect(await identityOf(machineId)).toEqual({ kind: "system_uuid", value: systemUuid });
  });
});

describe("two agents that claim one system UUID and are both heard", () => {
  test("the first keeps the machine, the second gets its own, and both pages and the overview tell it", async () => {
    const systemUuid = randomUUID();
    const first = await enrol({ systemUuid, hostname: "original" });
    const machineId = await hear(first);
    const clone = await enrol({ systemUuid, hostname: "copy" });
    const own = await machineOf(clone);
    expect(own).not.toBe(machineId);
    expect(await hear(first)).toBe(machineId);
    expect(await hear(clone)).toBe(own);
    expect(await machineOf(first)).toBe(machineId);
    expect((await getMachine(owner, machineId)).collision).toMatchObject({ machineId: own, name: "copy" });
    expect((await getMachine(owner, own)).collision).toMatchObject({ machineId, name: "original" });
    const { attention } = await getOverview(owner);
    const told = attention.filter((line) => line.kind === "collision").map((line) => line.machineId);
    expect(told).toEqual(expect.arrayContaining([machineId, own]));
    expect(await changesOf(machineId)).toEqual(["first_seen", "identity_claimed"]);
    expect(await changesOf(own)).toEqual(["identity_collision"]);
  });

  test("revoking the second ends the matter", async () => {
    const systemUuid = randomUUID();
    const first = await enrol({ systemUuid });
    const machineId = await hear(first);
    const clone = await enrol({ systemUuid });
    await revokeAgent(owner, clone);
    expect(await hear(first)).toBe(machineId);
    expect((await getMachine(owner, machineId)).collision).toBeNull();
  });

  test("revoking the first gives the machine to the second at its next word; its own stays behind with what it had", async () => {
    const systemUuid = randomUUID();
    const first = await enrol({ systemUuid });
    const machineId = await hear(first);
    const clone = await enrol({ systemUuid });
    const own = await machineOf(clone);
    expect(await hear(clone)).toBe(own);
    await revokeAgent(owner, first);
    expect(await hear(clone)).toBe(machineId);
    expect(await machineOf(clone)).toBe(machineId);
    expect(await stage.rows("select agent_id, collides_with from machines where id = $1", [own])).toEqual([
      { agent_id: null, collides_with: null },
    ]);
    expect((await getMachine(owner, machineId)).collision).toBeNull();
  });

  test("a first one that comes back after the second took its place gets its machine back", async () => {
    const systemUuid = randomUUID();
    const first = await enrol({ systemUuid, hostname: "was away" });
    const machineId = await hear(first);
    await silence(first);
    const second = await enrol({ systemUuid, hostname: "came meanwhile" });
    expect(await hear(second)).toBe(machineId);
    expect(await hear(first)).toBe(machineId);
    const own = await machineOf(second);
    expect(own).not.toBe(machineId);
    expect(await hear(second)).toBe(own);
    expect(await hear(first)).toBe(machineId);
    expect((await getMachine(owner, machineId)).collision?.machineId).toBe(own);
    // Nothing more happens, however often both are heard.
    expect(await changesOf(own)).toEqual(["identity_collision"]);
  });

  test("who may see one of the two sites is told of the other machine's existence and not of its name", async () => {
    const systemUuid = randomUUID();
    const first = await enrol({ systemUuid, hostname: "visible" });
    const machineId = await hear(first);
    const hidden = await enrol({ systemUuid, hostname: "secret" }, { siteId: lighthouse });
    await hear(hidden);
    const member = await createMember(stage, north.id, {
      email: "limited@north.test",
      role: "admin",
      scopeSelector: "region=north",
    });
    const limited = await signIn(stage, member);
    expect((await getMachine(limited, machineId)).collision).toEqual({
      machineId: null,
      agentId: null,
      name: null,
      siteName: null,
      lastReceivedAt: null,
    });
    expect((await getMachine(owner, machineId)).collision).toMatchObject({ name: "secret", siteName: "Lighthouse" });
  });
});

describe("a machine that moves to another site", () => {
  test("is not pulled away while its agent is not revoked, however long it has been silent", async () => {
    const systemUuid = randomUUID();
    const first = await enrol({ systemUuid });
    const machineId = await hear(first);
    await silence(first);
    const mover = await enrol({ systemUuid }, { siteId: lighthouse });
    expect(await hear(mover)).not.toBe(machineId);
    const siteOf = () => stage.rows("select site_id from machines where id = $1", [machineId]);
    expect(await siteOf()).toEqual([{ site_id: harbour }]);

    await revokeAgent(owner, first);
    expect(await hear(mover)).toBe(machineId);
    expect(await siteOf()).toEqual([{ site_id: lighthouse }]);
    expect(await changesOf(machineId)).toEqual(["first_seen", "identity_claimed", "agent_replaced", "site"]);
    const [moved] = await stage.rows(
      "select before, after from fleet_changes where machine_id = $1 and kind = 'site'",
      [machineId],
    );
    expect(moved).toEqual({ before: harbour, after: lighthouse });
  });
});

test("machines of two organisations never meet, whatever they claim", async () => {
  const claims = { systemUuid: randomUUID() };
  const here = await enrol(claims);
  await hear(here);
  const there = await enrol(claims, { siteId: await createSite(stage, south.id, "Delta"), caller: stranger });
  const machineId = await hear(there, south.id);
  expect(machineId).not.toBe(await machineOf(here));
  expect((await getMachine(stranger, machineId)).collision).toBeNull();
});
