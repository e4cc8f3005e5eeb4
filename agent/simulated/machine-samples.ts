import type { EntityDescription, MachineFacts } from "@/contract/telemetry";
import { fill } from "./cluster-samples";
import { dayLoad, diskWear, leak } from "./fate";
import type { MachinePlan } from "./fleet-plan";
import { linkSample } from "./link-sample";
import { between, chance, wander } from "./noise";
import { type Sample, sample } from "./sample";

const GIGABIT = 1e9;
const BOOT_EVERY_SECONDS = 40 * 86_400;

/** Seconds since 1970 at which it was last started. */
function bootedAt(name: string, at: number): number {
  const since = ((at / BOOT_EVERY_SECONDS + chance(name, "boot")) % 1) * BOOT_EVERY_SECONDS;
  return Math.round((at - since) / 60) * 60;
}

/**
 * What the agent of a machine reads at a moment.
 * @param at seconds since 1970
 * @param spanSeconds since it read last
 */
export function machineSamples(plan: MachinePlan, at: number, spanSeconds: number): Sample[] {
  const { name, cores, memoryBytes, diskBytes } = plan;
  const busy = dayLoad(plan.site.place.timeZone, at);
  const cpu = Math.min(0.97, Math.max(0.02, 0.07 + 0.55 * busy + 0.07 * wander(at, 600, name, "cpu")));
  const wear = diskWear(name, at);
  const waiting = Math.min(0.3, 0.01 + 0.25 * wear);
  const ticks = cores * spanSeconds;
  const load = cores * cpu * (1.05 + 0.15 * wander(at, 240, name, "load")) + 6 * wear;
  const used = Math.min(
    0.985,
    0.4 + 0.12 * busy + 0.03 * wander(at, 3600, name, "memory") + 0.45 * (leak(name, at) ?? 0),
  );
  const watts = plan.isBareMetal ? 60 + 4.5 * cores * cpu : null;
  const disk = 40 * busy * between(0.3, 1.5, name, "disk");
  const network = 2e6 * busy * between(0.2, 3, name, "network");
  return [
    sample("machine", "machine", {
      ...{ spanSeconds, cpuUserSeconds: ticks * cpu * 0.72, cpuNiceSeconds: 0, cpuSystemSeconds: ticks * cpu * 0.22 },
      ...{ cpuIdleSeconds: ticks * (1 - cpu) * (1 - waiting), cpuIowaitSeconds: ticks * (1 - cpu) * waiting },
      ...{ cpuIrqSeconds: 0, cpuSoftirqSeconds: ticks * cpu * 0.06, cpuStealSeconds: 0 },
      ...{ load1: load, load5: load * 0.97, load15: load * 0.92, memoryTotalBytes: memoryBytes },
      ...{ memoryAvailableBytes: memoryBytes * (1 - used), memoryFreeBytes: memoryBytes * (1 - used) * 0.4 },
      ...{ memoryCachedBytes: memoryBytes * (1 - used) * 0.55, swapTotalBytes: 0, swapFreeBytes: 0 },
      uptimeSeconds: at - bootedAt(name, at),
      ...(watts === null ? {} : { energyJoules: watts * spanSeconds }),
    }),
    sample("filesystem", "/", fill(`${name} /`, 0.2 * diskBytes, at)),
    sample("filesystem", "/var", fill(`${name} /var`, 0.7 * diskBytes, at)),
    sample("disk", diskName(plan), {
      ...{ spanSeconds, sizeBytes: diskBytes, readBytes: disk * 30_000 * spanSeconds },
      ...{ writtenBytes: disk * 60_000 * spanSeconds, readOperations: Math.round(disk * spanSeconds) },
      writeOperations: Math.round(2 * disk * spanSeconds),
      busySeconds: spanSeconds * Math.min(0.99, 0.02 + disk / 400 + 0.9 * wear),
    }),
    sample("interface", "eth0", {
      ...{ spanSeconds, receivedBytes: Math.round(network * spanSeconds), linkUp: 1, speedBitsPerSecond: GIGABIT },
      ...{ transmittedBytes: Math.round(0.6 * network * spanSeconds), receivedErrors: 0, transmittedErrors: 0 },
      ...{ receivedDrops: 0, transmittedDrops: 0 },
    }),
    ...(watts === null
      ? []
      : [
          sample("sensor", "coretemp/package", {
            temperatureCelsius: 34 + 32 * cpu + 2 * wander(at, 900, name, "heat"),
            criticalCelsius: 95,
          }),
          sample("sensor", "nvme/composite", {
            temperatureCelsius: 33 + 9 * busy + 38 * wear + wander(at, 900, name, "disk heat"),
            criticalCelsius: 84.8,
          }),
          sample("energyZone", "package-0", { spanSeconds, energyJoules: 0.85 * watts * spanSeconds }),
        ]),
    linkSample(plan, at, spanSeconds),
  ];
}

const diskName = ({ isBareMetal }: MachinePlan) => (isBareMetal ? "nvme0n1" : "sda");

/** What is fixed about its parts. */
export function machineDescriptions(plan: MachinePlan): EntityDescription[] {
  const disk = diskName(plan);
  return [
    { kind: "filesystem", key: "/", attributes: { device: `/dev/${disk}p2`, type: "ext4" } },
    { kind: "filesystem", key: "/var", attributes: { device: `/dev/${disk}p3`, type: "xfs" } },
    { kind: "disk", key: disk, attributes: { model: plan.isBareMetal ? "Simulated NVMe 2T" : "Simulated SSD 256G" } },
    { kind: "interface", key: "eth0", attributes: { kind: "ethernet" } },
  ];
}

/** Facts of a machine, at a moment. */
export function machineFacts(plan: MachinePlan, at: number): MachineFacts {
  const notOffered = { unknown: { code: "not_offered" as const, detail: "a simulated machine" } };
  const boot = bootedAt(plan.name, at);
  return {
    hostname: { value: plan.name },
    operatingSystem: { value: plan.isBareMetal ? "SUSE Linux Micro 6.1" : "Ubuntu 24.04.3 LTS" },
    kernelVersion: { value: plan.isBareMetal ? "6.4.0-32-default" : "6.8.0-85-generic" },
    architecture: { value: "x86_64" },
    virtualization: { value: plan.isBareMetal ? "physical" : "virtual" },
    hypervisor: notOffered,
    systemVendor: { value: "Fernblick Simulation" },
    systemProduct: { value: plan.isBareMetal ? "Simulated Server" : "Simulated Box" },
    systemUuid: { value: plan.systemUuid },
    systemSerial: notOffered,
    providerId: notOffered,
    machineId: { value: plan.systemUuid.replaceAll("-", "") },
    bootId: { value: `${plan.systemUuid.slice(0, 24)}${boot.toString(16).padStart(12, "0")}` },
    bootedAt: { value: new Date(1000 * boot).toISOString() },
    cpuModel: { value: "Simulated CPU" },
    sockets: { value: 1 },
    coresPhysical: { value: plan.cores / 2 },
    coresLogical: { value: plan.cores },
    memoryTotalBytes: { value: plan.memoryBytes },
    networkInterfaces: { value: ["eth0"] },
    gpus: notOffered,
    energySource: plan.isBareMetal ? { value: "package" } : notOffered,
  };
}
