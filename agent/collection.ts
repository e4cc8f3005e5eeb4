import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { EntityDescription, MachineFacts } from "@/contract/telemetry";
import type { EntitySample } from "./entity-reading";
import { describeFailure } from "./gateway-client";
import type { HostRoots } from "./host-roots";
import { MachineReader } from "./machine-reader";
import type { Settler } from "./settle";

/** Facts change rarely and cost more to read than figures. */
const FACTS_MILLISECONDS = 5 * 60_000;

/** What was read at one moment. */
export type Reading = { samples: EntitySample[]; descriptions: EntityDescription[]; facts: MachineFacts };

type CollectionOptions = {
  roots: HostRoots;
  log: Logger;
  settler: Settler;
  /** Looked at before each reading. */
  intervalSeconds: () => number;
  onReading: (reading: Reading) => Promise<void>;
};

/** Reads the machine at its interval, whatever the way to the gateway does. */
export class Collection {
  readonly #options: CollectionOptions;
  readonly #reader: MachineReader;
  readonly #failing = new Set<string>();
  #lastFacts: { facts: MachineFacts; readAt: number } | null = null;
  #reschedule = new AbortController();

  constructor(options: CollectionOptions) {
    this.#options = options;
    this.#reader = new MachineReader(options.roots, options.settler, (collector, error) => {
      if (this.#failing.has(collector)) return;
      this.#failing.add(collector);
      options.log.error({ collector, reason: describeFailure(error) }, "a collector failed");
    });
  }

  get hungMountCount(): number {
    return this.#reader.hungMountCount;
  }

  /** Looks at the interval again, from now on. */
  reschedule(): void {
    this.#reschedule.abort();
  }

  /** One reading each interval until `signal`. Readings that were missed (sleep, a hung disk) are not made up for. */
  async run(signal: AbortSignal): Promise<void> {
    let dueAt = performance.now();
    while (!signal.aborted) {
      await this.#collect().catch((error: unknown) => {
        this.#options.log.error({ reason: describeFailure(error) }, "a reading failed");
      });
      dueAt = await this.#untilDue(dueAt, signal);
    }
  }

  /** Waits until the next reading is due. @returns when it was due; now, when that time had passed already */
  async #untilDue(lastDueAt: number, signal: AbortSignal): Promise<number> {
    for (;;) {
      const dueAt = lastDueAt + this.#options.intervalSeconds() * 1000;
      const waitMilliseconds = dueAt - performance.now();
      if (waitMilliseconds <= 0) return performance.now();
      const wrapSeconds = this.#reader.energyWrapSeconds;
      // Two readings within the time in which an energy counter could run over leave no doubt about wraps.
      const sliceMilliseconds = Math.min(waitMilliseconds, (wrapSeconds ?? Number.POSITIVE_INFINITY) * 400);
      const isWhole = await this.#pause(sliceMilliseconds, signal);
      if (signal.aborted || (isWhole && sliceMilliseconds === waitMilliseconds)) return dueAt;
      if (isWhole) await this.#reader.keepEnergy();
    }
  }

  /** @returns false when it was cut short */
  async #pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
    this.#reschedule = new AbortController();
    const either = AbortSignal.any([signal, this.#reschedule.signal]);
    return delay(milliseconds, true, { signal: either }).catch(() => false);
  }

  async #collect(): Promise<void> {
    const now = performance.now();
    if (!this.#lastFacts || now - this.#lastFacts.readAt >= FACTS_MILLISECONDS) {
      this.#lastFacts = { facts: await this.#reader.readFacts(), readAt: now };
    }
    const { samples, descriptions } = await this.#reader.read();
    await this.#options.onReading({ samples, descriptions, facts: this.#lastFacts.facts });
  }
}
