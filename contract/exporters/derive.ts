import type { EntityKind } from "@/contract/metrics";

/** Sets a reading that nobody gave from others that are there. */
function fill(gauges: Map<string, number>, name: string, value: number | undefined): void {
  if (!gauges.has(name) && value !== undefined && Number.isFinite(value)) gauges.set(name, value);
}

const minus = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a - b;

/** Readings that senders give in parts: used = size − free, uptime = now − start. */
export function deriveGauges(kind: EntityKind, gauges: Map<string, number>, moment: number): void {
  const get = (name: string) => gauges.get(name);
  if (kind === "machine") {
    fill(gauges, "uptimeSeconds", minus(moment, get("$bootedAt")));
    fill(gauges, "memoryTotalBytes", get("$memoryBytes"));
    fill(gauges, "memoryAvailableBytes", minus(get("memoryTotalBytes"), get("$workingSetBytes")));
  }
  if (kind === "filesystem") {
    fill(gauges, "sizeBytes", get("$partsBytes"));
    fill(gauges, "usedBytes", minus(get("sizeBytes"), get("$freeBytes")));
    fill(gauges, "availableBytes", minus(get("sizeBytes"), get("usedBytes")));
    // btrfs and vfat have no fixed number of inodes and say 0.
    if (get("inodesTotal") === 0) {
      gauges.delete("inodesTotal");
      gauges.delete("inodesFree");
    }
  }
  if (kind === "pool") fill(gauges, "availableBytes", minus(get("rawBytes"), get("usedBytes")));
  if (kind === "probe") {
    const connections = get("$connections");
    fill(gauges, "isUp", connections === undefined ? undefined : Number(connections > 0));
  }
  if (kind === "interface") {
    const speed = get("$speedBytes");
    // −125,000 stands for "not known" and 0 for "no link".
    if (speed !== undefined && speed > 0) fill(gauges, "speedBitsPerSecond", 8 * speed);
  }
}

/** Ranges at which RAPL counters begin again, in joules (2^32 units of 2^-16 J, 2^-14.9 J, 15.3 µJ). */
export const RAPL_RANGES = [65_532.610987, 65_712.999613, 262_143.32885];

/** In this order the machine's energy is taken; each holds those behind it, so they are never added up. */
export const ENERGY_SOURCES = ["$energyHost", "$energyPlatform", "$energyPsys", "$energyPackage"];
const CPU_STEPS_PER_SECOND = 100;

/** Growths that senders give in parts, in whole steps. */
export function deriveIncrements(
  kind: EntityKind,
  gauges: ReadonlyMap<string, number>,
  increments: Map<string, number | null>,
  spanSeconds: number | null,
): void {
  if (kind !== "machine") return;
  const energy = ENERGY_SOURCES.find((source) => increments.has(source));
  if (energy) increments.set("energyJoules", increments.get(energy) ?? null);
  const cores = gauges.get("$cores");
  const user = increments.get("cpuUserSeconds");
  const system = increments.get("cpuSystemSeconds");
  if (cores === undefined || increments.has("cpuIdleSeconds") || user === undefined || system === undefined) return;
  const hasAll = user !== null && system !== null && spanSeconds !== null;
  increments.set(
    "cpuIdleSeconds",
    hasAll ? Math.max(0, Math.round(cores * spanSeconds * CPU_STEPS_PER_SECOND) - user - system) : null,
  );
}
