import { levelAfter, type Seen, VIEW_NAMES, VIEWS, type Way } from "./lines";
import { median, quantile } from "./robust";

/** How far ahead each view is tried on the history, in spans. */
const LAGS = [1, 2, 4, 7, 14, 28] as const;
/** Moments in the past at which it is asked, in spans before the end. */
const ASKED = [1, 2, 3, 4, 5, 7, 9, 11, 14, 18, 22, 28, 35, 42, 56, 70] as const;
/** What a view needs of history before it is asked for the first time. */
const SPANS_BEFORE = 6;
/** Half as much weight for a question so many spans older. */
const HALF_LIFE = 10;

/** Up to so many spans ahead the near way holds, from so many on the far one. */
const NEAR_SPANS = 4;
const FAR_SPANS = 10;

export type Tried = {
  /** What all views say together of the next spans, and of what comes after: who is right of tomorrow may be wrong of next month. */
  near: Way;
  far: Way;
  /** For each lag that could be tried: how far the way was from what came, as most (90 %) of the trials were. */
  spreads: { spans: number; bytes: number }[];
};

type Trial = { lag: number; weight: number; misses: number[]; actual: number };

/** A view that cannot be told of so little leaves the others to speak. */
const isTold = (way: Way): boolean =>
  Number.isFinite(way.height) && Number.isFinite(way.slope) && Number.isFinite(way.bend) && Number.isFinite(way.crest);

/**
 * Asks every view at moments of the past and holds it against what came then (rolling forecasting origin: Tashman,
 * "Out-of-sample tests of forecasting accuracy", 2000). The views are then combined by the inverse of their errors,
 * which is seldom worse than the best one and often better (Bates and Granger, "The Combination of Forecasts", 1969).
 */
export function tryOut(seen: Seen): Tried | null {
  const end = seen.levels.length;
  const now = VIEW_NAMES.map((view) => VIEWS[view](seen, end));
  const told = now.map((way, index) => ({ way, index })).filter(({ way }) => isTold(way));
  if (told.length === 0) return null;
  const trials = trialsOf(seen, end);
  const views = told.map(({ index }) => index);
  const nearTrials = trials.filter(({ lag }) => lag <= NEAR_SPANS);
  const farTrials = trials.filter(({ lag }) => lag > NEAR_SPANS);
  const nearWeights = weigh(nearTrials, views);
  const farWeights = farTrials.length > 0 ? weigh(farTrials, views) : nearWeights;
  const ways = told.map(({ way }) => way);
  const spreads = LAGS.flatMap((lag) => {
    const weights = lag > NEAR_SPANS ? farWeights : nearWeights;
    const misses = trials
      .filter((trial) => trial.lag === lag)
      .map(({ misses }) =>
        Math.abs(views.reduce((sum, view, place) => sum + (weights[place] as number) * (misses[view] || 0), 0)),
      );
    return misses.length < 2 ? [] : [{ spans: lag, bytes: 1.25 * quantile(misses, 0.9) }];
  });
  return { near: together(ways, nearWeights), far: together(ways, farWeights), spreads };
}

function together(ways: readonly Way[], weights: readonly number[]): Way {
  const all = { height: 0, slope: 0, bend: 0, crest: 0 };
  ways.forEach((way, place) => {
    const weight = weights[place] as number;
    all.height += weight * way.height;
    all.slope += weight * way.slope;
    all.bend += weight * way.bend;
    all.crest += weight * way.crest;
  });
  return all;
}

/** Where it is after so many spans, and how far its highest values stand above that. */
export function expectedAfter({ near, far }: Tried, spans: number): { level: number; crest: number } {
  const share = Math.min(1, Math.max(0, (spans - NEAR_SPANS) / (FAR_SPANS - NEAR_SPANS)));
  const mixed = (ofNear: number, ofFar: number) => (1 - share) * ofNear + share * ofFar;
  return {
    level: mixed(levelAfter(near, spans), levelAfter(far, spans)),
    crest: mixed(near.crest, far.crest),
  };
}

function trialsOf(seen: Seen, end: number): Trial[] {
  const trials: Trial[] = [];
  for (const back of ASKED) {
    const at = end - back;
    if (at < SPANS_BEFORE) break;
    const ways = VIEW_NAMES.map((view) => VIEWS[view](seen, at));
    for (const lag of LAGS) {
      const actual = seen.levels[at + lag - 1];
      if (lag > back || actual === undefined || Number.isNaN(actual)) continue;
      // The middle of the span that the level stands for.
      const misses = ways.map((way) => (isTold(way) ? levelAfter(way, lag - 0.5) - actual : Number.NaN));
      trials.push({ lag, weight: 2 ** (-(back - lag) / HALF_LIFE), misses, actual });
    }
  }
  return trials;
}

/** Weights of the views, 1 in all: the inverse cube of each one's misses against those of the others in the same trial. */
function weigh(trials: readonly Trial[], views: readonly number[]): number[] {
  const sums = views.map(() => ({ weight: 0, miss: 0 }));
  for (const { misses, weight } of trials) {
    const own = views.map((view) => Math.abs(misses[view] as number));
    const told = own.filter((miss) => !Number.isNaN(miss));
    // Without noise most are exactly right; those that are not are then held against each other.
    const usual = median(told) || Math.min(...told.filter((miss) => miss > 0));
    if (!Number.isFinite(usual)) continue;
    own.forEach((miss, place) => {
      const sum = sums[place];
      if (!sum || Number.isNaN(miss)) return;
      sum.weight += weight;
      // One trial in which a view is lost says no more than that it was lost.
      sum.miss += weight * Math.min(5, miss / usual);
    });
  }
  const scores = sums.map(({ weight, miss }) => (weight > 0 ? 1 / Math.max(0.05, miss / weight) ** 3 : 0.1));
  const all = scores.reduce((sum, score) => sum + score, 0);
  return scores.map((score) => score / all);
}
