import { join } from "node:path";
import { attributesOf, type EntityReading } from "@/agent/entity-reading";
import { findText, type HostRoots, type Known, known, listNames, readWhole, unknown } from "@/agent/host-roots";

const MICROJOULES_PER_JOULE = 1_000_000;
/**
 * More than any processor package takes for minutes on end (the largest x86 server parts are sold with 500 W): the
 * shortest time in which a zone could run over, and with it the longest span over which one wrap is certain.
 */
const PACKAGE_WATTS_MAX = 500;

/** A RAPL zone beside its reading, for the sum of the machine. */
export type EnergyZone = { reading: EntityReading<"energyZone">; name: string; isTop: boolean };

/** What makes up the machine's energy: the zones to add. Zones overlap, so not all are added. */
type EnergySource = { source: "psys" | "package" | "package+dram"; zones: EnergyZone[] };

/**
 * Chooses what counts as the machine: psys holds the whole platform where firmware offers it; else the packages and
 * the memory beside them. Core and uncore lie inside the package (kernel documentation, power/powercap).
 */
export function chooseEnergySource(found: Known<readonly EnergyZone[]>): Known<EnergySource> {
  if ("unknown" in found) return found;
  const zones = found.value;
  // The package that measures the platform is not always the first (kernel, intel_rapl_common.c: psys-1). Several at
  // once do not tell whether each holds the whole, so then the packages are taken.
  const platform = zones.filter((zone) => /^psys(-\d+)?$/.test(zone.name) && zone.isTop);
  if (platform.length === 1) return known({ source: "psys", zones: platform });
  const packages = zones.filter((zone) => zone.isTop && zone.name.startsWith("package-"));
  const memory = zones.filter((zone) => zone.name === "dram");
  if (packages.length === 0) {
    return unknown("not_offered", zones.length > 0 ? "RAPL has no package zone" : "powercap has no RAPL zone");
  }
  return known({ source: memory.length > 0 ? "package+dram" : "package", zones: [...packages, ...memory] });
}

/** All RAPL zones of the processor, each once, or why there are none. */
export async function collectEnergy({ sys }: HostRoots): Promise<Known<EnergyZone[]>> {
  const folder = join(sys, "class/powercap");
  const names = await listNames(folder, "powercap");
  if ("unknown" in names) {
    return names.unknown.code === "not_offered" ? unknown("not_offered", "no powercap on this kernel") : names;
  }
  const keys = names.value.filter((name) => /^intel-rapl(-mmio)?:\d+(:\d+)?$/.test(name));
  const zones = await Promise.all(keys.map(async (key) => ({ key, name: await findText(folder, key, "name") })));
  const named = zones.filter((zone): zone is { key: string; name: string } => zone.name !== null);
  // Container engines lay an empty folder over what the links of the class point to.
  if (keys.length > 0 && named.length === 0) return unknown("not_permitted", "powercap is hidden from this container");
  const packageCount = named.filter(({ key, name }) => !isMmio(key) && name.startsWith("package-")).length;
  // The same package can be read by register and by memory; both count the same joules.
  const distinct = named.filter(
    ({ key, name }) => !isMmio(key) || !named.some((other) => !isMmio(other.key) && other.name === name),
  );
  return known(
    await Promise.all(distinct.map(({ key, name }) => readZone(folder, key, name, Math.max(1, packageCount)))),
  );
}

const isMmio = (key: string): boolean => key.startsWith("intel-rapl-mmio");

async function readZone(folder: string, key: string, name: string, packageCount: number): Promise<EnergyZone> {
  const raw = await readWhole(join(folder, key, "energy_uj"), "RAPL energy");
  const range = await readWhole(join(folder, key, "max_energy_range_uj"), "RAPL range");
  const wattsMax = PACKAGE_WATTS_MAX * (name.startsWith("psys") ? packageCount : 1);
  const parentKey = /^(.+:\d+):\d+$/.exec(key)?.[1];
  const reading: EntityReading<"energyZone"> = {
    kind: "energyZone",
    key,
    attributes: attributesOf({ name, parent: parentKey && (await findText(folder, parentKey, "name")) }),
    gauges: {},
    counters: { energyJoules: energyCounter(raw, range, wattsMax) },
  };
  return { reading, name, isTop: parentKey === undefined };
}

function energyCounter(
  raw: Known<bigint>,
  range: Known<bigint>,
  wattsMax: number,
): NonNullable<EntityReading<"energyZone">["counters"]["energyJoules"]> {
  if ("unknown" in raw) return raw;
  if ("unknown" in range) return range;
  if (raw.value < 0n || range.value <= 0n || raw.value > range.value) {
    return unknown("implausible", `RAPL says ${raw.value} µJ of at most ${range.value} µJ`);
  }
  const secondsMin = Number(range.value) / MICROJOULES_PER_JOULE / wattsMax;
  return known({ raw: raw.value, perUnit: MICROJOULES_PER_JOULE, wrap: { max: range.value, secondsMin } });
}
