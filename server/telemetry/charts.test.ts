import { describe, expect, test } from "vitest";
import { METRIC_SETS } from "@/contract/metrics";
import { CHART_WINDOWS, CHARTS, type ChartWindow, gapSeconds, type Line, stepSeconds } from "./charts";

const WINDOWS = Object.keys(CHART_WINDOWS) as ChartWindow[];

describe("the step of a chart", () => {
  test.each<[ChartWindow, number, number]>([
    ["1h", 5, 15],
    ["1h", 10, 15],
    ["1h", 60, 60],
    ["24h", 60, 300],
    ["7d", 60, 3600],
    ["30d", 60, 10_800],
    ["1h", 3600, 3600],
    ["24h", 86_400, 86_400],
  ])("for %s at an interval of %i s is %i s", (window, interval, expected) => {
    expect(stepSeconds(window, interval)).toBe(expected);
  });

  test("is never finer than the agent's interval and never more than 300 points wide", () => {
    for (const window of WINDOWS) {
      for (const interval of [1, 5, 7, 10, 59, 60, 61, 300, 900, 3600, 86_400]) {
        const step = stepSeconds(window, interval);
        expect(step).toBeGreaterThanOrEqual(interval);
        expect(CHART_WINDOWS[window] / step).toBeLessThanOrEqual(300);
      }
    }
  });
});

test("a gap is three intervals, or two steps where the steps are wider", () => {
  expect([gapSeconds(60, 60), gapSeconds(300, 60), gapSeconds(300, 3600)]).toEqual([180, 600, 10_800]);
});

test("every line is made of readings that its kind of entity has, counters by growth and gauges by value", () => {
  for (const { kind, lines } of Object.values(CHARTS)) {
    const kinds = new Map<string, string>(METRIC_SETS[kind].map((metric) => [metric.name, metric.kind]));
    for (const line of lines as readonly Line[]) {
      const wanted = line.as === "gauge" ? "gauge" : "counter";
      const names =
        line.as === "share"
          ? [...line.parts, ...line.of]
          : [line.of, ...("minus" in line && line.minus ? [line.minus] : [])];
      for (const name of names) expect([line.name, name, kinds.get(name)]).toEqual([line.name, name, wanted]);
    }
  }
});
