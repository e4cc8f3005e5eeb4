import { createRandom, type Random, seedOf } from "@/bench/data/random";
import type { HistoryPoint } from "@/server/storage/forecast/history";

/** Kinds of histories, after what storage does: each is written down as a recipe of what happens in an hour. */
export const RECIPES = [
  "linear",
  "steps",
  "weekly",
  "sawtooth",
  "leakThenCleanup",
  "resize",
  "flat",
  "accelerating",
  "gaps",
] as const;
export type Recipe = (typeof RECIPES)[number];

/** One generated history by hours: the past that forecasts may see and the future that they are held against. */
export type History = { recipe: Recipe; seed: number; points: HistoryPoint[]; days: number };

const HOURS_PER_DAY = 24;
const GIB = 1024 ** 3;
/** Days that are generated; forecasts are asked on those in the middle. */
export const HISTORY_DAYS = 190;

/** A history of this kind: the same seed gives the same one on every machine. */
export function makeHistory(recipe: Recipe, seed: number): History {
  const random = createRandom(seedOf(seed, RECIPES.indexOf(recipe) + 1));
  const hours = HISTORY_DAYS * HOURS_PER_DAY;
  const size = GIB * 10 ** (1 + 2 * random.next());
  const grow = growth(recipe, random, hours);
  const noise = (recipe === "flat" ? 0.002 + 0.02 * random.next() : 0.004 * random.next()) * size;
  const daily = (random.chance(0.5) ? 0.01 * random.next() : 0) * size;
  const resizeAt = recipe === "resize" ? Math.floor(hours * (0.2 + 0.3 * random.next())) : -1;
  const gaps = recipe === "gaps" ? gapHours(random, hours) : new Set<number>();
  const phase = random.next();
  let wobble = 0;
  const points = Array.from({ length: hours }, (_, hour): HistoryPoint => {
    wobble = 0.9 * wobble + 0.44 * random.normal();
    const rhythm = daily * Math.sin(2 * Math.PI * (hour / HOURS_PER_DAY + phase));
    const used = Math.max(0, size * (grow[hour] as number) + rhythm + noise * wobble);
    const capacity = hour < resizeAt ? 0.7 * size : size;
    return {
      at: hour * 3600,
      usedBytes: gaps.has(hour) ? null : Math.min(used, capacity),
      capacityBytes: gaps.has(hour) ? null : capacity,
    };
  });
  return { recipe, seed, points, days: HISTORY_DAYS };
}

/** Used share of the size in each hour, before rhythm and noise. */
function growth(recipe: Recipe, random: Random, hours: number): Float64Array {
  const start = 0.1 + 0.3 * random.next();
  // Between 60 and 300 days from the start until full, so that some fill within the time and others do not.
  const perHour = (1 - start) / (HOURS_PER_DAY * (60 + 240 * random.next()));
  const share = new Float64Array(hours);
  const weekend = 0.1 * random.next();
  const tooth = { days: 3 + random.below(12), kept: 0.1 + 0.5 * random.next() };
  const leak = { from: 30 + random.below(90), days: 8 + random.below(25), times: 3 + 8 * random.next() };
  const bend = 1 + 2 * random.next();
  let level = start;
  let toothBase = start;
  let leaked = 0;
  for (let hour = 0; hour < hours; hour += 1) {
    const day = hour / HOURS_PER_DAY;
    switch (recipe) {
      case "flat":
        level = 0.4 + start;
        break;
      case "steps":
        level += 0.5 * perHour;
        if (random.chance(1 / (HOURS_PER_DAY * 25))) level += 0.04 + 0.1 * random.next();
        if (random.chance(1 / (HOURS_PER_DAY * 40))) level -= 0.6 * (level - start) * random.next();
        break;
      case "sawtooth":
        toothBase += perHour;
        level += perHour + ((1 - tooth.kept) * 0.25) / (HOURS_PER_DAY * tooth.days);
        if (random.chance(1 / (HOURS_PER_DAY * tooth.days)) || level - toothBase > 0.25) level = toothBase;
        break;
      case "leakThenCleanup":
        level += perHour;
        if (day >= leak.from && day < leak.from + leak.days) leaked += leak.times * perHour;
        else if (day >= leak.from + leak.days) leaked = 0;
        break;
      case "accelerating":
        level = start + (1 - start) * (perHour * HOURS_PER_DAY * day * 2.2) ** bend;
        break;
      default:
        level += perHour;
    }
    share[hour] = level + leaked + (recipe === "weekly" ? weekend * Math.sin((2 * Math.PI * day) / 7) : 0);
  }
  return share;
}

function gapHours(random: Random, hours: number): Set<number> {
  const gaps = new Set<number>();
  for (let hour = 0; hour < hours; hour += 1) {
    if (!random.chance(1 / (HOURS_PER_DAY * 9))) continue;
    const length = Math.ceil(HOURS_PER_DAY * 8 * random.next() ** 3);
    for (let missing = hour; missing < hour + length; missing += 1) gaps.add(missing);
  }
  return gaps;
}
