import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Dictionary } from "@/contract/codec/layout";
import { type Database, openDatabase } from "@/db/client";
import type { Caller } from "@/server/access/caller";
import { createMember, createOrganisation, createSite, type Organisation, signIn } from "@/server/testing/people";
import { blockOfReadings, type RecordedMoment } from "@/server/testing/readings";
import { openStage, type Stage } from "@/server/testing/stage";
import { createStream, receive, type TestStream } from "@/server/testing/streams";
import { compactOrganisation } from "./compact";
import { GroupsInput, readGroups } from "./groups-read";

const HOUR = 3600;
/** Start of the hour three hours ago: what is asked for is whole. */
const START = Math.floor(Date.now() / 1000 / HOUR) * HOUR - 3 * HOUR;
const DICTIONARY: Dictionary = [
  { kind: "machine", key: "machine" },
  { kind: "filesystem", key: "/" },
];

let stage: Stage;
let worker: Database;
let organisation: Organisation;
let owner: Caller;
let count = 0;
let streams: Record<"kiel" | "sylt" | "ulm" | "lab", TestStream>;

beforeAll(async () => {
  stage = await openStage();
  worker = openDatabase(stage.urls.workerUrl, { applicationName: "test", connectionsMax: 4 });
});
afterAll(async () => {
  await worker.close();
  await stage.close();
});
beforeEach(async () => {
  count += 1;
  organisation = await createOrganisation(stage, `groups-${count}`);
  owner = await signIn(stage, organisation.people.owner);
  const make = async (name: string, labels: Record<string, string>) =>
    createStream(stage, organisation.id, await createSite(stage, organisation.id, name, labels), name);
  streams = {
    kiel: await make("Kiel", { region: "north", tier: "edge" }),
    sylt: await make("Sylt", { region: "north", tier: "far" }),
    ulm: await make("Ulm", { region: "south", tier: "edge" }),
    lab: await make("Lab", {}),
  };
});

const minutes = (watts: number, load1: number, from = 0, length = 60): RecordedMoment[] =>
  Array.from({ length }, (_, minute) => ({
    at: START + 60 * (from + minute),
    readings: { machine: { spanSeconds: 60, energyJoules: 60 * watts, load1 }, "/": { usedBytes: 512 } },
  }));

async function record(stream: TestStream, moments: readonly RecordedMoment[]): Promise<void> {
  await receive(stage.database, stream, [blockOfReadings(DICTIONARY, moments)]);
  await compactOrganisation(worker, organisation.id, { dueSeconds: 0 });
}

async function recordAll(): Promise<void> {
  await record(streams.kiel, minutes(100, 1));
  await record(streams.sylt, minutes(50, 2));
  await record(streams.ulm, minutes(30, 4, 0, 30));
}

type Asked = Partial<Parameters<typeof GroupsInput.parse>[0] & object>;
const ask = (caller: Caller, change: Asked = {}) =>
  readGroups(
    caller,
    GroupsInput.parse({
      kind: "machine",
      metric: "energyJoules",
      from: new Date(START * 1000),
      to: new Date((START + HOUR) * 1000),
      ...change,
    }),
  );
type Answer = Awaited<ReturnType<typeof ask>>;
const shown = ({ groups }: Answer) =>
  groups.map(({ name, points }) => [name, points.map(({ value }) => Math.round(value * 1000) / 1000)]);
const times = (value: number, length: number) => Array.from({ length }, () => value);

