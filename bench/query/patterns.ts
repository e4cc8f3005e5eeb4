import { layoutFor, NoisyStream } from "@/bench/data/noisy-stream";
import type { Profile } from "@/bench/data/recipes";
import type { Block } from "@/contract/codec/block";
import { selectMoments } from "@/contract/codec/block";
import { type PackedChunk, packChunk, packHours } from "@/server/telemetry/chunks";
import {
  type Aggregates,
  aggregateDay,
  aggregateHours,
  type FiveMinutes,
  sumFiveMinutes,
} from "@/server/telemetry/rollups";

export type PatternPlan = { seed: number; patterns: number; nodes: number; intervalSeconds: number; profile: Profile };

/** One part of one pattern's day: an hour, or all of it (part −1). */
export type PatternPart = {
  part: number;
  moments: readonly number[];
  chunk: PackedChunk;
  sums: FiveMinutes;
  packedSums: PackedChunk;
};

export type PatternDay = { pattern: number; parts: PatternPart[]; hours: PackedChunk; day: Aggregates };

const SECONDS_A_DAY = 86_400;
const HOUR_SECONDS = 3600;

/**
 * Streams that are really generated, day after day; every stream of the fleet repeats one of them. What is read and
 * decoded is as large and as noisy as it would be if all were different; only a cache could tell.
 */
export class Patterns {
  readonly #plan: PatternPlan;
  readonly #streams: NoisyStream[];

  constructor(plan: PatternPlan) {
    this.#plan = plan;
    this.#streams = Array.from(
      { length: plan.patterns },
      (_, stream) => new NoisyStream({ ...plan, stream, nodes: plan.nodes }),
    );
  }

  get layout() {
    return layoutFor(this.#plan.nodes, this.#plan.profile);
  }

  /**
   * The next day of every pattern.
   * @param day days since 1970
   * @param until moments from here on are left out, epoch seconds
   * @param isSealed one part for the day, else one for each hour
   */
  *nextDay(day: number, until: number, isSealed: boolean): Generator<PatternDay> {
    const { intervalSeconds } = this.#plan;
    const moments = Array.from(
      { length: SECONDS_A_DAY / intervalSeconds },
      (_, at) => day * SECONDS_A_DAY + at * intervalSeconds,
    ).filter((moment) => moment < until);
    for (const [pattern, noisy] of this.#streams.entries()) {
      const block = noisy.next(moments);
      const hours = aggregateHours(block);
      const parts = isSealed ? [partOf(block, -1)] : hourParts(block);
      yield { pattern, parts, hours: packHours(hours), day: aggregateDay(hours) };
    }
  }
}

function hourParts(block: Block): PatternPart[] {
  const byHour = new Map<number, number[]>();
  block.moments.forEach((moment, at) => {
    const hour = Math.floor((moment % SECONDS_A_DAY) / HOUR_SECONDS);
    byHour.set(hour, [...(byHour.get(hour) ?? []), at]);
  });
  return [...byHour].map(([hour, indexes]) => partOf(selectMoments(block, indexes), hour));
}

function partOf(block: Block, part: number): PatternPart {
  const sums = sumFiveMinutes(block);
  if (!sums) throw new Error("a pattern without sums");
  return { part, moments: block.moments, chunk: packChunk(block), sums, packedSums: packChunk(sums.block) };
}
