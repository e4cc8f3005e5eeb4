import { platform } from "node:os";
import { type EntityKind, METRIC_SETS } from "@/contract/metrics";
import type { EntityDescription, MachineFacts } from "@/contract/telemetry";
import type { UnknownReason } from "@/contract/unknown";
import { collectCpu } from "./collectors/cpu";
import { collectDisks } from "./collectors/disks";
import { chooseEnergySource, collectEnergy, type EnergyZone } from "./collectors/energy";
import { FilesystemCollector } from "./collectors/filesystems";
import { collectInterfaces } from "./collectors/interfaces";
import { collectLoad } from "./collectors/load";
import { collectMemory } from "./collectors/memory";
import { BootTime } from "./collectors/operating-system";
import { collectPortable } from "./collectors/portable";
import { collectTemperatures } from "./collectors/temperatures";
import type { EntityReading, EntitySample, ReadingPart } from "./entity-reading";
import { findText, type HostRoots, type Known, unknown } from "./host-roots";
import { readMachineFacts } from "./machine-facts";
import type { Moment, Settled, Settler } from "./settle";

/** Key of the one entity of kind machine. */
const MACHINE_KEY = "machine";
const MICROJOULES_PER_JOULE = 1_000_000;
/** What one observation may hold on the wire. */
const ENTITIES_MAX = 2000;

export type MachineReading = { samples: EntitySample[]; descriptions: EntityDescription[] };

/** Reads this machine: all entities with settled counters, and its facts. */
export class MachineReader {
  readonly #roots: HostRoots;
  readonly #settler: Settler;
  readonly #filesystems: FilesystemCollector;
  readonly #bootTime = new BootTime();
  readonly #onFailure: (collector: string, error: unknown) => void;
  #wrapSeconds: number | null = null;

  constructor(
    roots: HostRoots,
    settler: Settler,
    onFailure: (collector: string, error: unknown) => void,
    filesystems = new FilesystemCollector(),
  ) {
    this.#roots = roots;
    this.#settler = settler;
    this.#onFailure = onFailure;
    this.#filesystems = filesystems;
  }

  /** Questions to mounts that never came back. */
  get hungMountCount(): number {
    return this.#filesystems.hungCount;
  }

  /** Shortest time in which an energy counter could run over; null where there is none. */
  get energyWrapSeconds(): number | null {
    return this.#wrapSeconds;
  }

  readFacts(): Promise<MachineFacts> {
    return readMachineFacts(this.#roots, this.#bootTime);
  }

  /** One reading of everything. */
  async read(): Promise<MachineReading> {
    const isLinux = platform() === "linux";
    const [parts, zones, ...lists] = await Promise.all([
      isLinux ? this.#readParts() : [collectPortable()],
      isLinux ? this.#readZones() : unsupported(),
      ...(isLinux ? this.#readLists() : []),
    ]);
    this.#settler.begin(await readMoment(this.#roots));
    const entities = lists.flat().map((reading) => this.#sampleOf(reading));
    const { samples, machineJoules } = this.#settleEnergy(zones);
    const machine = this.#machineOf(parts, machineJoules);
    const described = [...orNone(zones).map((zone) => zone.reading), ...lists.flat()].slice(0, ENTITIES_MAX - 1);
    return {
      samples: [machine, ...samples, ...entities].slice(0, ENTITIES_MAX),
      descriptions: described.map(({ kind, key, attributes }) => ({ kind, key, attributes })),
    };
  }

  /** Reads only the energy counters, so that none runs over unseen between two observations. */
  async keepEnergy(): Promise<void> {
    const zones = await this.#readZones();
    this.#settler.begin(await readMoment(this.#roots), false);
    this.#settleEnergy(zones);
  }

  #readZones(): Promise<Known<EnergyZone[]>> {
    return this.#guard<Known<EnergyZone[]>>("energy", () => collectEnergy(this.#roots), missing());
  }

  #readParts(): Promise<ReadingPart<"machine">[]> {
    const empty = { gauges: {}, counters: {} };
    return Promise.all([
      this.#guard("cpu", () => collectCpu(this.#roots), empty),
      this.#guard("load", () => collectLoad(this.#roots), empty),
      this.#guard("memory", () => collectMemory(this.#roots), empty),
    ]);
  }

  #readLists(): Promise<EntityReading[]>[] {
    return [
      this.#guard<EntityReading[]>("filesystems", () => this.#filesystems.collect(this.#roots), []),
      this.#guard<EntityReading[]>("disks", () => collectDisks(this.#roots), []),
      this.#guard<EntityReading[]>("interfaces", async () => orNone(await collectInterfaces(this.#roots)), []),
      this.#guard<EntityReading[]>("temperatures", () => collectTemperatures(this.#roots), []),
    ];
  }

