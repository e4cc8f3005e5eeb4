// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Stage, stage, TEST_NOW_MS } from "@/components/shell/testing";
import type { Machine } from "./machine-figures";
import { MachineIdentity } from "./machine-identity";

const calls = vi.hoisted(() => ({ revoke: vi.fn(), keepProcess: vi.fn(), permissions: new Set<string>() }));
vi.mock("@/components/access/use-may", () => ({
  useMay: () => (permission: string) => calls.permissions.has(permission),
}));
vi.mock("@/components/agents/use-agent-actions", () => ({
  useAgentActions: () => ({
    revoke: { run: calls.revoke, isBusy: false },
    keepProcess: { run: calls.keepProcess, isBusy: false },
  }),
}));

const ago = (seconds: number) => new Date(TEST_NOW_MS - seconds * 1000);
const OTHER = {
  machineId: "22222222-2222-4222-8222-222222222222",
  agentId: "33333333-3333-4333-8333-333333333333",
  name: "kiel-12-copy",
  siteName: "Kiel",
  lastReceivedAt: ago(40),
};
const machine = (change: Partial<Machine>) =>
  ({
    id: "11111111-1111-4111-8111-111111111111",
    name: "kiel-12",
    agentId: "44444444-4444-4444-8444-444444444444",
    collision: null,
    sharedKey: null,
    ...change,
  }) as Machine;

let page: Stage;
beforeEach(() => {
  page = stage();
  calls.permissions = new Set(["agents:revoke"]);
  calls.revoke.mockClear();
  calls.keepProcess.mockClear();
});
afterEach(() => page.remove());

function press(name: string): void {
  const button = [...document.querySelectorAll("button")].find((candidate) => candidate.textContent === name);
  if (!button) throw new Error(`no button ${name} in: ${document.body.textContent}`);
  act(() => button.click());
}

test("a machine whose identity is clear shows nothing", () => {
  page.draw(<MachineIdentity machine={machine({})} />);
  expect(page.root.textContent).toBe("");
});

describe("two machines with one identity", () => {
  const contested = machine({ collision: OTHER });

  test("name each other, with site and age, and lead there", () => {
    page.draw(<MachineIdentity machine={contested} />);
    expect(page.root.textContent).toContain("The other one is kiel-12-copy · Kiel · last heard 40\u202fs");
    expect(page.root.querySelector("a")?.getAttribute("href")).toBe(`/fleet/machines/${OTHER.machineId}`);
  });

  test.each([
    ["This one keeps it", "Revoke kiel-12-copy", [OTHER.agentId, "kiel-12-copy"]],
    ["The other one keeps it", "Revoke kiel-12", [contested.agentId, "kiel-12"]],
  ])("%s: asks first, and then revokes the agent of the one that loses", (choice, action, expected) => {
    page.draw(<MachineIdentity machine={contested} />);
    press(choice);
    expect(calls.revoke).not.toHaveBeenCalled();
    press(action);
    expect(calls.revoke.mock.calls[0]?.slice(0, 2)).toEqual(expected);
  });

  test("of one at a site that the reader may not see only the fact is told, and there is nothing to choose", () => {
    const hidden = { machineId: null, agentId: null, name: null, siteName: null, lastReceivedAt: null };
    page.draw(<MachineIdentity machine={machine({ collision: hidden })} />);
    expect(page.root.textContent).toContain("at a site that your role does not include");
    expect(page.root.querySelectorAll("button, a")).toHaveLength(0);
  });

  test("who may not revoke agents is told and offered nothing", () => {
    calls.permissions = new Set();
    page.draw(<MachineIdentity machine={contested} />);
    expect(page.root.textContent).toContain("Another machine claims the same identity");
    expect(page.root.querySelectorAll("button")).toHaveLength(0);
  });
});

describe("two processes with one key", () => {
  const sharedKey = {
    agentId: "44444444-4444-4444-8444-444444444444",
    since: ago(60),
    processes: [
      { epoch: 1, bootId: "aaaa", firstSeenAt: ago(7200), heardAt: ago(5), verdict: "speaks" as const },
      { epoch: 2, bootId: null, firstSeenAt: ago(120), heardAt: ago(20), verdict: "waits" as const },
    ],
  };

  test("are listed by what is known of each, and the chosen one is kept after a question", () => {
    page.draw(<MachineIdentity machine={machine({ sharedKey })} />);
    const rows = [...page.root.querySelectorAll("li")].map((row) => row.textContent);
    expect(rows[0]).toContain("Boot aaaagoes on · first heard 2\u202fh · last heard 5\u202fs");
    expect(rows[1]).toContain("Process 2, its boot is not toldwaits · first heard 2\u202fmin · last heard 20\u202fs");
    const second = page.root.querySelectorAll("li")[1]?.querySelector("button");
    act(() => second?.click());
    expect(calls.keepProcess).not.toHaveBeenCalled();
    press("Keep this one");
    expect(calls.keepProcess.mock.calls[0]?.slice(0, 2)).toEqual([{ agentId: sharedKey.agentId, epoch: 2 }, "kiel-12"]);
  });
});
