// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Stage, stage } from "@/components/shell/testing";
import type { Span } from "./series";
import { useDragSpan } from "./use-drag-span";

const RANGE = { fromMs: 0, toMs: 1000 };
const onSpan = vi.fn<(span: Span) => void>();

function Area({ isActive = true }: { isActive?: boolean }) {
  const drag = useDragSpan({ leftPx: 100, rightPx: 300, range: RANGE }, isActive ? onSpan : null);
  return <div data-area data-selected={drag.selection?.widthPx ?? "none"} {...drag.handlers} />;
}

let page: Stage;
beforeEach(() => {
  onSpan.mockClear();
  page = stage();
});
afterEach(() => page.remove());

function send(type: string, clientX: number, change: PointerEventInit = {}): void {
  const area = page.root.querySelector("[data-area]");
  act(
    () => void area?.dispatchEvent(new PointerEvent(type, { bubbles: true, clientX, pointerType: "mouse", ...change })),
  );
}
const selected = () => page.root.querySelector<HTMLElement>("[data-area]")?.dataset.selected;

test("a drag gives the span between its ends, in either direction, and no further than the axis", () => {
  page.draw(<Area />);
  send("pointerdown", 150);
  send("pointermove", 250);
  expect(selected()).toBe("100");
  send("pointerup", 250);
  expect(selected()).toBe("none");
  send("pointerdown", 250);
  send("pointerup", 20);
  expect(onSpan.mock.calls).toEqual([[{ fromMs: 250, toMs: 750 }], [{ fromMs: 0, toMs: 750 }]]);
});

test("a click, a finger, another button and a drag that was interrupted choose nothing", () => {
  page.draw(<Area />);
  send("pointerdown", 150);
  send("pointerup", 155);
  for (const change of [{ pointerType: "touch" }, { button: 2 }]) {
    send("pointerdown", 150, change);
    send("pointerup", 250, change);
  }
  send("pointerdown", 150);
  send("pointercancel", 200);
  send("pointerup", 250);
  page.draw(<Area isActive={false} />);
  send("pointerdown", 150);
  send("pointerup", 250);
  expect(onSpan).not.toHaveBeenCalled();
});
