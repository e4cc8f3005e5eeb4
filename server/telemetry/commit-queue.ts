import type { Logger } from "pino";
import type { GatewayErrorCode } from "@/contract/telemetry";
import { isOutage } from "./is-outage";

/** What became of a message; "stored" is said after the commit only. */
export type Verdict = "stored" | { code: GatewayErrorCode; message: string; retryAfterSeconds?: number };

/** Who waits for the verdict on its messages. */
export type Source = { settle(id: number, verdict: Verdict): void };

/** What every message in a queue has. */
export type Queued = {
  orgId: string;
  source: Source;
  id: number;
  /** What it takes in memory, about. */
  bytes: number;
  /** Attempts in which it was alone and failed. */
  failures: number;
};

export type CommitQueueOptions<Item extends Queued> = {
  /** How long the first message waits for others. */
  lingerMs: number;
  /** Most messages, and bytes, of one transaction. */
  itemsMax: number;
  bytesMax: number;
  /** Bytes of one organisation, and of all, that may wait; what comes then is told to come later. */
  organisationBytesMax: number;
  queuedBytesMax: number;
  /** Transactions at a time, of different organisations. */
  transactionsMax: number;
  /** Stores messages of one organisation in one transaction. @returns verdicts other than "stored" */
  commit(orgId: string, items: readonly Item[]): Promise<ReadonlyMap<Item, Verdict>>;
  /** Keeps a message that cannot be stored where people see it. */
  quarantine(item: Item, error: unknown): Promise<void>;
  log: Logger;
};

/** A message that fails alone so often is not the fault of the moment. */
const FAILURES_MAX = 3;
const FAILURE_PAUSE_MS = 100;
/** More than so many set aside within a minute is a fault of ours and not of the messages: they wait at the edge then. */
const QUARANTINED_PER_MINUTE_MAX = 20;
const RETRY_AFTER_SECONDS = { min: 2, spread: 8 };

type Lane<Item> = {
  orgId: string;
  items: Item[];
  bytes: number;
  /** Since when the first message waits, about. */
  since: number;
  timer: NodeJS.Timeout | null;
  isBusy: boolean;
};

/**
 * Messages that are made durable together: what comes within a moment is one transaction for each organisation, and
 * each message is settled after its commit. An organisation has one transaction at a time, so that none takes the
 * turns of the others. When the database is away, all are told to come again; when one message is at fault, it is found
 * by halving, tried alone, and set aside, while the others go on.
 */
export class CommitQueue<Item extends Queued> {
  readonly #options: CommitQueueOptions<Item>;
  readonly #lanes = new Map<string, Lane<Item>>();
  readonly #ready: Lane<Item>[] = [];
  #running = 0;
  #bytes = 0;
  #isDraining = false;
  #onIdle: (() => void)[] = [];
  #retries = 0;
  #quarantinedAt: number[] = [];

  constructor(options: CommitQueueOptions<Item>) {
    this.#options = options;
  }

  /** Bytes that wait or are being written. */
  get queuedBytes(): number {
    return this.#bytes;
  }

  /** True when a message of this organisation would be taken. */
  hasRoom(orgId: string): boolean {
    const { organisationBytesMax, queuedBytesMax } = this.#options;
    return this.#bytes < queuedBytesMax && (this.#lanes.get(orgId)?.bytes ?? 0) < organisationBytesMax;
  }

  /** Takes a message; it is settled later in any case. */
  push(item: Item): void {
    if (!this.hasRoom(item.orgId)) {
      item.source.settle(item.id, laterVerdict("Too much waits to be stored; try again"));
      return;
    }
    let lane = this.#lanes.get(item.orgId);
    if (!lane) {
      lane = { orgId: item.orgId, items: [], bytes: 0, since: performance.now(), timer: null, isBusy: false };
      this.#lanes.set(item.orgId, lane);
    }
    lane.items.push(item);
    lane.bytes += item.bytes;
    this.#bytes += item.bytes;
    this.#schedule(lane);
  }

