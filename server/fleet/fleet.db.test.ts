import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Database, openDatabase } from "@/db/client";
import type { Caller } from "@/server/access/caller";
import { createJoinToken } from "@/server/agents/commands";
import { AgentListInput, listAgents, listJoinTokens } from "@/server/agents/queries";
import { ListInput } from "@/server/lists/shapes";
import { getChart } from "@/server/telemetry/queries";
import { factsOf } from "@/server/testing/batches";
import { filesystemReadings, firstReadings, machineReadings } from "@/server/testing/entity-readings";
import { enrolMachine, type TestMachine, type Told, tell as tellAs } from "@/server/testing/machines";
import { createMember, createOrganisation, createSite, type Organisation, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { createSite as createSiteByCaller } from "./commands";
import { getMachine, listMachines } from "./machine-queries";
import { MACHINES } from "./machine-subject";
import { connectivityOf } from "./model";
import { getOverview, listSites } from "./overview-queries";
import type { MachineDetail } from "./shapes";

let stage: Stage;
let worker: Database;
let organisation: Organisation;
let owner: Caller;
let limited: Caller;
const token: Record<string, string> = {};
let count = 0;

beforeAll(async () => {
  stage = await openStage();
  worker = openDatabase(stage.urls.workerUrl, { applicationName: "test", connectionsMax: 2 });
  organisation = await createOrganisation(stage, "north");
  owner = await signIn(stage, organisation.people.owner);
  const member = await createMember(stage, organisation.id, {
    email: "limited@north.test",
    role: "admin",
    scopeSelector: "region=north",
  });
  limited = await signIn(stage, member);
  for (const [name, region] of [
    ["Harbour", "north"],
    ["Desert", "south"],
  ] as const) {
    const siteId = await createSite(stage, organisation.id, name, { region });
    const input = {
      name: `${name} token`,
      siteId,
      labels: {},
      usesMax: 100,
      hoursToLive: 1,
      isApprovalRequired: false,
    };
    token[name] = (await createJoinToken(owner, input)).token;
  }
});
afterAll(async () => {
  await worker.close();
  await stage.close();
});

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);
const enrol = (name: string, site = "Harbour") => enrolMachine(stage, token[site] ?? "", name);
const tell = (machine: TestMachine, told: Told) => tellAs(stage, worker, machine, told);
const detailOf = (machine: TestMachine): Promise<MachineDetail> => getMachine(owner, machine.id);
async function enrolFresh(site = "Harbour"): Promise<TestMachine> {
  count += 1;
  return enrol(`fresh-${count}`, site);
}
const list = (input: Partial<ListInput> = {}, caller = owner) => listMachines(caller, ListInput.parse(input));

