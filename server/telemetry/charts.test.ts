import { describe, expect, test } from "vitest";
import { METRIC_SETS } from "@/contract/metrics";
import { CHARTS, gapSeconds, type Line, lineOf, readingsOf, stepSeconds } from "./charts";

const HOUR = 3600;
const DAY = 86_400;

describe("the step of a chart", () => {
  test.each<[string, number, number, number]>([
    ["a minute", 60, 10, 10],
    ["ten minutes", 600, 60, 60],
    ["an hour", HOUR, 5, 15],
    ["an hour", HOUR, 60, 60],
    ["a day", DAY, 60, 300],
    ["two days", 2 * DAY, 60, 600],
    ["a little more than two days", 2 * DAY + 1, 60, HOUR],
    ["a week", 7 * DAY, 60, HOUR],
    ["thirty days", 30 * DAY, 60, 10_800],
    ["four hundred days", 400 * DAY, 60, 7 * DAY],
    ["an hour", HOUR, HOUR, HOUR],
    ["a day", DAY, DAY, DAY],
  ])("for %s (%i s) at an interval of %i s is %i s", (_name, range, interval, expected) => {
    expect(stepSeconds(range, interval)).toBe(expected);
  });

  test("is never finer than the agent's interval, never more than 300 points wide, and divides a week", () => {
    for (const range of [60, 600, HOUR, DAY, 2 * DAY, 3 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 400 * DAY]) {
      for (const interval of [1, 5, 7, 10, 59, 60, 61, 300, 900, HOUR, DAY]) {
        const step = stepSeconds(range, interval);
        expect(step).toBeGreaterThanOrEqual(interval);
        expect(range / step).toBeLessThanOrEqual(300);
        expect((7 * DAY) % step).toBe(0);
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

test("a counter is drawn as its rate and read with the time that it covers, a gauge as it is", () => {
  expect(lineOf("machine", "energyJoules")).toEqual({ name: "energyJoules", as: "rate", of: "energyJoules" });
  expect(lineOf("machine", "load1")).toMatchObject({ as: "gauge", of: "load1" });
  expect(readingsOf([lineOf("disk", "readBytes"), lineOf("disk", "writtenBytes")])).toEqual([
    "spanSeconds",
    "readBytes",
    "writtenBytes",
  ]);
  expect(readingsOf(CHARTS.memory.lines)).toEqual(["memoryTotalBytes", "memoryAvailableBytes"]);
  expect(() => lineOf("machine", "nothing")).toThrow("Metric set machine has no reading nothing");
});
