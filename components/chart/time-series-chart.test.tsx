// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Stage, stage } from "@/components/shell/testing";
import { TimeSeriesChart } from "./time-series-chart";

const onStep = vi.fn();
let page: Stage;
beforeEach(() => {
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
  onStep.mockClear();
  page = stage();
});
afterEach(() => {
  page.remove();
  vi.unstubAllGlobals();
});

function draw(values: readonly number[], emptyWord?: string): void {
  const points = values.map((value, index) => ({ at: 60_000 * index, value }));
  page.draw(
    <TimeSeriesChart
      question="How warm is it?"
      kind="celsius"
      series={[{ id: "temperature", label: "Temperature", points }]}
      fromMs={0}
      toMs={3_600_000}
      bucketSeconds={60}
      gapSeconds={180}
      onStep={onStep}
      emptyWord={emptyWord}
    />,
  );
}
const empty = () => page.root.querySelector<HTMLElement>("[role=application]");
const press = (target: Element | null, key: string) =>
  act(() => void target?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })));

test("a span without readings is left with the same keys by which it was entered", () => {
  draw([]);
  expect(empty()?.tabIndex).toBe(0);
  expect(empty()?.getAttribute("aria-label")).toBe("How warm is it?");
  for (const key of ["-", "+", "Escape", "x"]) press(empty(), key);
  expect(onStep.mock.calls).toEqual([["out"], ["in"], ["reset"]]);
});

test("what has the focus goes when a span turns out empty or filled; the focus stays at the chart", () => {
  draw([]);
  act(() => empty()?.focus());
  press(empty(), "-");
  draw([1, 2]);
  expect(empty()).toBeNull();
  expect(page.root.querySelector("figure")?.contains(document.activeElement)).toBe(true);
  press(document.activeElement, "+");
  draw([]);
  press(document.activeElement, "Escape");
  expect(onStep.mock.calls).toEqual([["out"], ["in"], ["reset"]]);
});

test("a chart of something that never reported says so", () => {
  draw([], "never reported");
  expect(empty()?.textContent).toContain("never reported");
});