describe("the figures of a machine", () => {
  test("come from its newest readings; CPU use is unknown until there are two", async () => {
    const edge = await enrolFresh();
    const disks = [filesystemReadings("/", 0.4), filesystemReadings("/data", 0.9)];
    await tell(edge, { sequence: 1, at: ago(60), entities: [firstReadings(), ...disks], facts: factsOf() });
    const first = await detailOf(edge);
    expect(first.cpuUsedRatio).toBeNull();
    expect(first.unknown.cpuUsedRatio).toMatchObject({ code: "not_yet" });
    await tell(edge, { sequence: 2, entities: [machineReadings(), ...disks] });
    expect(await detailOf(edge)).toMatchObject({
      connectivity: "online",
      coresLogical: 4,
      cpuUsedRatio: expect.closeTo(0.25, 6),
      load1: 1.25,
      memoryTotalBytes: 8 * 2 ** 30,
      memoryUsedBytes: 2 * 2 ** 30,
      filesystemUsedRatioMax: expect.closeTo(0.9, 6),
      filesystemFullestKey: "/data",
      powerWatts: null,
      temperatureCelsiusMax: null,
      unknown: {
        powerWatts: { code: "not_offered", detail: "no powercap on this kernel" },
        temperatureCelsiusMax: { code: "not_offered" },
      },
    });
  });

  test("are rates over the time that the readings cover", async () => {
    const edge = await enrolFresh();
    await tell(edge, { sequence: 1, entities: [machineReadings({ energyJoules: 600 })] });
    const machine = await detailOf(edge);
    expect(machine.cpuUsedRatio).toBeCloseTo(0.25, 6);
    expect(machine.powerWatts).toBeCloseTo(10, 6);
  });

  test("stay as they are when older readings come late", async () => {
    const edge = await enrolFresh();
    await tell(edge, { sequence: 2, entities: [machineReadings({ load1: 2 })] });
    await tell(edge, { sequence: 1, at: ago(60), entities: [machineReadings({ load1: 1 })] });
    expect((await detailOf(edge)).load1).toBe(2);
  });

  test("leave out a filesystem that was unmounted; its last reading stays to be seen", async () => {
    const edge = await enrolFresh();
    const both = [machineReadings(), filesystemReadings("/", 0.2), filesystemReadings("/usb", 0.97)];
    await tell(edge, { sequence: 1, at: ago(60), entities: both });
    expect((await detailOf(edge)).filesystemFullestKey).toBe("/usb");
    const one = [machineReadings(), filesystemReadings("/", 0.2)];
    await tell(edge, { sequence: 2, entities: one });
    const machine = await detailOf(edge);
    expect([machine.filesystemFullestKey, machine.filesystemUsedRatioMax]).toEqual(["/", expect.closeTo(0.2, 6)]);
    expect(machine.entities.map((entity) => entity.key)).toContain("/usb");
  });

  test("that the agent did not send are null with a reason, never zero", async () => {
    const edge = await enrolFresh();
    const bare = { kind: "machine" as const, key: "machine", readings: { uptimeSeconds: 5 } };
    await tell(edge, { sequence: 1, entities: [bare] });
    const machine = await detailOf(edge);
    const names = [
      "cpuUsedRatio",
      "load1",
      "memoryTotalBytes",
      "memoryUsedBytes",
      "filesystemUsedRatioMax",
      "powerWatts",
    ];
    for (const name of names) {
      expect([name, (machine as Record<string, unknown>)[name]]).toEqual([name, null]);
      expect([name, machine.unknown[name]?.detail]).toEqual([name, expect.any(String)]);
    }
  });

  test("temperature is the highest of the sensors that were read this time", async () => {
    const edge = await enrolFresh();
    const sensor = (key: string, temperatureCelsius: number) => ({
      kind: "sensor" as const,
      key,
      readings: { temperatureCelsius },
    });
    await tell(edge, { sequence: 1, entities: [machineReadings(), sensor("a", 40), sensor("b", 55)] });
    expect((await detailOf(edge)).temperatureCelsiusMax).toBe(55);
  });
});

describe("the timeline of a machine", () => {
  test("tells a reboot once, a new kernel and a new name, and nothing when the facts are sent again", async () => {
    const edge = await enrolFresh();
    await tell(edge, { sequence: 1, at: ago(60), facts: factsOf() });
    const rebooted = factsOf({
      hostname: { value: "renamed" },
      kernelVersion: { value: "6.13.0" },
      bootId: { value: "boot-2" },
      bootedAt: { value: "2026-02-02T00:00:00Z" },
      systemSerial: { value: "SN-1" },
    });
    await tell(edge, { sequence: 2, at: ago(30), facts: rebooted });
    await tell(edge, { sequence: 3, facts: rebooted });
    const machine = await detailOf(edge);
    expect(machine.name).toBe("renamed");
    const told = machine.changes.map(({ kind, before, after }) => [kind, before, after]).reverse();
    expect(told).toEqual([
      ["first_seen", null, edge.name],
      ["hostname", "edge-1", "renamed"],
      ["kernelVersion", "6.12.1", "6.13.0"],
      ["reboot", null, "2026-02-02T00:00:00Z"],
    ]);
  });
});

describe("connectivity in SQL and in the program", () => {
  test.each([
    ["just now", "now()", 60, "active"],
    ["nearly three intervals", "now() - interval '178 seconds'", 60, "active"],
    ["a little more than three intervals", "now() - interval '181 seconds'", 60, "active"],
    ["three short intervals", "now() - interval '16 seconds'", 5, "active"],
    ["an interval that is no whole number", "now() - interval '4.6 seconds'", 1.5, "active"],
    ["never", "null", 60, "active"],
    ["revoked", "now()", 60, "revoked"],
  ])("agree for %s", async (_title, lastReceived, intervalSeconds, status) => {
    const edge = await enrolFresh();
    await stage.admin.query(
      `update agents set last_received_at = ${lastReceived}, interval_seconds = $2, status = $3 where id = $1`,
      [edge.agentId, intervalSeconds, status],
    );
    const machineId = edge.id;
    const [agent] = await stage.rows<{ at: Date | null }>("select last_received_at as at from agents where id = $1", [
      edge.agentId,
    ]);
    const expected = connectivityOf(
      { isRevoked: status === "revoked", lastReceivedAt: agent?.at ?? null, intervalSeconds },
      new Date(),
    );
    const matching = await list({ selector: `@connection=${expected}`, limit: 200 });
    expect(matching.rows.find((row) => row.id === machineId)).toMatchObject({ connectivity: expected });
    const others = (["online", "offline", "never", "revoked"] as const).filter((state) => state !== expected);
    expect(
      (await list({ selector: `@connection in (${others})`, limit: 200 })).rows.map((row) => row.id),
    ).not.toContain(machineId);
  });
});

