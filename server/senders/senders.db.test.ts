import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { metricsOf } from "@/contract/metrics";
import { SENDER_PATHS } from "@/contract/sender-paths";
import { openDatabase } from "@/db/client";
import type { Caller } from "@/server/access/caller";
import { listMachines } from "@/server/fleet/machine-queries";
import { ListInput } from "@/server/lists/shapes";
import { compactOrganisation } from "@/server/telemetry/compact";
import { unpackReadings } from "@/server/telemetry/entity-state";
import { createMember, createOrganisation, createSite, type Organisation, signIn } from "@/server/testing/people";
import { dumpTables, openStage, type Stage } from "@/server/testing/stage";
import { createApiToken, keepMetric, revokeApiToken } from "./commands";
import { getSender, listSenders } from "./queries";
import { settlePending } from "./settle-pending";
import { scrape } from "./testing/exposition";
import { packed, writeRequest1 } from "./testing/remote-write-encoder";
import { addToken, readBack, type SenderGateway, startSenderGateway } from "./testing/sender-stage";

/** From the token that a person makes to the machine that a person sees. */

let stage: Stage;
let gateway: SenderGateway;
let organisation: Organisation;
let owner: Caller;
let siteId: string;

beforeAll(async () => {
  stage = await openStage();
  gateway = await startSenderGateway(stage);
  organisation = await createOrganisation(stage, "north");
  owner = await signIn(stage, organisation.people.owner);
  siteId = await createSite(stage, organisation.id, "Harbour");
});
afterAll(async () => {
  await gateway.close();
  await stage.close();
});

const nowSeconds = Math.floor(Date.now() / 1000);

/** Sends a scrape as Prometheus would. */
async function push(
  token: string,
  text: string,
  secondsAgo: number,
  labels: Record<string, string> = {},
): Promise<number> {
  const samples = scrape(text, (nowSeconds - secondsAgo) * 1000, labels);
  const body = packed(
    writeRequest1(
      samples.map(({ series, atMs, value }) => ({
        labels: [["__name__", series.name], ...series.labels],
        samples: [{ value, atMs }],
      })),
    ),
  );
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "application/x-protobuf",
    "content-encoding": "snappy",
    "user-agent": "Prometheus/2.42.0",
  };
  return (await gateway.send(SENDER_PATHS.remoteWrite, { body, headers })).status;
}

const otherModes = ["nice", "system", "iowait", "irq", "softirq", "steal"].map(
  (mode) => `node_cpu_seconds_total{cpu="0",mode="${mode}"} 0`,
);
const node = (step: number, more = "") => `${otherModes.join("\n")}
node_cpu_seconds_total{cpu="0",mode="user"} ${10 * step}
node_cpu_seconds_total{cpu="0",mode="idle"} ${30 * step}
node_load1 0.5
node_memory_MemTotal_bytes 8192000
node_memory_MemAvailable_bytes 4096000
node_network_receive_bytes_total{device="eth0"} ${1000 * step}
node_network_receive_bytes_total{device="lo"} 7
node_uname_info{nodename="edge-7",release="6.12.1"} 1
odd_metric{n="1"} ${step}
${more}`;

const makeToken = (input: Partial<Parameters<typeof createApiToken>[1]> = {}) =>
  createApiToken(owner, { name: "Prometheus", bound: { siteId }, daysToLive: null, ...input });

