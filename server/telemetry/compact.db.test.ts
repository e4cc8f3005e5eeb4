import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Block } from "@/contract/codec/block";
import type { Dictionary } from "@/contract/codec/layout";
import type { EntityKind } from "@/contract/metrics";
import { metricsOf } from "@/contract/metrics";
import { type Database, openDatabase, withTenant } from "@/db/client";
import { log } from "@/server/log";
import { createOrganisation, createSite, type Organisation } from "@/server/testing/people";
import { seededRandom } from "@/server/testing/random";
import { dumpTables, openStage, type Stage } from "@/server/testing/stage";
import { blockOf, createStream, receive, type TestStream } from "@/server/testing/streams";
import { EntityBook, loadHours } from "./chunk-store";
import { unpackChunk } from "./chunks";
import { compactOrganisation } from "./compact";
import { unpackReadings } from "./entity-state";
import { differenceOf, fiveMinuteLayout, sumFiveMinutes } from "./rollups";
import { sealOrganisation } from "./seal";

const HOUR = 3600;
/** Start of the hour three hours ago: nothing in these tests is in the future or in the open hour. */
const START = Math.floor(Date.now() / 1000 / HOUR) * HOUR - 3 * HOUR;
const ENTRIES: Dictionary = [
  { kind: "machine", key: "machine" },
  { kind: "filesystem", key: "/" },
  { kind: "filesystem", key: "/var" },
];
/** Readings of all of these in a minute. */
const A_MINUTE = ENTRIES.reduce((sum, { kind }) => sum + metricsOf(kind).length, 0);

let stage: Stage;
let worker: Database;
let organisation: Organisation;
let count = 0;
/** Streams of sites in the south and in the north. */
let streams: [TestStream, TestStream];

beforeAll(async () => {
  log.level = "silent";
  stage = await openStage();
  worker = openDatabase(stage.urls.workerUrl, { applicationName: "test", connectionsMax: 4 });
});
afterAll(async () => {
  await worker.close();
  await stage.close();
});
// Every test has an organisation of its own: nothing is left over and nothing is shared.
beforeEach(async () => {
  count += 1;
  organisation = await createOrganisation(stage, `compact-${count}`);
  const south = await createSite(stage, organisation.id, "South", { region: "south" });
  const north = await createSite(stage, organisation.id, "North", { region: "north" });
  streams = [
    await createStream(stage, organisation.id, south, "south-1"),
    await createStream(stage, organisation.id, north, "north-1"),
  ];
});
afterEach(() => vi.restoreAllMocks());

const compact = () => compactOrganisation(worker, organisation.id, { dueSeconds: 0 });

/** Readings that follow from moment and place: repeating them gives the same. */
function minutes(from: number, length: number, entries: Dictionary = ENTRIES): Block {
  const moments = Array.from({ length }, (_, minute) => from + 60 * minute);
  return blockOf(entries, moments, ({ name, key, metric, moment }) =>
    name === "spanSeconds" ? 60 : ((moment * 7 + metric * 131 + key.length * 17) % 100_003) + metric,
  );
}

/** The same readings, a frame for each minute. */
const minuteByMinute = (from: number, length: number): Block[] =>
  Array.from({ length }, (_, minute) => minutes(from + 60 * minute, 1));

async function readRecord(stream: TestStream): Promise<Map<string, number>> {
  const record = new Map<string, number>();
  const rows = await stage.rows<{ entity_ids: number[]; head: Buffer; toc: Buffer; body: Buffer }>(
    "select entity_ids, head, toc, body from telemetry_chunks where org_id = $1 and stream_id = $2 order by day, part",
    [stream.orgId, stream.id],
  );
  const book = await bookOf(stream);
  for (const row of rows) {
    const { layout, moments, values, absence } = unpackChunk(book.layoutOf(row.entity_ids), row);
    for (let column = 0; column < layout.columns; column += 1) {
      const entry = layout.entries[layout.slots[column] ?? 0];
      moments.forEach((moment, at) => {
        if (absence[column * moments.length + at] !== 0) return;
        const name = `${entry?.kind} ${entry?.key} ${layout.metricOf(column).name} ${moment}`;
        if (record.has(name)) throw new Error(`${name} is stored twice`);
        record.set(name, values[column * moments.length + at] ?? 0);
      });
    }
  }
  return record;
}

async function bookOf(stream: TestStream): Promise<EntityBook> {
  return new EntityBook(
    await stage.rows<{ id: number; kind: EntityKind; key: string }>(
      "select id, kind, key from telemetry_entities where stream_id = $1",
      [stream.id],
    ),
  );
}

