// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Stage, stage } from "@/components/shell/testing";
import { SelectorBar } from "./selector-bar";

vi.mock("./selector-preview", () => ({ SelectorPreview: () => null, useSelectorProblem: () => null }));
vi.mock("./selector-input", () => ({
  SelectorInput: ({ value, onText }: { value: string; onText: (text: string) => void }) => (
    <input aria-label="selector" value={value} onInput={(event) => onText(event.currentTarget.value)} readOnly />
  ),
}));

let page: Stage;
const onSelector = vi.fn();
beforeEach(() => {
  vi.useFakeTimers();
  onSelector.mockReset();
  page = stage();
});
afterEach(() => {
  page.remove();
  vi.useRealTimers();
});

const draw = (selector: string) =>
  page.draw(<SelectorBar kind="cluster" selector={selector} onSelector={onSelector} />);
const input = () => page.root.querySelector("input") as HTMLInputElement;
const type = (text: string) =>
  act(() => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(input(), text);
    input().dispatchEvent(new Event("input", { bubbles: true }));
  });
const pause = () => act(() => vi.advanceTimersByTime(1000));

test("an address that follows late does not take back what was typed meanwhile", () => {
  draw("");
  type("tier");
  pause();
  type("tier=a");
  pause();
  type("tier=ab");
  expect(onSelector.mock.calls).toEqual([["tier"], ["tier=a"]]);
  draw("tier");
  expect(input().value).toBe("tier=ab");
  draw("tier=a");
  expect(input().value).toBe("tier=ab");
});

test("what was chosen elsewhere replaces what stands here, and what cannot be read is not sent", () => {
  draw("");
  type("tier=");
  pause();
  expect(onSelector).not.toHaveBeenCalled();
  draw("@health=failed");
  expect(input().value).toBe("@health=failed");
});
