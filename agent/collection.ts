import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { type AgentReport, type MachineFacts, type PushBatch, WIRE_VERSION } from "@/contract/telemetry";
import { ChangedPart } from "./changed-part";
import type { AgentConfig } from "./config";
import { findJson, writeDurably } from "./durable-file";
import { describeFailure } from "./gateway-client";
import { MachineReader } from "./machine-reader";
import { packBatches } from "./pack-batches";
import { CounterState, Settler } from "./settle";
import type { BatchName, Spool } from "./spool";
import { AGENT_VERSION } from "./version";

/** Facts change rarely and cost more to read than figures. */
const FACTS_MILLISECONDS = 5 * 60_000;

type CollectionOptions = {
  config: AgentConfig;
  log: Logger;
  spool: Spool;
  epoch: number;
  takeSequence: () => number;
  droppedBatches: () => number;
  /** At the start, in seconds. */
  intervalSeconds: number;
  onSpooled: () => void;
};

/** Reads the machine at its interval and puts every reading into the spool, whatever the way to the gateway does. */
export class Collection {
  readonly #options: CollectionOptions;
  readonly #reader: MachineReader;
  readonly #settler: Settler;
  readonly #facts = new ChangedPart();
  readonly #descriptions = new ChangedPart();
  readonly #startedAt = new Date();
  readonly #failing = new Set<string>();
  #lastFacts: { facts: MachineFacts; readAt: number } | null = null;
  #intervalSeconds: number;
  #reschedule = new AbortController();
  #hasStateTrouble = false;

  private constructor(options: CollectionOptions, settler: Settler) {
    this.#options = options;
    this.#settler = settler;
    this.#intervalSeconds = options.intervalSeconds;
    this.#reader = new MachineReader(options.config.roots, settler, (collector, error) => {
      if (this.#failing.has(collector)) return;
      this.#failing.add(collector);
      options.log.error({ collector, reason: describeFailure(error) }, "a collector failed");
    });
  }

  /** Goes on with the counters of the process before. Broken ones begin again, which the gateway sees as such. */
  static async open(options: CollectionOptions): Promise<Collection> {
    const state = await findJson(counterPath(options), CounterState).catch((error: unknown) => {
      options.log.warn({ reason: describeFailure(error) }, "the counters begin again");
      return null;
    });
    return new Collection(options, new Settler(state ?? undefined));
  }

  get intervalSeconds(): number {
    return this.#intervalSeconds;
  }

  get hungMountCount(): number {
    return this.#reader.hungMountCount;
  }

  /** Takes over the interval that the gateway asks for, from now on. */
  adoptInterval(intervalSeconds: number): void {
    if (intervalSeconds === this.#intervalSeconds) return;
    this.#options.log.info({ before: this.#intervalSeconds, now: intervalSeconds }, "interval changed");
    this.#intervalSeconds = intervalSeconds;
    this.#reschedule.abort();
  }

  acknowledged(name: BatchName): void {
    this.#facts.acknowledged(name);
    this.#descriptions.acknowledged(name);
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
      const dueAt = lastDueAt + this.#intervalSeconds * 1000;
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
    const { spool, epoch, takeSequence, onSpooled } = this.#options;
    const facts = await this.#currentFacts();
    const { observation, descriptions } = await this.#reader.read(new Date());
    await this.#writeCounters();
    const batches = packBatches(
      {
        wireVersion: WIRE_VERSION,
        epoch,
        sentAt: new Date().toISOString(),
        intervalSeconds: this.#intervalSeconds,
        agent: this.#report(),
        observations: [observation],
        ...(this.#facts.isDue(facts) ? { facts } : {}),
        ...(this.#descriptions.isDue(descriptions) ? { descriptions } : {}),
      },
      takeSequence,
    );
    for (const batch of batches) {
      await spool.add(batch);
      this.#noteSent(batch, facts, descriptions);
    }
    onSpooled();
  }

  #noteSent(batch: PushBatch, facts: unknown, descriptions: unknown): void {
    if (batch.facts) this.#facts.sent(facts, batch);
    if (batch.descriptions) this.#descriptions.sent(descriptions, batch);
  }

  async #currentFacts(): Promise<MachineFacts> {
    const now = performance.now();
    if (!this.#lastFacts || now - this.#lastFacts.readAt >= FACTS_MILLISECONDS) {
      this.#lastFacts = { facts: await this.#reader.readFacts(), readAt: now };
    }
    return this.#lastFacts.facts;
  }

  #report(): AgentReport {
    const { spool, droppedBatches } = this.#options;
    return {
      version: AGENT_VERSION,
      startedAt: this.#startedAt.toISOString(),
      spoolBatches: spool.batches,
      spoolBytes: spool.bytes,
      droppedBatches: droppedBatches(),
      ...(spool.error ? { spoolError: spool.error } : {}),
      residentBytes: process.memoryUsage.rss(),
    };
  }

  /**
   * Before the batch that was made from them: counters that are ahead of the spool lose and double nothing, since
   * their sums go into the next batch; counters behind it could fall when the machine reboots in between.
   */
  async #writeCounters(): Promise<void> {
    try {
      await writeDurably(counterPath(this.#options), `${JSON.stringify(this.#settler.state())}\n`);
      if (this.#hasStateTrouble) this.#options.log.info("counters are written again");
      this.#hasStateTrouble = false;
    } catch (error) {
      if (!this.#hasStateTrouble) {
        this.#options.log.warn({ reason: describeFailure(error) }, "counters cannot be written; going on from memory");
      }
      this.#hasStateTrouble = true;
    }
  }
}

const counterPath = ({ config }: CollectionOptions): string => join(config.dataPath, "counters.json");
