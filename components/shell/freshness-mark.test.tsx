// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FreshnessMark } from "./freshness-mark";
import type { Provenance } from "./provenance";
import { type Stage, stage, TEST_NOW_MS } from "./testing";

const MEASURED: Provenance = { origin: "measured", source: "/proc/meminfo", reported: { known: 398, total: 412 } };
let page: Stage;

beforeEach(() => {
  vi.useFakeTimers();
  page = stage();
});
afterEach(() => {
  page.remove();
  vi.useRealTimers();
});

const draw = (ageSeconds: number | null) =>
  page.draw(
    <FreshnessMark
      observedAt={ageSeconds === null ? null : TEST_NOW_MS - ageSeconds * 1000}
      staleAfterSeconds={90}
      provenance={MEASURED}
    >
      <b>61 %</b>
    </FreshnessMark>,
  );
const mark = () => page.root.querySelector<HTMLElement>("[data-fresh]");

describe("FreshnessMark", () => {
  test("a current figure shows its age and nothing else", () => {
    draw(12);
    expect(mark()?.dataset.fresh).toBe("true");
    expect(page.root.textContent).toContain("12\u202fs");
    expect(page.root.querySelector("[data-shape]")).toBeNull();
  });

  test("past its limit the figure greys and says what was last known and since when it is unknown", () => {
    draw(480);
    expect(mark()?.dataset.fresh).toBe("false");
    expect(page.root.textContent).toContain("last 14:02 · unknown since 14:03");
    expect(page.root.querySelector("[data-shape=unknown]")).not.toBeNull();
    expect(page.root.querySelector("b")?.parentElement?.className).toContain("text-ink-faint");
  });

  test("the mark turns by itself when the limit passes while someone looks", () => {
    draw(80);
    expect(mark()?.dataset.fresh).toBe("true");
    act(() => void vi.advanceTimersByTime(11_000));
    expect(mark()?.dataset.fresh).toBe("false");
  });

  test("what never reported says so and shows no age", () => {
    draw(null);
    expect(mark()?.dataset.fresh).toBe("false");
    expect(page.root.textContent).toContain("never reported");
  });

  test("keyboard focus opens where the figure comes from", () => {
    draw(12);
    act(() => page.root.querySelector("button")?.focus());
    const tooltip = document.querySelector("[role=tooltip]");
    expect(tooltip?.textContent).toContain("Measured");
    expect(tooltip?.textContent).toContain("/proc/meminfo");
    expect(tooltip?.textContent).toContain("398 of 412");
  });

  test("German says the same", () => {
    page.remove();
    page = stage("de");
    draw(480);
    expect(page.root.textContent).toContain("zuletzt 14:02 · unbekannt seit 14:03");
  });
});
