import { describe, expect, test } from "vitest";
import { fitSpan, stepOfKey, stepSpan } from "./zoom";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 22, 12, 0);
const span = (fromHours: number, toHours: number) => ({ fromMs: NOW + fromHours * HOUR, toMs: NOW + toHours * HOUR });

describe("a step of zooming", () => {
  test("in halves and out doubles the span around its middle", () => {
    expect(stepSpan(span(-4, -2), "in", NOW)).toEqual(span(-3.5, -2.5));
    expect(stepSpan(span(-4, -2), "out", NOW)).toEqual(span(-5, -1));
  });

  test("aside moves by half of the span and never beyond now", () => {
    expect(stepSpan(span(-4, -2), "earlier", NOW)).toEqual(span(-5, -3));
    expect(stepSpan(span(-4, -2), "later", NOW)).toEqual(span(-3, -1));
    expect(stepSpan(span(-2.5, -0.5), "later", NOW)).toEqual(span(-2, 0));
    expect(stepSpan(span(-2, 0), "out", NOW)).toEqual(span(-4, 0));
  });

  test("in ends at one minute, out at four hundred days", () => {
    let near = span(-2, 0);
    let far = near;
    for (let step = 0; step < 30; step += 1) {
      near = stepSpan(near, "in", NOW);
      far = stepSpan(far, "out", NOW);
    }
    expect(near.toMs - near.fromMs).toBe(60_000);
    expect(far.toMs - far.fromMs).toBe(400 * 24 * HOUR);
  });
});

test("a span of a drag is in whole seconds, in order and at least a minute", () => {
  expect(fitSpan({ fromMs: NOW - 5000, toMs: NOW - 4000 }, NOW)).toEqual({ fromMs: NOW - 60_000, toMs: NOW });
  const fitted = fitSpan({ fromMs: NOW - 3 * HOUR + 0.4, toMs: NOW - HOUR + 0.7 }, NOW);
  expect([fitted.fromMs % 1000, fitted.toMs % 1000]).toEqual([0, 0]);
});

test("plus, minus and shifted arrows zoom and move; arrows alone are left to the crosshair", () => {
  const keys: [string, boolean][] = [
    ["+", false],
    ["+", true],
    ["=", false],
    ["-", false],
    ["ArrowLeft", true],
    ["ArrowRight", true],
    ["ArrowLeft", false],
    ["a", false],
  ];
  expect(keys.map(([key, shiftKey]) => stepOfKey({ key, shiftKey }))).toEqual([
    "in",
    "in",
    "in",
    "out",
    "earlier",
    "later",
    null,
    null,
  ]);
});
