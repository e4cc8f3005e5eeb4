import { forecast } from "@/server/storage/forecast/forecast";
import { HISTORY_DAYS, type History, makeHistory, RECIPES } from "./forecast/histories";
import { lastValue, leastSquares, type Rival } from "./forecast/rivals";
import { Score } from "./forecast/score";
import { readOptions } from "./options";

/**
 * `npm run bench:forecast`: how right "full between … and …" is. Histories are generated from a seed, cut at moments in
 * their middle, and what is said there is held against what came: by this forecast, by the last value, by a straight
 * line of least squares and by Prometheus' predict_linear over 4 hours and a day. The last line is one JSON object.
 */

const options = readOptions({ histories: 270, seed: 1, everyDays: 4 });
const HOUR = 3600;
const DAY = 24 * HOUR;
const FIRST_DAY = 30;

const own: Rival = (points, now, capacityBytes) => {
  const said = forecast(points);
  const late = now - (said.basedAt ?? now);
  return {
    secondsUntilFull: said.fullLikely === null ? Number.POSITIVE_INFINITY : Math.max(0, said.fullLikely - now),
    usedIn: (seconds) => said.at(now + seconds)?.likely ?? lastValue(points, now, capacityBytes).usedIn(seconds + late),
    between: said.fullFrom === null ? null : [said.fullFrom - now, (said.fullTo ?? Number.POSITIVE_INFINITY) - now],
  };
};
const rivals: Record<string, Rival> = {
  forecast: own,
  lastValue,
  straightLine: leastSquares(HISTORY_DAYS * DAY),
  predictLinear4h: leastSquares(4 * HOUR),
  predictLinear1d: leastSquares(DAY),
};

const scores = Object.fromEntries(Object.keys(rivals).map((name) => [name, new Score()]));
let questions = 0;
const startedAt = process.cpuUsage();
let ownMicros = 0;
for (let index = 0; index < options.histories; index += 1) {
  const recipe = RECIPES[index % RECIPES.length] as (typeof RECIPES)[number];
  const history = makeHistory(recipe, options.seed * 100_000 + index);
  for (let day = FIRST_DAY; day < history.days - 1; day += options.everyDays) ask(history, day);
}

function ask(history: History, day: number): void {
  const cut = day * 24 + 1;
  const past = history.points.slice(Math.max(0, cut - 90 * 24), cut);
  const newest = past.at(-1);
  const capacity = past.findLast((point) => point.capacityBytes !== null)?.capacityBytes;
  if (!newest || !capacity) return;
  const truth = history.points.slice(cut);
  const used = past.findLast((point) => point.usedBytes !== null)?.usedBytes ?? 0;
  if (used >= 0.98 * capacity) return;
  questions += 1;
  for (const [name, rival] of Object.entries(rivals)) {
    const before = process.cpuUsage().user;
    const said = rival(past, newest.at, capacity);
    if (name === "forecast") ownMicros += process.cpuUsage().user - before;
    scores[name]?.add(history.recipe, said, newest.at, capacity, truth);
  }
}

const result = Object.fromEntries(Object.entries(scores).map(([name, score]) => [name, score.figures()]));
for (const [name, score] of Object.entries(scores)) for (const line of score.lines(name)) console.log(line);
const beaten = Score.beats(result);
console.log(
  JSON.stringify({
    histories: options.histories,
    questions,
    ...result,
    beaten,
    forecastMicros: Math.round(ownMicros / questions),
    cpuSeconds: Math.round(process.cpuUsage(startedAt).user / 1e6),
  }),
);
if (Object.values(beaten).includes(false)) process.exitCode = 1;
