import { afterAll, beforeAll, expect, test } from "vitest";
import { openDatabase } from "@/db/client";
import type { Caller } from "@/server/access/caller";
import { createMember, createOrganisation, createSite, signIn } from "@/server/testing/people";
import { blockOfReadings } from "@/server/testing/readings";
import { openStage, type Stage } from "@/server/testing/stage";
import { createStream, receive } from "@/server/testing/streams";
import { compactOrganisation } from "./compact";
import { TopInput, topMachines } from "./top";

let stage: Stage;
let owner: Caller;
let limited: Caller;

beforeAll(async () => {
  stage = await openStage();
  const organisation = await createOrganisation(stage, "north");
  owner = await signIn(stage, organisation.people.owner);
  const input = { email: "limited@north.test", role: "viewer", scopeSelector: "region=south" } as const;
  limited = await signIn(stage, await createMember(stage, organisation.id, input));
  const north = await createSite(stage, organisation.id, "Kiel", { region: "north" });
  const south = await createSite(stage, organisation.id, "Ulm", { region: "south" });
  const figures: [string, string, number | null, string][] = [
    [north, "a", 20, "10 seconds"],
    [north, "b", 80, "10 seconds"],
    [south, "c", 50, "10 seconds"],
    [south, "old", 99, "10 minutes"],
    [south, "unread", null, "10 seconds"],
  ];
  for (const [siteId, name, watts, age] of figures) {
    const stream = await createStream(stage, organisation.id, siteId, name);
    await stage.admin.query(
      `insert into telemetry_machines (org_id, machine_id, site_id, stream_id, power_watts, readings_observed_at)
       values ($1, $2, $3, $4, $5, now() - $6::interval)`,
      [organisation.id, stream.machineId, siteId, stream.id, watts, age],
    );
  }
  await createStream(stage, organisation.id, south, "never");
});
afterAll(() => stage.close());

const top = async (caller: Caller, change: object = {}) => {
  const { rows, known, unknown } = await topMachines(caller, TopInput.parse({ figure: "powerWatts", ...change }));
  return { rows: rows.map(({ name, siteName, value }) => `${name} at ${siteName}: ${value}`), known, unknown };
};

test("the machines with most come first; figures that are missing or too old are unknown and not compared", async () => {
  expect(await top(owner)).toEqual({ rows: ["b at Kiel: 80", "c at Ulm: 50", "a at Kiel: 20"], known: 3, unknown: 3 });
  expect((await top(owner, { order: "least", limit: 1 })).rows).toEqual(["a at Kiel: 20"]);
  expect(await top(owner, { figure: "load1" })).toEqual({ rows: [], known: 0, unknown: 6 });
});

test("a selector and the caller's reach limit who is compared", async () => {
  expect(await top(owner, { selector: "region=north" })).toEqual({
    rows: ["b at Kiel: 80", "a at Kiel: 20"],
    known: 2,
    unknown: 0,
  });
  expect(await top(limited)).toEqual({ rows: ["c at Ulm: 50"], known: 1, unknown: 3 });
  expect(await top(limited, { selector: "region=north" })).toEqual({ rows: [], known: 0, unknown: 0 });
});

test("means are over the time that was asked for; who was not heard in it is unknown, and part of it is said", async () => {
  const organisation = await createOrganisation(stage, "means");
  const caller = await signIn(stage, organisation.people.owner);
  const siteId = await createSite(stage, organisation.id, "Kiel");
  const worker = openDatabase(stage.urls.workerUrl, { applicationName: "test", connectionsMax: 2 });
  const slot = Math.floor((Date.now() / 1000 - 360) / 300) * 300;
  // Five-minute sums as the merge makes them: of the last hour, of half of it, and of long ago.
  const heard: [string, number[], number][] = [
    ["busy", Array.from({ length: 12 }, (_, index) => slot - 300 * (index + 1)), 270],
    ["half", Array.from({ length: 6 }, (_, index) => slot - 300 * (index + 1)), 150],
    ["before", [slot - 7200], 290],
  ];
  for (const [name, moments, user] of heard) {
    const stream = await createStream(stage, organisation.id, siteId, name);
    const readings = { cpuUserSeconds: user, cpuSystemSeconds: 0, cpuIdleSeconds: 300 - user };
    const steps = { spanSeconds: 300, energyJoules: 10 * 300 * user, load1: 0 } as Record<string, number>;
    const block = blockOfReadings(
      [{ kind: "machine", key: "machine" }],
      [...moments].reverse().map((at) => ({ at, readings: { machine: { ...steps, ...readings } } })),
    );
    await receive(stage.database, stream, [block]);
    await stage.admin.query(
      `insert into telemetry_machines (org_id, machine_id, site_id, stream_id, readings_observed_at)
       values ($1, $2, $3, $4, now())`,
      [organisation.id, stream.machineId, siteId, stream.id],
    );
  }
  await createStream(stage, organisation.id, siteId, "never");
  await compactOrganisation(worker, organisation.id, { dueSeconds: 0 });
  await worker.close();
  const of = async (change: object) => {
    const { rows, ...counts } = await topMachines(caller, TopInput.parse(change));
    return { rows: rows.map(({ name, value, knownRatio }) => ({ name, value, knownRatio })), ...counts };
  };
  expect(await of({ figure: "cpuUsedRatio", window: "1h" })).toEqual({
    rows: [
      { name: "busy", value: expect.closeTo(0.9, 9), knownRatio: 1 },
      { name: "half", value: expect.closeTo(0.5, 9), knownRatio: 0.5 },
    ],
    known: 2,
    unknown: 2,
    stepSeconds: 300,
  });
  const day = await of({ figure: "powerWatts", window: "24h", order: "least", limit: 1 });
  expect(day).toMatchObject({ known: 3, unknown: 1, rows: [{ name: "half", value: expect.closeTo(1500, 6) }] });
  expect(TopInput.safeParse({ figure: "filesystemUsedRatio", window: "1h" }).success).toBe(false);
});
