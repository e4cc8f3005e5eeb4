import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Block } from "@/contract/codec/block";
import type { Dictionary } from "@/contract/codec/layout";
import { ENTITY_KINDS, type EntityKind, metricsOf } from "@/contract/metrics";
import { type Database, openDatabase, withTenant } from "@/db/client";
import { createOrganisation, createSite } from "@/server/testing/people";
import { seededRandom } from "@/server/testing/random";
import { openStage, type Stage } from "@/server/testing/stage";
import { blockOf, createStream, receive, type TestStream } from "@/server/testing/streams";
import { EntityBook, loadHours } from "./chunk-store";
import { packChunk } from "./chunks";
import { compactOrganisation } from "./compact";
import { foldOrganisation } from "./fold";
import { expireOrganisation, storageCost } from "./retention";
import { differenceOf, sumFiveMinutes } from "./rollups";
import { sealOrganisation } from "./seal";
import { visitStreamSums } from "./stream-sums";

const HOUR = 3600;
const DAY = 86_400;
const TODAY = Math.floor(Date.now() / 1000 / DAY) * DAY;
/** Two days that are over. */
const START = TODAY - 3 * DAY;
const END = TODAY - DAY;
const ENTRIES: Dictionary = [
  { kind: "machine", key: "machine" },
  { kind: "filesystem", key: "/" },
  { kind: "filesystem", key: "/data" },
];

let stage: Stage;
let worker: Database;
let orgId = "";
let siteId = "";
let count = 0;
let streams: TestStream[];
let random: () => number;

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
  random = seededRandom(count);
  orgId = (await createOrganisation(stage, `fold-${count}`)).id;
  siteId = await createSite(stage, orgId, "Harbour");
  streams = [];
  for (const name of ["one", "two", "three"]) streams.push(await createStream(stage, orgId, siteId, name));
});

const compact = () => compactOrganisation(worker, orgId, { dueSeconds: 0 });
const fold = (now?: Date) => foldOrganisation(worker, orgId, { streamsMin: 1, now });

/** Readings by the minute from an hour on; now and then something is not read. */
function readings(from: number, length: number, entries = ENTRIES): Block {
  const moments = Array.from({ length }, (_, minute) => from + 60 * minute);
  return blockOf(entries, moments, ({ metric }) => {
    if (random() < 0.1) return null;
    return metric === 0 ? 60 : Math.floor(random() * 100_000);
  });
}

async function arrive(stream: TestStream | undefined, from: number, length: number, entries = ENTRIES): Promise<void> {
  if (!stream) throw new Error("no such stream");
  await receive(stage.database, stream, [readings(from, length, entries)]);
}

type Sums = Map<string, string>;
type Range = { from: number; to: number };
const ALL: Range = { from: START, to: END };
const sorted = (sums: Sums): [string, string][] => [...sums].sort(([a], [b]) => (a < b ? -1 : 1));

/** What readers get. */
async function readSums(
  range: Range = ALL,
  ids: readonly number[] = streams.map(({ id }) => id),
): Promise<[string, string][]> {
  const found: Sums = new Map();
  await withTenant(stage.database, { orgId }, async (tx) => {
    for (const kind of ENTITY_KINDS) {
      const wanted = { kind, positions: [...metricsOf(kind).keys()], streamIds: ids, range };
      await visitStreamSums(tx, orgId, wanted, (stream, metric, { moments, sums, entities, first, end }) => {
        for (let index = first; index < end; index += 1) {
          if (!entities[index]) continue;
          const name = `${stream} ${kind} ${metric} ${moments[index]}`;
          if (found.has(name)) throw new Error(`${name} came twice`);
          found.set(name, `${sums[index]} of ${entities[index]}`);
        }
      });
    }
  });
  return sorted(found);
}

