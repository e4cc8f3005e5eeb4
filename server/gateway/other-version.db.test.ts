import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Dictionary } from "@/contract/codec/layout";
import { lettersOf, otherVersion } from "@/contract/codec/testing/other-version";
import { metricsOf } from "@/contract/metrics";
import { type Database, openDatabase, withTenant } from "@/db/client";
import type { Caller } from "@/server/access/caller";
import { createJoinToken } from "@/server/agents/commands";
import { listEntityStates } from "@/server/fleet/entity-states";
import { EntityBook, loadHours } from "@/server/telemetry/chunk-store";
import { compactOrganisation } from "@/server/telemetry/compact";
import { backlogMessage } from "@/server/testing/batches";
import { createEdge, type Edge, enrolEdge, type Gateway, startGateway } from "@/server/testing/edge";
import { createOrganisation, createSite, signIn } from "@/server/testing/people";
import { openSession } from "@/server/testing/session";
import { openStage, type Stage } from "@/server/testing/stage";
import { blockOf } from "@/server/testing/streams";
import { until } from "@/server/testing/until";

const PLAIN: Dictionary = [
  { kind: "machine", key: "machine" },
  { kind: "filesystem", key: "/" },
  { kind: "filesystem", key: "/var" },
];
const WITH_NEW_KIND: Dictionary = [
  { kind: "fusionReactor", key: "core" },
  { kind: "machine", key: "machine" },
  { kind: "fusionReactor", key: "spare" },
  { kind: "filesystem", key: "/" },
];
const LAST = metricsOf("machine").at(-1)?.name ?? "";
const widthsOf = (more: number) => ({
  machine: lettersOf("machine", more),
  filesystem: lettersOf("filesystem", more),
});

let stage: Stage;
let worker: Database;
let gateway: Gateway;
let owner: Caller;
let orgId = "";
let token = "";
let edge: Edge;
let count = 0;
let from = 0;

beforeAll(async () => {
  stage = await openStage();
  worker = openDatabase(stage.urls.workerUrl, { applicationName: "test", connectionsMax: 2 });
  const organisation = await createOrganisation(stage, "north");
  orgId = organisation.id;
  owner = await signIn(stage, organisation.people.owner);
  const siteId = await createSite(stage, orgId, "Harbour");
  gateway = await startGateway(stage.database);
  const input = { name: "Rack", siteId, labels: {}, usesMax: 100, hoursToLive: 1, isApprovalRequired: false };
  ({ token } = await createJoinToken(owner, input));
});
afterAll(async () => {
  await gateway.close();
  await worker.close();
  await stage.close();
});
beforeEach(async () => {
  count += 1;
  from = Math.floor(Date.now() / 1000) - 3000;
  edge = await enrolEdge(gateway, token, createEdge(`edge ${count}`));
});

const readingAt = ({ moment, metric, key }: { moment: number; metric: number; key: string }) =>
  metric === 0 ? 1 : (moment % 1000) + 7 * metric + key.length;

/** All that is recorded of the agent's machine, reading by reading; a text is the reason of one that is not there. */
async function readRecord(): Promise<Map<string, number | string>> {
  const [stream] = await stage.rows<{ id: number }>(
    "select s.id from telemetry_streams s join agents a on a.machine_id = s.machine_id where a.id = $1",
    [edge.agentId],
  );
  const entities = await stage.rows<{ id: number; kind: string; key: string }>(
    "select id, kind, key from telemetry_entities where stream_id = $1",
    [stream?.id],
  );
  const wanted = { streamId: stream?.id ?? 0, firstHour: 0, lastHour: 1_000_000, isThinned: false };
  const hours = await withTenant(worker, { orgId }, (tx) => loadHours(tx, orgId, new EntityBook(entities), [wanted]));
  const record = new Map<string, number | string>();
  for (const { recorded } of [...hours.values()].flat()) {
    const { layout, moments, values, absence } = recorded.block;
    for (let column = 0; column < layout.columns; column += 1) {
      const entry = layout.entries[layout.slots[column] ?? 0];
      moments.forEach((moment, at) => {
        const place = column * moments.length + at;
        const name = `${entry?.kind} ${entry?.key} ${layout.metricOf(column).name} ${moment}`;
        record.set(name, absence[place] === 0 ? (values[place] ?? 0) : `reason ${absence[place]}`);
      });
    }
  }
  return record;
}

