import type { EntityKind, MetricName } from "@/contract/metrics";

/**
 * How one reading behaves, in steps of its metric. `walk`: goes on from the last value and returns slowly; `flow`: a
 * counter's growth per minute around a level that follows the day; `rare`: stays, and jumps with a probability;
 * `fixed`: never changes.
 */
export type Recipe =
  | { how: "walk"; level: number; noise: number }
  | { how: "flow"; level: number; noise: number }
  | { how: "rare"; level: number; noise: number; chance: number; isCounter: boolean }
  | { how: "fixed"; level: number };

export type RecipeLine<K extends EntityKind = EntityKind> = {
  kind: K;
  /** Entities of this kind on one node, by the end of their keys. */
  names: readonly string[];
  readings: Partial<Record<MetricName<K>, Recipe>>;
};

const walk = (level: number, noise: number): Recipe => ({ how: "walk", level, noise });
const flow = (level: number, noise: number): Recipe => ({ how: "flow", level, noise });
const rareGrowth = (noise: number, chance: number): Recipe => ({
  how: "rare",
  level: 0,
  noise,
  chance,
  isCounter: true,
});
const rareJump = (level: number, noise: number, chance: number): Recipe => ({
  how: "rare",
  level,
  noise,
  chance,
  isCounter: false,
});
const fixed = (level: number): Recipe => ({ how: "fixed", level });
const line = <K extends EntityKind>(
  kind: K,
  names: readonly string[],
  readings: Partial<Record<MetricName<K>, Recipe>>,
): RecipeLine => ({ kind, names, readings }) as RecipeLine;

/**
 * Twelve noisy readings a node, no easy ones among them. The noise is so large that an ideal coder needs about
 * 0.73 bytes a reading: what the design's experiments were made with, so that figures can be compared.
 */
const TWELVE: readonly RecipeLine[] = [
  line("machine", [""], {
    cpuUserSeconds: flow(2_400, 40),
    cpuSystemSeconds: flow(900, 20),
    cpuIdleSeconds: flow(20_700, 50),
    cpuIowaitSeconds: rareGrowth(12, 0.35),
    load1: walk(120, 6),
    memoryAvailableBytes: walk(6_000_000, 64),
    memoryCachedBytes: rareJump(2_000_000, 30, 0.2),
    energyJoules: flow(72_000, 40),
  }),
  line("interface", ["/eth0"], { receivedBytes: flow(9_000, 100), transmittedBytes: flow(7_000, 80) }),
  line("sensor", ["/package"], { temperatureCelsius: walk(480, 4) }),
  line("filesystem", [":/"], { usedBytes: rareJump(60_000_000, 8, 0.5) }),
];

/** Everything that the agent reads on a small server: noise as a real one has it, constants and noughts included. */
const FULL: readonly RecipeLine[] = [
  line("machine", [""], {
    cpuUserSeconds: flow(2_400, 160),
    cpuNiceSeconds: fixed(0),
    cpuSystemSeconds: flow(900, 60),
    cpuIdleSeconds: flow(20_700, 220),
    cpuIowaitSeconds: rareGrowth(30, 0.35),
    cpuIrqSeconds: fixed(0),
    cpuSoftirqSeconds: rareGrowth(6, 0.6),
    cpuStealSeconds: fixed(0),
    load1: walk(120, 14),
    load5: walk(110, 4),
    load15: walk(100, 2),
    memoryTotalBytes: fixed(16_000_000),
    memoryAvailableBytes: walk(6_000_000, 900),
    memoryFreeBytes: walk(1_500_000, 900),
    memoryCachedBytes: rareJump(2_000_000, 120, 0.7),
    swapTotalBytes: fixed(0),
    swapFreeBytes: fixed(0),
    uptimeSeconds: fixed(60),
    energyJoules: flow(72_000, 900),
  }),
  line("filesystem", [":/", ":/var"], {
    sizeBytes: fixed(200_000_000),
    usedBytes: rareJump(60_000_000, 80, 0.5),
    availableBytes: rareJump(140_000_000, 80, 0.5),
    inodesTotal: fixed(6_000_000),
    inodesFree: rareJump(5_000_000, 4, 0.4),
  }),
  line("disk", ["/sda", "/sdb"], {
    sizeBytes: fixed(400_000_000),
    readBytes: rareGrowth(800, 0.3),
    writtenBytes: flow(6_000, 700),
    readOperations: rareGrowth(12, 0.3),
    writeOperations: flow(180, 20),
    busySeconds: flow(420, 60),
  }),
  line("interface", ["/eth0", "/eth1"], {
    receivedBytes: flow(900_000, 40_000),
    transmittedBytes: flow(700_000, 30_000),
    receivedErrors: fixed(0),
    transmittedErrors: fixed(0),
    receivedDrops: rareGrowth(2, 0.05),
    transmittedDrops: fixed(0),
    linkUp: fixed(1),
    speedBitsPerSecond: fixed(1_000),
  }),
  line("sensor", ["/package", "/core0", "/core1", "/nvme"], {
    temperatureCelsius: walk(480, 6),
    criticalCelsius: fixed(1_000),
  }),
  line("energyZone", ["/package-0", "/dram"], { energyJoules: flow(40_000, 600) }),
];

export type Profile = "twelve" | "full";
export const RECIPES: Record<Profile, readonly RecipeLine[]> = { twelve: TWELVE, full: FULL };

/** Bits that an ideal coder that knows the recipe needs for one value: the entropy of what is new in it. */
export function idealBits(recipe: Recipe): number {
  // Entropy of a normal distribution, log2(σ √(2πe)), rounded to whole steps; σ of ±1 step is never below a bit.
  const bits = (noise: number) => Math.log2(noise * Math.sqrt(2 * Math.PI * Math.E));
  if (recipe.how === "fixed") return 0;
  if (recipe.how !== "rare") return bits(recipe.noise);
  const { chance } = recipe;
  return -chance * Math.log2(chance) - (1 - chance) * Math.log2(1 - chance) + chance * bits(recipe.noise);
}
