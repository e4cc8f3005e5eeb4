import { expect, test } from "vitest";
import { parseChartRange, writeChartRange } from "./use-chart-range";

const parse = (text: string) => parseChartRange(new URLSearchParams(text));
const rewrite = (text: string) => {
  const parameters = new URLSearchParams(text);
  writeChartRange(parameters, parseChartRange(parameters));
  return parameters.toString();
};
const FROM = Date.UTC(2026, 10, 22, 10, 0);
const HOUR = 3_600_000;

test("an address without words is the last hour, and stays without words", () => {
  expect(parse("")).toEqual({ window: "1h", span: null, isCompared: false });
  expect(rewrite("window=1h&tab=storage")).toBe("tab=storage");
});

test("a span, a window and a comparison survive a reload, and other words are left alone", () => {
  const text = "tab=storage&window=24h&from=2026-11-22T10%3A00%3A00Z&to=2026-11-22T11%3A00%3A00Z&compare=week";
  expect(parse(text)).toEqual({ window: "24h", span: { fromMs: FROM, toMs: FROM + HOUR }, isCompared: true });
  expect([...new URLSearchParams(rewrite(text))].sort()).toEqual([...new URLSearchParams(text)].sort());
});

test("words that mean nothing are dropped, so that an old link still opens", () => {
  const nothing = { window: "1h", span: null, isCompared: false };
  for (const text of [
    "window=5h",
    "from=yesterday&to=today",
    "from=2026-11-22T10:00:00Z",
    "from=2026-11-22T11:00:00Z&to=2026-11-22T10:00:00Z",
    "compare=month",
  ]) {
    expect([text, parse(text)]).toEqual([text, nothing]);
  }
});

test("a span that is too short or too long is shown as far as it can be", () => {
  const lengthOf = (from: string, to: string) => {
    const { span } = parse(`from=${from}&to=${to}`);
    return span ? span.toMs - span.fromMs : null;
  };
  expect(lengthOf("2026-11-22T10:00:00Z", "2026-11-22T10:00:01Z")).toBe(60_000);
  expect(lengthOf("1999-01-01T00:00:00Z", "2026-11-22T10:00:00Z")).toBe(400 * 24 * HOUR);
});