describe("the list of machines", () => {
  const figureOf = {
    name: (row) => row.name.toLowerCase(),
    site: (row) => row.siteName.toLowerCase(),
    connectivity: (row) => ["offline", "never", "revoked", "online"].indexOf(row.connectivity),
    cores: (row) => row.coresLogical,
    cpu: (row) => row.cpuUsedRatio,
    memory: (row) =>
      row.memoryUsedBytes === null || row.memoryTotalBytes === null ? null : row.memoryUsedBytes / row.memoryTotalBytes,
    filesystem: (row) => row.filesystemUsedRatioMax,
    temperature: (row) => row.temperatureCelsiusMax,
    power: (row) => row.powerWatts,
    lastReceived: (row) => row.lastReceivedAt?.getTime() ?? null,
  } satisfies Record<string, (row: MachineDetail) => string | number | null>;
  const SORTS = Object.keys(figureOf) as (keyof typeof figureOf)[];
  test("can have every order that there is", () => {
    expect(Object.keys(MACHINES.sorts).sort()).toEqual([...SORTS].sort());
  });
  test.each(SORTS)("sorted by %s has what is unknown last in both directions", async (sort) => {
    for (const order of ["asc", "desc"] as const) {
      const { rows } = await list({ sort, order, limit: 200 });
      const values = rows.map((row) => figureOf[sort](row as MachineDetail));
      const known = values.filter((value) => value !== null);
      expect(values.slice(known.length).every((value) => value === null)).toBe(true);
      const sorted = [...known].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      expect(known).toEqual(order === "asc" ? sorted : sorted.reverse());
    }
  });

  test("pages without leaving out or repeating a machine, also where all are equal", async () => {
    const all = await list({ sort: "power", limit: 200 });
    const paged: string[] = [];
    for (let cursor = 0; cursor < all.total; cursor += 3) {
      paged.push(...(await list({ sort: "power", limit: 3, cursor })).rows.map((row) => row.id));
    }
    expect(paged).toEqual(all.rows.map((row) => row.id));
    expect(new Set(paged).size).toBe(all.total);
  });

  test("says how many there are in all and how many are known to be current", async () => {
    const all = await list({ limit: 1 });
    const online = await list({ selector: "@connection=online", limit: 200 });
    expect(all.rows).toHaveLength(1);
    expect(online.rows).toHaveLength(all.known);
    expect(all.known).toBeLessThan(all.total);
  });

  test.each([
    ["100%_done", "100%"],
    ["100%_done", "%_d"],
    ["back\\slash", "k\\s"],
    ["MixedCase", "mixedcase"],
  ])("finds %s by %j literally and nothing else", async (hostname, search) => {
    await enrol(hostname);
    const { rows, total } = await list({ search });
    expect([rows.map((row) => row.name), total]).toEqual([[hostname], 1]);
  });

  test.each(["%", "_", "a%z", "'; drop table machines; --"])(
    "a search for %j is no pattern and no SQL",
    async (search) => {
      const { rows } = await list({ search, limit: 200 });
      for (const row of rows) expect(row.name).toContain(search);
      expect((await list()).total).toBeGreaterThan(0);
    },
  );
});

