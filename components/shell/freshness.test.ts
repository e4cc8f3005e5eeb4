import { expect, test } from "vitest";
import { ageOf, isFresh } from "./freshness";

const AT = Date.UTC(2026, 10, 22, 13, 0);

test("a figure is current up to its limit and unknown one millisecond later", () => {
  expect(isFresh(AT, 90, AT + 90_000)).toBe(true);
  expect(isFresh(AT, 90, AT + 90_001)).toBe(false);
  expect(isFresh(new Date(AT), 90, AT + 90_000)).toBe(true);
});

test("what was never observed is never current", () => {
  expect(isFresh(null, 1e9, AT)).toBe(false);
});

test("an age is said in seconds, minutes and hours, and from a day on as a date", () => {
  expect(ageOf(AT, AT + 900)).toEqual({ unit: "now" });
  expect(ageOf(AT, AT + 12_000)).toEqual({ unit: "seconds", count: 12 });
  expect(ageOf(AT, AT + 59_999)).toEqual({ unit: "seconds", count: 59 });
  expect(ageOf(AT, AT + 60_000)).toEqual({ unit: "minutes", count: 1 });
  expect(ageOf(AT, AT + 3_600_000)).toEqual({ unit: "hours", count: 1 });
  expect(ageOf(AT, AT + 86_399_000)).toEqual({ unit: "hours", count: 23 });
  expect(ageOf(AT, AT + 86_400_000)).toEqual({ unit: "date" });
});

test("a moment that lies ahead by a small clock difference is now, not a negative age", () => {
  expect(ageOf(AT + 4000, AT)).toEqual({ unit: "now" });
});
