import { percentile, significant } from "@/bench/options";
import type { HistoryPoint } from "@/server/storage/forecast/history";
import type { Recipe } from "./histories";
import type { Said } from "./rivals";

const DAY = 86_400;
/** What is further away than this is "not soon" for everybody; saying never and saying next year are the same then. */
const HORIZON_DAYS = 60;
/** It is time to act when it is full within a week; an alarm is false when it is not full within three. */
const ALARM_DAYS = 7;
const FALSE_DAYS = 21;
const AHEAD_DAYS = [7, 30];

export type Figures = {
  /** Median and mean of |said − true| days until full, both cut at the horizon, where either is within it. */
  daysUntilFull: { median: number; mean: number };
  /** Median error of the value 7 and 30 days ahead, in percent of the size. */
  valuePercent: { median: number; mean: number };
  /** Of the moments a week or less before full: how many had no alarm, in percent. */
  lateAlarms: number;
  /** Of the moments more than three weeks before full: how many had an alarm, in percent. */
  falseAlarms: number;
  /** Of those that were full within the horizon: in how many the true moment lay between the two that were told. */
  within: number | null;
};

type Answer = {
  recipe: Recipe;
  days: number | null;
  values: number[];
  isLate: boolean | null;
  isFalse: boolean | null;
  isWithin: boolean | null;
};

const percentOf = (answers: readonly (boolean | null)[]): number => {
  const asked = answers.filter((answer) => answer !== null);
  return significant((100 * asked.filter(Boolean).length) / Math.max(1, asked.length), 3);
};
const mean = (values: readonly number[]): number =>
  significant(values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length), 3);

/** Holds what one forecaster says against what came. */
export class Score {
  private readonly answers: Answer[] = [];

  add(recipe: Recipe, said: Said, now: number, capacity: number, truth: readonly HistoryPoint[]): void {
    const full = truth.find((point) => point.usedBytes !== null && point.usedBytes >= capacity);
    const seenDays = ((truth.at(-1)?.at ?? now) - now) / DAY;
    const trueDays = full ? (full.at - now) / DAY : Number.POSITIVE_INFINITY;
    const saidDays = said.secondsUntilFull / DAY;
    const isSoon = Math.min(trueDays, saidDays) < HORIZON_DAYS;
    // Where the future that was generated ends, nobody can be told right or wrong about what lies behind it.
    const isKnown = full !== undefined || seenDays >= HORIZON_DAYS;
    const values = AHEAD_DAYS.flatMap((days) => {
      const point = truth[days * 24 - 1];
      if (!point || point.usedBytes === null || trueDays <= days) return [];
      return [(100 * Math.abs(said.usedIn(point.at - now) - point.usedBytes)) / capacity];
    });
    const isAlarm = saidDays <= ALARM_DAYS;
    const { between } = said;
    this.answers.push({
      recipe,
      days: isSoon && isKnown ? Math.abs(Math.min(HORIZON_DAYS, saidDays) - Math.min(HORIZON_DAYS, trueDays)) : null,
      values,
      isLate: trueDays <= ALARM_DAYS ? !isAlarm : null,
      isFalse: trueDays > FALSE_DAYS && seenDays >= FALSE_DAYS ? isAlarm : null,
      isWithin:
        between === undefined || trueDays > HORIZON_DAYS
          ? null
          : between !== null && trueDays * DAY >= between[0] && trueDays * DAY <= between[1],
    });
  }

  figures(recipe?: Recipe): Figures {
    const answers = this.answers.filter((answer) => recipe === undefined || answer.recipe === recipe);
    const days = answers.flatMap((answer) => (answer.days === null ? [] : [answer.days]));
    const values = answers.flatMap((answer) => answer.values);
    const within = answers.map(({ isWithin }) => isWithin);
    return {
      daysUntilFull: { median: significant(percentile(days, 50), 3), mean: mean(days) },
      valuePercent: { median: significant(percentile(values, 50), 3), mean: mean(values) },
      lateAlarms: percentOf(answers.map(({ isLate }) => isLate)),
      falseAlarms: percentOf(answers.map(({ isFalse }) => isFalse)),
      within: within.some((answer) => answer !== null) ? percentOf(within) : null,
    };
  }

  /** One readable line for each kind of history, and one over all. */
  lines(name: string): string[] {
    const recipes = [...new Set(this.answers.map(({ recipe }) => recipe))];
    return [...recipes, undefined].map((recipe) => {
      const { daysUntilFull, valuePercent, lateAlarms, falseAlarms, within } = this.figures(recipe);
      return `${name.padEnd(16)}${(recipe ?? "all").padEnd(16)} days ${daysUntilFull.median} (mean ${daysUntilFull.mean}), value ${valuePercent.median} % (mean ${valuePercent.mean}), late ${lateAlarms} %, false ${falseAlarms} %${within === null ? "" : `, within ${within} %`}`;
    });
  }

  /** Whether the forecast is better than every other on the median errors and on late alarms. */
  static beats({ forecast, ...others }: Record<string, Figures>): Record<string, boolean> {
    if (!forecast) return {};
    return Object.fromEntries(
      Object.entries(others).map(([name, other]) => [
        name,
        forecast.daysUntilFull.median < other.daysUntilFull.median &&
          forecast.valuePercent.median < other.valuePercent.median &&
          forecast.lateAlarms < other.lateAlarms,
      ]),
    );
  }
}
