import type { Logger } from "pino";
import { type Database, withTenant } from "@/db/client";
import { isOutage } from "./is-outage";
import { LiveStates, type StateOffer } from "./live-states";
import { type AgentTouch, commitStates } from "./state-commit";

export type StateWriterOptions = {
  /** Shortest time between two writings. */
  everyMs: number;
  /** Most of the time that may go into writing, 0 to 1: what is behind is gathered, and not lost. */
  dutyMax: number;
};
const OPTIONS: StateWriterOptions = { everyMs: 1000, dutyMax: 0.25 };

/** Entities of one transaction, about. */
const ENTITIES_MAX = 4000;
const AGENTS_MAX = 2000;

type Waiting = { states: LiveStates; touches: Map<string, AgentTouch> };

/**
 * Gathers the newest readings and writes them as "what is true now", at most once a second and with a bounded share of
 * the time. It may lag behind and even be lost with the process: the record is written already, and the merge offers
 * what is newest to the state again.
 */
export class StateWriter {
  readonly #database: Database;
  readonly #log: Logger;
  readonly #options: StateWriterOptions;
  readonly #organisations = new Map<string, Waiting>();
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #isStopped = false;

  constructor(database: Database, log: Logger, options = OPTIONS) {
    this.#database = database;
    this.#log = log;
    this.#options = options;
  }

  offer(orgId: string, offer: StateOffer): void {
    this.#waitingOf(orgId).states.offer(offer);
    this.#schedule(this.#options.everyMs);
  }

  /** Notes that an agent was heard; of several notes the newest stays. */
  touch(orgId: string, touch: AgentTouch): void {
    const { touches } = this.#waitingOf(orgId);
    const before = touches.get(touch.agentId);
    touches.set(touch.agentId, before ? merged(before, touch) : touch);
    this.#schedule(this.#options.everyMs);
  }

  /** Writes everything that waits. */
  async flush(): Promise<void> {
    await this.#running;
    this.#running = this.#writeAll().finally(() => {
      this.#running = null;
    });
    await this.#running;
  }

  /** Writes what waits, and nothing afterwards. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.flush();
  }

  #waitingOf(orgId: string): Waiting {
    const known = this.#organisations.get(orgId);
    if (known) return known;
    const made = { states: new LiveStates(), touches: new Map() };
    this.#organisations.set(orgId, made);
    return made;
  }

  #schedule(afterMs: number): void {
    if (this.#isStopped || this.#running) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      const startedAt = performance.now();
      void this.flush().finally(() => {
        const tookMs = performance.now() - startedAt;
        const pauseMs = Math.max(this.#options.everyMs, tookMs / this.#options.dutyMax - tookMs);
        if (this.#organisations.size > 0) this.#schedule(pauseMs);
      });
    }, afterMs);
  }

  async #writeAll(): Promise<void> {
    for (const [orgId, waiting] of [...this.#organisations]) {
      this.#organisations.delete(orgId);
      const touches = [...waiting.touches.values()];
      try {
        do {
          const streams = waiting.states.take(ENTITIES_MAX);
          await this.#write(orgId, streams, touches.splice(0, AGENTS_MAX));
        } while (waiting.states.size > 0 || touches.length > 0);
      } catch (error) {
        this.#log.warn({ err: error, orgId }, "the current state could not be written; it is tried again");
        this.#putBack(orgId, waiting, touches);
        return;
      }
    }
  }

  /** @throws only what may pass by itself; what can never be written is left to the merge */
  async #write(orgId: string, streams: StateOffer[][], touches: AgentTouch[]): Promise<void> {
    try {
      await withTenant(this.#database, { orgId }, (tx) => commitStates(tx, orgId, streams, touches));
    } catch (error) {
      if (isOutage(error)) {
        for (const offers of streams) this.#offerAgain(orgId, offers);
        for (const touch of touches) this.touch(orgId, touch);
        throw error;
      }
      if (streams.length > 1) {
        const middle = streams.length >> 1;
        await this.#write(orgId, streams.slice(0, middle), touches);
        await this.#write(orgId, streams.slice(middle), []);
      } else if (streams.length === 1 && touches.length > 0) {
        await this.#write(orgId, streams, []);
        await this.#write(orgId, [], touches);
      } else this.#log.error({ err: error, orgId, stream: streams[0]?.[0]?.streamId }, "a state could not be written");
    }
  }

  #putBack(orgId: string, { states }: Waiting, touches: readonly AgentTouch[]): void {
    for (const offers of states.take(Number.POSITIVE_INFINITY)) this.#offerAgain(orgId, offers);
    for (const touch of touches) this.touch(orgId, touch);
  }

  #offerAgain(orgId: string, offers: readonly StateOffer[]): void {
    for (const offer of offers) this.#waitingOf(orgId).states.offer(offer);
  }
}

function merged(a: AgentTouch, b: AgentTouch): AgentTouch {
  const isNewer = b.epoch > a.epoch || (b.epoch === a.epoch && b.sequence >= a.sequence);
  const newest = isNewer ? b : a;
  return {
    ...newest,
    receivedAt: new Date(Math.max(a.receivedAt.getTime(), b.receivedAt.getTime())),
    clockOffsetSeconds: b.clockOffsetSeconds ?? a.clockOffsetSeconds,
    isClockUnsure: a.isClockUnsure || b.isClockUnsure,
  };
}
