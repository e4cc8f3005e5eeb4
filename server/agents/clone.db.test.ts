import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MachineFacts } from "@/contract/telemetry";
import type { Caller } from "@/server/access/caller";
import { getMachine } from "@/server/fleet/machine-queries";
import { batchOf, factsOf, reportMessage } from "@/server/testing/batches";
import { createEdge, type Edge, enrolEdge, type Gateway, startGateway } from "@/server/testing/edge";
import { createOrganisation, createSite, signIn } from "@/server/testing/people";
import { openSession, TestSession } from "@/server/testing/session";
import { openStage, type Stage } from "@/server/testing/stage";
import { until } from "@/server/testing/until";
import { createJoinToken, keepProcess, revokeAgent } from "./commands";

/** Copies of machines as they speak: through the real gateway, with sessions, frames and reports. */
let stage: Stage;
let gateway: Gateway;
let owner: Caller;
let token = "";

beforeAll(async () => {
  stage = await openStage();
  const organisation = await createOrganisation(stage, "north");
  owner = await signIn(stage, organisation.people.owner);
  const siteId = await createSite(stage, organisation.id, "Harbour");
  gateway = await startGateway(stage.database);
  const input = { name: "Rack", siteId, labels: {}, usesMax: 100, hoursToLive: 1, isApprovalRequired: false };
  token = (await createJoinToken(owner, input)).token;
});
afterAll(async () => {
  await gateway.close();
  await stage.close();
});

const machineOf = async (edge: Edge) =>
  (await stage.rows<{ id: string }>("select machine_id as id from agents where id = $1", [edge.agentId]))[0]?.id ?? "";

/** How many moments of a machine are stored. */
async function momentsOf(machineId: string): Promise<number> {
  const [row] = await stage.rows<{ n: number }>(
    `select coalesce(sum(i.moments), 0)::int as n from telemetry_inbox i
     join telemetry_streams s on s.org_id = i.org_id and s.id = i.stream_id where s.machine_id = $1`,
    [machineId],
  );
  return row?.n ?? 0;
}

let at = Date.now() - 600_000;
/** One more moment, acknowledged and written as the current state. */
async function report(session: TestSession): Promise<void> {
  at += 10_000;
  expect(await session.sendLive(batchOf({ sequence: 1 }, { at: new Date(at) }).block)).toMatchObject({
    type: "acknowledged",
  });
  await gateway.writeStates();
}

async function refusalOf(session: TestSession) {
  await until("the session is refused", () => session.closed);
  return session.refusal?.code;
}

describe("two machines with one system UUID and keys of their own", () => {
  test("never mix a moment, and the first keeps page and history, from the copy's enrolment to its end", async () => {
    const uuid = randomUUID();
    const original = await enrolEdge(gateway, token, createEdge(`original ${uuid}`, uuid));
    const first = await openSession(gateway, original);
    await report(first);
    const machineId = await machineOf(original);
    const copy = await enrolEdge(gateway, token, createEdge(`copy ${uuid}`, uuid));
    const second = await openSession(gateway, copy);
    for (let round = 0; round < 3; round += 1) {
      await report(second);
      await report(first);
    }
    const own = await machineOf(copy);
    expect(own).not.toBe(machineId);
    expect(await machineOf(original)).toBe(machineId);
    expect([await momentsOf(machineId), await momentsOf(own)]).toEqual([4, 3]);
    expect((await getMachine(owner, machineId)).collision?.machineId).toBe(own);
    expect((await getMachine(owner, own)).collision?.machineId).toBe(machineId);

    await revokeAgent(owner, original.agentId);
    await report(second);
    expect(await machineOf(copy)).toBe(machineId);
    expect([await momentsOf(machineId), await momentsOf(own)]).toEqual([5, 3]);
    await Promise.all([first.close(), second.close()]);
  });
});

describe("a disk that was copied with the agent's key on it", () => {
  /** Stands in for the clock: as if all that was heard so far had been heard five minutes earlier. */
  const passFiveMinutes = (edge: Edge) =>
    stage.admin.query(
      `update agent_processes set first_seen_at = first_seen_at - interval '5 minutes',
         heard_at = heard_at - interval '5 minutes' where agent_id = $1`,
      [edge.agentId],
    );

  test("is found out, its copy waits with its data, and a person decides which of the two goes on", async () => {
    const edge = await enrolEdge(gateway, token, createEdge(`cloned ${randomUUID()}`));
    const original = { epoch: 100, bootId: "boot of the original" };
    const copy = { epoch: 200, bootId: "boot of the copy" };
    const first = await openSession(gateway, edge, original);
    await report(first);
    await passFiveMinutes(edge);
    const second = await openSession(gateway, edge, copy);
    await passFiveMinutes(edge);
    // Both come again, as sessions do on a bad link: they run side by side.
    await second.close();
    await (await openSession(gateway, edge, copy)).close();
    await first.close();
    const again = await openSession(gateway, edge, original);
    await report(again);
    expect(await refusalOf(new TestSession(gateway, edge, copy))).toBe("agent_waiting");
    const machine = await getMachine(owner, await machineOf(edge));
    expect(machine.sharedKey?.processes.map(({ bootId }) => bootId).sort()).toEqual([copy.bootId, original.bootId]);

    await keepProcess(owner, { agentId: edge.agentId, epoch: original.epoch });
    expect(await refusalOf(new TestSession(gateway, edge, copy))).toBe("agent_revoked");
    await report(again);
    await again.close();
  });
});

describe("the life of a machine, as its agent tells it", () => {
  const tell = async (session: TestSession, sequence: number, facts: MachineFacts) =>
    expect(await session.send(reportMessage(sequence, { facts }))).toMatchObject({ type: "acknowledged" });

  test("another host name is the same machine under the new name, and its timeline says so", async () => {
    const edge = await enrolEdge(gateway, token, createEdge(`renamed ${randomUUID()}`));
    const session = await openSession(gateway, edge);
    await tell(session, 1, factsOf({ hostname: { value: "kiel-12" } }));
    await tell(session, 2, factsOf({ hostname: { value: "kiel-13" } }));
    const { name, changes } = await getMachine(owner, await machineOf(edge));
    expect(name).toBe("kiel-13");
    expect(changes.find((change) => change.kind === "hostname")).toMatchObject({ before: "kiel-12", after: "kiel-13" });
    await session.close();
  });

  test("a disk in other hardware is another machine from then on, with a stream of its own", async () => {
    const [oldUuid, newUuid] = [randomUUID(), randomUUID()];
    const edge = await enrolEdge(gateway, token, createEdge(`swapped ${oldUuid}`, oldUuid));
    const session = await openSession(gateway, edge);
    await report(session);
    const before = await machineOf(edge);
    await tell(session, 2, factsOf({ systemUuid: { value: newUuid }, hostname: { value: edge.name } }));
    const after = await machineOf(edge);
    expect(after).not.toBe(before);
    await session.close();
    const next = await openSession(gateway, edge, { epoch: 2 });
    await report(next);
    expect([await momentsOf(before), await momentsOf(after)]).toEqual([1, 1]);
    expect((await getMachine(owner, after)).changes.map((change) => change.kind)).toContain("replaces_machine");
    await next.close();
  });
});
