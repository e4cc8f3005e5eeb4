import { expect, test } from "vitest";
import { costPerDay, parseDays, parseLabelNames } from "./storage-kinds";

test("days are whole numbers within the limits", () => {
  const limits = { min: 2, max: 400 };
  expect(["2", " 35 ", "400"].map((text) => parseDays(text, limits))).toEqual([2, 35, 400]);
  for (const text of ["", "1", "401", "3.5", "3,5", "-4", "1e2", "many", "99999999"]) {
    expect([text, parseDays(text, limits)]).toEqual([text, null]);
  }
});

test("a day costs what the days that are there cost; before the first one it is unknown and not nothing", () => {
  expect(costPerDay({ bytes: 700, days: 7, oldestDay: "2026-11-16" })).toBe(100);
  expect(costPerDay({ bytes: 0, days: 0, oldestDay: null })).toBeNull();
});

test("label names are parted by commas or spaces", () => {
  expect(parseLabelNames(" region, country  region,tier ")).toEqual(["region", "country", "tier"]);
  expect(parseLabelNames(" , ")).toEqual([]);
});