/** The same from the record itself. */
async function recompute(
  range: Range = ALL,
  ids: readonly number[] = streams.map(({ id }) => id),
): Promise<[string, string][]> {
  const found: Sums = new Map();
  const entities = await stage.rows<{ id: number; kind: EntityKind; key: string }>(
    "select id, kind, key from telemetry_entities where org_id = $1",
    [orgId],
  );
  const wanted = ids.map((streamId) => ({
    streamId,
    firstHour: START / HOUR,
    lastHour: TODAY / HOUR + 24,
    isThinned: false,
  }));
  const stored = await withTenant(worker, { orgId }, (tx) => loadHours(tx, orgId, new EntityBook(entities), wanted));
  for (const [stream, hours] of stored) {
    for (const { recorded } of hours) {
      for (const figure of differenceOf(null, sumFiveMinutes(recorded.block))) {
        if (figure.at < range.from || figure.at >= range.to) continue;
        found.set(`${stream} ${figure.kind} ${figure.metric} ${figure.at}`, `${figure.sum} of ${figure.entities}`);
      }
    }
  }
  return sorted(found);
}

const rowsLeft = async () =>
  (await stage.rows<{ n: number }>("select count(*)::int as n from telemetry_stream_5m where org_id = $1", [orgId]))[0]
    ?.n;

async function fill(): Promise<void> {
  for (const stream of streams) {
    await arrive(stream, START + 5 * HOUR, 120);
    await arrive(stream, START + 11 * HOUR + 600, 600);
    await arrive(stream, END - 3 * HOUR, 180);
  }
  await compact();
}

describe("sums of streams, folded into strips", () => {
  test("are what the record gives, to the last step, and nothing of single streams is left", async () => {
    await fill();
    const expected = await recompute();
    expect(expected.length).toBeGreaterThan(1000);
    expect(await readSums()).toEqual(expected);
    expect((await fold()).rows).toBeGreaterThan(20);
    expect(await rowsLeft()).toBe(0);
    expect(await readSums()).toEqual(expected);
    expect(await fold()).toEqual({ stripDays: 0, rows: 0 });
  });

  test("show late data at once, and after the next fold", async () => {
    await fill();
    await fold();
    const before = await recompute();
    await arrive(streams[0], START + 5 * HOUR + 30, 60);
    await arrive(streams[1], START + 2 * HOUR, 90, [...ENTRIES, { kind: "disk", key: "sda" }]);
    await compact();
    const after = await recompute();
    expect(after).not.toEqual(before);
    expect(await readSums()).toEqual(after);
    await fold();
    expect(await rowsLeft()).toBe(0);
    expect(await readSums()).toEqual(after);
  });

  test("are the same when a day is sealed, and opened again by late data", async () => {
    await fill();
    await fold();
    const expected = await recompute();
    await sealOrganisation(worker, orgId);
    expect(await readSums()).toEqual(expected);
    await fold();
    expect(await rowsLeft()).toBe(0);
    expect(await readSums()).toEqual(expected);
    await arrive(streams[2], START + 9 * HOUR, 60);
    await compact();
    const late = await recompute();
    expect(await readSums()).toEqual(late);
    await fold();
    await sealOrganisation(worker, orgId);
    expect(await readSums()).toEqual(late);
  });

  test("lose what the record does not have any more: a kind in an hour that is told anew", async () => {
    await fill();
    await fold();
    const hour = START + 12 * HOUR;
    const sums = sumFiveMinutes(readings(hour, 60, [{ kind: "machine", key: "machine" }]));
    if (!sums) throw new Error("no sums");
    const { head, toc, body } = packChunk(sums.block);
    await stage.admin.query(
      `insert into telemetry_stream_5m (org_id, stream_id, day, part, kinds, head, toc, body)
       values ($1, $2, $3, 12, '{machine}', $4, $5, $6)`,
      [orgId, streams[0]?.id, new Date(hour * 1000), head, toc, body],
    );
    const kindsOfHour = async () => {
      const found = await readSums({ from: hour, to: hour + HOUR }, [streams[0]?.id ?? 0]);
      return [...new Set(found.map(([name]) => name.split(" ")[1]))];
    };
    expect(await kindsOfHour()).toEqual(["machine"]);
    await fold();
    expect(await kindsOfHour()).toEqual(["machine"]);
  });

  test("of a part of the time, of some streams, are those", async () => {
    await fill();
    await fold();
    await arrive(streams[0], START + 12 * HOUR, 10);
    await compact();
    const ids = streams.slice(0, 2).map(({ id }) => id);
    for (const range of [
      { from: START + 11 * HOUR + 900, to: START + 18 * HOUR + 300 },
      { from: START + 12 * HOUR + 300, to: START + 12 * HOUR + 600 },
      { from: START + 23 * HOUR, to: END - 2 * HOUR - 1 },
    ]) {
      const expected = await recompute(range, ids);
      expect(await readSums(range, ids)).toEqual(expected);
    }
  });

  test("wait for hours that are not over yet", async () => {
    const now = new Date((START + 13 * HOUR + 900) * 1000);
    await fill();
    const expected = await recompute();
    await fold(now);
    const left = await stage.rows<{ part: number; day: string }>(
      "select distinct part, day::text from telemetry_stream_5m where org_id = $1 and day = $2 order by part",
      [orgId, new Date(START * 1000).toISOString().slice(0, 10)],
    );
    expect(left.map(({ part }) => part)).toEqual([13, 14, 15, 16, 17, 18, 19, 20, 21]);
    expect(await readSums()).toEqual(expected);
  });

  test("that a merge is writing are left to the next run, and nobody waits", async () => {
    await fill();
    const expected = await recompute();
    await withTenant(worker, { orgId }, async (tx) => {
      await tx.execute(
        `update telemetry_stream_5m set revision = revision + 1 where org_id = '${orgId}' and stream_id = ${streams[1]?.id}`,
      );
      await fold();
      expect(await rowsLeft()).toBe(16);
    });
    expect(await readSums()).toEqual(expected);
    await fold();
    expect(await rowsLeft()).toBe(0);
    expect(await readSums()).toEqual(expected);
  });

  test("are kept and counted as five-minute history is", async () => {
    await fill();
    await fold();
    const { kinds } = await withTenant(stage.database, { orgId }, (tx) => storageCost(tx, orgId));
    expect(kinds.fiveMinutes).toMatchObject({ days: 2, oldestDay: new Date(START * 1000).toISOString().slice(0, 10) });
    expect(kinds.fiveMinutes.bytes).toBeGreaterThan(1000);
    await expireOrganisation(worker, orgId, new Date((TODAY + 200 * DAY) * 1000));
    expect(await readSums()).toEqual([]);
  });
});

