import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Dictionary } from "@/contract/codec/layout";
import { metricsOf } from "@/contract/metrics";
import { type Database, openDatabase, withTenant } from "@/db/client";
import { createOrganisation, createSite } from "@/server/testing/people";
import { blockOfReadings, type RecordedMoment } from "@/server/testing/readings";
import { openStage, type Stage } from "@/server/testing/stage";
import { createStream, receive, type TestStream } from "@/server/testing/streams";
import { CHARTS, type Line, lineOf, readingsOf } from "./charts";
import { compactOrganisation } from "./compact";
import { sealOrganisation } from "./seal";
import { recordedOf, resample } from "./series";
import { type EntitySeries, readSeries } from "./series-read";

/** A whole hour close to now: partitions exist only around today. */
const NOW = Math.floor(Date.now() / 3_600_000) * 3600;
const HOUR = 3600;
const DAY = 86_400;
const DICTIONARY: Dictionary = [
  { kind: "filesystem", key: "/" },
  { kind: "machine", key: "machine" },
  { kind: "filesystem", key: "/data" },
];

let stage: Stage;
let worker: Database;
let orgId = "";
let siteId = "";
let count = 0;

beforeAll(async () => {
  stage = await openStage();
  worker = openDatabase(stage.urls.workerUrl, { applicationName: "test", connectionsMax: 4 });
  orgId = (await createOrganisation(stage, "north")).id;
  siteId = await createSite(stage, orgId, "Harbour");
});
afterAll(async () => {
  await worker.close();
  await stage.close();
});

const newStream = () => {
  count += 1;
  return createStream(stage, orgId, siteId, `m${count}`);
};
const arrive = (stream: TestStream, moments: readonly RecordedMoment[]) =>
  receive(stage.database, stream, [blockOfReadings(DICTIONARY, moments)]);
const merge = () => compactOrganisation(worker, orgId, { dueSeconds: 0 });
const record = async (stream: TestStream, moments: readonly RecordedMoment[]) => {
  await arrive(stream, moments);
  await merge();
};

type Asked = { key?: string; line: Line; from: number; to: number; step?: number };

async function readAll(
  stream: TestStream,
  { key = "machine", line, from, to, step = 60 }: Asked,
): Promise<EntitySeries> {
  const [entity] = await stage.rows<{ id: number }>(
    "select id from telemetry_entities where stream_id = $1 and key = $2",
    [stream.id, key],
  );
  const [series] = await withTenant(stage.database, { orgId }, (tx) =>
    readSeries(tx, { orgId, entityIds: [entity?.id ?? 0], lines: [line], from, to, stepSeconds: step }),
  );
  if (!series) throw new Error("no series came back");
  return series;
}
const pointsOf = (series: EntitySeries) => series.lines[0]?.points.map(({ at, value }) => [at, value]);

const LOAD = lineOf("machine", "load1");
const load = (at: number, value: number): RecordedMoment => ({
  at,
  readings: { machine: { spanSeconds: 60, load1: value, energyJoules: 60 * value } },
});
const minutes = (from: number, length: number, first = 0) =>
  Array.from({ length }, (_, index) => load(from + 60 * index, first + index));

