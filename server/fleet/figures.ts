import type { UnknownReason } from "@/contract/unknown";
import { counterRate, cpuUsedRatio, filesystemUsedRatio, type Known, memoryUsedBytes } from "@/server/telemetry/model";
import { entitiesOfKind } from "./entity-states";
import type { EntityState } from "./model";

/** What lists, sorting and tiles read of a machine. Null = unknown, the reason under the same name in `unknown`. */
export type MachineFigures = {
  cpuUsedRatio: number | null;
  load1: number | null;
  memoryTotalBytes: number | null;
  memoryUsedBytes: number | null;
  filesystemUsedRatioMax: number | null;
  filesystemFullestKey: string | null;
  temperatureCelsiusMax: number | null;
  powerWatts: number | null;
  unknown: Record<string, UnknownReason>;
  readingsObservedAt: Date;
  readingsReceivedAt: Date;
};

/** The figures that follow from the newest readings of a machine's entities; null without readings of the machine. */
export function deriveFigures(states: readonly EntityState[]): MachineFigures | null {
  const [machine] = entitiesOfKind(states, "machine");
  if (!machine) return null;
  const unknown: Record<string, UnknownReason> = {};
  const take = (name: string, known: Known<number>, reading: string): number | null => {
    if ("value" in known) return known.value;
    unknown[name] = machine.unknown[reading] ?? known.unknown;
    return null;
  };
  const gauge = (value: number | null | undefined, reading: string): Known<number> =>
    value === null || value === undefined
      ? { unknown: { code: "read_failed", detail: `the agent sent no ${reading}` } }
      : { value };
  const { readings } = machine;
  // What was unmounted or unplugged keeps its last row; only what came with the newest readings counts as present.
  const isPresent = (state: { observedAt: Date }) => state.observedAt.getTime() === machine.observedAt.getTime();
  const fullest = entitiesOfKind(states, "filesystem")
    .filter(isPresent)
    .map((state) => ({ key: state.key, ratio: filesystemUsedRatio(state.readings) }))
    .filter((row): row is { key: string; ratio: number } => row.ratio !== null)
    .sort((a, b) => b.ratio - a.ratio)[0];
  if (!fullest) unknown.filesystemUsedRatioMax = { code: "read_failed", detail: "no filesystem could be read" };
  const temperatures = entitiesOfKind(states, "sensor")
    .filter(isPresent)
    .flatMap((state) => state.readings.temperatureCelsius ?? []);
  if (temperatures.length === 0) {
    unknown.temperatureCelsiusMax = machine.unknown.temperatureCelsius ?? {
      code: "not_offered",
      detail: "no temperature sensor on this kernel",
    };
  }
  return {
    cpuUsedRatio: take("cpuUsedRatio", cpuUsedRatio(readings), "cpuUserSeconds"),
    load1: take("load1", gauge(readings.load1, "load1"), "load1"),
    memoryTotalBytes: take(
      "memoryTotalBytes",
      gauge(readings.memoryTotalBytes, "memoryTotalBytes"),
      "memoryTotalBytes",
    ),
    memoryUsedBytes: take(
      "memoryUsedBytes",
      gauge(memoryUsedBytes(readings), "memoryAvailableBytes"),
      "memoryAvailableBytes",
    ),
    filesystemUsedRatioMax: fullest?.ratio ?? null,
    filesystemFullestKey: fullest?.key ?? null,
    temperatureCelsiusMax: temperatures.length > 0 ? Math.max(...temperatures) : null,
    powerWatts: take("powerWatts", counterRate<"machine">(readings, "energyJoules"), "energyJoules"),
    unknown,
    readingsObservedAt: machine.observedAt,
    readingsReceivedAt: machine.receivedAt,
  };
}
