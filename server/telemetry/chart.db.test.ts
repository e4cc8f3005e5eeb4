import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Dictionary } from "@/contract/codec/layout";
import { METRIC_SETS } from "@/contract/metrics";
import { type Database, openDatabase } from "@/db/client";
import type { Caller } from "@/server/access/caller";
import { createMember, createOrganisation, createSite, type Organisation, signIn } from "@/server/testing/people";
import { blockOfReadings, type RecordedMoment } from "@/server/testing/readings";
import { openStage, type Stage } from "@/server/testing/stage";
import { createStream, receive, type TestStream } from "@/server/testing/streams";
import { CHARTS, type ChartName, type ChartWindow, type Line } from "./charts";
import { compactOrganisation } from "./compact";
import { ChartInput, type ChartSeries, getChart } from "./queries";
import { sealOrganisation } from "./seal";

const MINUTE = 60_000;
const DAY = 86_400_000;
const DICTIONARY: Dictionary = [
  { kind: "machine", key: "machine" },
  { kind: "filesystem", key: "/" },
];
const CPU = METRIC_SETS.machine.map(({ name }) => name).filter((name) => /^cpu.*Seconds$/.test(name));

let stage: Stage;
let worker: Database;
let organisation: Organisation;
let owner: Caller;
let siteId = "";

beforeAll(async () => {
  stage = await openStage();
  worker = openDatabase(stage.urls.workerUrl, { applicationName: "test", connectionsMax: 4 });
  organisation = await createOrganisation(stage, "north");
  owner = await signIn(stage, organisation.people.owner);
  siteId = await createSite(stage, organisation.id, "Harbour", { region: "north" });
});
afterAll(async () => {
  await worker.close();
  await stage.close();
});

const newStream = (name: string) => createStream(stage, organisation.id, siteId, name);
const merge = () => compactOrganisation(worker, organisation.id, { dueSeconds: 0 });
async function arrive(stream: TestStream, moments: readonly RecordedMoment[]): Promise<void> {
  for (let from = 0; from < moments.length; from += 60) {
    await receive(stage.database, stream, [blockOfReadings(DICTIONARY, moments.slice(from, from + 60))]);
  }
}

type Figures = Record<string, number>;
const machineOf = ({ readings }: RecordedMoment): Figures => readings.machine ?? {};

/** What a line shows in one step, computed from the raw moments as a person would. */
function shownIn(line: Line, step: readonly RecordedMoment[]) {
  const parts: number[] = [];
  const wholes: number[] = [];
  for (const moment of step) {
    const read = machineOf(moment);
    const names =
      line.as === "share"
        ? line.of
        : line.as === "rate"
          ? [line.of, "spanSeconds"]
          : [line.of, ...(line.minus ? [line.minus] : [])];
    if (names.some((name) => read[name] === undefined)) continue;
    const of = (name: string) => read[name] ?? Number.NaN;
    const total = (list: readonly string[]) => list.reduce((sum, name) => sum + of(name), 0);
    parts.push(
      line.as === "share" ? total(line.parts) : of(line.of) - (line.as === "gauge" && line.minus ? of(line.minus) : 0),
    );
    wholes.push(line.as === "share" ? total(line.of) : line.as === "rate" ? of("spanSeconds") : 1);
  }
  if (parts.length === 0) return null;
  const sum = (list: readonly number[]) => list.reduce((total, one) => total + one, 0);
  const each = parts.map((part, index) => part / (wholes[index] ?? 1));
  return { value: sum(parts) / sum(wholes), min: Math.min(...each), max: Math.max(...each) };
}

function expectSame(chart: ChartSeries, name: ChartName, moments: readonly RecordedMoment[]): void {
  const width = chart.stepSeconds;
  const first = Math.floor(chart.from.getTime() / 1000 / width) * width;
  const steps = new Map<number, RecordedMoment[]>();
  for (const moment of moments) {
    const at = Math.floor(moment.at / width) * width;
    if (at >= first && at <= chart.to.getTime() / 1000) steps.set(at, [...(steps.get(at) ?? []), moment]);
  }
  const near = (value: number) => expect.closeTo(value, Math.abs(value) > 1e6 ? -1 : 6);
  for (const [index, line] of (CHARTS[name].lines as readonly Line[]).entries()) {
    const points = chart.lines[index]?.points.map((point) => ({ ...point, at: point.at.getTime() / 1000 }));
    const expected = [...steps].flatMap(([at, step]) => {
      const shown = shownIn(line, step);
      const [min, max] =
        chart.source === "hours"
          ? [expect.anything(), expect.anything()]
          : [near(shown?.min ?? 0), near(shown?.max ?? 0)];
      return shown ? [{ at, value: near(shown.value), min, max }] : [];
    });
    const seen = chart.source === "hours" ? points?.map((point) => ({ ...point, min: 0, max: 0 })) : points;
    expect([name, line.name, seen]).toEqual([name, line.name, expected]);
  }
}

