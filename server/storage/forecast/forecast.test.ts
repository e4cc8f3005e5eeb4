import fc from "fast-check";
import { expect, test } from "vitest";
import { forecast, HORIZON_DAYS } from "./forecast";
import type { HistoryPoint } from "./history";
import { sumOf } from "./sum";

const DAY = 86_400;
const GIB = 1024 ** 3;
const SIZE = 100 * GIB;
const START = 1_790_000_000;

/** Hours of a history: `used` in GiB of 100, by the day. */
const history = (days: number, used: (day: number) => number | null, size = SIZE): HistoryPoint[] =>
  Array.from({ length: days * 24 + 1 }, (_, hour) => {
    const value = used(hour / 24);
    return { at: START + hour * 3600, usedBytes: value === null ? null : value * GIB, capacityBytes: size };
  });
const daysUntil = (points: readonly HistoryPoint[], moment: number | null) =>
  moment === null ? Number.NaN : (moment - (points.at(-1)?.at ?? 0)) / DAY;
/** The same numbers on every machine: 0 ≤ x < 1. */
const shake = (day: number) => Math.abs(Math.sin(day * 9999.7) * 43758.5453) % 1;

test("even growth is full when it is: half a GiB a day from 60 of 100 after 40 days takes 40 more", () => {
  const points = history(40, (day) => 60 + 0.5 * day);
  const said = forecast(points);
  expect(said.verdict).toBe("filling");
  expect(daysUntil(points, said.fullLikely)).toBeCloseTo(40, 0);
  expect((said.bytesPerDay ?? 0) / GIB).toBeCloseTo(0.5, 2);
  expect(said.basis).toMatchObject({ days: 40, steps: 0 });
});

test("growth without any noise is no tie between all views: one that is wrong does not speak", () => {
  const points = history(20, (day) => 40 + Math.round(24 * day) / 24);
  expect((forecast(points).bytesPerDay ?? 0) / GIB).toBeCloseTo(1, 2);
  const whole = points.map((point) => ({ ...point, usedBytes: Math.round(point.usedBytes ?? 0), capacityBytes: SIZE }));
  expect((forecast(whole).bytesPerDay ?? 0) / GIB).toBeCloseTo(1, 2);
});

test("a history with a deletion in it goes on as it grew, not as it fell", () => {
  const points = history(60, (day) => (day < 45 ? 20 + day : 40 + (day - 45)));
  const said = forecast(points);
  expect(said.verdict).toBe("filling");
  expect(daysUntil(points, said.fullLikely)).toBeGreaterThan(38);
  expect(daysUntil(points, said.fullLikely)).toBeLessThan(55);
  expect(said.basis.steps).toBe(1);
});

test("data that was moved in once is no growth", () => {
  const points = history(60, (day) => (day < 50 ? 20 : 50) + 0.01 * day + 0.02 * shake(day));
  const said = forecast(points);
  expect(daysUntil(points, said.fullLikely)).toBeGreaterThan(365);
});

test("a rhythm of the week is no trend, and shows in the way on", () => {
  const points = history(70, (day) => 50 + 10 * Math.sin((2 * Math.PI * day) / 7) + 0.1 * shake(day));
  const said = forecast(points);
  expect(Math.abs(said.bytesPerDay ?? 1e18)).toBeLessThan(0.1 * GIB);
  const ahead = Array.from({ length: 14 }, (_, day) => said.at(START + (70 + day) * DAY)?.likely ?? 0);
  expect(Math.max(...ahead) / GIB).toBeGreaterThan(56);
  expect(Math.min(...ahead) / GIB).toBeLessThan(44);
});

test("nothing known is unknown, a size that is not known is unknown, a day of readings is not enough", () => {
  expect(forecast([]).verdict).toBe("unknown");
  expect(forecast(history(30, () => null)).verdict).toBe("unknown");
  expect(forecast(history(30, (day) => day).map((point) => ({ ...point, capacityBytes: null }))).verdict).toBe(
    "unknown",
  );
  expect(forecast(history(1, (day) => 10 + day)).verdict).toBe("not_enough_data");
  expect(forecast(history(30, (day) => (day < 1 || day > 29 ? day : null))).verdict).toBe("not_enough_data");
});

