import { expect, test } from "vitest";
import { CHARTS, type Line, lineOf } from "./charts";
import { type HourFigures, type Hourly, resampleHours } from "./series-hours";

const HOUR = 3600;
const hourly = (...hours: Record<string, [n: number, sum: number, min: number, max: number]>[]): Hourly => ({
  hours: hours.map((_, index) => index * HOUR),
  newest: null,
  count: (name, index) => hours[index]?.[name]?.[0] ?? 0,
  read: (name, index): HourFigures | null => {
    const figures = hours[index]?.[name];
    return figures ? { n: figures[0], sum: figures[1], min: figures[2], max: figures[3] } : null;
  },
});
const pointsOf = (hours: Hourly, line: Line, stepSeconds = HOUR) =>
  resampleHours(hours, line, { from: 0, to: 100 * HOUR, stepSeconds }).points;

test("several hours weigh by their readings, and hours without any leave no point", () => {
  const hours = hourly({ load1: [1, 4, 4, 4] }, { load1: [3, 3, 0, 2] }, {}, {});
  expect(pointsOf(hours, lineOf("machine", "load1"), 2 * HOUR)).toEqual([{ at: 0, value: 7 / 4, min: 0, max: 4 }]);
});

test("a difference is known to its ends where one of the two stood still, and not at all over different moments", () => {
  const [used] = CHARTS.memory.lines;
  const still = hourly({ memoryTotalBytes: [2, 16, 8, 8], memoryAvailableBytes: [2, 6, 2, 4] });
  expect(pointsOf(still, used)).toEqual([{ at: 0, value: 5, min: 4, max: 6 }]);
  const moved = hourly({ memoryTotalBytes: [2, 24, 8, 16], memoryAvailableBytes: [2, 6, 2, 4] });
  expect(pointsOf(moved, used)).toEqual([{ at: 0, value: 9, min: null, max: null }]);
  const apart = hourly({ memoryTotalBytes: [2, 16, 8, 8], memoryAvailableBytes: [1, 3, 3, 3] });
  expect(pointsOf(apart, used)).toEqual([]);
});

test("a rate is the growth over the time that it covers, and knows its ends where the moments were even", () => {
  const line = lineOf("machine", "energyJoules");
  const even = hourly({ energyJoules: [60, 7200, 60, 600], spanSeconds: [60, 3600, 60, 60] });
  expect(pointsOf(even, line)).toEqual([{ at: 0, value: 2, min: 1, max: 10 }]);
  const uneven = hourly({ energyJoules: [59, 7200, 60, 600], spanSeconds: [59, 3600, 60, 120] });
  expect(pointsOf(uneven, line)).toEqual([{ at: 0, value: 2, min: null, max: null }]);
  const half = hourly({ energyJoules: [30, 3600, 60, 600], spanSeconds: [60, 3600, 60, 60] });
  expect(pointsOf(half, line)[0]?.value).toBe(2);
});
