import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Caller } from "@/server/access/caller";
import { createJoinToken } from "@/server/agents/commands";
import { listAgents, listJoinTokens } from "@/server/agents/queries";
import { getChart } from "@/server/telemetry/queries";
import { batchOf, factsOf, filesystemSample, machineSample } from "@/server/testing/batches";
import { createEdge, type Edge, enrolEdge, type Gateway, pushBatch, startGateway } from "@/server/testing/edge";
import { createMember, createOrganisation, createSite, type Organisation, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { createSite as createSiteByCaller } from "./commands";
import { getMachine, listMachines } from "./machine-queries";
import { connectivityOf, MACHINE_SORTS } from "./model";
import { getOverview, listSites } from "./overview-queries";
import { type MachineDetail, MachineListInput } from "./shapes";

let stage: Stage;
let gateway: Gateway;
let organisation: Organisation;
let owner: Caller;
let limited: Caller;
const token: Record<string, string> = {};
let count = 0;

beforeAll(async () => {
  stage = await openStage();
  gateway = await startGateway(stage.database);
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
  await gateway.close();
  await stage.close();
});

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);
const enrol = (name: string, site = "Harbour") => enrolEdge(gateway, token[site] ?? "", createEdge(name));
async function machineOf(edge: Edge): Promise<string> {
  const rows = await stage.rows<{ id: string }>("select machine_id as id from agents where id = $1", [edge.agentId]);
  return rows[0]?.id ?? "";
}
const detailOf = async (edge: Edge): Promise<MachineDetail> => getMachine(owner, await machineOf(edge));
async function enrolFresh(site = "Harbour"): Promise<Edge> {
  count += 1;
  return enrol(`fresh-${count}`, site);
}
const list = (input: Partial<MachineListInput> = {}, caller = owner) =>
  listMachines(caller, MachineListInput.parse(input));

