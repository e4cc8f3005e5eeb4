import { describe, expect, test } from "vitest";
import { absenceOf, type Block, createBlock, PRESENT } from "@/contract/codec/block";
import { createLayout } from "@/contract/codec/layout";
import { type EntityKind, metricsOf, toSteps } from "@/contract/metrics";
import { CHARTS, type Line, lineOf, positionOf } from "./charts";
import { gapsOf, quantiles, recordedOf, resample, usualDistance } from "./series";

type Readings = Record<string, number>;

/** A block of one entity beside a second one of the same kind, whose figures must never be mixed in. */
function blockOfOne(kind: EntityKind, recorded: Record<number, Readings>): Block {
  const moments = Object.keys(recorded).map(Number);
  const layout = createLayout([
    { kind, key: "other" },
    { kind, key: "own" },
  ]);
  const block = createBlock(layout, moments);
  moments.forEach((moment, index) => {
    for (const [position, metric] of metricsOf(kind).entries()) {
      const at = layout.columnOf(1, position) * moments.length + index;
      const value = recorded[moment]?.[metric.name];
      block.absence[at] = value === undefined ? absenceOf("read_failed") : PRESENT;
      block.values[at] = value === undefined ? 0 : toSteps(metric, value);
      const other = layout.columnOf(0, position) * moments.length + index;
      block.absence[other] = PRESENT;
      block.values[other] = 7777;
    }
  });
  return block;
}

const seriesOf = (kind: EntityKind, recorded: Record<number, Readings>, line: Line, stepSeconds = 60) =>
  resample(recordedOf(blockOfOne(kind, recorded), 1), line, { from: 0, to: 86_400, stepSeconds });

describe("a line of a gauge", () => {
  test("has in each step the mean, the least and the greatest of its readings", () => {
    const readings = { 0: { load1: 1 }, 20: { load1: 2 }, 59: { load1: 6 }, 60: { load1: 0.25 } };
    expect(seriesOf("machine", readings, lineOf("machine", "load1")).points).toEqual([
      { at: 0, value: 3, min: 1, max: 6 },
      { at: 60, value: 0.25, min: 0.25, max: 0.25 },
    ]);
  });

  test("has no point where nothing was read, and none between", () => {
    const readings = { 0: { load1: 1 }, 60: {}, 600: { load1: 5 } };
    const { points } = seriesOf("machine", readings, lineOf("machine", "load1"));
    expect(points.map((point) => point.at)).toEqual([0, 600]);
  });

  test("that is a difference needs both readings of the same moment", () => {
    const readings = {
      0: { memoryTotalBytes: 8192, memoryAvailableBytes: 2048 },
      60: { memoryTotalBytes: 8192 },
      120: { memoryAvailableBytes: 1024 },
    };
    expect(seriesOf("machine", readings, CHARTS.memory.lines[0]).points).toEqual([
      { at: 0, value: 6144, min: 6144, max: 6144 },
    ]);
  });

  test("keeps decimal steps to the digit", () => {
    const readings = { 0: { temperatureCelsius: 36.6 } };
    expect(seriesOf("sensor", readings, lineOf("sensor", "temperatureCelsius")).points[0]?.value).toBe(36.6);
  });
});

describe("a line of a counter", () => {
  test("is what it grew by divided by the time that this took, whatever the moments' distances", () => {
    const readings = {
      60: { spanSeconds: 60, energyJoules: 600 },
      90: { spanSeconds: 30, energyJoules: 1200 },
      110: { spanSeconds: 10, energyJoules: 0 },
    };
    expect(seriesOf("machine", readings, lineOf("machine", "energyJoules"), 120).points).toEqual([
      { at: 0, value: 18, min: 0, max: 40 },
    ]);
  });

  test("has no point where the counter or its span is missing", () => {
    const readings = { 0: { energyJoules: 5 }, 60: { spanSeconds: 60 }, 120: { spanSeconds: 0, energyJoules: 5 } };
    expect(seriesOf("machine", readings, lineOf("machine", "energyJoules")).points).toEqual([]);
  });

  test("as a share of others is over the sums of the step, and shares of a whole add up to one", () => {
    const cpu = (user: number, idle: number) => ({
      spanSeconds: 60,
      ...Object.fromEntries(CHARTS.cpu.lines.flatMap((line) => ("of" in line ? line.of : [])).map((name) => [name, 0])),
      cpuUserSeconds: user,
      cpuIdleSeconds: idle,
    });
    const readings = { 0: cpu(30, 30), 30: cpu(10, 110) };
    const [user] = CHARTS.cpu.lines;
    expect(seriesOf("machine", readings, user).points).toEqual([{ at: 0, value: 40 / 180, min: 10 / 120, max: 0.5 }]);
  });

  test("as a share is of what was told where small parts are missing; such a part has no line, and without idle nothing has", () => {
    const readings = { 0: { cpuUserSeconds: 30, cpuSystemSeconds: 10, cpuIdleSeconds: 80 } };
    const linesOf = (told: typeof readings) =>
      CHARTS.cpu.lines.map((line) => seriesOf("machine", told, line).points.map(({ value }) => value));
    expect(linesOf(readings)).toEqual([[0.25], [10 / 120], [], []]);
    const { cpuIdleSeconds: _, ...partial } = readings[0];
    expect(linesOf({ 0: partial } as never)).toEqual([[], [], [], []]);
  });
});

