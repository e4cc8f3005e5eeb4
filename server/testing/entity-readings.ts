import { absenceOf, type Block, createBlock, PRESENT } from "@/contract/codec/block";
import { createLayout } from "@/contract/codec/layout";
import { type EntityKind, metricsOf, toSteps } from "@/contract/metrics";
import type { UnknownReason } from "@/contract/unknown";

/** What an agent read of one entity; counters are increments over `spanSeconds`. */
export type EntityReadings = {
  kind: EntityKind;
  key: string;
  readings: Record<string, number>;
  unknown?: Record<string, UnknownReason>;
};

/** The readings of one moment, as an agent would have recorded them. */
export function blockAt(moment: number, entities: readonly EntityReadings[]): Block {
  const block = createBlock(createLayout(entities), [moment]);
  entities.forEach(({ kind, readings, unknown = {} }, slot) => {
    metricsOf(kind).forEach((metric, index) => {
      const cell = block.layout.columnOf(slot, index);
      const value = readings[metric.name];
      block.absence[cell] = value === undefined ? absenceOf(unknown[metric.name]?.code ?? "read_failed") : PRESENT;
      if (value !== undefined) block.values[cell] = toSteps(metric, value);
    });
  });
  return block;
}

/** A small machine in a minute: 4 processors, a quarter of their time used. */
export function machineReadings(change: Record<string, number> = {}): EntityReadings {
  return {
    kind: "machine",
    key: "machine",
    readings: {
      spanSeconds: 60,
      cpuUserSeconds: 36,
      cpuNiceSeconds: 0,
      cpuSystemSeconds: 24,
      cpuIdleSeconds: 174,
      cpuIowaitSeconds: 6,
      cpuIrqSeconds: 0,
      cpuSoftirqSeconds: 0,
      cpuStealSeconds: 0,
      load1: 1.25,
      load5: 1,
      load15: 0.75,
      memoryTotalBytes: 8 * 2 ** 30,
      memoryAvailableBytes: 6 * 2 ** 30,
      uptimeSeconds: 1000,
      ...change,
    },
    unknown: { energyJoules: { code: "not_offered", detail: "no powercap on this kernel" } },
  };
}

/** The first reading after a start: counters have nothing yet that they grew from. */
export function firstReadings(): EntityReadings {
  const { readings, unknown = {}, ...entity } = machineReadings();
  const counters = metricsOf("machine").filter(({ kind, name }) => kind === "counter" || name === "spanSeconds");
  const names = counters.map(({ name }) => name).filter((name) => !(name in unknown));
  return {
    ...entity,
    readings: Object.fromEntries(Object.entries(readings).filter(([name]) => !names.includes(name))),
    unknown: {
      ...unknown,
      ...Object.fromEntries(names.map((name) => [name, { code: "not_yet" as const, detail: "first reading" }])),
    },
  };
}

/** A filesystem that is so full; `df` counts used / (used + available). */
export function filesystemReadings(key: string, usedRatio: number): EntityReadings {
  const blocks = 200_000_000;
  const used = Math.round(usedRatio * blocks);
  const readings = { sizeBytes: 512 * blocks, usedBytes: 512 * used, availableBytes: 512 * (blocks - used) };
  return { kind: "filesystem", key, readings };
}
