// @vitest-environment jsdom
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Stage, stage, TEST_NOW_MS } from "@/components/shell/testing";
import { AgentClock, type AgentRow, AgentSpool, AgentState, AgentUnused } from "./agent-figures";

const REPORT = {
  version: "0.1.0",
  startedAt: "2026-11-22T12:00:00Z",
  intervalSeconds: 60,
  profile: "full",
  spoolMoments: 0,
  spoolBytes: 0,
  thinnedMoments: 0,
  droppedMoments: 0,
  transport: "websocket",
} as const;
const AGENT: AgentRow = {
  id: "7419fe51-de86-42c1-ba99-6e3cdf68081d",
  status: "active",
  connectivity: "online",
  hostname: "kiel-12",
  siteId: "11111111-1111-4111-8111-111111111111",
  siteName: "Kiel",
  clusterId: null,
  machineId: "22222222-2222-4222-8222-222222222222",
  machineName: "kiel-12",
  isSpeaking: true,
  isContested: false,
  sharedSince: null,
  platform: "linux/x64",
  version: "0.1.0",
  systemUuid: null,
  systemSerial: null,
  providerId: null,
  osMachineId: null,
  joinTokenId: "33333333-3333-4333-8333-333333333333",
  joinTokenName: "Rollout",
  isApprovalRequired: false,
  enrolledAt: new Date("2026-11-22T12:00:00Z"),
  approvedAt: null,
  revokedAt: null,
  intervalSeconds: 60,
  lastReceivedAt: new Date("2026-11-22T13:09:50Z"),
  lastObservedAt: new Date("2026-11-22T13:09:49Z"),
  clockOffsetSeconds: 0.2,
  clockUnsureAt: null,
  report: REPORT,
  ignoredEntities: 0,
  ignoredReadings: 0,
  misdatedObservations: 0,
};

let page: Stage;
beforeEach(() => {
  page = stage();
});
afterEach(() => page.remove());

/** What a person reads, and the shape beside it. */
function read(figure: ReactNode): { text: string | null; shape: string | undefined } {
  page.draw(figure);
  return {
    text: page.root.textContent,
    shape: page.root.querySelector<SVGElement>("[data-shape]")?.dataset.shape,
  };
}
const agent = (change: Partial<AgentRow>): AgentRow => ({ ...AGENT, ...change });

describe("the spool of an agent", () => {
  test("that has not reported is unknown, never empty", () => {
    expect(read(<AgentSpool agent={agent({ report: null })} />)).toEqual({ text: "unknown", shape: "unknown" });
    expect(read(<AgentSpool agent={AGENT} />)).toEqual({ text: "nothing", shape: undefined });
  });

  test("says how much waits, and warns once something was given up or it cannot be written", () => {
    const waiting = { ...REPORT, spoolMoments: 14, spoolBytes: 3_460_301 };
    expect(read(<AgentSpool agent={agent({ report: waiting })} />)).toEqual({
      text: "14 moments · 3.3\u202fMiB",
      shape: undefined,
    });
    const lossy = { ...waiting, droppedMoments: 37 };
    expect(read(<AgentSpool agent={agent({ report: lossy })} />)).toEqual({
      text: "37 moments given up",
      shape: "warning",
    });
    const stuck = { ...lossy, spoolError: "ENOSPC" };
    expect(read(<AgentSpool agent={agent({ report: stuck })} />)).toEqual({ text: "cannot write", shape: "warning" });
  });
});

describe("the clock of an agent", () => {
  test.each([
    [null, "unknown", "unknown"],
    [1.9, "right", undefined],
    [-3, "3\u202fs ahead", undefined],
    [120, "2\u202fmin behind", undefined],
    [742, "12\u202fmin behind", "warning"],
    [-742, "12\u202fmin ahead", "warning"],
  ])("that is received minus sent = %s s reads %s", (clockOffsetSeconds, text, shape) => {
    expect(read(<AgentClock agent={agent({ clockOffsetSeconds })} />)).toEqual({ text, shape });
  });

  test("is told in full where there is room", () => {
    const { text } = read(<AgentClock agent={agent({ clockOffsetSeconds: 742 })} isExact />);
    expect(text).toBe("12\u202fmin 22\u202fs behind");
  });

  test("says for a week that some of its times are unsure, and then no more", () => {
    const unsure = (daysAgo: number) =>
      read(<AgentClock agent={agent({ clockUnsureAt: new Date(TEST_NOW_MS - daysAgo * 86_400_000) })} />);
    expect(unsure(6.9)).toEqual({ text: "some times unsure", shape: "warning" });
    expect(unsure(7.1)).toEqual({ text: "right", shape: undefined });
  });
});

test("what could not be used is one sum, and nothing is no warning", () => {
  expect(read(<AgentUnused agent={AGENT} />)).toEqual({ text: "nothing", shape: undefined });
  const some = agent({ ignoredEntities: 3, ignoredReadings: 42, misdatedObservations: 1 });
  expect(read(<AgentUnused agent={some} />)).toEqual({ text: "46", shape: "warning" });
});

test("an agent that waits or was replaced says so and not whether it is online", () => {
  expect(read(<AgentState agent={agent({ status: "waiting" })} />).text).toBe("Waits for approval");
  expect(read(<AgentState agent={agent({ isSpeaking: false })} />)).toEqual({ text: "Replaced", shape: "offline" });
  expect(read(<AgentState agent={agent({ connectivity: "offline" })} />).text).toBe("Offline");
  expect(read(<AgentState agent={agent({ status: "revoked", connectivity: "revoked" })} />).text).toBe("Revoked");
});
