import { describe, expect, test } from "vitest";
import type { Readings } from "@/contract/metrics";
import { counterRate, cpuUsedRatio, filesystemUsedRatio, memoryUsedBytes } from "./model";

const codeOf = (known: { value: number } | { unknown: { code: string } }) =>
  "value" in known ? known.value : known.unknown.code;

describe("a rate", () => {
  test("is the growth per second of the time that the reading covers", () => {
    expect(codeOf(counterRate<"machine">({ spanSeconds: 60, energyJoules: 600 }, "energyJoules"))).toBe(10);
    expect(codeOf(counterRate<"machine">({ spanSeconds: 60, energyJoules: 0 }, "energyJoules"))).toBe(0);
  });
  test.each([
    ["the first reading ever", { energyJoules: 5 }, "not_yet"],
    ["no time", { spanSeconds: 0, energyJoules: 5 }, "not_yet"],
    ["no reading", { spanSeconds: 60 }, "read_failed"],
  ])("of %s is unknown and not zero", (_title, readings, code) => {
    expect(codeOf(counterRate<"machine">(readings, "energyJoules"))).toBe(code);
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
    expect(codeOf(cpuUsedRatio(cpu(60, 160, 20)))).toBeCloseTo(0.25, 12);
    expect(codeOf(cpuUsedRatio(cpu(0, 240)))).toBe(0);
    expect(codeOf(cpuUsedRatio(cpu(240, 0)))).toBe(1);
  });
  test("is of what was told where small parts are missing, as of cAdvisor and OpenTelemetry", () => {
    const told = { cpuUserSeconds: 30, cpuSystemSeconds: 30, cpuIdleSeconds: 180 };
    expect(codeOf(cpuUsedRatio(told))).toBe(0.25);
    expect(codeOf(cpuUsedRatio({ ...told, cpuStealSeconds: 60 }))).toBe(0.4);
  });
  test.each(["cpuUserSeconds", "cpuSystemSeconds", "cpuIdleSeconds"] as const)("is unknown without %s", (name) => {
    const { [name]: _, ...partial } = cpu(2, 2);
    expect(cpuUsedRatio(partial)).toEqual({ unknown: { code: "read_failed", detail: `no reading of ${name}` } });
  });
  test("is unknown when no time passed", () => {
    expect(codeOf(cpuUsedRatio(cpu(0, 0)))).toBe("not_yet");
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