describe("the overview", () => {
  test("sums over connected machines say of how many, and over none are unknown, not zero", async () => {
    const other = await createOrganisation(stage, "quiet");
    const caller = await signIn(stage, other.people.owner);
    const siteId = await createSite(stage, other.id, "Quiet");
    const input = { name: "t", siteId, labels: {}, usesMax: 9, hoursToLive: 1, isApprovalRequired: false };
    const made = await createJoinToken(caller, input);
    const unknown = { value: null, known: 0, total: 0 };
    expect(await getOverview(caller)).toMatchObject({
      machines: { total: 0 },
      powerWatts: unknown,
      coresLogical: unknown,
    });

    const edges = [];
    for (const name of ["q1", "q2", "q3"]) edges.push(await enrolMachine(stage, made.token, name));
    const [one, two, silent] = edges;
    if (!one || !two || !silent) throw new Error("three edges were made");
    for (const edge of edges) await tell(edge, { sequence: 1, facts: factsOf() });
    const coreless = { facts: factsOf({ coresLogical: { unknown: { code: "read_failed", detail: "no" } } }) };
    await tell(two, { sequence: 2, ...coreless });
    const full = [machineReadings({ memoryAvailableBytes: 0 }), filesystemReadings("/", 0.99)];
    await tell(silent, { sequence: 2, entities: full });
    await stage.admin.query("update agents set last_received_at = now() - interval '1 hour' where id = $1", [
      silent.agentId,
    ]);
    const overview = await getOverview(caller);
    expect(overview.machines).toEqual({ total: 3, online: 2, offline: 1, never: 0, revoked: 0, simulated: 0 });
    expect(overview.coresLogical).toEqual({ value: 4, known: 1, total: 3 });
    expect(overview.memoryTotalBytes).toEqual({ value: 16 * 2 ** 30, known: 2, total: 3 });
    expect(overview.powerWatts).toEqual({ value: null, known: 0, total: 3 });
    expect(overview.fullestFilesystem).toBeNull();
    expect(overview.attention.map((line) => [line.kind, line.machineId])).toEqual([["offline", silent.id]]);
    expect(overview.newestReceivedAt).toBeInstanceOf(Date);
  });
});

describe("a member who is limited to some sites", () => {
  let here: TestMachine;
  let away: TestMachine;
  beforeAll(async () => {
    here = await enrol("here-within");
    away = await enrol("away-beyond", "Desert");
    const full = [machineReadings(), filesystemReadings("/", 0.99)];
    await tell(here, { sequence: 1, entities: full, facts: factsOf() });
    await tell(away, { sequence: 1, entities: full, facts: factsOf() });
  });

  test("sees only these sites in every list, sum, chart and timeline", async () => {
    const answers = {
      machines: await list({ limit: 200 }, limited),
      searched: await list({ search: "Desert" }, limited),
      overview: await getOverview(limited),
      sites: await listSites(limited),
      agents: await listAgents(limited, AgentListInput.parse({})),
      tokens: await listJoinTokens(limited),
    };
    const text = JSON.stringify(answers);
    expect(text).toContain(here.id);
    for (const hidden of ["Desert", "away-beyond", away.agentId, away.id]) expect(text).not.toContain(hidden);
    expect(answers.searched).toMatchObject({ total: 0, known: 0, rows: [] });
    expect(answers.overview.sites).toBe(1);
    expect(answers.overview.machines.total).toBe(answers.machines.total);
    expect((await getOverview(owner)).machines.total).toBe(answers.machines.total + 1);
  });

  test("does not find a machine beyond them, nor its chart, and cannot make a site that it could not see", async () => {
    const machineId = away.id;
    await expect(getMachine(limited, machineId)).rejects.toMatchObject({ code: "not_found" });
    const chart = getChart(limited, { machineId, chart: "load", window: "1h" });
    await expect(chart).rejects.toMatchObject({ code: "not_found" });
    await expect(getMachine(limited, here.id)).resolves.toHaveProperty("id");
    const made = createSiteByCaller(limited, { name: "Far", labels: { region: "south" } });
    await expect(made).rejects.toMatchObject({ code: "denied", reason: "site_out_of_scope" });
  });

  test("sees another set the moment that a site's labels change", async () => {
    await stage.admin.query("update sites set labels = '{\"region\":\"north\"}' where name = 'Desert'");
    expect((await list({ search: "Desert" }, limited)).total).toBe(1);
    await stage.admin.query("update sites set labels = '{\"region\":\"south\"}' where name = 'Desert'");
    expect((await list({ search: "Desert" }, limited)).total).toBe(0);
  });
});

test("a site's name is taken once in an organisation, whatever its case", async () => {
  await createSiteByCaller(owner, { name: "Lighthouse", labels: {} });
  const again = createSiteByCaller(owner, { name: "lightHOUSE", labels: {} });
  await expect(again).rejects.toMatchObject({ code: "conflict", reason: "site_exists" });
});
