import { platform } from "node:os";
import { join } from "node:path";
import { MACHINE_FACTS } from "@/contract/fact-names";
import type { Fact, MachineFacts } from "@/contract/telemetry";
import { chooseEnergySource, collectEnergy } from "./collectors/energy";
import { collectGpus } from "./collectors/gpus";
import { collectIdentity } from "./collectors/identity";
import { collectInterfaces } from "./collectors/interfaces";
import { parseMemory } from "./collectors/memory";
import { type BootTime, collectOperatingSystem } from "./collectors/operating-system";
import { collectPortableFacts } from "./collectors/portable";
import { collectProcessors } from "./collectors/processors";
import { collectVirtualization, findContainer } from "./collectors/virtualization";
import { type HostRoots, type Known, known, readText, reasonFor, unknown } from "./host-roots";

const FACT_LENGTH_MAX = 500;

type FactGroup = Record<string, Known<string | number | boolean | string[]>>;

/** All facts of this machine: each known, or unknown for a reason. One failing collector costs its own facts only. */
export async function readMachineFacts(roots: HostRoots, bootTime: BootTime): Promise<MachineFacts> {
  const isLinux = platform() === "linux";
  const found: MachineFacts = isLinux ? await readLinuxFacts(roots, bootTime) : collectPortableFacts();
  for (const name of MACHINE_FACTS) {
    found[name] ??= isLinux
      ? unknown("read_failed", "the collector failed")
      : unknown("not_supported", `no collector for this on ${platform()}`);
  }
  return found;
}

async function readLinuxFacts(roots: HostRoots, bootTime: BootTime): Promise<MachineFacts> {
  const groups: (() => Promise<FactGroup>)[] = [
    () => collectOperatingSystem(roots, bootTime),
    () => collectIdentity(roots),
    () => collectVirtualization(roots),
    () => collectProcessors(roots),
    async () => ({ gpus: await collectGpus(roots) }),
    async () => ({ networkInterfaces: await listCards(roots) }),
    async () => ({ energySource: await findEnergySource(roots) }),
    async () => {
      const meminfo = await readText(join(roots.proc, "meminfo"), "/proc/meminfo");
      return { memoryTotalBytes: "value" in meminfo ? parseMemory(meminfo.value).memoryTotalBytes : meminfo };
    },
    async (): Promise<FactGroup> => {
      const container = await findContainer(roots);
      return container ? { container: known(container) } : {};
    },
  ];
  const facts: MachineFacts = {};
  for (const group of await Promise.allSettled(groups.map((read) => read()))) {
    if (group.status === "fulfilled") Object.assign(facts, cutTexts(group.value));
  }
  return facts;
}

function cutTexts(facts: MachineFacts): MachineFacts {
  const entries = Object.entries(facts).map(([name, fact]): [string, Fact] => {
    const isText = "value" in fact && typeof fact.value === "string";
    return [name, isText ? { value: String(fact.value).slice(0, FACT_LENGTH_MAX) } : fact];
  });
  return Object.fromEntries(entries);
}

/** The network cards: what has hardware behind it, with driver and address. */
async function listCards(roots: HostRoots): Promise<Known<string[]>> {
  const interfaces = await collectInterfaces(roots);
  if ("unknown" in interfaces) return interfaces;
  const cards = interfaces.value
    .filter(({ attributes }) => !["bond", "bridge", "vlan", "wireguard", "team"].includes(attributes.kind ?? ""))
    .map(({ key, attributes }) => {
      const marks = [attributes.driver, attributes.mac].filter(Boolean).join(", ");
      return marks ? `${key} (${marks})` : key;
    });
  return known(cards.slice(0, 256));
}

async function findEnergySource(roots: HostRoots): Promise<Known<string>> {
  try {
    const chosen = chooseEnergySource(await collectEnergy(roots));
    if ("unknown" in chosen) return chosen;
    for (const { reading } of chosen.value.zones) {
      const { energyJoules } = reading.counters;
      if (energyJoules && "unknown" in energyJoules) return energyJoules;
    }
    return known(chosen.value.source);
  } catch (error) {
    return reasonFor(error, "powercap");
  }
}
