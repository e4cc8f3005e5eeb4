import { absenceOf, type Block, createBlock, PRESENT } from "@/contract/codec/block";
import { createLayout, type Dictionary, type Layout } from "@/contract/codec/layout";
import { metricsOf } from "@/contract/metrics";
import { createRandom, type Random, seedOf } from "./random";
import { idealBits, type Profile, RECIPES, type Recipe } from "./recipes";

export type StreamPlan = {
  seed: number;
  /** Number of the stream; streams of one seed are strangers to each other. */
  stream: number;
  nodes: number;
  intervalSeconds: number;
  profile: Profile;
};

type Column = { column: number; recipe: Recipe; value: number; isSpan: boolean };

const SECONDS_A_DAY = 86_400;
const RETURN_RATE = 0.02;

/** The dictionary of a stream: the same for all streams with as many nodes, so layouts can be shared. */
export function dictionaryFor(nodes: number, profile: Profile): Dictionary {
  return Array.from({ length: nodes }, (_, node) =>
    RECIPES[profile].flatMap(({ kind, names }) => names.map((name) => ({ kind, key: `node-${node}${name}` }))),
  ).flat();
}

const layouts = new Map<string, Layout>();
/** One layout for each size and profile: what is made from it stays comparable by identity. */
export function layoutFor(nodes: number, profile: Profile): Layout {
  const name = `${nodes} ${profile}`;
  const layout = layouts.get(name) ?? createLayout(dictionaryFor(nodes, profile));
  layouts.set(name, layout);
  return layout;
}

/** The readings of one stream, moment after moment; the same plan gives the same readings for ever. */
export class NoisyStream {
  readonly layout: Layout;
  /** Readings that count as samples: the noisy ones. Spans, which every counter needs, are sent and not counted. */
  readonly samplesPerMoment: number;
  readonly #random: Random;
  readonly #columns: Column[] = [];

  constructor(plan: StreamPlan) {
    this.#random = createRandom(seedOf(plan.seed, plan.stream));
    this.layout = layoutFor(plan.nodes, plan.profile);
    const { entries } = this.layout;
    entries.forEach(({ kind, key }, slot) => {
      const line = RECIPES[plan.profile].find(
        ({ kind: of, names }) => of === kind && names.some((name) => key.endsWith(name)),
      );
      const readings: Partial<Record<string, Recipe>> = line?.readings ?? {};
      metricsOf(kind).forEach((metric, index) => {
        const isSpan = metric.name === "spanSeconds";
        const recipe: Recipe | undefined = isSpan
          ? { how: "fixed", level: plan.intervalSeconds }
          : readings[metric.name];
        if (!recipe) return;
        const jitter = recipe.how === "fixed" ? 0 : recipe.level * 0.2 * (this.#random.next() - 0.5);
        const value = Math.round(recipe.level + jitter);
        this.#columns.push({ column: this.layout.columnOf(slot, index), recipe, value, isSpan });
      });
    });
    this.samplesPerMoment = this.#columns.filter(({ isSpan }) => !isSpan).length;
  }

  /** The readings of the next moments (ascending epoch seconds). */
  next(moments: readonly number[]): Block {
    const block = createBlock(this.layout, moments);
    const { values, absence } = block;
    absence.fill(absenceOf("not_offered"));
    moments.forEach((moment, at) => {
      const day = Math.sin((2 * Math.PI * (moment % SECONDS_A_DAY)) / SECONDS_A_DAY);
      for (const column of this.#columns) {
        const place = column.column * moments.length + at;
        values[place] = this.#advance(column, day);
        absence[place] = PRESENT;
      }
    });
    return block;
  }

  #advance(column: Column, day: number): number {
    const { recipe } = column;
    if (recipe.how === "fixed") return recipe.level;
    if (recipe.how === "flow") {
      // A day's wave that moves by less than the noise from one minute to the next.
      return Math.max(0, Math.round(column.value + 8 * recipe.noise * day + recipe.noise * this.#random.normal()));
    }
    if (recipe.how === "walk") {
      const drift = RETURN_RATE * (recipe.level - column.value);
      column.value = Math.max(0, column.value + drift + recipe.noise * this.#random.normal());
      return Math.round(column.value);
    }
    const isNew = this.#random.chance(recipe.chance);
    if (recipe.isCounter) return isNew ? 1 + Math.round(recipe.noise * Math.abs(this.#random.normal())) : 0;
    if (isNew) column.value = Math.max(0, Math.round(column.value + recipe.noise * this.#random.normal()));
    return column.value;
  }
}

/** Bytes a sample that no coder can go below by much, because so much of the readings is new. */
export function idealBytesPerSample(profile: Profile): number {
  const recipes = RECIPES[profile].flatMap(({ names, readings }) =>
    names.flatMap(() => Object.values<Recipe>(readings as Record<string, Recipe>)),
  );
  return recipes.reduce((bits, recipe) => bits + idealBits(recipe), 0) / recipes.length / 8;
}
