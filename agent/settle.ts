import * as z from "zod";
import type { RawCounter } from "./entity-reading";
import { type Known, unknown } from "./host-roots";

const Whole = z.string().regex(/^\d+$/);

/** What is kept on disk of the settled counters; whole numbers as text, since they outgrow JSON's. */
export const CounterState = z.object({
  version: z.literal(1),
  bootId: z.string().nullable(),
  counters: z.record(
    z.string(),
    z.object({ settled: Whole, lastRaw: Whole.nullable(), uptimeSeconds: z.number().nullable() }),
  ),
  sums: z.record(z.string(), z.object({ settled: Whole, source: z.string() })),
});
export type CounterState = z.infer<typeof CounterState>;

/** Where in time a reading stands: boot and seconds since it; null where the platform does not tell. */
export type Moment = { bootId: string | null; uptimeSeconds: number | null };

/** A settled counter in its reading's unit, or why it is not told, and its sure growth since the reading before. */
export type Settled = Known<number> & { grownRaw: bigint };

type Counter = { settled: bigint; lastRaw: bigint | null; uptimeSeconds: number | null };
type Sum = { settled: bigint; source: string };

/** Counters of interfaces that went away are kept up to so many, the longest unseen is forgotten first. */
const COUNTERS_MAX = 5_000;
/** Of all nodes of a cluster. */
export const CLUSTER_COUNTERS_MAX = 50_000;

/**
 * Makes counters that only grow out of those that begin again at reboots and reloads and run over. What it says only
 * falls when its state is lost, which the gateway takes as "began again".
 */
export class Settler {
  #moment: Moment = { bootId: null, uptimeSeconds: null };
  /** In the order of last use. */
  readonly #counters = new Map<string, Counter>();
  readonly #sums = new Map<string, Sum>();
  #isTold = true;
  /** What was lost in rounds that nobody was told of, by counter or sum. */
  readonly #untold = new Map<string, Known<number>>();

  readonly #countersMax: number;

