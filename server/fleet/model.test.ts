import { describe, expect, test } from "vitest";
import type { MachineFacts } from "@/contract/telemetry";
import { type AttentionInput, attentionOf, rankAttention } from "./attention";
import { connectivityOf, factChanges, fillSeverity } from "./model";

const NOW = new Date("2026-06-01T12:00:00Z");
const silentFor = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);

describe("connectivity", () => {
  test.each([
    ["a batch just now", { isRevoked: false, lastReceivedAt: NOW, intervalSeconds: 60 }, "online"],
    [
      "exactly three intervals of silence",
      { isRevoked: false, lastReceivedAt: silentFor(180), intervalSeconds: 60 },
      "online",
    ],
    ["more than three intervals", { isRevoked: false, lastReceivedAt: silentFor(181), intervalSeconds: 60 }, "offline"],
    [
      "the agent's own long interval",
      { isRevoked: false, lastReceivedAt: silentFor(181), intervalSeconds: 3600 },
      "online",
    ],
    ["no batch yet", { isRevoked: false, lastReceivedAt: null, intervalSeconds: 60 }, "never"],
    ["a revoked agent", { isRevoked: true, lastReceivedAt: NOW, intervalSeconds: 60 }, "revoked"],
    ["no agent", null, "revoked"],
  ])("after %s", (_title, agent, expected) => {
    expect(connectivityOf(agent, NOW)).toBe(expected);
  });
});

test("how full is too full has one answer, and unknown is none of good, warning or critical", () => {
  expect([null, 0, 0.8499, 0.85, 0.9499, 0.95, 1].map(fillSeverity)).toEqual([
    "unknown",
    "good",
    "good",
    "warning",
    "warning",
    "critical",
    "critical",
  ]);
});

describe("changes of facts", () => {
  const facts = (change: MachineFacts): MachineFacts => ({
    kernelVersion: { value: "6.1" },
    bootId: { value: "a" },
    bootedAt: { value: "2026-01-01T00:00:00Z" },
    uptimeLooksLike: { value: 5 },
    ...change,
  });
  const unknown = { unknown: { code: "read_failed" as const, detail: "no" } };

  test("a new kernel is one change with before and after", () => {
    expect(factChanges(facts({}), facts({ kernelVersion: { value: "6.2" } }))).toEqual([
      { kind: "kernelVersion", before: "6.1", after: "6.2" },
    ]);
  });
  test("a new boot id is one reboot, told by when it was", () => {
    const after = facts({ bootId: { value: "b" }, bootedAt: { value: "2026-05-01T00:00:00Z" } });
    expect(factChanges(facts({}), after)).toEqual([{ kind: "reboot", before: null, after: "2026-05-01T00:00:00Z" }]);
  });
  test("to become known, to become unknown, the same again, or a fact that nobody tracks, is no change", () => {
    expect(factChanges({}, facts({}))).toEqual([]);
    expect(factChanges(facts({}), {})).toEqual([]);
    expect(factChanges(facts({ kernelVersion: unknown }), facts({}))).toEqual([]);
    expect(factChanges(facts({}), facts({ kernelVersion: unknown }))).toEqual([]);
    expect(factChanges(facts({}), facts({}))).toEqual([]);
    expect(factChanges(facts({}), facts({ uptimeLooksLike: { value: 6 } }))).toEqual([]);
  });
});

describe("what needs a person", () => {
  const healthy: AttentionInput = {
    machineId: "11111111-1111-4111-8111-111111111111",
    name: "edge",
    siteName: "Harbour",
    isSimulated: false,
    connectivity: "online",
    agentId: "22222222-2222-4222-8222-222222222222",
    lastReceivedAt: silentFor(10),
    enrolledAt: silentFor(10_000),
    intervalSeconds: 60,
    isContested: false,
    isInOutage: false,
    sharedSince: null,
    filesystemUsedRatioMax: 0.5,
    filesystemFullestKey: "/",
    memoryTotalBytes: 100,
    memoryUsedBytes: 50,
    clockOffsetSeconds: 0,
    clockUnsureAt: null,
    droppedMoments: 0,
    spoolError: null,
  };
  const broken: Partial<AttentionInput> = {
    filesystemUsedRatioMax: 0.99,
    memoryUsedBytes: 99,
    clockOffsetSeconds: 4000,
    droppedMoments: 3,
    spoolError: "disk full",
  };
  const kinds = (change: Partial<AttentionInput>) =>
    attentionOf({ ...healthy, ...change }, NOW).map((line) => `${line.kind} ${line.severity}`);

  test("a healthy machine needs nobody", () => expect(kinds({})).toEqual([]));

  test.each<[string, Partial<AttentionInput>, string[]]>([
    ["a filesystem that is filling", { filesystemUsedRatioMax: 0.85 }, ["filesystem warning"]],
    ["a full filesystem", { filesystemUsedRatioMax: 0.95 }, ["filesystem critical"]],
    ["full memory", { memoryUsedBytes: 95 }, ["memory warning"]],
    ["a clock ahead", { clockOffsetSeconds: -121 }, ["clock warning"]],
    ["a clock within two minutes", { clockOffsetSeconds: 120 }, []],
    ["dropped moments", { droppedMoments: 1 }, ["spool warning"]],
    ["a spool that cannot be written", { spoolError: "read-only" }, ["spool warning"]],
    ["a collision", { isContested: true }, ["collision critical"]],
    ["a key that two use", { sharedSince: silentFor(60) }, ["shared critical"]],
    ["data of a clock that was never compared", { clockUnsureAt: silentFor(6 * 86_400) }, ["clockUnsure warning"]],
    ["such data of more than a week ago", { clockUnsureAt: silentFor(8 * 86_400) }, []],
    ["figures that are unknown", { filesystemUsedRatioMax: null, memoryUsedBytes: null, clockOffsetSeconds: null }, []],
  ])("%s is one line", (_title, change, expected) => {
    expect(kinds(change)).toEqual(expected);
  });

  test("a silent machine raises only that: its figures are of the past", () => {
    expect(kinds({ ...broken, connectivity: "offline" })).toEqual(["offline critical"]);
  });
  test("a machine that never reported is worth a line after five minutes, not before", () => {
    const never = { ...broken, connectivity: "never", lastReceivedAt: null } as const;
    expect(kinds({ ...never, enrolledAt: silentFor(300) })).toEqual([]);
    expect(kinds({ ...never, enrolledAt: silentFor(301) })).toEqual(["never warning"]);
  });
  test("a machine whose agent was revoked raises nothing, also no collision: that was decided", () => {
    expect(kinds({ ...broken, connectivity: "revoked", isContested: true })).toEqual([]);
  });
  test("critical comes first, then what has lasted longest, then by name; unknown since comes last", () => {
    const [line] = attentionOf({ ...healthy, droppedMoments: 1 }, NOW);
    if (!line) throw new Error("no line");
    const lines = [
      { ...line, name: "d", since: null },
      { ...line, name: "c", since: silentFor(10) },
      { ...line, name: "b", since: silentFor(100) },
      { ...line, name: "a", severity: "critical" as const },
      { ...line, name: "aa", since: null },
    ];
    expect(rankAttention(lines).map((row) => row.name)).toEqual(["a", "b", "c", "aa", "d"]);
  });
});
