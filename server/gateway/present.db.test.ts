import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Database, openDatabase, withTenant } from "@/db/client";
import { createJoinToken, revokeAgent } from "@/server/agents/commands";
import { readEntityStates } from "@/server/fleet/entity-states";
import { compactOrganisation } from "@/server/telemetry/compact";
import { backlogMessage, batchOf, factsOf, healthOf, reportMessage, type TestBatch } from "@/server/testing/batches";
import {
  createEdge,
  type Edge,
  enrolEdge,
  type Gateway,
  postMessages,
  pushBatch,
  startGateway,
  uuidOf,
} from "@/server/testing/edge";
import { filesystemReadings, firstReadings, machineReadings } from "@/server/testing/entity-readings";
import { createOrganisation, createSite, signIn } from "@/server/testing/people";
import { openSession } from "@/server/testing/session";
import { openStage, type Stage } from "@/server/testing/stage";

let stage: Stage;
let worker: Database;
let gateway: Gateway;
let orgId = "";
let owner: Awaited<ReturnType<typeof signIn>>;
let token = "";
let edge: Edge;
let count = 0;

beforeAll(async () => {
  stage = await openStage();
  worker = openDatabase(stage.urls.workerUrl, { applicationName: "test", connectionsMax: 2 });
  const organisation = await createOrganisation(stage, "north");
  orgId = organisation.id;
  owner = await signIn(stage, organisation.people.owner);
  const siteId = await createSite(stage, organisation.id, "Harbour");
  gateway = await startGateway(stage.database);
  const input = { name: "Rack", siteId, labels: {}, usesMax: 1000, hoursToLive: 1, isApprovalRequired: false };
  ({ token } = await createJoinToken(owner, input));
});
afterAll(async () => {
  await gateway.close();
  await worker.close();
  await stage.close();
});
beforeEach(async () => {
  count += 1;
  edge = await enrolEdge(gateway, token, createEdge(`edge ${count}`));
});

const MINUTE = 60_000;
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE);
/** Pushes and waits until the present shows it. */
const push = async (batch: TestBatch, by = edge) => {
  const reply = await pushBatch(gateway, by, batch);
  expect(reply.status, JSON.stringify(reply.body)).toBe(200);
  expect(new Set(reply.body.results.map(({ verdict }) => verdict))).toEqual(new Set(["stored"]));
  await gateway.writeStates();
};

type Machine = {
  id: string;
  name: string;
  load1: number;
  cpu: number;
  fullest: string | null;
  facts: Record<string, { value: string }>;
  unknown: object;
  power: number | null;
};
async function machineRow(by = edge): Promise<Machine> {
  const [row] = await stage.rows<Machine>(
    `select m.id, m.name, m.facts, t.load1, t.cpu_used_ratio as cpu, t.filesystem_fullest_key as fullest, t.unknown,
       t.power_watts as power
     from agents a join machines m on m.id = a.machine_id left join telemetry_machines t on t.machine_id = m.id
     where a.id = $1`,
    [by.agentId],
  );
  if (!row) throw new Error("the machine is not there");
  return row;
}
const agentRow = async () => {
  const [row] = await stage.rows("select * from agents where id = $1", [edge.agentId]);
  return row ?? {};
};
const changesOf = (machineId: string) =>
  stage.rows<{ kind: string }>("select kind from fleet_changes where machine_id = $1 order by id", [machineId]);