/** Group sums as they are stored, and as they are when computed anew from chunks. */
async function groupSums(): Promise<{ stored: Map<string, string>; recomputed: Map<string, string> }> {
  const rows = await stage.rows<Record<string, string>>(
    `select group_id || ' ' || kind || ' ' || metric || ' ' || extract(epoch from at)::int as name,
       sum || ' of ' || entities as figure from telemetry_group_5m where org_id = $1 and (sum <> 0 or entities <> 0)`,
    [organisation.id],
  );
  const sums = new Map<string, { sum: bigint; entities: number }>();
  const hours = { firstHour: 0, lastHour: 1_000_000, isThinned: false };
  for (const stream of streams) {
    const book = await bookOf(stream);
    const stored = await withTenant(worker, { orgId: organisation.id }, (tx) =>
      loadHours(tx, organisation.id, book, [{ streamId: stream.id, ...hours }]),
    );
    for (const { recorded, groups } of stored.get(stream.id) ?? []) {
      for (const figure of differenceOf(null, sumFiveMinutes(recorded.block))) {
        for (const group of groups) {
          const name = `${group} ${figure.kind} ${figure.metric} ${figure.at}`;
          const known = sums.get(name) ?? { sum: 0n, entities: 0 };
          sums.set(name, { sum: known.sum + figure.sum, entities: known.entities + figure.entities });
        }
      }
    }
  }
  return {
    stored: new Map(rows.map((row) => [row.name ?? "", row.figure ?? ""])),
    recomputed: new Map([...sums].map(([name, { sum, entities }]) => [name, `${sum} of ${entities}`])),
  };
}

async function expectExactSums(): Promise<Map<string, string>> {
  const { stored, recomputed } = await groupSums();
  expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(recomputed));
  return stored;
}

