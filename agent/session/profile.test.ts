import { describe, expect, test } from "vitest";
import type { LinkProfile } from "@/contract/link-profiles";
import type { AgentSettings, LinkBudget } from "@/contract/session";
import { bytesPerDay, ProfileChooser, paceOf } from "./profile";
import { retrySeconds } from "./retry";

const settings = (profile: AgentSettings["profile"], budget: LinkBudget | null): AgentSettings => ({
  intervalSeconds: 60,
  batchSeconds: 60,
  profile,
  budget,
});

describe("a profile", () => {
  test("full records everything as often as the server asks for", () => {
    expect(paceOf("full", settings("full", null))).toEqual({ intervalSeconds: 60, batchSeconds: 60, kinds: null });
  });

  test("lean records the machine or cluster, filesystems and the link each minute, and sends every five", () => {
    const { intervalSeconds, batchSeconds, kinds } = paceOf("lean", { ...settings("lean", null), intervalSeconds: 15 });
    expect({ intervalSeconds, batchSeconds }).toEqual({ intervalSeconds: 60, batchSeconds: 300 });
    expect([...(kinds ?? [])].sort()).toEqual(["cluster", "filesystem", "link", "machine"]);
  });

  test("heartbeat speaks every quarter of an hour", () => {
    expect(paceOf("heartbeat", settings("heartbeat", null)).intervalSeconds).toBe(900);
  });
});

describe("a budget", () => {
  test("is the smaller of bytes a day and bits a second", () => {
    expect(bytesPerDay({ bytesPerDay: 1_000_000, bitsPerSecond: 8 })).toBe(86_400);
    expect(bytesPerDay({ bytesPerDay: 1_000 })).toBe(1_000);
    expect(bytesPerDay({})).toBeNull();
    expect(bytesPerDay(null)).toBeNull();
  });

  /** Bytes that each profile costs a day. */
  const COSTS: Record<LinkProfile, number> = { full: 400_000, lean: 120_000, heartbeat: 15_000 };

  /** A week under a budget. @returns bytes of each day, and how often the profile changed */
  function live(budget: LinkBudget | null): { days: number[]; changes: number; last: LinkProfile } {
    const chooser = new ProfileChooser();
    const days: number[] = [];
    let total = 0;
    let changes = 0;
    for (let second = 0; second < 7 * 86_400; second += 60) {
      if (second % 86_400 === 0) days.push(0);
      const bytes = COSTS[chooser.profile] / 1440;
      total += bytes;
      days[days.length - 1] = (days.at(-1) ?? 0) + bytes;
      if (chooser.look(settings("auto", budget), 1000 * second, total)) changes += 1;
    }
    return { days, changes, last: chooser.profile };
  }

  test("that is not set leaves the richest profile alone", () => {
    expect(live(null)).toMatchObject({ changes: 0, last: "full" });
  });

  test.each([500_000, 300_000, 130_000, 60_000, 20_000])("of %d bytes a day is kept on every day", (limit) => {
    for (const bytes of live({ bytesPerDay: limit }).days) expect(bytes).toBeLessThanOrEqual(limit);
  });

  test.each([
    [500_000, "full"],
    [150_000, "lean"],
    [30_000, "heartbeat"],
  ] as const)("of %d bytes a day settles on %s and does not swing", (limit, profile) => {
    expect(live({ bytesPerDay: limit })).toMatchObject({ last: profile });
    expect(live({ bytesPerDay: limit }).changes).toBeLessThanOrEqual(4);
  });

  test("gives way to the profile that the server names", () => {
    const chooser = new ProfileChooser();
    expect(chooser.look(settings("heartbeat", { bytesPerDay: 10 }), 0, 0)).toBe(true);
    expect(chooser.profile).toBe("heartbeat");
  });
});

test("attempts are spread evenly between nought and a ceiling that doubles from one second to five minutes", () => {
  expect([1, 2, 9, 10, 1000].map((failures) => retrySeconds(failures, () => 1))).toEqual([1, 2, 256, 300, 300]);
  expect(retrySeconds(50, () => 0)).toBe(0);
});