describe("the newest readings", () => {
  test("are the figures of lists: rates are increments over the time that they cover", async () => {
    const disks = [filesystemReadings("/", 0.4), filesystemReadings("/data", 0.9)];
    await push(batchOf({ sequence: 1 }, { entities: [machineReadings({ energyJoules: 600 }), ...disks] }));
    const machine = await machineRow();
    expect(machine).toMatchObject({ load1: 1.25, fullest: "/data" });
    expect(machine.cpu).toBeCloseTo(0.25, 6);
    expect(machine.power).toBeCloseTo(10, 6);
  });

  test("that are missing keep their reason, with the edge's own words once they were told", async () => {
    const unknown = {
      "machine\nmachine": { energyJoules: { code: "not_offered" as const, detail: "no powercap on this kernel" } },
    };
    await push(batchOf({ sequence: 1 }, { entities: [firstReadings()], report: { unknown } }));
    expect(await machineRow()).toMatchObject({
      cpu: null,
      unknown: {
        cpuUsedRatio: { code: "not_yet" },
        powerWatts: { code: "not_offered", detail: "no powercap on this kernel" },
      },
    });
    // What is not named any more is known again.
    await push(batchOf({ sequence: 2 }, { report: { unknown: {} } }));
    const { id } = await machineRow();
    const states = await withTenant(stage.database, { orgId }, (tx) => readEntityStates(tx, orgId, [id]));
    expect(states[0]?.unknown.energyJoules).toEqual({ code: "not_offered", detail: "" });
  });

  test("of several moments in one frame are those of the last moment at which the entity was recorded", async () => {
    const { blockOfReadings } = await import("@/server/testing/readings");
    const now = Math.floor(Date.now() / 1000);
    const entries = [
      { kind: "machine" as const, key: "machine" },
      { kind: "filesystem" as const, key: "/" },
    ];
    const root = filesystemReadings("/", 0.5).readings;
    const block = blockOfReadings(entries, [
      { at: now - 120, readings: { machine: machineReadings({ load1: 1 }).readings, "/": root } },
      { at: now - 60, readings: { machine: machineReadings({ load1: 2 }).readings } },
    ]);
    const session = await openSession(gateway, edge);
    await session.sendLive(block);
    await gateway.writeStates();
    expect(await machineRow()).toMatchObject({ load1: 2, fullest: null });
    const rows = await stage.rows<{ kind: string; at: number }>(
      `select kind, extract(epoch from observed_at)::int as at from telemetry_entities e
       join agents a on a.machine_id = e.machine_id where a.id = $1 order by kind`,
      [edge.agentId],
    );
    expect(rows).toEqual([
      { kind: "filesystem", at: now - 120 },
      { kind: "machine", at: now - 60 },
    ]);
    await session.close();
  });
});

describe("a frame or report that comes late", () => {
  const newest = { epoch: 7, sequence: 5 };
  beforeEach(() =>
    push(
      batchOf(newest, {
        at: ago(1),
        entities: [machineReadings({ load1: 5 })],
        facts: factsOf({ hostname: { value: "new-name" }, kernelVersion: { value: "6.2" } }),
        report: { agent: healthOf({ version: "2.0", intervalSeconds: 30, spoolMoments: 3 }) },
      }),
    ),
  );

  test.each([
    ["a smaller sequence of the same epoch", { epoch: 7, sequence: 4 }],
    ["an older epoch with a greater sequence", { epoch: 6, sequence: 99 }],
  ])("with %s fills history and moves nothing back", async (_title, name) => {
    const [machineBefore, agentBefore] = [await machineRow(), await agentRow()];
    await push(
      batchOf(name, {
        at: ago(10),
        entities: [machineReadings({ load1: 1 })],
        facts: factsOf({ hostname: { value: "old-name" }, kernelVersion: { value: "6.1" } }),
        report: { agent: healthOf({ version: "1.0", intervalSeconds: 600, droppedMoments: 8 }) },
      }),
    );
    expect(await machineRow()).toEqual(machineBefore);
    const contact = { last_received_at: null, clock_offset_seconds: null };
    expect({ ...(await agentRow()), ...contact }).toEqual({ ...agentBefore, ...contact });
    expect(await changesOf(machineBefore.id)).toEqual([{ kind: "first_seen" }]);
    // The merge offers what it comes by to the present, too; neither does that move anything back.
    await compactOrganisation(worker, orgId, { dueSeconds: 0 });
    expect(await machineRow()).toEqual(machineBefore);
    const [record] = await stage.rows<{ moments: number }>(
      `select sum(c.moments)::int as moments from telemetry_chunks c join telemetry_streams s on s.id = c.stream_id
       where s.machine_id = $1`,
      [machineBefore.id],
    );
    expect(record).toEqual({ moments: 2 });
  });

  test("that brings an entity of its own makes it known without touching the newer ones", async () => {
    await push(batchOf({ epoch: 7, sequence: 3 }, { at: ago(20), entities: [filesystemReadings("/gone", 0.99)] }));
    await compactOrganisation(worker, orgId, { dueSeconds: 0 });
    const machine = await machineRow();
    expect(machine.fullest).toBeNull();
    const rows = await stage.rows(
      "select key from telemetry_entities where machine_id = $1 and state is not null order by 1",
      [machine.id],
    );
    expect(rows).toEqual([{ key: "/gone" }, { key: "machine" }]);
  });

  test("of a newer epoch with a small sequence is not late", async () => {
    await push(batchOf({ epoch: 8, sequence: 1 }, { entities: [machineReadings({ load1: 0.5 })] }));
    expect((await machineRow()).load1).toBe(0.5);
    expect(await agentRow()).toMatchObject({ state_epoch: "8", state_sequence: "1" });
  });
});

