import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PushBatch } from "@/contract/telemetry";
import { createJoinToken } from "@/server/agents/commands";
import { batchOf, factsOf, filesystemSample, machineSample } from "@/server/testing/batches";
import { createEdge, type Edge, enrolEdge, type Gateway, pushBatch, startGateway } from "@/server/testing/edge";
import { createOrganisation, createSite, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";

let stage: Stage;
let gateway: Gateway;
let token = "";
let edge: Edge;
let count = 0;

beforeAll(async () => {
  stage = await openStage();
  const organisation = await createOrganisation(stage, "north");
  const siteId = await createSite(stage, organisation.id, "Harbour");
  gateway = await startGateway(stage.database);
  ({ token } = await createJoinToken(await signIn(stage, organisation.people.owner), {
    name: "Rack",
    siteId,
    labels: {},
    usesMax: 1000,
    hoursToLive: 1,
    isApprovalRequired: false,
  }));
});
afterAll(async () => {
  await gateway.close();
  await stage.close();
});
beforeEach(async () => {
  count += 1;
  edge = await enrolEdge(gateway, token, createEdge(`edge ${count}`));
});

const MINUTE = 60_000;
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE);
const push = async (batch: PushBatch) => {
  const reply = await pushBatch(gateway, edge, batch);
  expect(reply.status).toBe(200);
};

type Agent = {
  last_received_at: Date;
  clock_offset_seconds: number;
  report: PushBatch["agent"];
  version: string;
  interval_seconds: number;
  state_epoch: string;
  state_sequence: string;
};
async function agentRow(): Promise<Agent> {
  const [row] = await stage.rows<Agent>("select * from agents where id = $1", [edge.agentId]);
  if (!row) throw new Error("the agent is not there");
  return row;
}
type Machine = {
  id: string;
  name: string;
  load1: number;
  facts: Record<string, { value: string }>;
  readings_observed_at: Date;
};
async function machineRow(): Promise<Machine> {
  const [row] = await stage.rows<Machine>(
    "select m.* from machines m join agents a on a.machine_id = m.id where a.id = $1",
    [edge.agentId],
  );
  if (!row) throw new Error("the machine is not there");
  return row;
}
const history = () =>
  stage.rows<{ observed_at: Date; received_at: Date; load1: number }>(
    `select s.observed_at, s.received_at, s.readings[9]::float8 as load1
     from telemetry_samples s join telemetry_entities e on e.org_id = s.org_id and e.id = s.entity_id
     join agents a on a.machine_id = e.machine_id where a.id = $1 and e.kind = 'machine' order by 1`,
    [edge.agentId],
  );

describe("a late batch", () => {
  const newest = { epoch: 7, sequence: 5 };
  beforeEach(() =>
    push(
      batchOf(newest, {
        at: ago(1),
        entities: [machineSample(2000, { load1: 5 })],
        facts: factsOf({ hostname: { value: "new-name" }, kernelVersion: { value: "6.2" } }),
        intervalSeconds: 30,
        agent: { version: "2.0", startedAt: "2026-01-01T00:00:00Z", spoolBatches: 3, spoolBytes: 9, droppedBatches: 0 },
      }),
    ),
  );

  test.each([
    ["a smaller sequence of the same epoch", { epoch: 7, sequence: 4 }],
    ["an older epoch with a greater sequence", { epoch: 6, sequence: 99 }],
  ])("with %s fills history and moves nothing back", async (_title, name) => {
    const [machineBefore, agentBefore] = [await machineRow(), await agentRow()];
    const late = batchOf(name, {
      at: ago(10),
      entities: [machineSample(1000, { load1: 1 })],
      facts: factsOf({ hostname: { value: "old-name" }, kernelVersion: { value: "6.1" } }),
      intervalSeconds: 600,
      agent: { version: "1.0", startedAt: "2026-01-01T00:00:00Z", spoolBatches: 0, spoolBytes: 0, droppedBatches: 8 },
    });
    await push(late);
    expect((await history()).map((row) => row.load1)).toEqual([1, 5]);
    expect(await machineRow()).toEqual(machineBefore);
    const agent = await agentRow();
    expect(agent.last_received_at >= agentBefore.last_received_at).toBe(true);
    const atEachPush = { last_received_at: null, clock_offset_seconds: null };
    expect({ ...agent, ...atEachPush }).toEqual({ ...agentBefore, ...atEachPush });
    const [entity] = await stage.rows(
      "select readings[9]::float8 as load1, state_sequence::int as sequence from telemetry_entities where machine_id = $1",
      [machineBefore.id],
    );
    expect(entity).toEqual({ load1: 5, sequence: 5 });
    const kinds = await stage.rows("select kind from fleet_changes where machine_id = $1", [machineBefore.id]);
    expect(kinds).toEqual([{ kind: "first_seen" }]);
  });

  test("that brings an entity of its own makes it known without touching the newer ones", async () => {
    const late = batchOf({ epoch: 7, sequence: 3 }, { at: ago(20), entities: [filesystemSample("/gone", 0.99)] });
    await push(late);
    const [row] = await stage.rows("select filesystem_fullest_key as key from machines where id = $1", [
      (await machineRow()).id,
    ]);
    expect(row).toEqual({ key: null });
  });

  test("of a newer epoch with a small sequence is not late", async () => {
    await push(batchOf({ epoch: 8, sequence: 1 }, { entities: [machineSample(10, { load1: 0.5 })] }));
    expect((await machineRow()).load1).toBe(0.5);
    expect(await agentRow()).toMatchObject({ state_epoch: "8", state_sequence: "1" });
  });
});