  async #guard<T>(collector: string, read: () => Promise<T>, fallback: T): Promise<T> {
    try {
      return await read();
    } catch (error) {
      this.#onFailure(collector, error);
      return fallback;
    }
  }

  #sampleOf({ kind, key, gauges, counters }: EntityReading): EntitySample {
    const figures: Record<string, Known<number>> = { ...gauges };
    for (const [name, counter] of Object.entries(counters)) {
      figures[name] = this.#settler.settle(`${kind}/${key}/${name}`, counter);
    }
    return toSample(kind, key, figures);
  }

  /** The machine's energy is summed from growths, so that a zone which comes or goes makes no jump. */
  #settleEnergy(zones: Known<EnergyZone[]>): { samples: EntitySample[]; machineJoules: Known<number> } {
    const settled = new Map<string, Settled>();
    const wraps: number[] = [];
    for (const { reading } of orNone(zones)) {
      const counter = reading.counters.energyJoules ?? unknown("not_offered", "no energy counter");
      if ("value" in counter && counter.value.wrap) wraps.push(counter.value.wrap.secondsMin);
      settled.set(reading.key, this.#settler.settle(`${reading.kind}/${reading.key}/energyJoules`, counter));
    }
    this.#wrapSeconds = wraps.length > 0 ? Math.min(...wraps) : null;
    const chosen = chooseEnergySource(zones);
    const samples = [...settled].map(([key, energyJoules]) => toSample("energyZone", key, { energyJoules }));
    if ("unknown" in chosen) return { samples, machineJoules: chosen };
    const keys = chosen.value.zones.map((zone) => zone.reading.key);
    const parts = keys.map(
      (key) => settled.get(key) ?? { ...unknown("read_failed", `zone ${key} is gone`), grownRaw: 0n },
    );
    const source = `${chosen.value.source}: ${keys.join(" ")}`;
    const machineJoules = this.#settler.settleSum("machine/energyJoules", source, parts, MICROJOULES_PER_JOULE);
    return { samples, machineJoules };
  }

  #machineOf(parts: readonly ReadingPart<"machine">[], energyJoules: Known<number>): EntitySample {
    // The times of the processors say it, and more: a mean of them is for who has only that.
    const figures: Record<string, Known<number>> = {
      energyJoules,
      cpuUsedCores: unknown("not_supported", "told of nodes of a cluster only"),
    };
    for (const { gauges, counters } of parts) {
      Object.assign(figures, gauges);
      for (const [name, counter] of Object.entries(counters)) {
        figures[name] = this.#settler.settle(`machine/${MACHINE_KEY}/${name}`, counter);
      }
    }
    for (const { name } of METRIC_SETS.machine) if (name !== "spanSeconds") figures[name] ??= missing();
    return toSample("machine", MACHINE_KEY, figures);
  }
}

/** What cannot be listed has no entities; the facts tell why. */
const orNone = <T>(found: Known<T[]>): T[] => ("value" in found ? found.value : []);
const unsupported = () => unknown("not_supported", `no collector for this on ${platform()}`);
const missing = () => (platform() === "linux" ? unknown("read_failed", "the collector failed") : unsupported());

/** Boot and time since it; on other systems than Linux neither is told in a way that can be relied on. */
async function readMoment({ proc }: HostRoots): Promise<Moment> {
  const uptimeSeconds = Number.parseFloat((await findText(proc, "uptime")) ?? "");
  return {
    bootId: await findText(proc, "sys/kernel/random/boot_id"),
    uptimeSeconds: Number.isFinite(uptimeSeconds) ? uptimeSeconds : null,
  };
}

function toSample(kind: EntityKind, key: string, figures: Record<string, Known<number>>): EntitySample {
  const readings: Record<string, number> = {};
  const reasons: Record<string, UnknownReason> = {};
  for (const [name, figure] of Object.entries(figures)) {
    if ("unknown" in figure) reasons[name] = figure.unknown;
    else if (Number.isFinite(figure.value)) readings[name] = figure.value;
    else reasons[name] = { code: "implausible", detail: "not a number" };
  }
  return { kind, key, readings, ...(Object.keys(reasons).length > 0 ? { unknown: reasons } : {}) };
}
