import { describe, expect, test } from "vitest";
import type { Readings } from "@/contract/metrics";
import {
  clockCorrectionSeconds,
  counterRate,
  cpuUsedRatio,
  filesystemUsedRatio,
  isPlaceable,
  memoryUsedBytes,
} from "./model";

const T0 = new Date("2026-06-01T12:00:00Z");
const after = (seconds: number) => new Date(T0.getTime() + seconds * 1000);
const pair = (earlier: Readings<"machine"> | null, latest: Readings<"machine">, seconds = 60) => ({
  latest,
  observedAt: after(seconds),
  earlier,
  earlierObservedAt: earlier ? T0 : null,
});
const codeOf = (known: { value: number } | { unknown: { code: string } }) =>
  "value" in known ? known.value : known.unknown.code;

describe("a rate", () => {
  test("is the growth per second", () => {
    expect(codeOf(counterRate(pair({ energyJoules: 100 }, { energyJoules: 700 }), "energyJoules"))).toBe(10);
  });
  test.each([
    ["the first reading ever", null, { energyJoules: 5 }, 60, "not_yet"],
    ["a counter that began again", { energyJoules: 100 }, { energyJoules: 5 }, 60, "not_yet"],
    ["two readings at one moment", { energyJoules: 1 }, { energyJoules: 5 }, 0, "not_yet"],
    ["time that went back", { energyJoules: 1 }, { energyJoules: 5 }, -60, "not_yet"],
    ["no reading", { energyJoules: 1 }, {}, 60, "read_failed"],
  ])("of %s is unknown and not zero", (_title, earlier, latest, seconds, code) => {
    expect(codeOf(counterRate(pair(earlier, latest, seconds), "energyJoules"))).toBe(code);
  });
});

describe("CPU use", () => {
  const cpu = (user: number, idle: number, iowait = 0): Readings<"machine"> => ({
    cpuUserSeconds: user,
    cpuNiceSeconds: 0,
    cpuSystemSeconds: 0,
    cpuIdleSeconds: idle,
    cpuIowaitSeconds: iowait,
    cpuIrqSeconds: 0,
    cpuSoftirqSeconds: 0,
    cpuStealSeconds: 0,
  });
  test("is the part of the time that was neither idle nor waiting for a disk", () => {
    expect(codeOf(cpuUsedRatio(pair(cpu(0, 0), cpu(60, 160, 20))))).toBeCloseTo(0.25, 12);
    expect(codeOf(cpuUsedRatio(pair(cpu(0, 0), cpu(0, 240))))).toBe(0);
    expect(codeOf(cpuUsedRatio(pair(cpu(0, 0), cpu(240, 0))))).toBe(1);
  });
  test("is unknown before the second reading, after a reset, with a mode missing, and when no time passed", () => {
    expect(codeOf(cpuUsedRatio(pair(null, cpu(1, 1))))).toBe("not_yet");
    expect(codeOf(cpuUsedRatio(pair(cpu(9, 9), cpu(1, 10))))).toBe("not_yet");
    expect(codeOf(cpuUsedRatio(pair(cpu(1, 1), cpu(1, 1))))).toBe("not_yet");
    const { cpuStealSeconds: _, ...partial } = cpu(2, 2);
    expect(codeOf(cpuUsedRatio(pair(cpu(1, 1), partial)))).toBe("read_failed");
  });
});

test("memory in use is total minus available, unknown without either", () => {
  expect(memoryUsedBytes({ memoryTotalBytes: 8, memoryAvailableBytes: 6 })).toBe(2);
  expect(memoryUsedBytes({ memoryTotalBytes: 8, memoryAvailableBytes: 9 })).toBe(0);
  expect(memoryUsedBytes({ memoryTotalBytes: 8 })).toBeNull();
  expect(memoryUsedBytes({ memoryAvailableBytes: 8 })).toBeNull();
});

test("a filesystem is as full as df says: blocks reserved for root are not there", () => {
  expect(filesystemUsedRatio({ sizeBytes: 100, usedBytes: 45, availableBytes: 45 })).toBe(0.5);
  expect(filesystemUsedRatio({ sizeBytes: 100, usedBytes: 45 })).toBeNull();
  expect(filesystemUsedRatio({ sizeBytes: 0, usedBytes: 0, availableBytes: 0 })).toBeNull();
});

test.each([
  [120, 0],
  [-120, 0],
  [120.6, 121],
  [-121, -121],
  [31_536_000, 31_536_000],
])("a clock that is %d s behind is corrected by %d s", (offset, correction) => {
  expect(clockCorrectionSeconds(T0, after(offset))).toBe(correction);
});

test.each([
  [-300, true],
  [-301, false],
  [35 * 86_400 - 1, true],
  [35 * 86_400, false],
])("an observation %d s old can be placed: %s", (ageSeconds, isPossible) => {
  expect(isPlaceable(T0, after(ageSeconds))).toBe(isPossible);
});
