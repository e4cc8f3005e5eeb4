import * as z from "zod";
import { absenceOf, type Block, createBlock, PRESENT } from "@/contract/codec/block";
import { VALUE_MAX } from "@/contract/codec/column-model";
import { createLayout, type Dictionary, dictionaryText, type Layout } from "@/contract/codec/layout";
import { metricsOf, toSteps } from "@/contract/metrics";
import type { UnknownReason } from "@/contract/unknown";
import type { EntitySample } from "./entity-reading";

/** Where the counters of an entity stood when it was last recorded. */
const Baseline = z.object({
  /** By the clock that only runs, in seconds, and the boot that it counts from. */
  uptimeSeconds: z.number(),
  wall: z.number(),
  generation: z.number(),
  /** Reading → total in steps. */
  totals: z.record(z.string(), z.number()),
  /** Recorded before the machine was started anew: what has grown since has grown since that start. */
  isOfEarlierBoot: z.boolean().optional(),
});
type Baseline = z.infer<typeof Baseline>;
const Baselines = z.record(z.string(), Baseline);

/**
 * What is kept on disk. The file is written before the record goes into the spool: should the process end in between,
 * the spool does not have the record, and the growth in it is counted from the baselines before.
 */
export const RecorderState = z.object({
  epoch: z.number(),
  sequence: z.number(),
  bootId: z.string().nullable(),
  now: Baselines,
  before: Baselines,
});
export type RecorderState = z.infer<typeof RecorderState>;

/** When something was read: by the wall clock and by the one that only runs. */
export type ReadingTime = { generation: number; wall: number; uptimeSeconds: number };

export type Recording = {
  dictionary: Dictionary;
  block: Block;
  /** Kind, newline, key → reading → why it is missing, in words. */
  unknown: Record<string, Record<string, UnknownReason>>;
};

/** Entities that went away are remembered up to so many, the longest unseen is forgotten first. */
const BASELINES_MAX = 5000;

/**
 * Turns what was read at one moment into a block: gauges in steps, counters as the growth of their quantised totals
 * since the entity was last recorded, so that no growth is lost to rounding, and reasons for what is missing.
 */
export class Recorder {
  #now: Map<string, Baseline>;
  #before: Map<string, Baseline>;
  #layout: Layout | null = null;
  #layoutText = "";
  readonly #bootId: string | null;

  /** @param spooled newest record that the spool knows; null when it knows none */
  constructor(bootId: string | null, state: RecorderState | null, spooled: { epoch: number; sequence: number } | null) {
    const isRecorded =
      state !== null && spooled !== null && state.epoch === spooled.epoch && state.sequence <= spooled.sequence;
    // Without any record in the spool the last one was acknowledged, or its disk was lost with it.
    const isTaken = isRecorded || spooled === null;
    const isOtherBoot = bootId !== null && state !== null && state.bootId !== null && state.bootId !== bootId;
    const known = Object.entries((isTaken ? state?.now : state?.before) ?? {});
    this.#now = new Map(
      known.map(([name, baseline]) => [name, isOtherBoot ? { ...baseline, isOfEarlierBoot: true } : baseline]),
    );
    this.#before = new Map(this.#now);
    this.#bootId = bootId;
  }

  /** @param samples counters as totals that only grow, in units */
  record(samples: readonly EntitySample[], time: ReadingTime): Recording {
    this.#before = new Map(this.#now);
    const layout = this.#layoutOf(samples);
    const block = createBlock(layout, [time.wall]);
    const unknown: Recording["unknown"] = {};
    const slots = new Map(layout.entries.map(({ kind, key }, slot) => [`${kind}\n${key}`, slot]));
    for (const sample of samples) {
      const name = `${sample.kind}\n${sample.key}`;
      const slot = slots.get(name);
      if (slot === undefined) continue;
      const reasons = this.#recordEntity(block, slot, name, sample, time);
      if (Object.keys(reasons).length > 0) unknown[name] = reasons;
    }
    return { dictionary: layout.entries, block, unknown };
  }

  /** State to write before the record with this name goes into the spool. */
  state(epoch: number, sequence: number): RecorderState {
    return {
      epoch,
      sequence,
      bootId: this.#bootId,
      now: Object.fromEntries(this.#now),
      before: Object.fromEntries(this.#before),
    };
  }

  #recordEntity(
    block: Block,
    slot: number,
    name: string,
    sample: EntitySample,
    time: ReadingTime,
  ): Record<string, UnknownReason> {
    const before = this.#now.get(name);
    const totals: Record<string, number> = { ...before?.totals };
    const reasons: Record<string, UnknownReason> = {};
    const span = before ? this.#spanSince(before, time) : null;
    const put = (index: number, steps: number | null, reason: UnknownReason) => {
      const place = block.layout.columnOf(slot, index);
      if (steps !== null && Number.isFinite(steps) && Math.abs(steps) <= VALUE_MAX) {
        block.values[place] = steps;
        block.absence[place] = PRESENT;
        return;
      }
      const told =
        steps === null ? reason : { code: "implausible" as const, detail: `the value ${steps} has no place` };
      block.absence[place] = absenceOf(told.code);
    };
    for (const [index, metric] of metricsOf(sample.kind).entries()) {
      const value = sample.readings[metric.name];
      const reason = sample.unknown?.[metric.name] ?? { code: "read_failed" as const, detail: "not read" };
      if (metric.name === "spanSeconds") {
        put(index, span, { code: "not_yet", detail: "the first reading" });
        continue;
      }
      if (value === undefined) {
        // Without words the code says it all, and travels with the readings.
        if (reason.detail !== "") reasons[metric.name] = reason;
        put(index, null, reason);
        continue;
      }
      const steps = toSteps(metric, value);
      if (metric.kind !== "counter") {
        put(index, steps, reason);
        continue;
      }
      const total = totals[metric.name];
      totals[metric.name] = steps;
      // A process of its own counts from nought again; a machine's counters are settled and never fall.
      const growth = total === undefined ? null : sample.kind === "link" && steps < total ? steps : steps - total;
      put(index, growth === null || growth < 0 ? null : growth, { code: "not_yet", detail: "counted from now on" });
    }
    this.#now.delete(name);
    this.#now.set(name, { ...time, totals });
    const [oldest] = this.#now.keys();
    if (this.#now.size > BASELINES_MAX && oldest !== undefined) this.#now.delete(oldest);
    return reasons;
  }

  /**
   * By the wall clock while nobody set it; over a step of it by the clock that only runs. Over a reboot it is the time
   * since the boot: the counters began again with it, and what they counted before it after the last record is lost.
   */
  #spanSince(before: Baseline, time: ReadingTime): number | null {
    const byUptime = before.isOfEarlierBoot ? time.uptimeSeconds : time.uptimeSeconds - before.uptimeSeconds;
    const isByUptime = before.isOfEarlierBoot || (this.#bootId !== null && before.generation !== time.generation);
    const seconds = isByUptime ? Math.round(byUptime) : time.wall - before.wall;
    return seconds > 0 ? seconds : null;
  }

  #layoutOf(samples: readonly EntitySample[]): Layout {
    const dictionary = samples.map(({ kind, key }) => ({ kind, key }));
    const text = dictionaryText(dictionary);
    if (this.#layout && text === this.#layoutText) return this.#layout;
    const seen = new Set<string>();
    const layout = createLayout(
      dictionary.filter(({ kind, key }) => {
        const name = `${kind}\n${key}`;
        return seen.has(name) ? false : seen.add(name);
      }),
    );
    this.#layout = layout;
    this.#layoutText = text;
    return layout;
  }
}
