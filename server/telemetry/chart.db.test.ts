import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { METRIC_SETS } from "@/contract/metrics";
import type { Caller } from "@/server/access/caller";
import { createJoinToken } from "@/server/agents/commands";
import { batchOf, machineSample } from "@/server/testing/batches";
import { createEdge, type Edge, enrolEdge, type Gateway, pushBatch, startGateway } from "@/server/testing/edge";
import { createOrganisation, createSite, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { CHARTS, type ChartName, type ChartWindow, gapSeconds, type Line } from "./charts";
import { type ChartSeries, getChart } from "./queries";

let stage: Stage;
let gateway: Gateway;
let owner: Caller;
let token = "";

beforeAll(async () => {
  stage = await openStage();
  gateway = await startGateway(stage.database);
  const organisation = await createOrganisation(stage, "north");
  owner = await signIn(stage, organisation.people.owner);
  const siteId = await createSite(stage, organisation.id, "Harbour");
  const input = { name: "t", siteId, labels: {}, usesMax: 50, hoursToLive: 1, isApprovalRequired: false };
  ({ token } = await createJoinToken(owner, input));
});
afterAll(async () => {
  await gateway.close();
  await stage.close();
});

const INTERVAL = 60;
const GAP = 3 * INTERVAL;
type Moment = { at: number; readings: Record<string, number> };

const machineIdOf = async (edge: Edge) =>
  (await stage.rows<{ id: string }>("select machine_id as id from agents where id = $1", [edge.agentId]))[0]?.id ?? "";

/** What a line shows in one step, computed from the raw moments as a person would, without SQL. */
function shownIn(line: Line, step: Moment[], earlierOf: Map<Moment, Moment | undefined>) {
  if (line.as === "gauge") {
    const values = step.flatMap(({ readings }) => {
      const value = readings[line.of];
      const less = line.minus ? readings[line.minus] : 0;
      return value === undefined || less === undefined ? [] : [value - less];
    });
    if (values.length === 0) return null;
    const sum = values.reduce((total, value) => total + value, 0);
    return { value: sum / values.length, min: Math.min(...values), max: Math.max(...values) };
  }
  const names = line.as === "share" ? line.of : [line.of];
  let grown = 0;
  let base = 0;
  const perSecond: number[] = [];
  for (const moment of step) {
    const earlier = earlierOf.get(moment);
    if (!earlier) continue;
    const seconds = (moment.at - earlier.at) / 1000;
    const growth = (name: string) => (moment.readings[name] ?? Number.NaN) - (earlier.readings[name] ?? Number.NaN);
    if (seconds > GAP || !names.every((name) => growth(name) >= 0)) continue;
    const parts = line.as === "share" ? line.parts : names;
    const part = parts.reduce((total, name) => total + growth(name), 0);
    grown += part;
    base += line.as === "share" ? names.reduce((total, name) => total + growth(name), 0) : seconds;
    perSecond.push(part / seconds);
  }
  if (base === 0) return null;
  const isRate = line.as === "rate";
  return {
    value: grown / base,
    min: isRate ? Math.min(...perSecond) : null,
    max: isRate ? Math.max(...perSecond) : null,
  };
}

function expectedPoints(line: Line, moments: Moment[], chart: ChartSeries) {
  const sorted = [...moments].sort((a, b) => a.at - b.at);
  const since = chart.from.getTime() - GAP * 1000;
  const read = sorted.filter(({ at }) => at >= since && at <= chart.to.getTime());
  const earlierOf = new Map(read.map((moment, index) => [moment, read[index - 1]]));
  const steps = new Map<number, Moment[]>();
  for (const moment of read.filter(({ at }) => at >= chart.from.getTime())) {
    const start = Math.floor(moment.at / 1000 / chart.stepSeconds) * chart.stepSeconds * 1000;
    steps.set(start, [...(steps.get(start) ?? []), moment]);
  }
  const points: { at: number; value: number; min: number | null; max: number | null }[] = [];
  for (const [start, step] of steps) {
    const shown = shownIn(line, step, earlierOf);
    if (!shown) continue;
    points.push({ at: start, ...shown });
  }
  return points;
}

const near = (value: number | null) => (value === null ? null : expect.closeTo(value, Math.abs(value) > 1e6 ? 0 : 6));

function expectSame(chart: ChartSeries, name: ChartName, moments: Moment[]): void {
  for (const [index, line] of (CHARTS[name].lines as readonly Line[]).entries()) {
    const points = chart.lines[index]?.points.map((point) => ({ ...point, at: point.at.getTime() }));
    const expected = expectedPoints(line, moments, chart);
    expect([name, line.name, points]).toEqual([
      name,
      line.name,
      expected.map((point) => ({ at: point.at, value: near(point.value), min: near(point.min), max: near(point.max) })),
    ]);
  }
}

/** Two hours of a machine, newest last: with a hole of 15 minutes, a reboot that begins all counters again, and jitter. */
function generateHistory(): Moment[] {
  const end = Date.now() - 20_000;
  const moments: Moment[] = [];
  for (let minute = 125; minute >= 0; minute -= 1) {
    if (minute > 20 && minute < 36) continue;
    const sinceStart = minute > 70 ? 10_000 - 60 * minute : 60 * (71 - minute);
    const wobble = (minute * 7919) % 13;
    const sample = machineSample(sinceStart, {
      load1: wobble / 4,
      memoryAvailableBytes: 4e9 + wobble * 1e8,
      energyJoules: sinceStart * 90 + wobble,
      cpuUserSeconds: sinceStart * 0.6 + wobble,
    });
    if (minute % 17 === 0) delete (sample.readings as Record<string, number>).memoryAvailableBytes;
    moments.push({ at: end - minute * 60_000 + wobble * 500, readings: sample.readings });
  }
  return moments;
}

describe("a chart", () => {
  const moments = generateHistory();
  let machineId = "";

  beforeAll(async () => {
    const edge = await enrolEdge(gateway, token, createEdge("charted"));
    machineId = await machineIdOf(edge);
    const chunks = Array.from({ length: 11 }, (_, index) => moments.filter((_moment, at) => at % 11 === index));
    // Interleaved and newest first: almost everything comes late and out of order.
    for (const [index, chunk] of chunks.reverse().entries()) {
      const observations = chunk.map(({ at, readings }) => ({
        observedAt: new Date(at).toISOString(),
        entities: [{ kind: "machine", key: "machine", readings }],
      }));
      const reply = await pushBatch(gateway, edge, batchOf({ sequence: 100 - index }, { observations }));
      expect(reply.status).toBe(200);
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
  ])("%s over %s shows what a computation by hand over the raw readings shows", async (name, window) => {
    const chart = await getChart(owner, { machineId, chart: name, window });
    expectSame(chart, name, moments);
    expect(chart.lines[0]?.points.length).toBeGreaterThan(window === "7d" ? 0 : 15);
    const inWindow = moments.filter(({ at }) => at >= chart.from.getTime() && at <= chart.to.getTime());
    expect(chart.samples).toBe(inWindow.length);
    expect(chart.newestObservedAt?.getTime()).toBe(inWindow.at(-1)?.at);
  });

  test("has no point in the hole, which is longer than the gap rule, and no rate across the reboot", async () => {
    for (const window of ["1h", "24h"] as const) {
      const chart = await getChart(owner, { machineId, chart: "power", window });
      expect(chart.gapSeconds).toBe(gapSeconds(chart.stepSeconds, INTERVAL));
      const points = chart.lines[0]?.points ?? [];
      const apart = points
        .slice(1)
        .map((point, index) => (point.at.getTime() - (points[index]?.at.getTime() ?? 0)) / 1000);
      expect([window, apart.filter((seconds) => seconds > chart.gapSeconds).length]).toEqual([window, 1]);
      for (const point of points) {
        expect(point.min).toBeGreaterThanOrEqual(0);
        expect(point.value).toBeLessThan(100);
      }
    }
  });

  test("gives the first step its growth from the reading before the window", async () => {
    const edge = await enrolEdge(gateway, token, createEdge("before the window"));
    const from = Date.now() - 3_600_000;
    const at = (seconds: number, joules: number) => ({
      observedAt: new Date(from + seconds * 1000).toISOString(),
      entities: [machineSample(100, { energyJoules: joules })],
    });
    const observations = [at(-25, 1000), at(35, 1600), at(95, 3400)];
    await pushBatch(gateway, edge, batchOf({ sequence: 1 }, { observations }));
    const chart = await getChart(owner, { machineId: await machineIdOf(edge), chart: "power", window: "1h" });
    expect(chart.samples).toBe(2);
    expect(chart.lines[0]?.points.map((point) => point.value)).toEqual([near(10), near(30)]);
  });

  test("of an entity that the machine never had is not found", async () => {
    const missing = getChart(owner, { machineId, chart: "filesystem", key: "/nowhere", window: "1h" });
    await expect(missing).rejects.toMatchObject({ code: "not_found" });
  });

  test("of a machine without history in the window is empty, not zero", async () => {
    const edge = await enrolEdge(gateway, token, createEdge("long silent"));
    await pushBatch(gateway, edge, batchOf({ sequence: 1 }, { at: new Date(Date.now() - 2 * 86_400_000) }));
    const chart = await getChart(owner, { machineId: await machineIdOf(edge), chart: "load", window: "24h" });
    expect(chart).toMatchObject({ samples: 0, newestObservedAt: null });
    expect(chart.lines.map((line) => line.points)).toEqual([[], [], []]);
  });
});

test("thirty days of readings, one a minute, come as at most 305 points a line, in every window", async () => {
  const edge = await enrolEdge(gateway, token, createEdge("thirty days"));
  await pushBatch(gateway, edge, batchOf({ sequence: 1 }));
  const machineId = await machineIdOf(edge);
  const width = METRIC_SETS.machine.length;
  await stage.admin.query(
    `insert into telemetry_samples (org_id, entity_id, observed_at, received_at, readings)
     select e.org_id, e.id, now() - n * interval '1 minute' - interval '30 seconds', now(), array_fill((43200 - n)::float8, array[${width}])
     from telemetry_entities e, generate_series(0, 43200) n where e.machine_id = $1`,
    [machineId],
  );
  for (const window of ["1h", "24h", "7d", "30d"] as const) {
    const chart = await getChart(owner, { machineId, chart: "power", window });
    const points = chart.lines[0]?.points ?? [];
    expect([window, points.length > 50, points.length <= 305]).toEqual([window, true, true]);
    for (const point of points) expect(point.value).toBeCloseTo(1 / 60, 3);
  }
});