describe("sums over sites", () => {
  test("of a counter are rates, of a gauge means, and say who is not in them", async () => {
    await recordAll();
    const power = await ask(owner);
    expect(power.stepSeconds).toBe(300);
    expect(shown(power)).toEqual([[null, [...times(180, 6), ...times(150, 6)]]]);
    expect(power.groups[0]).toMatchObject({ sites: 4, entities: 4, machines: 4, neverReported: 1 });
    const heard = power.groups[0]?.points.map(({ known, unknown }) => [known, unknown]);
    expect(heard).toEqual([...Array.from({ length: 6 }, () => [3, 1]), ...Array.from({ length: 6 }, () => [2, 2])]);
    expect(shown(await ask(owner, { metric: "load1" }))).toEqual([[null, [...times(7, 6), ...times(3, 6)]]]);
  });

  test("by a label are the same from the kept sums as from those of each stream", async () => {
    await recordAll();
    const everywhere = [
      ["north", times(150, 12)],
      ["south", times(30, 6)],
      [null, []],
    ];
    expect(shown(await ask(owner, { groupBy: { label: "region" } }))).toEqual(everywhere);
    // Without the site that has no region, the kept sums answer.
    await stage.admin.query("update sites set labels = $1 where org_id = $2 and name = 'Lab'", [
      '{"region":"west"}',
      organisation.id,
    ]);
    expect(shown(await ask(owner, { groupBy: { label: "region" } }))).toEqual([
      ...everywhere.slice(0, 2),
      ["west", []],
    ]);
    expect(shown(await ask(owner))).toEqual(shown(await ask(owner, { selector: "!nothing" })));
  });

  test("take any selector and any grouping, also by sites and by labels that no sums are kept of", async () => {
    await recordAll();
    expect(shown(await ask(owner, { groupBy: { label: "tier" }, selector: "tier" }))).toEqual([
      ["edge", [...times(130, 6), ...times(100, 6)]],
      ["far", times(50, 12)],
    ]);
    expect(shown(await ask(owner, { groupBy: "site", selector: "region=north" }))).toEqual([
      ["Kiel", times(100, 12)],
      ["Sylt", times(50, 12)],
    ]);
    expect(shown(await ask(owner, { selector: "region=nowhere" }))).toEqual([]);
  });

  test("have of a limited caller only the sites within reach, whichever way they are asked for", async () => {
    await recordAll();
    const input = { email: `limited@groups-${count}.test`, role: "viewer", scopeSelector: "region=south" } as const;
    const limited = await signIn(stage, await createMember(stage, organisation.id, input));
    const south = times(30, 6);
    expect(shown(await ask(limited))).toEqual([[null, south]]);
    expect(shown(await ask(limited, { groupBy: { label: "region" } }))).toEqual([["south", south]]);
    expect(shown(await ask(limited, { groupBy: "site", selector: "region=north" }))).toEqual([]);
  });

  test("count machines that never reported, with their group, as unknown and not as nothing", async () => {
    await recordAll();
    const siteId = await createSite(stage, organisation.id, "Bonn", { region: "south" });
    for (const name of ["b1", "b2"]) {
      await stage.admin.query(
        `insert into machines (org_id, site_id, identity_kind, identity_value, name)
         values ($1, $2, 'system_uuid', gen_random_uuid()::text, $3)`,
        [organisation.id, siteId, name],
      );
    }
    const counted = async (change: Asked) =>
      (await ask(owner, change)).groups.map((group) => [
        group.name,
        group.machines,
        group.neverReported,
        group.entities,
        group.points[0]?.unknown,
      ]);
    const byRegion = { groupBy: { label: "region" }, selector: "region" };
    expect(await counted(byRegion)).toEqual([
      ["north", 2, 0, 2, 0],
      ["south", 3, 2, 3, 2],
    ]);
    expect(await counted({})).toEqual([[null, 6, 3, 6, 3]]);
    // What filesystems they would have is not known; that they are there is.
    expect(await counted({ ...byRegion, kind: "filesystem", metric: "usedBytes" })).toEqual([
      ["north", 2, 0, 2, 0],
      ["south", 3, 2, 1, 0],
    ]);
  });

  test("in wider steps are the mean of their five minutes, and count whom they had throughout", async () => {
    await recordAll();
    const hour = await ask(owner, { stepSeconds: HOUR });
    expect(shown(hour)).toEqual([[null, [165]]]);
    expect(hour.groups[0]?.points[0]).toMatchObject({ known: 2, unknown: 2 });
  });

  test("leave out five minutes that still fill", async () => {
    const now = Math.floor(Date.now() / 1000);
    const moments = minutes(10, 1, 0, 180).filter(({ at }) => at < now);
    await record(streams.kiel, moments);
    const answer = await ask(owner, { to: new Date() });
    const newest = answer.groups[0]?.points.at(-1)?.at.getTime() ?? 0;
    expect(newest).toBeGreaterThan(0);
    expect(newest / 1000 + 300).toBeLessThan(now);
  });
});

test("what is no reading, no selector or no span is refused", () => {
  const input = { kind: "machine", metric: "load1", from: new Date(0), to: new Date(1000) };
  const isValid = (change: object) => GroupsInput.safeParse({ ...input, ...change }).success;
  expect(isValid({})).toBe(true);
  const wrong = [
    { metric: "usedBytes" },
    { kind: "ghost" },
    { selector: "a=" + "=" },
    { to: new Date(0) },
    { to: new Date(401 * 86_400_000) },
    { stepSeconds: 100 },
    { groupBy: { label: "a b" } },
  ];
  expect(wrong.map(isValid)).toEqual(wrong.map(() => false));
});