describe("compaction", () => {
  test("turns frames into the record without losing or changing a value, and empties the inbox", async () => {
    const [stream] = streams;
    await receive(stage.database, stream, minuteByMinute(START, 90));
    const done = await compact();
    expect(done).toMatchObject({ streams: 1, frames: 90, chunks: 2, setAside: 0, failed: 0 });
    const record = await readRecord(stream);
    expect(record.size).toBe(90 * A_MINUTE);
    expect(record.get(`filesystem /var usedBytes ${START + 60 * 70}`)).toBe(
      (((START + 60 * 70) * 7 + 131 + 4 * 17) % 100_003) + 1,
    );
    expect(await stage.rows("select * from telemetry_inbox where org_id = $1", [organisation.id])).toEqual([]);
    const [about] = await stage.rows("select last_moment from telemetry_streams where id = $1", [stream.id]);
    expect(about).toEqual({ last_moment: START + 60 * 89 });
  });

  test("waits for more frames before it writes an hour again, but not for ever", async () => {
    const [stream] = streams;
    await receive(stage.database, stream, [minutes(START, 1)]);
    expect(await compactOrganisation(worker, organisation.id)).toMatchObject({ frames: 0 });
    await stage.admin.query("update telemetry_inbox set arrived = now() - interval '5 minutes' where org_id = $1", [
      organisation.id,
    ]);
    expect(await compactOrganisation(worker, organisation.id)).toMatchObject({ frames: 1 });
  });

  test("the same frame again changes nothing: before the merge, after it, and after the day is sealed", async () => {
    const [stream] = streams;
    const blocks = minuteByMinute(START, 30);
    await receive(stage.database, stream, [...blocks, ...blocks.slice(0, 10)]);
    await compact();
    const told = async () => {
      const { telemetry_streams: _, ...tables } = await dumpTables(stage);
      return tables;
    };
    const before = await told();
    await receive(stage.database, stream, [...blocks, minutes(START, 30)], { epoch: 0 });
    expect(await compact()).toMatchObject({ frames: 31, chunks: 0 });
    const after = await told();
    for (const name of Object.keys(before)) expect([name, after[name]]).toEqual([name, before[name]]);

    await sealOrganisation(worker, organisation.id, new Date((START + 3 * 86_400) * 1000));
    const sealed = await told();
    expect(sealed.telemetry_chunks).not.toEqual(before.telemetry_chunks);
    await receive(stage.database, stream, blocks, { epoch: 0 });
    await compact();
    const last = await told();
    for (const name of Object.keys(sealed)) expect([name, last[name]]).toEqual([name, sealed[name]]);
  });

  test("group sums equal a recomputation exactly, in any order and cut, with repeats and moves", async () => {
    const random = seededRandom(7);
    for (let round = 0; round < 12; round += 1) {
      for (const stream of streams) {
        const from = START + 60 * Math.floor(random() * 120);
        await receive(stage.database, stream, [minutes(from, 1 + Math.floor(random() * 50))]);
      }
      if (round === 4)
        await stage.admin.query("update sites set labels = '{\"region\":\"east\"}' where name = 'South'");
      if (round === 8) await stage.admin.query("update sites set labels = '{}' where name = 'North'");
      await compact();
      await expectExactSums();
    }
    const groups = await stage.rows("select kind, label, value from telemetry_groups where org_id = $1 order by id", [
      organisation.id,
    ]);
    expect(groups).toContainEqual({ kind: "all", label: "", value: "" });
    expect(groups).toContainEqual({ kind: "label", label: "region", value: "east" });
    await sealOrganisation(worker, organisation.id, new Date((START + 3 * 86_400) * 1000));
    await expectExactSums();
  });

  test("late data writes its own hour of its own stream and nothing else", async () => {
    const [stream, other] = streams;
    for (const own of streams) await receive(stage.database, own, [minutes(START, 20), minutes(START + HOUR, 60)]);
    await compact();
    const revisions = () =>
      stage.rows<{ stream_id: number; part: number; revision: number }>(
        "select stream_id, part, revision from telemetry_chunks where org_id = $1 order by stream_id, day, part",
        [organisation.id],
      );
    const before = await revisions();
    await receive(stage.database, stream, [minutes(START + 20 * 60, 40)]);
    expect(await compact()).toMatchObject({ chunks: 1 });
    const after = await revisions();
    expect(after.filter((row, at) => row.revision !== before[at]?.revision)).toEqual([
      { stream_id: stream.id, part: Math.floor(START / HOUR) % 24, revision: 2 },
    ]);
    expect([(await readRecord(stream)).size, (await readRecord(other)).size]).toEqual([120 * A_MINUTE, 80 * A_MINUTE]);
    await expectExactSums();
  });

  test("late data opens a sealed day, and what was sealed stays as it was", async () => {
    const [stream] = streams;
    await receive(stage.database, stream, [minutes(START, 20), minutes(START + HOUR, 60)]);
    await compact();
    const later = new Date((START + 3 * 86_400) * 1000);
    const sealed = await sealOrganisation(worker, organisation.id, later);
    expect(sealed.days).toBeGreaterThanOrEqual(1);
    const before = await readRecord(stream);
    expect(
      await stage.rows("select part from telemetry_chunks where org_id = $1 and part >= 0", [organisation.id]),
    ).toEqual([]);

    await receive(stage.database, stream, [minutes(START + 20 * 60, 10)]);
    await compact();
    const record = await readRecord(stream);
    for (const [name, value] of before) expect([name, record.get(name)]).toEqual([name, value]);
    expect(record.size).toBe(before.size + 10 * A_MINUTE);
    await expectExactSums();
    const [hours] = await stage.rows("select count(*)::int as n from telemetry_hours where org_id = $1", [
      organisation.id,
    ]);
    expect(hours).toEqual({ n: sealed.days - 1 });
    await sealOrganisation(worker, organisation.id, later);
    expect(await readRecord(stream)).toEqual(record);
    await expectExactSums();
  });

  test("a mean of a time of which minutes are stored adds only what was missing, over the border of an hour", async () => {
    const [stream] = streams;
    const joules = async () =>
      [...(await readRecord(stream))]
        .filter(([name]) => name.includes("energyJoules"))
        .reduce((sum, [, value]) => sum + value, 0);
    const zone: Dictionary = [{ kind: "energyZone", key: "package" }];
    const record = (moment: number, span: number, energy: number) =>
      blockOf(zone, [moment], ({ name }) => (name === "spanSeconds" ? span : energy));
    const border = START + HOUR;
    await receive(stage.database, stream, [record(border - 120, 60, 10)]);
    await compact();
    await receive(stage.database, stream, [record(border + 120, 600, 100)], { isThinned: true });
    await compact();
    expect(await joules()).toBe(100);
    await receive(stage.database, stream, [record(border - 180, 60, 10), record(border + 60, 60, 10)]);
    await compact();
    expect(await joules()).toBe(100);
    await receive(stage.database, stream, [record(border + 120, 600, 100)], { isThinned: true });
    await compact();
    expect(await joules()).toBe(100);
    await expectExactSums();
  });

  test("two at the same time share the work and do none of it twice", async () => {
    for (const stream of streams) await receive(stage.database, stream, minuteByMinute(START, 40));
    const done = await Promise.all([compact(), compact(), compact()]);
    expect(done.reduce((sum, { frames }) => sum + frames, 0)).toBe(80);
    for (const stream of streams) expect((await readRecord(stream)).size).toBe(40 * A_MINUTE);
    await expectExactSums();
  });

  test("what cannot be read or placed is set aside as it came, and holds nothing up", async () => {
    const [stream, other] = streams;
    const past = minutes(START - 86_400 * 40, 1);
    const ahead = minutes(START + 86_400, 1);
    await receive(stage.database, stream, [minutes(START, 1), past, ahead, minutes(START + 60, 1)]);
    await stage.admin.query("update telemetry_inbox set frame = '\\x01ff' where org_id = $1 and first_moment = $2", [
      organisation.id,
      START + 60,
    ]);
    await receive(stage.database, other, [minutes(START, 1)]);
    expect(await compact()).toMatchObject({ frames: 5, chunks: 2, setAside: 3, failed: 0 });
    expect(
      await stage.rows("select reason, first_moment::int from telemetry_misdated where org_id = $1 order by reason", [
        organisation.id,
      ]),
    ).toEqual([
      { reason: "expired", first_moment: START - 86_400 * 40 },
      { reason: "future", first_moment: START + 86_400 },
      { reason: "undecodable", first_moment: START + 60 },
    ]);
    expect((await readRecord(stream)).size).toBe(A_MINUTE);
  });

  test("heals newest readings that a gateway could not write any more, and never goes back", async () => {
    const [stream] = streams;
    await receive(stage.database, stream, [minutes(START + 60, 1)], { epoch: 5, sequence: 9 });
    await receive(stage.database, stream, [minutes(START, 1)], { epoch: 5, sequence: 8 });
    await compact();
    const states = () =>
      stage.rows<{ kind: string; state: Buffer; moment: number }>(
        `select kind, state, extract(epoch from observed_at)::int as moment from telemetry_entities
         where stream_id = $1 order by id`,
        [stream.id],
      );
    expect((await states()).map(({ moment }) => moment)).toEqual([START + 60, START + 60, START + 60]);
    const machine = (await states()).find(({ kind }) => kind === "machine");
    expect(unpackReadings("machine", machine?.state ?? Buffer.alloc(0))).toMatchObject({ spanSeconds: 60 });
    const [figures] = await stage.rows<{ n: number }>(
      "select count(*)::int as n from telemetry_machines where machine_id = $1 and load1 is not null",
      [stream.machineId],
    );
    expect(figures).toEqual({ n: 1 });
    await receive(stage.database, stream, [minutes(START + 120, 1)], { epoch: 4, sequence: 99 });
    await compact();
    expect((await states())[0]?.moment).toBe(START + 60);
  });
});