test("a strip has 64 streams at most, a stream keeps its strip, and a few streams need none", async () => {
  const strips = () =>
    stage.rows<{ strip: number | null; n: number }>(
      "select strip, count(*)::int as n from telemetry_streams where org_id = $1 group by strip order by strip",
      [orgId],
    );
  await foldOrganisation(worker, orgId);
  expect(await strips()).toEqual([{ strip: null, n: 3 }]);
  const add = (streams: number) =>
    stage.admin.query(
      `insert into telemetry_streams (org_id, site_id, name, sender_id, machine_id)
       select $1, $2, 'more ' || n, null, null from generate_series(1, $3::int) n`,
      [orgId, siteId, streams],
    );
  await add(67);
  await foldOrganisation(worker, orgId);
  expect(await strips()).toEqual([
    { strip: 0, n: 64 },
    { strip: 1, n: 6 },
  ]);
  const before = await stage.rows("select id, strip from telemetry_streams where org_id = $1 order by id", [orgId]);
  await add(60);
  await foldOrganisation(worker, orgId);
  expect(await strips()).toEqual([
    { strip: 0, n: 64 },
    { strip: 1, n: 64 },
    { strip: 2, n: 2 },
  ]);
  const after = await stage.rows("select id, strip from telemetry_streams where org_id = $1 order by id", [orgId]);
  expect(after.slice(0, before.length)).toEqual(before);
});
