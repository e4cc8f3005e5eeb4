import { seedOf } from "@/bench/data/random";
import type { EntityKind } from "@/contract/metrics";

/** One thing that was read at the edge, in whole steps; counters as they stand, counted from the boot. */
export type TrueReading = {
  kind: EntityKind;
  key: string;
  gauges: Record<string, number>;
  counters: Record<string, number>;
};

/** Everything that was read at once. `number` tells the moments apart and is one of the readings, `load1`. */
export type TrueMoment = {
  number: number;
  /** Epoch milliseconds of true time. */
  at: number;
  boot: number;
  entities: TrueReading[];
};

const RATES = [
  { kind: "machine", key: "machine", name: "cpuUserSeconds", perSecond: 40 },
  { kind: "machine", key: "machine", name: "cpuIdleSeconds", perSecond: 350 },
  { kind: "interface", key: "eth0", name: "receivedBytes", perSecond: 9_000 },
  { kind: "interface", key: "eth0", name: "transmittedBytes", perSecond: 1_200 },
] as const;

/**
 * The truth at the edge: what a machine would show at any moment. Counters begin again with each boot and are smooth
 * in between, so that what is right to record follows from two moments alone.
 */
export class EdgeWorld {
  #number = 0;
  boot = 0;
  #bootedAt: number;

  constructor(
    readonly seed: number,
    startMilliseconds: number,
  ) {
    this.#bootedAt = startMilliseconds;
  }

  reboot(now: number): void {
    this.boot += 1;
    this.#bootedAt = now;
  }

  /** Seconds since the boot. */
  uptime(now: number): number {
    return (now - this.#bootedAt) / 1000;
  }

  read(now: number): TrueMoment {
    this.#number += 1;
    const noise = seedOf(this.seed, this.#number);
    const counters = (kind: EntityKind) =>
      Object.fromEntries(
        RATES.filter((rate) => rate.kind === kind).map(({ name, perSecond }) => [name, this.#counter(perSecond, now)]),
      );
    return {
      number: this.#number,
      at: now,
      boot: this.boot,
      entities: [
        {
          kind: "machine",
          key: "machine",
          gauges: { load1: this.#number, memoryAvailableBytes: 1_000_000 + (noise % 5_000) },
          counters: counters("machine"),
        },
        {
          kind: "interface",
          key: "eth0",
          gauges: { linkUp: noise % 50 === 0 ? 0 : 1 },
          counters: counters("interface"),
        },
        { kind: "sensor", key: "package", gauges: { temperatureCelsius: 400 + (noise % 37) }, counters: {} },
      ],
    };
  }

  /** Grows evenly, with a wave on top that never lets it fall. */
  #counter(perSecond: number, now: number): number {
    const seconds = this.uptime(now);
    const wave = 1 + Math.sin(seconds / 700) / 2;
    return Math.floor(perSecond * (seconds + 350 * (wave - 1)));
  }
}