  /** Resolves when everything that was taken is settled; from now on nothing lingers. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    for (const lane of this.#lanes.values()) this.#schedule(lane);
    if (this.#lanes.size > 0 || this.#retries > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  #schedule(lane: Lane<Item>): void {
    if (lane.isBusy) return;
    const isFull = lane.items.length >= this.#options.itemsMax || lane.bytes >= this.#options.bytesMax;
    const waitMs = isFull || this.#isDraining ? 0 : this.#options.lingerMs - (performance.now() - lane.since);
    if (waitMs <= 0) this.#enqueue(lane);
    else lane.timer ??= setTimeout(() => this.#enqueue(lane), waitMs);
  }

  #enqueue(lane: Lane<Item>): void {
    if (lane.timer) clearTimeout(lane.timer);
    lane.timer = null;
    if (lane.isBusy) return;
    lane.isBusy = true;
    this.#ready.push(lane);
    this.#run();
  }

  #run(): void {
    while (this.#running < this.#options.transactionsMax) {
      const lane = this.#ready.shift();
      if (!lane) return;
      this.#running += 1;
      const batch = this.#take(lane);
      void this.#store(lane.orgId, batch).finally(() => {
        for (const { bytes } of batch) {
          lane.bytes -= bytes;
          this.#bytes -= bytes;
        }
        this.#running -= 1;
        lane.isBusy = false;
        if (lane.items.length > 0) this.#schedule(lane);
        else this.#lanes.delete(lane.orgId);
        this.#run();
        this.#tellIdle();
      });
    }
  }

  #tellIdle(): void {
    if (this.#lanes.size > 0 || this.#retries > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #take(lane: Lane<Item>): Item[] {
    let count = 0;
    for (let bytes = 0; count < lane.items.length && count < this.#options.itemsMax; count += 1) {
      bytes += lane.items[count]?.bytes ?? 0;
      if (count > 0 && bytes > this.#options.bytesMax) break;
    }
    lane.since = performance.now();
    return lane.items.splice(0, count);
  }

  /** Never throws: every message of the batch is settled, or waits for its next attempt. */
  async #store(orgId: string, batch: readonly Item[]): Promise<void> {
    try {
      const verdicts = await this.#options.commit(orgId, batch);
      for (const item of batch) item.source.settle(item.id, verdicts.get(item) ?? "stored");
    } catch (error) {
      if (isOutage(error)) {
        this.#options.log.error({ err: error, orgId, messages: batch.length }, "messages could not be stored");
        for (const item of batch) item.source.settle(item.id, laterVerdict("This could not be stored; try again"));
        return;
      }
      const [first] = batch;
      if (batch.length > 1) {
        const middle = batch.length >> 1;
        await this.#store(orgId, batch.slice(0, middle));
        await this.#store(orgId, batch.slice(middle));
      } else if (first) this.#suspect(orgId, first, error);
    }
  }

  /** Tries a message again that failed alone, without holding up the others; in the end it is set aside. */
  #suspect(orgId: string, item: Item, error: unknown): void {
    item.failures += 1;
    this.#retries += 1;
    const again = async () => {
      if (item.failures < FAILURES_MAX) await this.#store(orgId, [item]);
      else await this.#setAside(item, error);
    };
    setTimeout(
      () => {
        void again().finally(() => {
          this.#retries -= 1;
          this.#tellIdle();
        });
      },
      item.failures < FAILURES_MAX ? FAILURE_PAUSE_MS : 0,
    );
  }

  async #setAside(item: Item, error: unknown): Promise<void> {
    const { log } = this.#options;
    const now = Date.now();
    this.#quarantinedAt = this.#quarantinedAt.filter((at) => at > now - 60_000);
    try {
      if (this.#quarantinedAt.length >= QUARANTINED_PER_MINUTE_MAX) throw error;
      this.#quarantinedAt.push(now);
      await this.#options.quarantine(item, error);
      log.error({ err: error, orgId: item.orgId }, "a message was set aside after three attempts");
      item.source.settle(item.id, "stored");
    } catch (failure) {
      log.error({ err: failure, orgId: item.orgId }, "a message could neither be stored nor set aside");
      item.source.settle(item.id, laterVerdict("This could not be stored; try again"));
    }
  }
}

/** "Come again", spread so that many do not come in the same second. */
export function laterVerdict(message: string): Verdict {
  const { min, spread } = RETRY_AFTER_SECONDS;
  return { code: "unavailable", message, retryAfterSeconds: min + Math.round(Math.random() * spread * 10) / 10 };
}