test("killed after any statement it has lost and doubled nothing when it runs again", async () => {
  const [stream] = streams;
  await receive(stage.database, stream, [minutes(START, 30)]);
  await compact();
  await sealOrganisation(worker, organisation.id, new Date((START + 3 * 86_400) * 1000));
  const query = pg.Client.prototype.query as (...values: unknown[]) => Promise<unknown>;
  let statements = 0;
  let killAt = 0;
  vi.spyOn(pg.Client.prototype, "query").mockImplementation(function (this: pg.Client, ...values: unknown[]) {
    const text = typeof values[0] === "string" ? values[0] : (values[0] as { text: string }).text;
    // A transaction that could not even begin is no case of its own.
    if (!text.startsWith("begin")) statements += 1;
    if (statements === killAt && !text.startsWith("begin")) return Promise.reject(new Error("killed")) as never;
    return query.apply(this, values) as never;
  });
  let kills = 0;
  for (killAt = 1; ; killAt += 1) {
    const from = START + HOUR + 60 * killAt;
    vi.mocked(pg.Client.prototype.query).mockClear();
    killAt = -killAt;
    await receive(stage.database, stream, [minutes(from, 1), minutes(START + 29 * 60, 3)]);
    killAt = -killAt;
    statements = 0;
    const outcome = await compact().catch(() => "killed");
    const isKilled = statements >= killAt;
    killAt = -killAt;
    if (outcome !== "killed" && !isKilled) break;
    kills += 1;
    await compact();
    const record = await readRecord(stream);
    expect(record.get(`machine machine spanSeconds ${from}`)).toBe(60);
    expect(record.size).toBe(A_MINUTE * (32 + kills));
    await expectExactSums();
    killAt = -killAt;
  }
  expect(kills).toBeGreaterThan(12);
});

test("five-minute sums of a stream are those of its chunks, part by part", async () => {
  const [stream] = streams;
  await receive(stage.database, stream, [minutes(START, 75)]);
  await compact();
  const rows = await stage.rows<{ part: number; kinds: EntityKind[]; head: Buffer; toc: Buffer; body: Buffer }>(
    "select part, kinds, head, toc, body from telemetry_stream_5m where stream_id = $1 order by day, part",
    [stream.id],
  );
  const sums = rows.map((row) => unpackChunk(fiveMinuteLayout(row.kinds), row));
  const expected = [minutes(START, 60), minutes(START + HOUR, 15)].map((block) => sumFiveMinutes(block)?.block);
  expect(sums.map(({ moments, values }) => [moments, values])).toEqual(
    expected.map((block) => [block?.moments, block?.values]),
  );
});
