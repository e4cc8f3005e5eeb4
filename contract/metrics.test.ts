import { describe, expect, test } from "vitest";
import { METRIC_SETS, metricIndex, packReadings, unpackReadings } from "./metrics";

/**
 * The order as it was published. Stored readings are found by position: an entry may be added at the end of a set,
 * and nothing else may ever change here.
 */
const PUBLISHED = {
  machine: [
    "cpuUserSeconds counter",
    "cpuNiceSeconds counter",
    "cpuSystemSeconds counter",
    "cpuIdleSeconds counter",
    "cpuIowaitSeconds counter",
    "cpuIrqSeconds counter",
    "cpuSoftirqSeconds counter",
    "cpuStealSeconds counter",
    "load1 gauge",
    "load5 gauge",
    "load15 gauge",
    "memoryTotalBytes gauge",
    "memoryAvailableBytes gauge",
    "memoryFreeBytes gauge",
    "memoryCachedBytes gauge",
    "swapTotalBytes gauge",
    "swapFreeBytes gauge",
    "uptimeSeconds gauge",
    "energyJoules counter",
  ],
  filesystem: ["sizeBytes gauge", "usedBytes gauge", "availableBytes gauge", "inodesTotal gauge", "inodesFree gauge"],
  disk: [
    "sizeBytes gauge",
    "readBytes counter",
    "writtenBytes counter",
    "readOperations counter",
    "writeOperations counter",
    "busySeconds counter",
  ],
  interface: [
    "receivedBytes counter",
    "transmittedBytes counter",
    "receivedErrors counter",
    "transmittedErrors counter",
    "receivedDrops counter",
    "transmittedDrops counter",
    "linkUp gauge",
    "speedBitsPerSecond gauge",
  ],
  sensor: ["temperatureCelsius gauge", "criticalCelsius gauge"],
  energyZone: ["energyJoules counter"],
};

describe("the metric sets", () => {
  test("are those that were published, in that order", () => {
    const sets = Object.entries(METRIC_SETS).map(([kind, set]) => [kind, set.map((m) => `${m.name} ${m.kind}`)]);
    expect(Object.fromEntries(sets)).toEqual(PUBLISHED);
  });

  test("no set names a reading twice", () => {
    for (const set of Object.values(METRIC_SETS)) {
      const names = set.map(({ name }) => name as string);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

describe("packing", () => {
  test("keeps nought and missing apart, and drops what the set does not know", () => {
    const packed = packReadings("filesystem", { sizeBytes: 10, usedBytes: 0, futureReading: 5 });
    expect(packed).toEqual([10, 0, null, null, null]);
    expect(unpackReadings("filesystem", packed)).toEqual({ sizeBytes: 10, usedBytes: 0 });
  });

  test("takes no name of the object's prototype for a reading", () => {
    expect(packReadings("sensor", JSON.parse('{"constructor":1,"__proto__":2}'))).toEqual([null, null]);
  });

  test("readings of a longer, newer set are read as far as they are known", () => {
    expect(unpackReadings("sensor", [20, 90, 7])).toEqual({ temperatureCelsius: 20, criticalCelsius: 90 });
    expect(unpackReadings("sensor", [20])).toEqual({ temperatureCelsius: 20 });
  });

  test("a name that the set does not have is an error and not a position", () => {
    expect(metricIndex("machine", "load1")).toBe(8);
    expect(() => metricIndex("machine", "noSuchReading" as "load1")).toThrow(RangeError);
  });
});