  constructor(state?: CounterState, countersMax = COUNTERS_MAX) {
    this.#countersMax = countersMax;
    if (!state) return;
    this.#moment.bootId = state.bootId;
    for (const [name, { settled, lastRaw, uptimeSeconds }] of Object.entries(state.counters)) {
      this.#counters.set(name, {
        settled: BigInt(settled),
        lastRaw: lastRaw === null ? null : BigInt(lastRaw),
        uptimeSeconds,
      });
    }
    for (const [name, sum] of Object.entries(state.sums)) {
      this.#sums.set(name, { settled: BigInt(sum.settled), source: sum.source });
    }
  }

  /**
   * Begins a round of readings. After a reboot no last raw value counts any more, whatever its size.
   * @param isTold false for a round between two observations: what is lost in it is told with the next observation
   */
  begin(moment: Moment, isTold = true): void {
    this.#isTold = isTold;
    const isOtherBoot = moment.bootId !== null && this.#moment.bootId !== null && moment.bootId !== this.#moment.bootId;
    if (isOtherBoot) for (const counter of this.#counters.values()) counter.lastRaw = null;
    this.#moment = { bootId: moment.bootId ?? this.#moment.bootId, uptimeSeconds: moment.uptimeSeconds };
  }

  /** Settles one counter of this round. */
  settle(name: string, counter: Known<RawCounter>): Settled {
    // Nothing is lost: the next value that can be read holds this span too.
    if ("unknown" in counter) return { ...counter, grownRaw: 0n };
    const { raw, perUnit, wrap } = counter.value;
    const before = this.#counters.get(name);
    const growth = wrap ? this.#growthOfWrapping(raw, wrap, before) : this.#growthSinceReset(counter.value, before);
    const grownRaw = "value" in growth ? growth.value : 0n;
    const settled = (before?.settled ?? 0n) + grownRaw;
    this.#counters.delete(name);
    this.#counters.set(name, { settled, lastRaw: raw, uptimeSeconds: this.#moment.uptimeSeconds });
    this.#forgetOldest();
    return { ...this.#tell(name, "value" in growth ? { value: Number(settled) / perUnit } : growth), grownRaw };
  }

  /**
   * Adds the growth of several counters to one of its own, for example all packages to a machine. When one part is
   * unknown, or others are added than before, so is the sum, once; what the other parts grew by meanwhile is kept.
   */
  settleSum(name: string, source: string, parts: readonly Settled[], perUnit: number): Known<number> {
    const before = this.#sums.get(name);
    const missing = parts.find((part) => "unknown" in part);
    const reason = missing && "unknown" in missing ? { unknown: missing.unknown } : null;
    if (before?.source !== source) {
      this.#sums.set(name, { settled: before?.settled ?? 0n, source });
      return this.#tell(name, reason ?? unknown("not_yet", `counted from now on by ${source}`));
    }
    before.settled += parts.reduce((total, { grownRaw }) => total + grownRaw, 0n);
    return reason ?? this.#tell(name, { value: Number(before.settled) / perUnit });
  }

  /** Where a counter stood when it was settled last; null for one that was not, or only before another boot. */
  lastRawOf(name: string): bigint | null {
    return this.#counters.get(name)?.lastRaw ?? null;
  }

  /** What has to survive this process. */
  state(): CounterState {
    const counters = [...this.#counters].map(([name, { settled, lastRaw, uptimeSeconds }]) => [
      name,
      { settled: String(settled), lastRaw: lastRaw === null ? null : String(lastRaw), uptimeSeconds },
    ]);
    const sums = [...this.#sums].map(([name, { settled, source }]) => [name, { settled: String(settled), source }]);
    return {
      version: 1,
      bootId: this.#moment.bootId,
      counters: Object.fromEntries(counters),
      sums: Object.fromEntries(sums),
    };
  }

  /** A figure that is told does not hide what was lost since the last one. */
  #tell(name: string, figure: Known<number>): Known<number> {
    if (!this.#isTold) {
      if ("unknown" in figure) this.#untold.set(name, figure);
      return figure;
    }
    const untold = this.#untold.get(name);
    this.#untold.delete(name);
    return "unknown" in figure ? figure : (untold ?? figure);
  }

  /** One wrap is sure only while the span is too short for a second one; where nothing is sure, nothing is added. */
  #growthOfWrapping(raw: bigint, wrap: NonNullable<RawCounter["wrap"]>, before: Counter | undefined): Known<bigint> {
    if (!before) return unknown("not_yet", "counted from now on");
    if (before.lastRaw === null) return unknown("not_yet", "the machine was started again; counted from now on");
    const { uptimeSeconds } = this.#moment;
    const spanSeconds =
      uptimeSeconds === null || before.uptimeSeconds === null ? null : uptimeSeconds - before.uptimeSeconds;
    if (spanSeconds === null || spanSeconds < 0 || spanSeconds >= wrap.secondsMin) {
      const span = spanSeconds === null ? "an unknown time" : `${Math.round(spanSeconds)} s`;
      return unknown(
        "not_yet",
        `not read for ${span}: the counter may have run over more than once (every ${Math.round(wrap.secondsMin)} s at most)`,
      );
    }
    return { value: raw >= before.lastRaw ? raw - before.lastRaw : raw + wrap.max - before.lastRaw };
  }

  /** A fall, or a reboot, means that the counter began again at nought and has grown to `raw` since. */
  #growthSinceReset({ raw, canStepBack }: RawCounter, before: Counter | undefined): { value: bigint } {
    if (!before || before.lastRaw === null) return { value: raw };
    if (raw >= before.lastRaw) return { value: raw - before.lastRaw };
    // `begin` has taken care of reboots where boots have names: what falls here has only stepped back.
    return { value: canStepBack && this.#moment.bootId !== null ? 0n : raw };
  }

  #forgetOldest(): void {
    const [oldest] = this.#counters.keys();
    if (this.#counters.size > this.#countersMax && oldest !== undefined) this.#counters.delete(oldest);
  }
}
