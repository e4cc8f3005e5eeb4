import { expect, test } from "vitest";
import { type Block, createBlock, PRESENT } from "@/contract/codec/block";
import { createLayout } from "@/contract/codec/layout";
import { metricIndex } from "@/contract/metrics";
import type { TrueMoment } from "./edge-world";
import { Oracle } from "./oracle";

const START = 1_800_000_000;
const layout = createLayout([{ kind: "machine", key: "machine" }]);

/** A boot whose counter grows by 1, 2, 3, … in its minutes. */
const TRUTHS = Array.from({ length: 6 }, (_, at): TrueMoment => {
  const number = at + 1;
  const counters = { cpuUserSeconds: (number * (number + 1)) / 2 };
  const machine = { kind: "machine" as const, key: "machine", gauges: { load1: number }, counters };
  return { number, at: 1000 * (START + 60 * number), boot: 0, entities: [machine] };
});
const read = new Map(TRUTHS.map((truth) => [truth.number, truth]));

type Row = { number: number; span: number; grown: number };

function blockOf(rows: readonly Row[]): Block {
  const block = createBlock(
    layout,
    rows.map(({ number }) => START + 60 * number),
  );
  const put = (name: "load1" | "spanSeconds" | "cpuUserSeconds", at: number, steps: number) => {
    const place = layout.columnOf(0, metricIndex("machine", name)) * rows.length + at;
    block.values[place] = steps;
    block.absence[place] = PRESENT;
  };
  rows.forEach(({ number, span, grown }, at) => {
    put("load1", at, number);
    put("spanSeconds", at, span);
    put("cpuUserSeconds", at, grown);
  });
  return block;
}

/** Findings where the third moment is in quarantine and these are stored. */
function alteredIn(...rows: readonly Row[]): number {
  const oracle = new Oracle(read, read, new Set([3]), new Set(), new Set());
  oracle.compare([blockOf([{ number: 1, span: 60, grown: 1 }, { number: 2, span: 60, grown: 2 }, ...rows])]);
  return oracle.altered;
}

const row = (number: number, span: number, grown: number): Row => ({ number, span, grown });

test("the record after a moment in quarantine holds its own growth, or that of the moment as well", () => {
  expect(alteredIn(row(4, 60, 4), row(5, 60, 5), row(6, 60, 6))).toBe(0);
  expect(alteredIn(row(4, 120, 7), row(5, 60, 5), row(6, 60, 6))).toBe(0);
  expect(alteredIn(row(4, 60, 5), row(5, 60, 5), row(6, 60, 6))).toBe(1);
});

test("a later record may hold the growth of a moment in quarantine when its span says so", () => {
  expect(alteredIn(row(4, 60, 4), row(5, 120, 8), row(6, 60, 6))).toBe(0);
  expect(alteredIn(row(4, 60, 4), row(5, 60, 8), row(6, 60, 6))).toBe(1);
});

test("the growth of a moment in quarantine is held once at most", () => {
  expect(alteredIn(row(4, 60, 4), row(5, 120, 8), row(6, 120, 9))).toBe(1);
  expect(alteredIn(row(4, 120, 7), row(5, 120, 8), row(6, 60, 6))).toBe(1);
});