/** What is to be recorded of moments that a version with other metrics sent. */
function expectedRecord(entries: Dictionary, moments: readonly number[], more: number): Map<string, number | string> {
  return new Map(
    entries.flatMap(({ kind, key }) =>
      metricsOf(kind).flatMap(({ name }, metric) =>
        moments.map((moment): [string, number | string] => {
          const isTold = metric < metricsOf(kind).length + more;
          return [`${kind} ${key} ${name} ${moment}`, isTold ? readingAt({ moment, metric, key }) : "reason 8"];
        }),
      ),
    ),
  );
}

async function machineStates() {
  const [row] = await stage.rows<{ machine_id: string }>("select machine_id from agents where id = $1", [edge.agentId]);
  return withTenant(stage.database, { orgId }, (tx) => listEntityStates(tx, orgId, row?.machine_id ?? ""));
}

describe("an agent of another version", () => {
  test.each([
    ["one metric fewer of each kind", PLAIN, -1, widthsOf(-1)],
    ["one metric more of each kind", PLAIN, 1, widthsOf(1)],
    ["three more, doubles among them", PLAIN, 3, widthsOf(3)],
    ["a kind that is not known here among those that are", WITH_NEW_KIND, 0, { fusionReactor: "idi" }],
    ["a new kind and fewer metrics of the others", WITH_NEW_KIND, -1, { ...widthsOf(-1), fusionReactor: "d" }],
  ])(
    "with %s: live and backlog frames are stored, what both know is what was sent",
    async (_, entries, more, widths) => {
      const version = otherVersion(widths);
      const live = Array.from({ length: 4 }, (_, minute) => from + 60 * minute);
      const backlog = Array.from({ length: 5 }, (_, minute) => from - 300 + 60 * minute);
      const session = await openSession(gateway, edge);
      const first = blockOf(entries, live.slice(0, 1), readingAt, version);
      for (const moment of live) {
        // One layout for all of a session, as an agent has it: what follows the key frame is coded against it.
        const block = { ...blockOf(entries, [moment], readingAt, version), layout: first.layout };
        expect((await session.sendLive(block)).type).toBe("acknowledged");
      }
      const message = backlogMessage(blockOf(entries, backlog, readingAt, version), { sequence: 1 });
      expect((await session.send(message)).type).toBe("acknowledged");
      await until("the newest readings are there", async () => (await machineStates()).length >= 2);
      const machine = (await machineStates()).find(({ kind }) => kind === "machine");
      expect(machine?.unknown).toEqual(more < 0 ? { [LAST]: { code: "older_version", detail: "" } } : {});
      expect(machine?.readings.uptimeSeconds).toBe(readingAt({ moment: live[3] ?? 0, metric: 18, key: "machine" }));
      await compactOrganisation(worker, orgId, { dueSeconds: 0 });
      const expected = expectedRecord(entries, [...backlog, ...live], Math.min(0, more));
      expect(await readRecord()).toEqual(expected);
      await session.close();
    },
  );

  test("that is replaced by one of this version in between: one record, with a reason for what the older did not read", async () => {
    const older = blockOf(PLAIN, [from], readingAt, otherVersion(widthsOf(-1)));
    const before = await openSession(gateway, edge);
    expect((await before.sendLive(older)).type).toBe("acknowledged");
    await before.close();
    const after = await openSession(gateway, edge, { epoch: 2 });
    expect((await after.sendLive(blockOf(PLAIN, [from + 60], readingAt))).type).toBe("acknowledged");
    await compactOrganisation(worker, orgId, { dueSeconds: 0 });
    expect(await readRecord()).toEqual(
      new Map([...expectedRecord(PLAIN, [from], -1), ...expectedRecord(PLAIN, [from + 60], 0)]),
    );
    await after.close();
  });

  test("whose widths are beyond the limits is told that its message is malformed", async () => {
    const session = await openSession(gateway, edge);
    const wide = blockOf([{ kind: "sensor", key: "a" }], [from], readingAt, otherVersion({ sensor: "i".repeat(1025) }));
    const answer = await session.sendLive(wide);
    expect(answer).toMatchObject({ type: "refused", text: expect.stringContaining("1025 metrics of the kind sensor") });
    expect((await session.sendLive(blockOf(PLAIN, [from], readingAt))).type).toBe("acknowledged");
    await session.close();
  });
});
