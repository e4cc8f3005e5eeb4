import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Dictionary } from "@/contract/codec/layout";
import { type Database, openDatabase } from "@/db/client";
import type { Caller } from "@/server/access/caller";
import { createMember, createOrganisation, createSite, type Organisation, signIn } from "@/server/testing/people";
import { blockOfReadings, type RecordedMoment } from "@/server/testing/readings";
import { openStage, type Stage } from "@/server/testing/stage";
import { createStream, receive, type TestStream } from "@/server/testing/streams";
import { compactOrganisation } from "./compact";
import { getSiteLink, listSiteLinks } from "./link";
import { updateLinkSettings } from "./link-settings";
import { SiteLinkInput } from "./link-shapes";

const HOUR = 3600;
const DICTIONARY: Dictionary = [
  { kind: "machine", key: "machine" },
  { kind: "link", key: "gateway" },
];
/** Start of the hour three hours ago. */
const START = Math.floor(Date.now() / 1000 / HOUR) * HOUR - 3 * HOUR;
const since = new Date(START * 1000);

let stage: Stage;
let worker: Database;
let organisation: Organisation;
let owner: Caller;
let kiel = "";
let ulm = "";
let first: TestStream;
let second: TestStream;

/** An hour of minutes, each 100 bytes of readings, 40 of framing and answers, and 20 readings. */
const minutes = (change: Record<string, number> = {}): RecordedMoment[] =>
  Array.from({ length: 60 }, (_, minute) => ({
    at: START + 60 * minute,
    readings: {
      machine: { spanSeconds: 60, load1: 1 },
      gateway: {
        spanSeconds: 60,
        liveBytes: 100,
        backlogBytes: 0,
        reportBytes: minute === 0 ? 600 : 0,
        controlBytes: 1,
        framingSentBytes: 20,
        framingReceivedBytes: 15,
        controlReceivedBytes: 4,
        connects: minute === 0 ? 1 : 0,
        samples: 20,
        thinnedMoments: 0,
        droppedMoments: 0,
        ...change,
      },
    },
  }));
const BYTES = 60 * 140 + 600;

async function createAgent(stream: TestStream, report: object): Promise<void> {
  const [agent] = await stage.rows<{ id: string }>(
    `with token as (
       insert into join_tokens (org_id, site_id, name, token_hash, uses_max, expires_at)
       values ($1, $2, 't', sha256(gen_random_uuid()::text::bytea), 5, now()) returning id)
     insert into agents (org_id, site_id, machine_id, join_token_id, public_key, status, hostname, platform, version,
       interval_seconds, report)
     select $1, $2, $3, token.id, sha256(gen_random_uuid()::text::bytea), 'active', 'edge', 'linux/x64', '0.2.0', 60, $4
     from token returning id`,
    [stream.orgId, stream.siteId, stream.machineId, JSON.stringify(report)],
  );
  await stage.admin.query("update machines set agent_id = $1 where id = $2", [agent?.id, stream.machineId]);
}

const HEALTH = {
  version: "0.2.0",
  startedAt: "2026-11-22T12:00:00Z",
  intervalSeconds: 60,
  profile: "full",
  spoolMoments: 3,
  spoolBytes: 700,
  thinnedMoments: 0,
  droppedMoments: 0,
  transport: "websocket",
};

beforeAll(async () => {
  stage = await openStage();
  worker = openDatabase(stage.urls.workerUrl, { applicationName: "test", connectionsMax: 4 });
  organisation = await createOrganisation(stage, "north");
  owner = await signIn(stage, organisation.people.owner);
  kiel = await createSite(stage, organisation.id, "Kiel", { region: "north" });
  ulm = await createSite(stage, organisation.id, "Ulm", { region: "south" });
  first = await createStream(stage, organisation.id, kiel, "kiel-1");
  second = await createStream(stage, organisation.id, kiel, "kiel-2");
  const silent = await createStream(stage, organisation.id, kiel, "kiel-3");
  await createAgent(first, HEALTH);
  await createAgent(second, { ...HEALTH, transport: "http", spoolError: "ENOSPC" });
  await createAgent(silent, {});
  await receive(stage.database, first, [blockOfReadings(DICTIONARY, minutes())]);
  const thinned = minutes({ liveBytes: 50, backlogBytes: 50, droppedMoments: 2 });
  await receive(stage.database, second, [blockOfReadings(DICTIONARY, thinned)]);
  await compactOrganisation(worker, organisation.id, { dueSeconds: 0 });
  await stage.admin.query("update telemetry_streams set thinned_since = $1 where id = $2", [since, second.id]);
});
afterAll(async () => {
  await worker.close();
  await stage.close();
});

