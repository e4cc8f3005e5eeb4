import { describe, expect, test } from "vitest";
import { ENTITY_KINDS, fromSteps, isEntityKind, METRIC_SETS, metricIndex, metricsOf, toSteps } from "./metrics";

/**
 * The order as it was published. Stored readings are found by position: an entry may be added at the end of a set,
 * and nothing else may ever change here.
 */
const PUBLISHED: Record<string, string[]> = {
  machine: [
    "spanSeconds gauge 1",
    "cpuUserSeconds counter 0.01",
    "cpuNiceSeconds counter 0.01",
    "cpuSystemSeconds counter 0.01",
    "cpuIdleSeconds counter 0.01",
    "cpuIowaitSeconds counter 0.01",
    "cpuIrqSeconds counter 0.01",
    "cpuSoftirqSeconds counter 0.01",
    "cpuStealSeconds counter 0.01",
    "load1 gauge 0.01",
    "load5 gauge 0.01",
    "load15 gauge 0.01",
    "memoryTotalBytes gauge 1024",
    "memoryAvailableBytes gauge 1024",
    "memoryFreeBytes gauge 1024",
    "memoryCachedBytes gauge 1024",
    "swapTotalBytes gauge 1024",
    "swapFreeBytes gauge 1024",
    "uptimeSeconds gauge 1",
    "energyJoules counter 0.1",
    "cpuUsedCores gauge 0.001",
  ],
  filesystem: [
    "sizeBytes gauge 512",
    "usedBytes gauge 512",
    "availableBytes gauge 512",
    "inodesTotal gauge 1",
    "inodesFree gauge 1",
  ],
  disk: [
    "spanSeconds gauge 1",
    "sizeBytes gauge 512",
    "readBytes counter 512",
    "writtenBytes counter 512",
    "readOperations counter 1",
    "writeOperations counter 1",
    "busySeconds counter 0.001",
  ],
  interface: [
    "spanSeconds gauge 1",
    "receivedBytes counter 1",
    "transmittedBytes counter 1",
    "receivedErrors counter 1",
    "transmittedErrors counter 1",
    "receivedDrops counter 1",
    "transmittedDrops counter 1",
    "linkUp gauge 1",
    "speedBitsPerSecond gauge 1000000",
  ],
  sensor: ["temperatureCelsius gauge 0.1", "criticalCelsius gauge 0.1"],
  energyZone: ["spanSeconds gauge 1", "energyJoules counter 0.1"],
  volume: [
    "spanSeconds gauge 1",
    "sizeBytes gauge 512",
    "usedBytes gauge 512",
    "availableBytes gauge 512",
    "inodesTotal gauge 1",
    "inodesFree gauge 1",
    "readBytes counter 512",
    "writtenBytes counter 512",
    "readOperations counter 1",
    "writeOperations counter 1",
    "readSeconds counter 0.001",
    "writeSeconds counter 0.001",
  ],
  pool: [
    "rawBytes gauge 1024",
    "reservedBytes gauge 1024",
    "provisionedBytes gauge 1024",
    "usedBytes gauge 1024",
    "availableBytes gauge 1024",
  ],
  cluster: [
    "nodesTotal gauge 1",
    "nodesReady gauge 1",
    "podsTotal gauge 1",
    "podsRunning gauge 1",
    "podsPending gauge 1",
    "podsFailed gauge 1",
    "cpuAllocatableCores gauge 0.001",
    "cpuRequestedCores gauge 0.001",
    "memoryAllocatableBytes gauge 1024",
    "memoryRequestedBytes gauge 1024",
    "apiLatencySeconds gauge 0.001",
    "cpuUsedCores gauge 0.001",
    "memoryUsedBytes gauge 1024",
  ],
  application: [
    "spanSeconds gauge 1",
    "replicasWanted gauge 1",
    "replicasReady gauge 1",
    "cpuRequestedCores gauge 0.001",
    "memoryRequestedBytes gauge 1024",
    "cpuUsedSeconds counter 0.01",
    "memoryUsedBytes gauge 1024",
    "restarts counter 1",
    "cpuUsedCores gauge 0.001",
  ],
  probe: ["isUp gauge 1", "latencySeconds gauge 0.0001"],
  link: [
    "spanSeconds gauge 1",
    "liveBytes counter 1",
    "backlogBytes counter 1",
    "reportBytes counter 1",
    "controlBytes counter 1",
    "framingSentBytes counter 1",
    "framingReceivedBytes counter 1",
    "controlReceivedBytes counter 1",
    "connects counter 1",
    "refusals counter 1",
    "roundTripSeconds gauge 0.001",
    "spoolBytes gauge 1",
    "spoolMoments gauge 1",
    "thinnedMoments counter 1",
    "droppedMoments counter 1",
    "samples counter 1",
  ],
  series: ["value double 1"],
};

describe("the metric sets", () => {
  test("are those that were published, in that order", () => {
    const sets = Object.entries(METRIC_SETS).map(([kind, set]) => [
      kind,
      set.map((m) => `${m.name} ${m.kind} ${m.step}`),
    ]);
    expect(Object.fromEntries(sets)).toEqual(PUBLISHED);
  });

  test("no set names a reading twice", () => {
    for (const set of Object.values(METRIC_SETS)) {
      const names = set.map(({ name }) => name as string);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

describe("steps", () => {
  test("a value of whole steps comes back as the very same number", () => {
    for (const kind of ENTITY_KINDS) {
      for (const metric of metricsOf(kind)) {
        for (const steps of [0, 1, 3, 7, 29, 1_000_003]) {
          expect(toSteps(metric, fromSteps(metric, steps)), `${kind}.${metric.name}`).toBe(steps);
        }
      }
    }
    expect(fromSteps({ name: "a", kind: "gauge", step: 0.1 }, 3)).toBe(0.3);
  });

  test("every kind with a counter says what time its growth covers, in its first reading", () => {
    for (const kind of ENTITY_KINDS) {
      const names = metricsOf(kind).map(({ name }) => name);
      expect(names[0] === "spanSeconds", kind).toBe(metricsOf(kind).some((metric) => metric.kind === "counter"));
    }
  });

  test("a name that the set does not have is an error and not a position", () => {
    expect(metricIndex("machine", "load1")).toBe(9);
    expect(() => metricIndex("machine", "noSuchReading" as "load1")).toThrow(RangeError);
  });

  test("no name of the object's prototype is taken for a kind", () => {
    expect(isEntityKind("disk")).toBe(true);
    expect(["constructor", "__proto__", "tapeRobot"].some(isEntityKind)).toBe(false);
  });
});