test("a size that is unknown at the end is taken from when it was last known", () => {
  const points = history(30, (day) => 50 + day).map((point, index, all) =>
    index === all.length - 1 ? { ...point, capacityBytes: null } : point,
  );
  expect(forecast(points).verdict).toBe("filling");
});

test("three days of quarters are enough for something that fills within a week", () => {
  const points = history(3, (day) => 40 + 8 * day + 0.5 * Math.sin(2 * Math.PI * day));
  const said = forecast(points);
  expect(said.verdict).toBe("filling");
  expect(daysUntil(points, said.fullLikely)).toBeGreaterThan(3);
  expect(daysUntil(points, said.fullLikely)).toBeLessThan(6);
});

test("what is full is full, however short its history", () => {
  expect(forecast(history(1, () => 100))).toMatchObject({ verdict: "full", fullLikely: START + DAY });
  expect(forecast(history(30, (day) => 71 + day)).verdict).toBe("full");
});

test("what was held before by something larger than this is no history of this", () => {
  const points = history(60, (day) => (day < 30 ? 300 + day : 20 + day - 30));
  const said = forecast(points);
  expect(said.verdict).toBe("filling");
  expect(said.basis.days).toBe(30);
  expect(daysUntil(points, said.fullLikely)).toBeCloseTo(50, 0);
  expect(forecast(history(32, (day) => (day < 31.5 ? 300 : 20))).verdict).toBe("not_enough_data");
});

test("a gap is not filled with zeros: the way on is the same with it and without", () => {
  const whole = history(60, (day) => 20 + day);
  const torn = history(60, (day) => ((day > 10 && day < 17) || (day > 40 && day < 45) ? null : 20 + day));
  const [one, other] = [whole, torn].map((points) => daysUntil(points, forecast(points).fullLikely));
  expect(other).toBeCloseTo(one as number, 0);
});

test("never says that it is never full while the trend is up, however slow, and always in order", () => {
  const growing = fc.record({
    perDay: fc.double({ min: -4, max: 1, noNaN: true }).map((exponent) => 10 ** exponent),
    days: fc.integer({ min: 12, max: 110 }),
    noise: fc.double({ min: 0, max: 1, noNaN: true }),
    // Of a week that was seen only twice nobody can tell whether it is one.
    weekly: fc.constantFrom(0, 3),
  });
  fc.assert(
    fc.property(growing, ({ perDay, days, noise, weekly }) => {
      const swing = days < 28 ? 0 : weekly;
      const used = (day: number) =>
        10 + perDay * (day + noise * (shake(day) - 0.5) + swing * Math.sin((2 * Math.PI * day) / 7));
      const { verdict, fullFrom, fullLikely, fullTo } = forecast(history(days, used, 2000 * GIB));
      expect(verdict).toBe("filling");
      if (fullLikely !== null) expect(fullFrom).toBeLessThanOrEqual(fullLikely);
      if (fullTo !== null) expect(fullLikely).toBeLessThanOrEqual(fullTo);
      if (perDay * HORIZON_DAYS > 2500) expect(fullLikely).not.toBeNull();
    }),
    { numRuns: 400, seed: 11 },
  );
});

test("the sum of a site is unknown while one of its pools is", () => {
  const one = history(10, (day) => 10 + day);
  const other = history(10, (day) => (day > 3 && day < 5 ? null : 20));
  const sum = sumOf([one, other]);
  const at = (day: number) => sum.find((point) => point.at >= START + day * DAY);
  expect(at(1)?.usedBytes).toBeCloseTo(31 * GIB, -8);
  expect(at(1)?.capacityBytes).toBe(2 * SIZE);
  expect(at(4)?.usedBytes).toBeNull();
  expect(sumOf([])).toEqual([]);
});