describe("a token", () => {
  test("is shown once, stored as a hash only, works at once, and not any more with the request after its end", async () => {
    const { id, token } = await makeToken({ name: "Short life", daysToLive: 1 });
    expect(token).toMatch(/^fbk_[0-9a-f-]{36}_[A-Za-z0-9_-]{43}$/);
    expect(await push(token, "a 1", 5)).toBe(204);
    const secret = token.slice(-43);
    expect(JSON.stringify(await dumpTables(stage))).not.toContain(secret);
    await revokeApiToken(owner, id);
    await revokeApiToken(owner, id);
    expect(await push(token, "a 1", 4)).toBe(401);
    const [row] = (await listSenders(owner)).filter((sender) => sender.id === id);
    expect(row).toMatchObject({
      name: "Short life",
      state: "revoked",
      siteName: "Harbour",
      createdByName: "owner of north",
    });
    const actions = await stage.rows("select action, details from audit_entries where subject_id = $1 order by id", [
      id,
    ]);
    expect(actions.map(({ action }) => action)).toEqual(["senders:token-create", "senders:token-revoke"]);
  });

  test("is for the sites that its maker reaches: a label, and sites elsewhere, are not for a limited admin", async () => {
    const person = await createMember(stage, organisation.id, {
      email: "limited@north.test",
      role: "admin",
      scopeSelector: "region=south",
    });
    const limited = await signIn(stage, person);
    const south = await createSite(stage, organisation.id, "South", { region: "south" });
    const input = { name: "Mine", daysToLive: null };
    await expect(createApiToken(limited, { ...input, bound: { siteId } })).rejects.toMatchObject({ code: "not_found" });
    await expect(createApiToken(limited, { ...input, bound: { siteLabel: "site" } })).rejects.toMatchObject({
      reason: "token_needs_full_scope",
    });
    await makeToken({ name: "By label", bound: { siteLabel: "site" } });
    const { id } = await createApiToken(limited, { ...input, bound: { siteId: south } });
    expect((await listSenders(limited)).map((sender) => sender.id)).toEqual([id]);
    await expect(getSender(limited, (await makeToken()).id)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("a node-exporter behind Prometheus", () => {
  test("becomes a machine with its name, its readings, and a record that the merge takes", async () => {
    const { id, token } = await makeToken({ name: "Fleet" });
    for (const step of [0, 1, 2, 3]) expect(await push(token, node(step), 600 - 60 * step)).toBe(204);
    await gateway.settle();
    const [machine] = await stage.rows<{ id: string; name: string; kind: string; facts: Record<string, unknown> }>(
      "select m.id, m.name, m.identity_kind as kind, m.facts from machines m join telemetry_streams s on s.machine_id = m.id where s.sender_id = $1",
      [id],
    );
    expect(machine).toMatchObject({ name: "edge-7", kind: "sender", facts: { kernelVersion: { value: "6.12.1" } } });
    const [entity] = await stage.rows<{ state: Buffer; observed_at: Date }>(
      "select state, observed_at from telemetry_entities where machine_id = $1 and kind = 'machine'",
      [machine?.id],
    );
    expect(unpackReadings("machine", entity?.state ?? Buffer.alloc(0))).toMatchObject({
      spanSeconds: 60,
      cpuUserSeconds: 10,
      cpuIdleSeconds: 30,
      load1: 0.5,
      memoryTotalBytes: 8192000,
    });
    expect(entity?.observed_at.getTime()).toBe((nowSeconds - 420) * 1000);
    const [figures] = await stage.rows("select cpu_used_ratio, load1 from telemetry_machines where machine_id = $1", [
      machine?.id,
    ]);
    expect(figures).toEqual({ cpu_used_ratio: 0.25, load1: 0.5 });
    const { rows: listed } = await listMachines(owner, ListInput.parse({ search: "edge-7" }));
    expect(listed.find((row) => row.id === machine?.id)).toMatchObject({ connectivity: "online", cpuUsedRatio: 0.25 });
    const worker = openDatabase(stage.urls.workerUrl, { applicationName: "test", connectionsMax: 2 });
    const done = await compactOrganisation(worker, organisation.id, { dueSeconds: 0 });
    expect(await settlePending(worker, organisation.id, new Date())).toBe(0);
    await worker.close();
    expect([done.failed, done.setAside]).toEqual([0, 0]);
    expect(done.frames).toBeGreaterThan(0);
    expect(await readBack(stage, id)).toEqual([]);
    const detail = await getSender(owner, id);
    expect(detail.targets).toEqual([
      expect.objectContaining({
        name: "node edge-7:9100",
        siteName: "Harbour",
        machineId: machine?.id,
        intervalSeconds: 60,
      }),
    ]);
    expect(detail.metrics.find(({ name }) => name === "odd_metric")).toMatchObject({
      meaning: "unknown",
      series: 1,
      samples: 4,
      kept: false,
    });
    expect(detail.metrics.find(({ name }) => name === "node_network_receive_bytes_total")).toMatchObject({
      meaning: "reading",
      series: 2,
    });
    expect(detail.metrics[0]?.name).toBe("odd_metric");
  });

  test("settles growth once, however many requests come at the same time and however often each is repeated", async () => {
    const { id, token } = await makeToken({ name: "Storm" });
    const steps = Array.from({ length: 12 }, (_, step) => step);
    await push(token, node(0), 3000);
    await gateway.settle();
    await Promise.all([...steps, ...steps].map((step) => push(token, node(step), 3000 - 60 * step)));
    await gateway.settle();
    await Promise.all(steps.map((step) => push(token, node(step), 3000 - 60 * step)));
    await gateway.settle();
    const grown = (await readBack(stage, id)).filter(
      ({ metric, value }) => metric === "cpuUserSeconds" && typeof value === "number",
    );
    expect(grown.reduce((total, { value }) => total + Number(value), 0)).toBe(110);
  });

  test("is joined to the machine of an agent by its system UUID, and does not tell again what the agent tells", async () => {
    const uuid = randomUUID();
    const [machine] = await stage.rows<{ id: string }>(
      `insert into machines (org_id, site_id, identity_kind, identity_value, name) values ($1, $2, 'system_uuid', $3, 'agent machine') returning id`,
      [organisation.id, siteId, uuid],
    );
    const [stream] = await stage.rows<{ id: number }>(
      `insert into telemetry_streams (org_id, site_id, machine_id, name, last_received_at) values ($1, $2, $3, 'agent', now()) returning id`,
      [organisation.id, siteId, machine?.id],
    );
    await stage.rows(
      `insert into telemetry_entities (org_id, stream_id, machine_id, kind, key) values ($1, $2, $3, 'machine', 'machine')`,
      [organisation.id, stream?.id, machine?.id],
    );
    const { id, token } = await makeToken({ name: "Beside the agent" });
    const text = (step: number) =>
      node(
        step,
        `node_dmi_info{product_uuid="${uuid.toUpperCase()}"} 1\nnode_rapl_package_joules_total{index="0",path="/x/intel-rapl:0"} ${step}`,
      );
    for (const step of [0, 1, 2]) await push(token, text(step), 900 - 60 * step);
    await gateway.settle();
    const kinds = await stage.rows(
      "select distinct e.kind, e.machine_id = $2 as joined from telemetry_entities e join telemetry_streams s on s.id = e.stream_id where s.sender_id = $1 order by 1",
      [id, machine?.id],
    );
    expect(kinds).toEqual([
      { kind: "energyZone", joined: true },
      { kind: "interface", joined: true },
    ]);
  });

  test("of another site with the same UUID gets a machine of its own", async () => {
    const uuid = randomUUID();
    const elsewhere = await createSite(stage, organisation.id, `Elsewhere ${uuid}`);
    const text = `node_dmi_info{product_uuid="${uuid}"} 1\nnode_load1 1`;
    const here = await makeToken({ name: "Here" });
    const there = await makeToken({ name: "There", bound: { siteId: elsewhere } });
    await push(here.token, text, 60);
    await push(there.token, text, 60);
    const rows = await stage.rows<{ machine_id: string }>(
      "select distinct machine_id from telemetry_streams where sender_id = any($1)",
      [[here.id, there.id]],
    );
    expect(rows).toHaveLength(2);
  });
});

describe("a metric that nobody understands", () => {
  test("is stored series by series from the moment that somebody keeps it, exactly, until they stop", async () => {
    const { id, token } = await makeToken({ name: "Odd" });
    const odd = (value: number) => `odd_metric{n="1"} ${value}\nodd_metric{n="2"} ${value + 0.1}`;
    await push(token, odd(1), 300);
    await gateway.settle();
    expect(await readBack(stage, id)).toEqual([]);
    await expect(keepMetric(owner, { senderId: id, name: "never_sent", isKept: true })).rejects.toMatchObject({
      code: "not_found",
    });
    await keepMetric(owner, { senderId: id, name: "odd_metric", isKept: true });
    const later = await startSenderGateway(stage);
    const before = gateway;
    gateway = later;
    await push(token, odd(2.5), 200);
    await gateway.settle();
    await later.close();
    gateway = before;
    const stored = (await readBack(stage, id)).map(({ key, value }) => [key, value]);
    expect(stored).toEqual([
      ['odd_metric{instance="edge-7:9100",job="node",n="1"}', 2.5],
      ['odd_metric{instance="edge-7:9100",job="node",n="2"}', 2.6],
    ]);
    await keepMetric(owner, { senderId: id, name: "odd_metric", isKept: false });
    const actions = await stage.rows("select action from audit_entries where subject_label = 'odd_metric' order by id");
    expect(actions.map(({ action }) => action)).toEqual(["senders:metric-keep", "senders:metric-drop"]);
    expect((await getSender(owner, id)).metrics).toEqual([
      expect.objectContaining({ name: "odd_metric", kept: false, series: 2 }),
    ]);
  });

  test("is a kind with one reading, the exact double", () => {
    expect(metricsOf("series").map(({ name, kind }) => [name, kind])).toEqual([["value", "double"]]);
  });
});

describe("a token that a label binds to sites", () => {
  test("keeps targets of the same name at two sites apart, and the site's name may be written in any case", async () => {
    await createSite(stage, organisation.id, "Lighthouse");
    const sender = await addToken(stage, organisation.id, { siteLabel: "site" });
    for (const step of [0, 1]) {
      for (const site of ["harbour", "LIGHTHOUSE", "nowhere"])
        await push(sender.token, node(step), 500 - 60 * step, { site });
    }
    await gateway.settle();
    const machines = await stage.rows(
      "select x.name as site, count(*)::int as n from machines m join sites x on x.id = m.site_id join telemetry_streams s on s.machine_id = m.id where s.sender_id = $1 group by 1 order by 1",
      [sender.id],
    );
    expect(machines).toEqual([
      { site: "Harbour", n: 1 },
      { site: "Lighthouse", n: 1 },
    ]);
    const { unknownSites } = await getSender(owner, sender.id);
    expect(unknownSites.map(({ name, samples }) => [name, samples])).toEqual([["nowhere", 30]]);
  });
});