describe("the figures of a machine", () => {
  test("come from its newest readings; CPU use is unknown until there are two", async () => {
    const edge = await enrolFresh();
    const entities = (seconds: number) => [
      machineSample(seconds),
      filesystemSample("/", 0.4),
      filesystemSample("/data", 0.9),
    ];
    await pushBatch(
      gateway,
      edge,
      batchOf({ sequence: 1 }, { at: ago(60), entities: entities(1000), facts: factsOf() }),
    );
    const first = await detailOf(edge);
    expect(first.cpuUsedRatio).toBeNull();
    expect(first.unknown.cpuUsedRatio).toMatchObject({ code: "not_yet" });
    await pushBatch(gateway, edge, batchOf({ sequence: 2 }, { entities: entities(1060) }));
    expect(await detailOf(edge)).toMatchObject({
      connectivity: "online",
      coresLogical: 4,
      cpuUsedRatio: expect.closeTo(0.25, 6),
      load1: 1.25,
      memoryTotalBytes: 8e9,
      memoryUsedBytes: 2e9,
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

  test("two observations in the first batch are enough for CPU use and power", async () => {
    const edge = await enrolFresh();
    const at = (seconds: number, joules: number) => ({
      observedAt: ago(60 - seconds).toISOString(),
      entities: [machineSample(1000 + seconds, { energyJoules: joules })],
    });
    await pushBatch(gateway, edge, batchOf({ sequence: 1 }, { observations: [at(0, 500), at(60, 1100)] }));
    const machine = await detailOf(edge);
    expect(machine.cpuUsedRatio).toBeCloseTo(0.25, 6);
    expect(machine.powerWatts).toBeCloseTo(10, 3);
  });

  test("leave out a filesystem that was unmounted; its last reading stays to be seen", async () => {
    const edge = await enrolFresh();
    const both = [machineSample(1000), filesystemSample("/", 0.2), filesystemSample("/usb", 0.97)];
    await pushBatch(gateway, edge, batchOf({ sequence: 1 }, { at: ago(60), entities: both }));
    expect((await detailOf(edge)).filesystemFullestKey).toBe("/usb");
    const one = [machineSample(1060), filesystemSample("/", 0.2)];
    await pushBatch(gateway, edge, batchOf({ sequence: 2 }, { entities: one }));
    const machine = await detailOf(edge);
    expect([machine.filesystemFullestKey, machine.filesystemUsedRatioMax]).toEqual(["/", expect.closeTo(0.2, 6)]);
    expect(machine.entities.map((entity) => entity.key)).toContain("/usb");
  });

  test("that the agent did not send are null with a reason, never zero", async () => {
    const edge = await enrolFresh();
    const bare = { kind: "machine", key: "machine", readings: { uptimeSeconds: 5 } };
    await pushBatch(gateway, edge, batchOf({ sequence: 1 }, { entities: [bare] }));
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
      kind: "sensor",
      key,
      readings: { temperatureCelsius },
    });
    await pushBatch(
      gateway,
      edge,
      batchOf({ sequence: 1 }, { entities: [machineSample(1), sensor("a", 40), sensor("b", 55)] }),
    );
    expect((await detailOf(edge)).temperatureCelsiusMax).toBe(55);
  });
});

describe("the timeline of a machine", () => {
  test("tells a reboot once, a new kernel and a new name, and nothing when the facts are sent again", async () => {
    const edge = await enrolFresh();
    await pushBatch(gateway, edge, batchOf({ sequence: 1 }, { at: ago(60), facts: factsOf() }));
    const rebooted = factsOf({
      hostname: { value: "renamed" },
      kernelVersion: { value: "6.13.0" },
      bootId: { value: "boot-2" },
      bootedAt: { value: "2026-02-02T00:00:00Z" },
      systemSerial: { value: "SN-1" },
    });
    await pushBatch(gateway, edge, batchOf({ sequence: 2 }, { at: ago(30), facts: rebooted }));
    await pushBatch(gateway, edge, batchOf({ sequence: 3 }, { facts: rebooted }));
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
    const machineId = await machineOf(edge);
    const [agent] = await stage.rows<{ at: Date | null }>("select last_received_at as at from agents where id = $1", [
      edge.agentId,
    ]);
    const expected = connectivityOf(
      { isRevoked: status === "revoked", lastReceivedAt: agent?.at ?? null, intervalSeconds },
      new Date(),
    );
    const matching = await list({ connectivity: [expected], limit: 200 });
    expect(matching.rows.find((row) => row.id === machineId)).toMatchObject({ connectivity: expected });
    const others = (["online", "offline", "never", "revoked"] as const).filter((state) => state !== expected);
    expect((await list({ connectivity: others, limit: 200 })).rows.map((row) => row.id)).not.toContain(machineId);
  });
});

describe("the list of machines", () => {
  test.each(MACHINE_SORTS)("sorted by %s has what is unknown last in both directions", async (sort) => {
    const figureOf = {
      name: (row) => row.name.toLowerCase(),
      site: (row) => row.siteName.toLowerCase(),
      connectivity: (row) => ["offline", "never", "revoked", "online"].indexOf(row.connectivity),
      cores: (row) => row.coresLogical,
      cpu: (row) => row.cpuUsedRatio,
      memory: (row) =>
        row.memoryUsedBytes === null || row.memoryTotalBytes === null
          ? null
          : row.memoryUsedBytes / row.memoryTotalBytes,
      filesystem: (row) => row.filesystemUsedRatioMax,
      temperature: (row) => row.temperatureCelsiusMax,
      power: (row) => row.powerWatts,
      lastReceived: (row) => row.lastReceivedAt?.getTime() ?? null,
    } satisfies Record<typeof sort, (row: MachineDetail) => string | number | null>;
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
    const online = await list({ connectivity: ["online"], limit: 200 });
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
    for (const name of ["q1", "q2", "q3"]) edges.push(await enrolEdge(gateway, made.token, createEdge(name)));
    const [one, two, silent] = edges;
    if (!one || !two || !silent) throw new Error("three edges were made");
    for (const edge of edges) await pushBatch(gateway, edge, batchOf({ sequence: 1 }, { facts: factsOf() }));
    const coreless = { facts: factsOf({ coresLogical: { unknown: { code: "read_failed", detail: "no" } } }) };
    await pushBatch(gateway, two, batchOf({ sequence: 2 }, coreless));
    const full = [machineSample(99, { memoryAvailableBytes: 0 }), filesystemSample("/", 0.99)];
    await pushBatch(gateway, silent, batchOf({ sequence: 2 }, { entities: full }));
    await stage.admin.query("update agents set last_received_at = now() - interval '1 hour' where id = $1", [
      silent.agentId,
    ]);
    const overview = await getOverview(caller);
    expect(overview.machines).toEqual({ total: 3, online: 2, offline: 1, never: 0, revoked: 0 });
    expect(overview.coresLogical).toEqual({ value: 4, known: 1, total: 3 });
    expect(overview.memoryTotalBytes).toEqual({ value: 16e9, known: 2, total: 3 });
    expect(overview.powerWatts).toEqual({ value: null, known: 0, total: 3 });
    expect(overview.fullestFilesystem).toBeNull();
    expect(overview.attention.map((line) => [line.kind, line.machineId])).toEqual([
      ["offline", await machineOf(silent)],
    ]);
    expect(overview.newestReceivedAt).toBeInstanceOf(Date);
  });
});

describe("a member who is limited to some sites", () => {
  let here: Edge;
  let away: Edge;
  beforeAll(async () => {
    here = await enrol("here-within");
    away = await enrol("away-beyond", "Desert");
    const full = [machineSample(5), filesystemSample("/", 0.99)];
    await pushBatch(gateway, here, batchOf({ sequence: 1 }, { entities: full, facts: factsOf() }));
    await pushBatch(gateway, away, batchOf({ sequence: 1 }, { entities: full, facts: factsOf() }));
  });

  test("sees only these sites in every list, sum, chart and timeline", async () => {
    const answers = {
      machines: await list({ limit: 200 }, limited),
      searched: await list({ search: "Desert" }, limited),
      overview: await getOverview(limited),
      sites: await listSites(limited),
      agents: await listAgents(limited),
      tokens: await listJoinTokens(limited),
    };
    const text = JSON.stringify(answers);
    expect(text).toContain(await machineOf(here));
    for (const hidden of ["Desert", "away-beyond", away.agentId, await machineOf(away)])
      expect(text).not.toContain(hidden);
    expect(answers.searched).toMatchObject({ total: 0, known: 0, rows: [] });
    expect(answers.overview.sites).toBe(1);
    expect(answers.overview.machines.total).toBe(answers.machines.total);
    expect((await getOverview(owner)).machines.total).toBe(answers.machines.total + 1);
  });

  test("does not find a machine beyond them, nor its chart, and cannot make a site that it could not see", async () => {
    const machineId = await machineOf(away);
    await expect(getMachine(limited, machineId)).rejects.toMatchObject({ code: "not_found" });
    const chart = getChart(limited, { machineId, chart: "load", window: "1h" });
    await expect(chart).rejects.toMatchObject({ code: "not_found" });
    await expect(getMachine(limited, await machineOf(here))).resolves.toHaveProperty("id");
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
