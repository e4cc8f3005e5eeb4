import type { EntitySample, MachineFacts, Observation, PushBatch } from "@/contract/telemetry";

/** The readings of a small machine, `seconds` after it was started: 4 processors, a quarter of their time used. */
export function machineSample(seconds: number, change: Record<string, number> = {}): EntitySample {
  return {
    kind: "machine",
    key: "machine",
    readings: {
      cpuUserSeconds: seconds * 0.6,
      cpuNiceSeconds: 0,
      cpuSystemSeconds: seconds * 0.4,
      cpuIdleSeconds: seconds * 2.9,
      cpuIowaitSeconds: seconds * 0.1,
      cpuIrqSeconds: 0,
      cpuSoftirqSeconds: 0,
      cpuStealSeconds: 0,
      load1: 1.25,
      load5: 1,
      load15: 0.75,
      memoryTotalBytes: 8e9,
      memoryAvailableBytes: 6e9,
      uptimeSeconds: seconds,
      ...change,
    },
    unknown: { energyJoules: { code: "not_offered", detail: "no powercap on this kernel" } },
  };
}

/** A filesystem that is so full; `df` counts used / (used + available). */
export function filesystemSample(key: string, usedRatio: number): EntitySample {
  const sizeBytes = 100e9;
  return {
    kind: "filesystem",
    key,
    readings: { sizeBytes, usedBytes: usedRatio * sizeBytes, availableBytes: (1 - usedRatio) * sizeBytes },
  };
}

/** Facts that the server tracks and shows. */
export function factsOf(change: Record<string, MachineFacts[string]> = {}): MachineFacts {
  return {
    hostname: { value: "edge-1" },
    operatingSystem: { value: "Debian GNU/Linux 13" },
    kernelVersion: { value: "6.12.1" },
    bootId: { value: "boot-1" },
    bootedAt: { value: "2026-01-01T00:00:00Z" },
    coresLogical: { value: 4 },
    systemSerial: { unknown: { code: "not_permitted", detail: "only root may read it" } },
    ...change,
  };
}

/** A batch with one observation of now, and whatever is given instead. */
export function batchOf(
  name: { epoch?: number; sequence: number },
  change: Partial<PushBatch> & { at?: Date; entities?: EntitySample[] } = {},
): PushBatch {
  const { at = new Date(), entities, ...rest } = change;
  const observation: Observation = {
    observedAt: at.toISOString(),
    entities: entities ?? [machineSample(1000 + 60 * name.sequence)],
  };
  return {
    wireVersion: 1,
    epoch: name.epoch ?? 1,
    sequence: name.sequence,
    sentAt: new Date().toISOString(),
    intervalSeconds: 60,
    agent: {
      version: "0.1.0",
      startedAt: "2026-01-01T00:00:00Z",
      spoolBatches: 0,
      spoolBytes: 0,
      droppedBatches: 0,
    },
    observations: [observation],
    ...rest,
  };
}