test("the summary is over the readings and not over the points, and rates weigh by their time", () => {
  const gauges = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [index, { load1: index + 1 }]));
  expect(seriesOf("machine", gauges, lineOf("machine", "load1")).summary).toEqual({
    min: 1,
    mean: 50.5,
    max: 100,
    median: 50,
    p95: 95,
  });
  const rates = {
    600: { spanSeconds: 600, energyJoules: 6000 },
    610: { spanSeconds: 10, energyJoules: 1000 },
  };
  const { summary } = seriesOf("machine", rates, lineOf("machine", "energyJoules"));
  expect(summary).toEqual({ min: 10, mean: 7000 / 610, max: 100, median: 10, p95: 10 });
  expect(seriesOf("machine", {}, lineOf("machine", "load1")).summary).toBeNull();
});

test("readings outside the range are not in it: the end is not part of it", () => {
  const readings = { 59: { load1: 1 }, 60: { load1: 2 }, 119: { load1: 3 }, 120: { load1: 4 } };
  const recorded = recordedOf(blockOfOne("machine", readings), 1);
  const series = resample(recorded, lineOf("machine", "load1"), { from: 60, to: 120, stepSeconds: 60 });
  expect(series.points).toEqual([{ at: 60, value: 2.5, min: 2, max: 3 }]);
});

test("moments at which only others were recorded are not this entity's", () => {
  const block = blockOfOne("sensor", { 0: { temperatureCelsius: 1 }, 60: { temperatureCelsius: 2 } });
  for (const name of ["temperatureCelsius", "criticalCelsius"]) {
    block.absence[block.layout.columnOf(1, positionOf("sensor", name)) * 2] = 255;
  }
  expect(recordedOf(block, 1).moments).toEqual([60]);
  expect(recordedOf(block, 0).moments).toEqual([0, 60]);
});

test("a quantile is a value that occurred: the nearest rank", () => {
  const evenly = (values: number[]) => values.map(() => 1);
  const values = [15, 20, 35, 40, 50];
  expect(quantiles(values, evenly(values), [0.05, 0.3, 0.4, 0.5, 1])).toEqual([15, 20, 20, 35, 50]);
  expect(quantiles([], [], [0.5])).toEqual([]);
  expect(quantiles([3, 1, 2], [1, 5, 2], [0.5, 0.65, 1])).toEqual([1, 2, 3]);
});

test("gaps are where nothing was recorded for longer than the rule, also at both ends", () => {
  const gaps = gapsOf([100, 160, 220, 700], { from: 0, to: 1000 }, 90);
  expect(gaps).toEqual([
    { from: 0, to: 100 },
    { from: 220, to: 700 },
    { from: 700, to: 1000 },
  ]);
  expect(gapsOf([], { from: 0, to: 60 }, 90)).toEqual([]);
});

test("history that is coarser throughout is no row of gaps, but a few distant readings are", () => {
  const every = (seconds: number, count: number) => Array.from({ length: count }, (_, index) => index * seconds);
  expect(usualDistance(every(900, 50), 60)).toBe(900);
  expect(usualDistance(every(900, 5), 60)).toBe(60);
  expect(usualDistance([...every(60, 50), 90_000], 60)).toBe(60);
  expect(usualDistance(every(10, 50), 60)).toBe(60);
});