describe("the link of a site", () => {
  test("costs what its agents counted, by purpose and by agent, and every byte is in one purpose", async () => {
    const link = await getSiteLink(owner, { siteId: kiel, since });
    expect(link.totals).toMatchObject({
      liveBytes: 60 * 150,
      backlogBytes: 60 * 50,
      reportBytes: 1200,
      controlBytes: 2 * 60 * 5,
      framingBytes: 2 * 60 * 35,
      totalBytes: 2 * BYTES,
      samples: 2 * 60 * 20,
      connects: 2,
    });
    expect(link.agents.map(({ name, totals }) => [name, totals?.totalBytes ?? null])).toEqual([
      ["kiel-1", BYTES],
      ["kiel-2", BYTES],
      ["kiel-3", null],
    ]);
    const inHistory = link.history.reduce((sum, { at: _, ...bytes }) => {
      return sum + Object.values(bytes).reduce((total, one) => total + one, 0);
    }, 0);
    expect(inHistory).toBe(2 * BYTES);
  });

  test("counts what has just arrived and is not merged yet", async () => {
    const at = START + HOUR;
    const [minute] = minutes();
    if (!minute) throw new Error("no minute");
    await receive(stage.database, first, [blockOfReadings(DICTIONARY, [{ ...minute, at }])]);
    const link = await getSiteLink(owner, { siteId: kiel, since: new Date(at * 1000) });
    expect(link.totals?.totalBytes).toBe(740);
    await compactOrganisation(worker, organisation.id, { dueSeconds: 0 });
    expect((await getSiteLink(owner, { siteId: kiel, since: new Date(at * 1000) })).totals?.totalBytes).toBe(740);
  });

  test("tells what agents say of themselves, and what is not well", async () => {
    const link = await getSiteLink(owner, { siteId: kiel, since });
    expect(link.agents.map(({ profile, transport, spoolMoments }) => [profile, transport, spoolMoments])).toEqual([
      ["full", "websocket", 3],
      ["full", "http", 3],
      [null, null, null],
    ]);
    expect(link).toMatchObject({ thinnedSince: since, droppedMoments: 120, spoolError: "ENOSPC" });
    expect(link.agents[0]).toMatchObject({ thinnedSince: null, droppedMoments: 0, spoolError: null });
  });

  test("projects its own profile at what was measured, and leaner ones below", async () => {
    const { projections, totals } = await getSiteLink(owner, { siteId: kiel, since });
    const perDay = projections.map(({ bytesPerDay }) => bytesPerDay ?? 0);
    expect(projections.map(({ profile, known }) => [profile, known])).toEqual([
      ["full", 2],
      ["lean", 2],
      ["heartbeat", 2],
    ]);
    expect(perDay[0]).toBeGreaterThan(0.9 * 24 * (totals?.totalBytes ?? 0));
    expect(perDay).toEqual([...perDay].sort((a, b) => b - a));
  });

  test("has what is set for it, and an audit entry of who set it", async () => {
    const nothing = {
      profile: null,
      bytesPerDay: null,
      bitsPerSecond: null,
      intervalSeconds: null,
      batchSeconds: null,
    };
    expect((await getSiteLink(owner, { siteId: ulm, since })).settings).toEqual(nothing);
    const set = { ...nothing, profile: "lean", bytesPerDay: 5_000_000 } as const;
    await updateLinkSettings(owner, { siteId: ulm, ...set });
    expect((await getSiteLink(owner, { siteId: ulm, since })).settings).toEqual(set);
    expect(await stage.rows("select actor_label from audit_entries where action = 'telemetry:link-update'")).toEqual([
      { actor_label: owner.email },
    ]);
  });

  test("is not found at a site outside of the caller's reach", async () => {
    const input = { email: "limited@north.test", role: "viewer", scopeSelector: "region=south" } as const;
    const limited = await signIn(stage, await createMember(stage, organisation.id, input));
    await expect(getSiteLink(limited, { siteId: kiel, since })).rejects.toMatchObject({ code: "not_found" });
    const { sites } = await listSiteLinks(limited, { since });
    expect(sites.map(({ name }) => name)).toEqual(["Ulm"]);
  });
});

test("the list has every site, with the same totals as its page; a site without agents has none", async () => {
  const { sites } = await listSiteLinks(owner, { since });
  const { totals } = await getSiteLink(owner, { siteId: kiel, since });
  expect(sites).toEqual([
    {
      siteId: kiel,
      name: "Kiel",
      agents: 3,
      known: 2,
      totals,
      thinnedSince: since,
      droppedMoments: 120,
      spoolError: "ENOSPC",
    },
    {
      siteId: ulm,
      name: "Ulm",
      agents: 0,
      known: 0,
      totals: null,
      thinnedSince: null,
      droppedMoments: 0,
      spoolError: null,
    },
  ]);
});

test("an agent was heard when the gateway heard it, not when its readings were merged", async () => {
  const heard = new Date(Math.floor(Date.now() / 1000) * 1000 + 5000);
  await stage.admin.query(
    "update agents set last_received_at = $2 where id = (select agent_id from machines where id = $1)",
    [first.machineId, heard],
  );
  const link = await getSiteLink(owner, { siteId: kiel, since: new Date(START * 1000) });
  expect(link.agents.find(({ machineId }) => machineId === first.machineId)?.lastReceivedAt).toEqual(heard);
});

test("costs are told of the last ninety-two days only", () => {
  const isValid = (days: number) =>
    SiteLinkInput.safeParse({ siteId: kiel, since: new Date(Date.now() - days * 86_400_000) }).success;
  expect([0, 91, 93].map(isValid)).toEqual([true, true, false]);
});
