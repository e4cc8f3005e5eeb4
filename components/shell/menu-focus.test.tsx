// @vitest-environment jsdom
import { act, useState } from "react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { DropdownMenu, MenuItem } from "@/components/ui/dropdown-menu";
import { type Stage, stage } from "./testing";

let page: Stage;
beforeEach(() => {
  // jsdom lays nothing out; the menu asks for what it needs to be placed.
  Element.prototype.hasPointerCapture ??= () => false;
  Element.prototype.scrollIntoView ??= () => undefined;
  globalThis.ResizeObserver ??= class {
    observe() {}
    unobserve() {}
    disconnect() {}
  };
  page = stage();
});
afterEach(() => page.remove());

/** A menu whose one action asks in a window of its own before it does anything. */
function AskingMenu() {
  const [isAsking, setIsAsking] = useState(false);
  return (
    <>
      <DropdownMenu trigger={<button type="button">More</button>}>
        <MenuItem onSelect={() => setIsAsking(true)}>Revoke</MenuItem>
        <MenuItem>Nothing</MenuItem>
      </DropdownMenu>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setIsAsking}
        title="Revoke it?"
        consequence="It is refused."
        action="Revoke it"
        onConfirm={() => setIsAsking(false)}
      />
    </>
  );
}

const trigger = () => page.root.querySelector("button");
const item = (name: string) =>
  [...document.querySelectorAll<HTMLElement>("[role=menuitem]")].find((entry) => entry.textContent === name);
const dialog = () => document.querySelector<HTMLElement>("[role=alertdialog]");
/** Lets timers of the menu run that only hand the focus on. */
const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 0)));

async function pressKey(target: Element | null | undefined, key: string): Promise<void> {
  await act(async () => {
    target?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  });
  await settle();
}

async function openMenu(): Promise<void> {
  page.draw(<AskingMenu />);
  trigger()?.focus();
  await pressKey(trigger(), "Enter");
  expect(item("Revoke")).toBeDefined();
}

describe("the focus of who works by keyboard", () => {
  test("comes back to the menu's button when the menu is left with Escape", async () => {
    await openMenu();
    await pressKey(document.activeElement, "Escape");
    expect(item("Revoke")).toBeUndefined();
    expect(document.activeElement).toBe(trigger());
  });

  test("comes back to the menu's button when the window that an entry opened is left, its entry being gone", async () => {
    await openMenu();
    await pressKey(item("Revoke"), "Enter");
    expect(dialog()).not.toBeNull();
    await pressKey(document.activeElement, "Escape");
    expect(dialog()).toBeNull();
    expect(document.activeElement).toBe(trigger());
  });
});
