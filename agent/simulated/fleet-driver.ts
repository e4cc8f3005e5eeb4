import { setTimeout as delay } from "node:timers/promises";
import { isDark } from "./fate";
import type { FleetPlan } from "./fleet-plan";
import { chance } from "./noise";
import { SessionRefused } from "./session-client";
import { type SimulatedAgent, TellingFailed } from "./simulated-agent";

export type DriverOptions = {
  plan: Pick<FleetPlan, "seed" | "sites">;
  /** What agents ran into; called for each failure. */
  onFailure: (agent: SimulatedAgent, reason: string) => void;
};

/** Agents that tell at the same time. */
const AT_A_TIME = 16;
const RETRY_SECONDS_MAX = 300;

type Driven = { agent: SimulatedAgent; failures: number; pausedUntil: number; isTelling: boolean };

/** Drives agents by the clock: each at its own second of its interval, those without a link not at all. */
export class FleetDriver {
  readonly #options: DriverOptions;
  readonly #driven: Driven[] = [];
  readonly #queue: { one: Driven; at: number }[] = [];
  #working = 0;
  #newest = 0;

  constructor(options: DriverOptions) {
    this.#options = options;
  }

  get agents(): SimulatedAgent[] {
    return this.#driven.map(({ agent }) => agent);
  }

  /**
   * From now on this agent is driven; it tells for the first time at once.
   * @param now seconds since 1970
   * @param at the newest moment that it tells then
   */
  add(agent: SimulatedAgent, now: number, at = now): void {
    if (this.#newest === 0) this.#newest = now;
    const one = { agent, failures: 0, pausedUntil: 0, isTelling: false };
    this.#driven.push(one);
    this.#begin(one, at);
  }

  /** Everything that is due up to a moment, in seconds since 1970. */
  advance(now: number): void {
    const from = this.#newest + 1;
    this.#newest = Math.max(this.#newest, now);
    // After a pause of the whole process each agent tells once: what lies in between is its backlog.
    for (const one of this.#driven) {
      const { intervalSeconds, phaseSeconds } = one.agent.plan;
      const due = now - ((((now - phaseSeconds) % intervalSeconds) + intervalSeconds) % intervalSeconds);
      if (due >= from) this.#begin(one, due);
    }
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#working > 0 || this.#queue.length > 0) await delay(20);
  }

  close(): void {
    this.#queue.length = 0;
    for (const { agent } of this.#driven) agent.close();
  }

  #begin(one: Driven, at: number): void {
    // What is being said is said to its end: a newcomer may still tell of the time before its link broke.
    if (one.isTelling) return;
    if (isDark(this.#options.plan, one.agent.plan, at)) one.agent.close();
    else if (at >= one.pausedUntil) {
      one.isTelling = true;
      this.#queue.push({ one, at });
      this.#work();
    }
  }

  #work(): void {
    while (this.#working < AT_A_TIME) {
      const next = this.#queue.shift();
      if (!next) return;
      this.#working += 1;
      void this.#tell(next.one, next.at).finally(() => {
        this.#working -= 1;
        next.one.isTelling = false;
        this.#work();
      });
    }
  }

  async #tell(one: Driven, at: number): Promise<void> {
    try {
      await one.agent.tell(at);
      one.failures = 0;
    } catch (error) {
      one.failures += 1;
      const wished = error instanceof TellingFailed ? error.retryAfterSeconds : retryAfterOf(error);
      const limit = Math.min(RETRY_SECONDS_MAX, 2 ** one.failures);
      one.pausedUntil = at + (wished ?? limit * (1 + chance(one.agent.plan.name, "retry", one.failures)));
      this.#options.onFailure(one.agent, error instanceof Error ? error.message : String(error));
    }
  }
}

const retryAfterOf = (error: unknown): number | null =>
  error instanceof SessionRefused ? (error.refusal?.retryAfterSeconds ?? null) : null;