describe("reports", () => {
  test("move the facts and write what changed into the timeline, once", async () => {
    await push(batchOf({ sequence: 1 }, { facts: factsOf() }));
    const changed = factsOf({ kernelVersion: { value: "6.99" }, bootId: { value: "boot-2" } });
    for (const sequence of [2, 2, 3]) await postMessages(gateway, edge, [reportMessage(sequence, { facts: changed })]);
    const machine = await machineRow();
    expect(machine.facts.kernelVersion?.value).toBe("6.99");
    expect((await changesOf(machine.id)).map(({ kind }) => kind).sort()).toEqual([
      "first_seen",
      "kernelVersion",
      "reboot",
    ]);
  });

  test("say how the agent fares, and since when its stream has only means", async () => {
    const thinnedSince = "2026-11-01T00:00:00.000Z";
    const health = healthOf({ intervalSeconds: 300, profile: "lean", thinnedSince, droppedMoments: 4 });
    await push(batchOf({ sequence: 1 }, { report: { agent: health } }));
    expect(await agentRow()).toMatchObject({ report: health, interval_seconds: 300, version: "0.1.0" });
    const [stream] = await stage.rows(
      "select s.interval_seconds, s.thinned_since from telemetry_streams s join agents a on a.machine_id = s.machine_id where a.id = $1",
      [edge.agentId],
    );
    expect(stream).toEqual({ interval_seconds: 300, thinned_since: new Date(thinnedSince) });
  });
});

describe("contacts", () => {
  test("note when the agent was heard and how far its clock is off", async () => {
    const time = new Date(Date.now() - 600_000).toISOString();
    const [dictionary, frame] = (await import("@/server/testing/batches")).messagesOf(batchOf({ sequence: 1 }));
    if (!dictionary || !frame) throw new Error("no messages");
    await postMessages(gateway, edge, [dictionary, frame], { time });
    await gateway.writeStates();
    const agent = await agentRow();
    expect(Math.abs(Number(agent.clock_offset_seconds) - 600)).toBeLessThan(5);
    expect(Date.now() - (agent.last_received_at as Date).getTime()).toBeLessThan(5000);
  });

  test("with times of a clock that was never compared are remembered as such", async () => {
    const batch = batchOf({ sequence: 1 });
    await push(batch);
    expect((await agentRow()).clock_unsure_at).toBeNull();
    await postMessages(gateway, edge, [backlogMessage(batch.block, { sequence: 1, isClockUnsure: true })]);
    await gateway.writeStates();
    expect((await agentRow()).clock_unsure_at).toEqual(expect.any(Date));
  });
});

describe("two agents that claim one system UUID", () => {
  test("get a machine each while both are alive, with what each of them read", async () => {
    const [a, b] = [
      createEdge(`clone a ${count}`, uuidOf(`cloned ${count}`)),
      createEdge(`clone b ${count}`, uuidOf(`cloned ${count}`)),
    ];
    const first = await enrolEdge(gateway, token, a);
    await push(batchOf({ sequence: 1 }, { entities: [machineReadings({ load1: 1 })] }), first);
    const second = await enrolEdge(gateway, token, b);
    await push(batchOf({ sequence: 1 }, { entities: [machineReadings({ load1: 2 })] }), second);
    await push(batchOf({ sequence: 2 }, { entities: [machineReadings({ load1: 3 })] }), first);
    await push(batchOf({ sequence: 2 }, { entities: [machineReadings({ load1: 4 })] }), second);
    const [one, two] = [await machineRow(first), await machineRow(second)];
    expect(one.id).not.toBe(two.id);
    expect([one.load1, two.load1]).toEqual([3, 4]);
    const streams = await stage.rows("select 1 from telemetry_streams where machine_id = any($1)", [[one.id, two.id]]);
    expect(streams).toHaveLength(2);
  });

  test("go on as one once the other is revoked", async () => {
    const uuid = uuidOf(`successor ${count}`);
    const first = await enrolEdge(gateway, token, createEdge(`old ${count}`, uuid));
    await push(batchOf({ sequence: 9 }, { entities: [machineReadings({ load1: 1 })] }), first);
    await revokeAgent(owner, first.agentId);
    const second = await enrolEdge(gateway, token, createEdge(`new ${count}`, uuid));
    await push(batchOf({ sequence: 1 }, { entities: [machineReadings({ load1: 2 })] }), second);
    const machine = await machineRow(second);
    expect(machine.load1).toBe(2);
    expect(await stage.rows("select 1 from telemetry_streams where machine_id = $1", [machine.id])).toHaveLength(1);
  });
});