describe("several observations in one batch", () => {
  test("are all history, and the newest of them is what is true now, in whatever order they come", async () => {
    const observations = [3, 1, 2].map((minutes) => ({
      observedAt: ago(minutes).toISOString(),
      entities: [machineSample(2000 - 60 * minutes, { load1: minutes })],
    }));
    await push(batchOf({ sequence: 1 }, { observations }));
    expect((await history()).map((row) => row.load1)).toEqual([3, 2, 1]);
    expect((await machineRow()).load1).toBe(1);
  });
});

describe("an edge clock that is wrong", () => {
  const YEAR = 365 * 86_400_000;
  const withClock = (offsetMs: number, observedMinutesAgo: number) => {
    const edgeNow = Date.now() + offsetMs;
    return batchOf(
      { sequence: 1 },
      { sentAt: new Date(edgeNow).toISOString(), at: new Date(edgeNow - observedMinutesAgo * MINUTE) },
    );
  };
  const ageSeconds = async () => (Date.now() - ((await history())[0]?.observed_at.getTime() ?? 0)) / 1000;

  test.each([
    ["a year behind", -YEAR],
    ["a year ahead", YEAR],
    ["ten minutes behind", -10 * MINUTE],
    ["ten minutes ahead", 10 * MINUTE],
    ["121 seconds behind", -121_000],
  ])("by %s is corrected: an observation of five minutes ago is kept at five minutes ago", async (_title, offsetMs) => {
    await push(withClock(offsetMs, 5));
    expect(await ageSeconds()).toBeGreaterThan(5 * 60 - 2);
    expect(await ageSeconds()).toBeLessThan(5 * 60 + 5);
    expect((await agentRow()).clock_offset_seconds).toBeCloseTo(-offsetMs / 1000, -1);
  });

  test.each([
    ["behind", -100_000],
    ["ahead", 100_000],
  ])("by less than two minutes %s is left as it is", async (_title, offsetMs) => {
    await push(withClock(offsetMs, 5));
    const expected = 5 * 60 - offsetMs / 1000;
    expect(await ageSeconds()).toBeGreaterThan(expected - 2);
    expect(await ageSeconds()).toBeLessThan(expected + 5);
  });

  test("times that cannot be right are acknowledged, set aside with their readings and counted, and make no history", async () => {
    const observations = [ago(36 * 24 * 60), new Date(Date.now() + 6 * MINUTE), ago(1)].map((at, index) => ({
      observedAt: at.toISOString(),
      entities: [machineSample(1000, { load1: index })],
    }));
    await push(batchOf({ sequence: 1 }, { observations }));
    expect((await history()).map((row) => row.load1)).toEqual([2]);
    const aside = await stage.rows<{ at: Date; load1: number }>(
      `select observed_at as at, (entities -> 0 -> 'readings' ->> 'load1')::float8 as load1
       from telemetry_misdated where agent_id = $1 order by observed_at`,
      [edge.agentId],
    );
    expect(aside.map((row) => [row.at.toISOString(), row.load1])).toEqual([
      [observations[0]?.observedAt, 0],
      [observations[1]?.observedAt, 1],
    ]);
  });

  test("both clocks are kept: when it was seen at the edge and when it came here", async () => {
    await push(batchOf({ sequence: 1 }, { at: ago(30) }));
    const [row] = await history();
    expect((Date.now() - (row?.received_at.getTime() ?? 0)) / 1000).toBeLessThan(10);
    expect((row?.received_at.getTime() ?? 0) - (row?.observed_at.getTime() ?? 0)).toBeGreaterThan(29 * MINUTE);
  });
});