describe("a series of single readings", () => {
  test("is the same whether they wait in the inbox, lie in hours, in a sealed day, or in several of these", async () => {
    const from = Math.floor(NOW / DAY) * DAY - DAY + 20 * HOUR;
    const all = minutes(from, 150);
    const expected = all.map(({ at }, index) => [at, index]);
    const [waiting, merged, mixed, sealed] = [
      await newStream(),
      await newStream(),
      await newStream(),
      await newStream(),
    ];
    await arrive(merged, all);
    await arrive(mixed, all.slice(0, 100));
    await arrive(sealed, all);
    await merge();
    await sealOrganisation(worker, orgId, new Date((NOW + DAY) * 1000));
    await arrive(mixed, all.slice(95, 140));
    await arrive(mixed, all.slice(130));
    await arrive(waiting, all);
    for (const stream of [waiting, merged, mixed, sealed]) {
      const series = await readAll(stream, { line: LOAD, from, to: from + 3 * HOUR });
      expect(pointsOf(series)).toEqual(expected);
      expect(series).toMatchObject({ samples: 150, newest: from + 149 * 60, source: "minutes", gapSeconds: 180 });
    }
  });

  test("keeps the first writer of a moment: a second one in the inbox changes nothing", async () => {
    const stream = await newStream();
    const at = NOW - HOUR;
    await record(stream, [load(at, 1)]);
    await arrive(stream, [load(at, 2), load(at + 60, 3)]);
    await arrive(stream, [load(at + 60, 4)]);
    const asked = { line: LOAD, from: at, to: at + 600 };
    const before = pointsOf(await readAll(stream, asked));
    expect(before).toEqual([
      [at, 1],
      [at + 60, 3],
    ]);
    await merge();
    expect(pointsOf(await readAll(stream, asked))).toEqual(before);
  });

  test("of a counter counts an increment once, and divides by the time that it covers", async () => {
    const stream = await newStream();
    const at = NOW - HOUR;
    await record(stream, minutes(at, 10, 5));
    await arrive(stream, minutes(at, 20, 5));
    const [line] = CHARTS.power.lines;
    const series = await readAll(stream, { line, from: at, to: at + 1200, step: 1200 });
    expect(series.lines[0]?.points.map((point) => point.value)).toEqual([expect.closeTo(14.5, 9)]);
  });

  test("of one entity has nothing of its neighbours of the same kind", async () => {
    const stream = await newStream();
    const at = NOW - HOUR;
    await record(stream, [{ at, readings: { "/": { usedBytes: 512 }, "/data": { usedBytes: 1024 } } }]);
    await arrive(stream, [{ at: at + 60, readings: { "/": { usedBytes: 512 } } }]);
    const asked = { line: lineOf("filesystem", "usedBytes"), from: at, to: at + 600 };
    expect(pointsOf(await readAll(stream, { ...asked, key: "/data" }))).toEqual([[at, 1024]]);
    expect(pointsOf(await readAll(stream, { ...asked, key: "/" }))).toEqual([
      [at, 512],
      [at + 60, 512],
    ]);
    expect((await readAll(stream, { ...asked, line: LOAD })).samples).toBe(0);
  });

  test("tells its gaps, and a reading that failed is no reading", async () => {
    const stream = await newStream();
    const at = NOW - 2 * HOUR;
    const failed: RecordedMoment = { at: at + 600, readings: { machine: { load5: 1 } } };
    await record(stream, [...minutes(at, 10), failed, ...minutes(at + 3000, 10)]);
    const series = await readAll(stream, { line: LOAD, from: at, to: at + 3600 });
    expect(series.gaps).toEqual([{ from: at + 600, to: at + 3000 }]);
    expect(series.samples).toBe(21);
    expect(series.lines[0]?.points).toHaveLength(20);
  });

  test("reads one column of a large chunk by itself, and is the same", async () => {
    const stream = await newStream();
    const from = Math.floor(NOW / DAY) * DAY - DAY;
    const noise = (index: number, seed: number) => ((index * 2_654_435_761 + seed * 40_503) % 1_000_003) * 1024;
    const noisy = Array.from({ length: 1440 }, (_, index): RecordedMoment => {
      const machine = metricsOf("machine").map(({ name }, place) => [name, noise(index, place)]);
      const data = { usedBytes: noise(index, 40), availableBytes: noise(index, 50) };
      const readings = {
        machine: { ...Object.fromEntries(machine), spanSeconds: 60, load1: index / 100 },
        "/data": data,
      };
      return { at: from + 60 * index, readings };
    });
    for (let hour = 0; hour < 24; hour += 1) await arrive(stream, noisy.slice(60 * hour, 60 * hour + 60));
    await merge();
    await sealOrganisation(worker, orgId, new Date((NOW + DAY) * 1000));
    const chunks = await stage.rows<{ part: number; size: number }>(
      "select part, length(body) as size from telemetry_chunks where stream_id = $1",
      [stream.id],
    );
    expect(chunks).toEqual([{ part: -1, size: expect.any(Number) }]);
    expect(chunks[0]?.size).toBeGreaterThan(64 * 1024);
    const series = await readAll(stream, { line: LOAD, from, to: from + DAY });
    expect(pointsOf(series)).toEqual(noisy.map(({ at }, index) => [at, index / 100]));
  });

  test("of another organisation's entity is not there", async () => {
    const stream = await newStream();
    await arrive(stream, minutes(NOW - HOUR, 5));
    const other = await createOrganisation(stage, "south");
    const ids = await stage.rows<{ id: number }>("select id from telemetry_entities where stream_id = $1", [stream.id]);
    const input = { entityIds: ids.map(({ id }) => id), lines: [], from: NOW - HOUR, to: NOW, stepSeconds: 60 };
    for (const asked of [orgId, other.id]) {
      const read = withTenant(stage.database, { orgId: other.id }, (tx) => readSeries(tx, { orgId: asked, ...input }));
      expect(await read).toEqual([]);
    }
  });
});

