import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withTenant } from "@/db/client";
import { getMachine } from "@/server/fleet/machine-queries";
import { getOverview } from "@/server/fleet/overview-queries";
import { createEdge } from "@/server/testing/edge";
import { createOrganisation, createSite, type Organisation, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { createJoinToken, keepProcess } from "./commands";
import { enrolAgent } from "./enrol";
import type { ProcessVerdict } from "./process-verdict";
import { noteSessions } from "./processes";
import { AgentListInput, listAgents } from "./queries";

let stage: Stage;
let org: Organisation;
let owner: Awaited<ReturnType<typeof signIn>>;
let siteId = "";
let count = 0;
const START = Date.now() - 600_000;
const INTERVAL_SECONDS = 60;

beforeAll(async () => {
  stage = await openStage();
  org = await createOrganisation(stage, "north");
  owner = await signIn(stage, org.people.owner);
  siteId = await createSite(stage, org.id, "Harbour");
});
afterAll(() => stage.close());

async function enrol(): Promise<{ agentId: string; machineId: string }> {
  count += 1;
  const name = `process ${count}`;
  const input = { name: "Rack", siteId, labels: {}, usesMax: 1, hoursToLive: 1, isApprovalRequired: false };
  const { token } = await createJoinToken(owner, input);
  const answer = await enrolAgent(
    stage.database,
    {
      token,
      publicKey: createEdge(name).publicKey,
      hostname: name,
      agentVersion: "0.1.0",
      platform: "linux/x64",
      systemUuid: randomUUID(),
      systemSerial: null,
    },
    INTERVAL_SECONDS,
  );
  if ("refused" in answer) throw new Error(answer.message);
  const rows = await stage.rows<{ id: string }>(
    "update agents set last_received_at = now() where id = $1 returning machine_id as id",
    [answer.agentId],
  );
  return { agentId: answer.agentId, machineId: rows[0]?.id ?? "" };
}

type Process = { agentId: string; epoch: number; bootId: string | null };

/** What the gateway is told when these are heard so many seconds after the start. */
async function hear(seconds: number, ...processes: Process[]): Promise<ProcessVerdict[]> {
  const at = new Date(START + seconds * 1000);
  return withTenant(stage.database, { orgId: org.id }, (tx) => noteSessions(tx, org.id, processes, at));
}

/** An agent and the copy of its disk, heard until both are known to be alive. */
async function clone(): Promise<{ machineId: string; agentId: string; first: Process; second: Process }> {
  const { agentId, machineId } = await enrol();
  const first = { agentId, epoch: 1, bootId: randomUUID() };
  const second = { agentId, epoch: 2, bootId: randomUUID() };
  await hear(0, first);
  await hear(300, second);
  await hear(320, first, second);
  return { agentId, machineId, first, second };
}

const sharedSince = async (agentId: string) =>
  (await listAgents(owner, AgentListInput.parse({ search: agentId }))).rows[0]?.sharedSince;

test("an agent that is started anew again and again, on a machine that is booted anew, is one agent", async () => {
  const { agentId } = await enrol();
  for (let run = 0; run < 5; run += 1) {
    const process = { agentId, epoch: run + 1, bootId: `boot ${Math.floor(run / 2)}` };
    expect(await hear(run * 100, process)).toEqual(["speaks"]);
    expect(await hear(run * 100 + 90, process)).toEqual(["speaks"]);
  }
  expect(await sharedSince(agentId)).toBeNull();
});

test("a cloned key is told at once on the machine page, the list and the overview; the first goes on, the second waits", async () => {
  const { agentId, machineId, first, second } = await clone();
  expect(await hear(330, second, first)).toEqual(["waits", "speaks"]);
  expect(await sharedSince(agentId)).toEqual(new Date(START + 320_000));
  const { sharedKey, changes } = await getMachine(owner, machineId);
  expect(sharedKey?.processes.map(({ epoch, bootId }) => [epoch, bootId])).toEqual(
    expect.arrayContaining([
      [1, first.bootId],
      [2, second.bootId],
    ]),
  );
  expect(changes.map((change) => change.kind)).toEqual(expect.arrayContaining(["first_seen", "key_shared"]));
  const { attention } = await getOverview(owner);
  expect(attention.filter((line) => line.machineId === machineId)).toMatchObject([
    { kind: "shared", severity: "critical", agentId },
  ]);
});

test("is told once, however often both are heard", async () => {
  const { machineId, first, second } = await clone();
  for (const seconds of [340, 350, 360]) await hear(seconds, first, second);
  const told = await stage.rows("select 1 from fleet_changes where machine_id = $1 and kind = 'key_shared'", [
    machineId,
  ]);
  expect(told).toHaveLength(1);
});

test("the second speaks when the first has fallen silent, so that nothing is lost at a machine that is gone", async () => {
  const { first, second } = await clone();
  expect(await hear(330, second)).toEqual(["waits"]);
  expect(await hear(320 + 3 * INTERVAL_SECONDS + 1, second)).toEqual(["speaks"]);
  expect(await hear(320 + 3 * INTERVAL_SECONDS + 20, first)).toEqual(["speaks"]);
  expect(await hear(320 + 3 * INTERVAL_SECONDS + 21, second)).toEqual(["waits"]);
});

test.each([
  ["first", "second"],
  ["second", "first"],
] as const)(
  "a person gives the key to the %s; the other is refused from then on, after a restart too",
  async (...names) => {
    const pair = await clone();
    const [kept, other] = [pair[names[0]], pair[names[1]]];
    await keepProcess(owner, { agentId: pair.agentId, epoch: kept.epoch });
    expect(await hear(340, kept, other)).toEqual(["speaks", "refused"]);
    expect(await hear(350, { ...other, epoch: 9 })).toEqual(["refused"]);
    expect(await hear(360, { ...kept, epoch: 10 })).toEqual(["speaks"]);
    expect(await sharedSince(pair.agentId)).toBeNull();
    expect((await getMachine(owner, pair.machineId)).sharedKey).toBeNull();
    const audited = await stage.rows(
      "select details from audit_entries where action = 'agents:process-keep' and subject_id = $1",
      [pair.agentId],
    );
    expect(audited).toEqual([{ details: { kept: kept.bootId, refused: [other.bootId] } }]);
  },
);

test("two containers on one boot are told apart, and the one that is kept goes on", async () => {
  const { agentId } = await enrol();
  const bootId = randomUUID();
  const [first, second] = [
    { agentId, epoch: 1, bootId },
    { agentId, epoch: 2, bootId },
  ];
  await hear(0, first);
  await hear(300, second);
  expect(await hear(320, first, second)).toEqual(["speaks", "waits"]);
  await keepProcess(owner, { agentId, epoch: 2 });
  expect(await hear(330, first, second)).toEqual(["refused", "speaks"]);
});

test("a clone that is booted anew after the decision is found out and told again", async () => {
  const { agentId, first } = await clone();
  await keepProcess(owner, { agentId, epoch: 1 });
  const reborn = { agentId, epoch: 3, bootId: randomUUID() };
  await hear(400, first, reborn);
  expect(await hear(420, first, reborn)).toEqual(["speaks", "waits"]);
  expect(await sharedSince(agentId)).not.toBeNull();
});

test("a process that nobody knows cannot be given the key", async () => {
  const { agentId } = await enrol();
  await expect(keepProcess(owner, { agentId, epoch: 77 })).rejects.toMatchObject({ reason: "process_gone" });
});

test("many agents at once get their verdicts in the order of the question", async () => {
  const { first, second } = await clone();
  const others = await Promise.all([1, 2, 3].map(() => enrol()));
  const alone = others.map(({ agentId }) => ({ agentId, epoch: 1, bootId: null }));
  expect(await hear(330, ...alone, second, first)).toEqual(["speaks", "speaks", "speaks", "waits", "speaks"]);
  expect(await hear(331)).toEqual([]);
});
