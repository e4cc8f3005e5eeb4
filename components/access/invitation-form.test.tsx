import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Stage, stage } from "@/components/shell/testing";
import { PASSWORD_LENGTH_MIN } from "@/server/access/model";
import { InvitationForm } from "./invitation-form";
import type { Invitation } from "./use-invitation";

const invitation: Invitation = {
  email: "vera@north.test",
  role: "viewer",
  organisation: "North",
  hasAccount: false,
};
let page: Stage;
beforeEach(() => {
  page = stage();
});
afterEach(() => page.remove());

function type(label: string, text: string): void {
  const id = [...page.root.querySelectorAll("label")].find((candidate) => candidate.textContent === label)?.htmlFor;
  const input = page.root.querySelector<HTMLInputElement>(`[id="${id}"]`);
  // React listens to the setter of the element, not to the property that a test can write.
  const write = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set;
  act(() => {
    write?.call(input, text);
    input?.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
const submit = () =>
  act(async () => {
    page.root.querySelector("form")?.requestSubmit();
  });
const alerts = () => [...page.root.querySelectorAll("[role=alert]")].map((part) => part.textContent).filter(Boolean);

test("who has no account gets none without a name and a long enough password", async () => {
  const onAccept = vi.fn(async () => {});
  page.draw(<InvitationForm invitation={invitation} problem={null} onAccept={onAccept} />);
  type("Your name", "   ");
  type("Password", "x".repeat(PASSWORD_LENGTH_MIN - 1));
  await submit();
  expect(onAccept).not.toHaveBeenCalled();
  expect(alerts()).toEqual(["Enter your name.", `A password has ${PASSWORD_LENGTH_MIN} to 200 characters.`]);
  type("Your name", " Vera Viewer ");
  type("Password", "x".repeat(PASSWORD_LENGTH_MIN));
  await submit();
  expect(onAccept).toHaveBeenCalledExactlyOnceWith({ name: "Vera Viewer", password: "x".repeat(PASSWORD_LENGTH_MIN) });
});

test("who has an account is asked for nothing, and the link cannot set a password for it", async () => {
  const onAccept = vi.fn(async () => {});
  page.draw(<InvitationForm invitation={{ ...invitation, hasAccount: true }} problem={null} onAccept={onAccept} />);
  expect(page.root.querySelectorAll("input")).toHaveLength(0);
  await submit();
  expect(onAccept).toHaveBeenCalledExactlyOnceWith(null);
});

test("why accepting did not work is said aloud", () => {
  page.draw(
    <InvitationForm invitation={invitation} problem="The console does not answer." onAccept={async () => {}} />,
  );
  expect(alerts()).toEqual(["CriticalThe console does not answer."]);
});
