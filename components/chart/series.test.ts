import { expect, test } from "vitest";
import { type ChartSeries, chartRows, largestValue, seriesCsv, sumOf, unknownSpans } from "./series";

const AT = Date.UTC(2026, 10, 22, 12, 0);
const minute = (count: number) => AT + count * 60_000;
const series = (id: string, values: Record<number, number | null>): ChartSeries => ({
  id,
  label: id,
  points: Object.entries(values).map(([at, value]) => ({ at: minute(Number(at)), value })),
});

test("a hole longer than the rule becomes a gap and no line is drawn across it", () => {
  const rows = chartRows([series("a", { 0: 1, 1: 2, 5: 3 })], 120);
  expect(rows.map((row) => [row.at, row.a])).toEqual([
    [minute(0), 1],
    [minute(1), 2],
    [minute(2), null],
    [minute(5), 3],
  ]);
});

test("readings that come a little late make no gap", () => {
  const rows = chartRows([series("a", { 0: 1, 2: 2, 4: 3 })], 180);
  expect(rows.map((row) => row.a)).toEqual([1, 2, 3]);
});

test("a series that knows nothing at a moment is null there, never zero", () => {
  const rows = chartRows([series("a", { 0: 1, 1: 2 }), series("b", { 1: 0 })], 60);
  expect(rows.map((row) => row.b)).toEqual([null, 0]);
});

test("a span is unknown only where no series knows anything, from the last bucket's end to the next reading", () => {
  const one = series("a", { 0: 1, 1: 1, 8: 1 });
  const range = { fromMs: minute(0), toMs: minute(9) };
  expect(unknownSpans([one], range, { bucketSeconds: 60, gapSeconds: 120 })).toEqual([
    { fromMs: minute(2), toMs: minute(8) },
  ]);
  expect(unknownSpans([one, series("b", { 3: 1, 5: 1, 6: 1 })], range, { bucketSeconds: 60, gapSeconds: 120 })).toEqual(
    [],
  );
});

test("what is unknown at the ends of the range is unknown too", () => {
  expect(
    unknownSpans(
      [series("a", { 5: 1 })],
      { fromMs: minute(0), toMs: minute(10) },
      { bucketSeconds: 60, gapSeconds: 120 },
    ),
  ).toEqual([
    { fromMs: minute(0), toMs: minute(5) },
    { fromMs: minute(6), toMs: minute(10) },
  ]);
  expect(unknownSpans([], { fromMs: minute(0), toMs: minute(10) }, { bucketSeconds: 60, gapSeconds: 120 })).toEqual([
    { fromMs: minute(0), toMs: minute(10) },
  ]);
});

test("the axis of a stack is as high as the sum", () => {
  const rows = chartRows([series("a", { 0: 3 }), series("b", { 0: 4 })], 60);
  expect(largestValue(rows, ["a", "b"], true)).toBe(7);
  expect(largestValue(rows, ["a", "b"], false)).toBe(4);
});

test("the download has the moments in UTC, is empty where unknown, and quotes what needs it", () => {
  expect(seriesCsv([series('eth0, "in"', { 0: 1.5, 1: null })], "bytes/s")).toBe(
    ['time,"eth0, ""in"" (bytes/s)"', "2026-11-22T12:00:00.000Z,1.5", "2026-11-22T12:01:00.000Z,"].join("\r\n"),
  );
});

test("the download cannot be made to run a formula by the name of a thing, and negative figures stay figures", () => {
  const named = (label: string): ChartSeries => ({ ...series("x", { 0: -4.5 }), label });
  const head = (label: string) => seriesCsv([named(label)], "°C").split("\r\n");
  expect(head("=HYPERLINK(0)")).toEqual(["time,'=HYPERLINK(0) (°C)", "2026-11-22T12:00:00.000Z,-4.5"]);
  for (const start of ["=", "+", "-", "@", "\t", "\r"]) {
    expect([start, head(`${start}1`)[0]?.replaceAll('"', "").startsWith(`time,'${start}1`)]).toEqual([start, true]);
  }
  expect(head("eth0")[0]).toBe("time,eth0 (°C)");
});

test("what it is compared with makes no unknown time known", () => {
  const reference: ChartSeries = { ...series("last", { 0: 1, 1: 1, 2: 1, 3: 1 }), isReference: true };
  const range = { fromMs: minute(0), toMs: minute(4) };
  const rule = { bucketSeconds: 60, gapSeconds: 120 };
  expect(unknownSpans([series("a", { 0: 1 }), reference], range, rule)).toEqual([
    { fromMs: minute(1), toMs: minute(4) },
  ]);
});

test("the sum of a stack is only where every layer is known", () => {
  expect(sumOf([series("a", { 0: 1, 1: 2, 2: 3 }), series("b", { 0: 10, 1: null })])).toEqual([
    { at: minute(0), value: 11 },
  ]);
  expect(sumOf([])).toEqual([]);
});