/** Two hours of a machine with a hole of 15 minutes, readings that failed, and moments that are not quite even. */
function generateHistory(): RecordedMoment[] {
  const end = Math.floor(Date.now() / 1000) - 20;
  const moments: RecordedMoment[] = [];
  let before = end - 126 * 60;
  for (let minute = 125; minute >= 0; minute -= 1) {
    if (minute > 20 && minute < 36) continue;
    const wobble = (minute * 7919) % 13;
    const at = end - minute * 60 + (minute === 0 ? 0 : Math.floor(wobble / 3));
    const spanSeconds = at - before;
    before = at;
    const machine: Figures = {
      spanSeconds,
      load1: wobble / 4,
      load5: 1,
      load15: 0.75,
      memoryTotalBytes: 8 * 1024 ** 3,
      memoryAvailableBytes: 1024 * (4_000_000 + 100_000 * wobble),
      energyJoules: spanSeconds * 90 + wobble,
      ...Object.fromEntries(CPU.map((name, place) => [name, (spanSeconds * (place + 1)) / 10 + wobble / 100])),
    };
    if (minute % 17 === 0) delete machine.memoryAvailableBytes;
    moments.push({ at, readings: { machine } });
  }
  return moments;
}

describe("a chart", () => {
  const moments = generateHistory();
  let stream: TestStream;

  beforeAll(async () => {
    stream = await newStream("charted");
    // Interleaved and newest first: almost everything comes late and out of order.
    const parts = Array.from({ length: 11 }, (_, index) => moments.filter((_moment, at) => at % 11 === index));
    for (const [index, part] of parts.reverse().entries()) {
      await arrive(stream, part);
      if (index === 6) await merge();
    }
  });

  test.each<[ChartName, ChartWindow]>([
    ["cpu", "1h"],
    ["load", "1h"],
    ["memory", "1h"],
    ["power", "1h"],
    ["cpu", "24h"],
    ["load", "24h"],
    ["memory", "24h"],
    ["power", "24h"],
    ["power", "7d"],
    ["cpu", "30d"],
  ])("%s over %s shows what a computation by hand over the readings shows", async (chart, window) => {
    const series = await getChart(owner, { machineId: stream.machineId, chart, window });
    expectSame(series, chart, moments);
    expect(series.lines[0]?.points.length).toBeGreaterThan(window === "7d" || window === "30d" ? 0 : 15);
    expect(series.newestObservedAt?.getTime()).toBe((moments.at(-1)?.at ?? 0) * 1000);
    expect(series.source).toBe(window === "7d" || window === "30d" ? "hours" : "minutes");
  });

  test("has no point in the hole, which is longer than the gap rule, and tells of it", async () => {
    for (const window of ["1h", "24h"] as const) {
      const series = await getChart(owner, { machineId: stream.machineId, chart: "load", window });
      const points = series.lines[0]?.points ?? [];
      const apart = points
        .slice(1)
        .map((point, index) => (point.at.getTime() - (points[index]?.at.getTime() ?? 0)) / 1000);
      expect([window, apart.filter((seconds) => seconds > series.gapSeconds).length]).toEqual([window, 1]);
    }
    const { gaps } = await getChart(owner, { machineId: stream.machineId, chart: "load", window: "1h" });
    expect(gaps.map(({ from, to }) => Math.round((to.getTime() - from.getTime()) / MINUTE))).toEqual([16]);
  });

  test("of ten minutes shows every minute of them", async () => {
    const to = new Date((moments[80]?.at ?? 0) * 1000);
    const from = new Date(to.getTime() - 10 * MINUTE);
    const series = await getChart(owner, { machineId: stream.machineId, chart: "load", from, to });
    expect(series).toMatchObject({ from, to, stepSeconds: 60, source: "minutes" });
    expectSame(
      series,
      "load",
      moments.filter(({ at }) => at * 1000 < Math.ceil(to.getTime() / MINUTE) * MINUTE),
    );
    expect(series.lines[0]?.points.length).toBeGreaterThanOrEqual(9);
    expect(series.lines[0]?.summary?.median).not.toBeNull();
  });

  test("of an entity that the machine never had is not found", async () => {
    const missing = getChart(owner, {
      machineId: stream.machineId,
      chart: "filesystem",
      key: "/nowhere",
      window: "1h",
    });
    await expect(missing).rejects.toMatchObject({ code: "not_found" });
  });

  test("of a machine outside of the caller's reach is not found", async () => {
    const input = { email: "south@north.test", role: "viewer", scopeSelector: "region=south" } as const;
    const limited = await signIn(stage, await createMember(stage, organisation.id, input));
    const denied = getChart(limited, { machineId: stream.machineId, chart: "load", window: "1h" });
    await expect(denied).rejects.toMatchObject({ code: "not_found" });
  });

  test("of a machine without history in the window is empty, not zero", async () => {
    const silent = await newStream("long silent");
    const at = Math.floor(Date.now() / 1000) - 2 * 86_400;
    await arrive(silent, [{ at, readings: { machine: { load1: 1 } } }]);
    const series = await getChart(owner, { machineId: silent.machineId, chart: "load", window: "24h" });
    expect(series).toMatchObject({ samples: 0, newestObservedAt: null });
    expect(series.lines.map((line) => line.points)).toEqual([[], [], []]);
    expect(series.lines.map((line) => line.summary)).toEqual([null, null, null]);
    expect(series.hasReported).toBe(true);
  });

  test("of a machine that never told anything is empty and says so; outside of the caller's reach it is not found", async () => {
    const { machineId } = await newStream("never heard");
    const input = { machineId, chart: "load", window: "24h", compare: "week" } as const;
    const series = await getChart(owner, input);
    expect(series).toMatchObject({ hasReported: false, samples: 0, newestObservedAt: null });
    expect(series.lines.map((line) => line.points)).toEqual([[], [], []]);
    const member = { email: "west@north.test", role: "viewer", scopeSelector: "region=west" } as const;
    const limited = await signIn(stage, await createMember(stage, organisation.id, member));
    await expect(getChart(limited, input)).rejects.toMatchObject({ code: "not_found" });
    await expect(getChart(owner, { ...input, key: "/nowhere" })).rejects.toMatchObject({ code: "not_found" });
  });
});