describe("a series of roll-ups by hours", () => {
  const from = NOW - 4 * DAY;
  const to = NOW;
  /** Four days with a hole, and memory that is steady but for one change. */
  const history = Array.from({ length: 4 * 288 }, (_, index): RecordedMoment => {
    const wobble = (index * 7919) % 101;
    const machine: Record<string, number> = {
      spanSeconds: index % 7 === 0 ? 299 : 300,
      load1: wobble / 4,
      memoryTotalBytes: (index < 900 ? 8 : 16) * 1024 ** 3,
      memoryAvailableBytes: 1024 * (2_000_000 + wobble),
      energyJoules: 300 * wobble,
      ...Object.fromEntries(readingsOf(CHARTS.cpu.lines).map((name, place) => [name, 10 + ((wobble * place) % 60)])),
    };
    return { at: from + 300 * index, readings: { machine: { ...machine, spanSeconds: machine.spanSeconds ?? 300 } } };
  }).filter((_, index) => index < 400 || index > 460);
  const lines: Line[] = [...CHARTS.cpu.lines, ...CHARTS.memory.lines, ...CHARTS.power.lines, LOAD];
  const block = blockOfReadings(DICTIONARY, history);
  const expected = (line: Line, step: number) => resample(recordedOf(block, 1), line, { from, to, stepSeconds: step });
  let stream: TestStream;

  beforeAll(async () => {
    stream = await newStream();
    for (let part = 0; part < history.length; part += 60) await arrive(stream, history.slice(part, part + 60));
  });

  test.each(["everything waits in the inbox", "everything is merged", "most is sealed", "late ones wait again"])(
    "has the same means as the readings while %s, and their least and greatest where it tells any",
    async (state) => {
      if (state === "everything is merged") await merge();
      if (state === "most is sealed") await sealOrganisation(worker, orgId);
      if (state === "late ones wait again") await arrive(stream, history.slice(-500, -30));
      for (const line of lines) {
        for (const step of [HOUR, 3 * HOUR]) {
          const series = await readAll(stream, { line, from, to, step });
          expect(series.source).toBe("hours");
          expect(series.samples).toBe(history.length);
          const read = expected(line, step);
          const shown = series.lines[0];
          expect(shown?.points.map(({ at, value }) => [at, value])).toEqual(
            read.points.map(({ at, value }) => [at, expect.closeTo(value, 6)]),
          );
          shown?.points.forEach(({ min, max }, index) => {
            if (min !== null) expect(min).toBeCloseTo(read.points[index]?.min ?? Number.NaN, 6);
            if (max !== null) expect(max).toBeCloseTo(read.points[index]?.max ?? Number.NaN, 6);
          });
          expect(shown?.summary?.mean).toBeCloseTo(read.summary?.mean ?? Number.NaN, 6);
          expect(shown?.summary?.p95).toBeNull();
        }
      }
    },
  );

  test("knows the least and the greatest of gauges, and has the hole", async () => {
    const series = await readAll(stream, { line: LOAD, from, to, step: HOUR });
    expect(series.lines[0]?.points.every(({ min, max }) => min !== null && max !== null)).toBe(true);
    expect(series.gaps).toHaveLength(1);
  });
});
