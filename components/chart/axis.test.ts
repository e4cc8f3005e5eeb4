import { describe, expect, test } from "vitest";
import { midnightBefore, spreadLabels, timeTicks, valueTicks } from "./axis";

const clock = (ms: number, timeZone: string) =>
  new Intl.DateTimeFormat("de", { timeZone, day: "2-digit", hour: "2-digit", minute: "2-digit" }).format(ms);

describe("timeTicks", () => {
  test("stand at round hours of the reader's zone, also where it is off by half an hour", () => {
    const from = Date.UTC(2026, 10, 22, 10, 17);
    const { ticksMs } = timeTicks(from, from + 6 * 3_600_000, "Asia/Kolkata", 8);
    expect(ticksMs.map((ms) => clock(ms, "Asia/Kolkata").slice(-5))).toEqual([
      "16:00",
      "17:00",
      "18:00",
      "19:00",
      "20:00",
      "21:00",
    ]);
  });

  test("stand at midnight on both sides of the change to winter time", () => {
    const from = Date.UTC(2026, 9, 22);
    const { ticksMs, isByDay } = timeTicks(from, from + 7 * 86_400_000, "Europe/Berlin", 8);
    expect(isByDay).toBe(true);
    expect(ticksMs.every((ms) => clock(ms, "Europe/Berlin").endsWith("00:00"))).toBe(true);
    expect(ticksMs).toHaveLength(7);
  });

  test.each([3600, 86_400, 7 * 86_400, 30 * 86_400])("are few for a range of %i seconds", (seconds) => {
    const from = Date.UTC(2026, 2, 20, 3, 33);
    const { ticksMs } = timeTicks(from, from + seconds * 1000, "Europe/Berlin", 8);
    expect(ticksMs.length).toBeGreaterThanOrEqual(4);
    expect(ticksMs.length).toBeLessThanOrEqual(9);
  });
});

describe("valueTicks", () => {
  test("begin at zero and go in round steps of the unit that is written", () => {
    expect(valueTicks("bytes", 0, 62.6 * 1024 ** 3, false).map((bytes) => bytes / 1024 ** 3)).toEqual([
      0, 20, 40, 60, 80,
    ]);
    expect(valueTicks("watts", 0, 87, false)).toEqual([0, 25, 50, 75, 100]);
  });

  test("a share of a whole always goes to 100 %", () => {
    expect(valueTicks("ratio", 0, 0.02, true)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });

  test("go below zero only where values do", () => {
    expect(valueTicks("celsius", -12, 30, false)[0]).toBeLessThan(0);
    expect(valueTicks("celsius", 0, 30, false)[0]).toBe(0);
  });
});

test("labels at the ends of lines never lie on each other, and keep their order", () => {
  const tops = spreadLabels([100, 98, 10, 195], 18, 180);
  const sorted = [...tops].sort((a, b) => a - b);
  for (let index = 1; index < sorted.length; index += 1) {
    expect((sorted[index] ?? 0) - (sorted[index - 1] ?? 0)).toBeGreaterThanOrEqual(18);
  }
  expect(tops[1]).toBeLessThan(tops[0] ?? 0);
  expect(Math.max(...tops)).toBeLessThanOrEqual(180);
});

test("the day of a moment began at its zone's midnight, also on the days that the clocks change", () => {
  const began = (text: string, zone: string) => new Date(midnightBefore(Date.parse(text), zone)).toISOString();
  expect(began("2026-11-22T13:10:00Z", "Europe/Berlin")).toBe("2026-11-21T23:00:00.000Z");
  expect(began("2026-10-25T12:00:00Z", "Europe/Berlin")).toBe("2026-10-24T22:00:00.000Z");
  expect(began("2026-03-29T12:00:00Z", "Europe/Berlin")).toBe("2026-03-28T23:00:00.000Z");
  expect(began("2026-11-22T20:00:00Z", "Asia/Kolkata")).toBe("2026-11-22T18:30:00.000Z");
});