test("a comparison has the figures of the week before at this week's moments", async () => {
  const stream = await newStream("compared");
  const now = Math.floor(Date.now() / MINUTE) * 60;
  const flat = (from: number, load1: number) =>
    Array.from({ length: 30 }, (_, minute) => ({ at: from + 60 * minute, readings: { machine: { load1 } } }));
  await arrive(stream, [...flat(now - 7 * 86_400 - 1800, 7), ...flat(now - 1800, 1)]);
  const read = (compare?: "week") =>
    getChart(owner, { machineId: stream.machineId, chart: "load", window: "1h", compare });
  const { lines, compared } = await read("week");
  const shown = (list: typeof lines | null) => list?.[0]?.points.map(({ at, value }) => [at.getTime(), value]);
  expect(shown(lines)).toHaveLength(30);
  expect(shown(compared)).toEqual(shown(lines)?.map(([at]) => [at, 7]));
  expect((await read()).compared).toBeNull();
});

test("thirty days of readings come as at most 305 points a line, in every window, sealed or not", async () => {
  const stream = await newStream("thirty days");
  const end = Math.floor(Date.now() / 1000) - 30;
  const every = 300;
  const moments = Array.from(
    { length: (30 * 86_400) / every },
    (_, index): RecordedMoment => ({
      at: end - 30 * 86_400 + every * (index + 1),
      readings: { machine: { spanSeconds: every, energyJoules: every / 60 } },
    }),
  );
  await arrive(stream, moments);
  await merge();
  for (const state of ["open", "sealed"]) {
    if (state === "sealed") await sealOrganisation(worker, organisation.id);
    for (const window of ["1h", "24h", "7d", "30d"] as const) {
      const series = await getChart(owner, { machineId: stream.machineId, chart: "power", window });
      const points = series.lines[0]?.points ?? [];
      expect([state, window, points.length > 10, points.length <= 305]).toEqual([state, window, true, true]);
      for (const point of points) expect(point.value).toBeCloseTo(1 / 60, 3);
    }
  }
});

describe("what a chart is asked for", () => {
  const machineId = "7419fe51-de86-42c1-ba99-6e3cdf68081d";
  const now = Date.UTC(2026, 10, 22);
  const isValid = (change: object) => ChartInput.safeParse({ machineId, chart: "load", ...change }).success;
  test("has both ends or none, in order, a minute apart at least and four hundred days at most", () => {
    const span = (ms: number) => ({ from: new Date(now - ms), to: new Date(now) });
    expect([{}, { window: "7d" }, span(MINUTE), span(400 * DAY)].map(isValid)).toEqual([true, true, true, true]);
    const wrong = [
      { from: new Date(now) },
      { to: new Date(now) },
      span(0),
      span(-MINUTE),
      span(59_000),
      span(401 * DAY),
    ];
    expect(wrong.map(isValid)).toEqual(wrong.map(() => false));
    expect([{ window: "2h" }, { compare: "month" }, { chart: "nothing" }].map(isValid)).toEqual([false, false, false]);
  });
});
