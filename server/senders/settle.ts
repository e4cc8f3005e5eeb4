import { deriveGauges, deriveIncrements, RAPL_RANGES } from "@/contract/exporters/derive";
import type { Reading } from "@/contract/exporters/meaning";
import { type Metric, metricsOf, toSteps } from "@/contract/metrics";
import type { UnknownCode } from "@/contract/unknown";
import type { PendingMoment, PendingValue, TargetState } from "./target-state";

/** One value of one series for one reading. */
export type Contribution = {
  /** Names series and reading within the target. */
  id: string;
  reading: Reading;
  atMs: number;
  startMs: number | null;
  value: number;
  isDelta: boolean;
};

/** A reading in whole steps (or as it is, of a `double`), or why there is none. */
export type SettledReading = number | UnknownCode;

/** Of each entity that was recorded: its readings by position in the metric set. */
export type SettledMoment = { moment: number; entities: Map<number, Map<number, SettledReading>> };

/** So long a moment waits for its other parts: Prometheus sends a part at the latest after 5 s. */
export const GRACE_MS = 10_000;
/** More values than this do not wait: a backlog must not grow into one row. */
const PENDING_VALUES_MAX = 20_000;
/** Entities of one target; what is beyond is counted and left out. */
const ENTITIES_MAX = 5_000;
/** Counters and entities that were not heard of for so long are forgotten. */
const FORGET_SECONDS = 86_400;
/** Settled moments that are remembered, so that a repeated request is known as one. */
const RECENT_MAX = 64;

/** How much could not be taken: of a moment that was settled before, or one entity too many. */
export type Refused = { settledBefore: number; beyond: number };

/** Puts values to the moments that wait. What is there already stays: the same value may come twice. */
export function addContributions(state: TargetState, contributions: readonly Contribution[], nowMs: number): Refused {
  const refused: Refused = { settledBefore: 0, beyond: 0 };
  const places = new Map(state.entities.map(({ kind, key }, place) => [`${kind}\n${key}`, place]));
  const settled = new Set(state.recent);
  const pending = new Map(state.pending.map((moment) => [moment.moment, moment]));
  for (const contribution of contributions) {
    const moment = Math.floor(contribution.atMs / 1000);
    if (settled.has(moment)) {
      refused.settledBefore += 1;
      continue;
    }
    const entity = placeOf(state, places, contribution.reading);
    if (entity === null) {
      refused.beyond += 1;
      continue;
    }
    const waiting = pending.get(moment) ?? { moment, sinceMs: nowMs, values: {} };
    pending.set(moment, waiting);
    waiting.values[contribution.id] ??= pendingValue(entity, contribution);
  }
  state.pending = [...pending.values()].sort((a, b) => a.moment - b.moment);
  return refused;
}

function placeOf(state: TargetState, places: Map<string, number>, { kind, key }: Reading): number | null {
  const name = `${kind}\n${key}`;
  const known = places.get(name);
  if (known !== undefined) return known;
  if (state.entities.length >= ENTITIES_MAX) return null;
  places.set(name, state.entities.length);
  state.entities.push({ kind, key, last: 0 });
  return state.entities.length - 1;
}

function pendingValue(entity: number, { reading, value, startMs, isDelta }: Contribution): PendingValue {
  const counting = isDelta ? "delta" : reading.wraps ? "wrapping" : "counter";
  const as = reading.as === "counter" ? counting : reading.as;
  const scaled = reading.scale === 1 ? value : value * reading.scale;
  return [entity, reading.field, as, writable(scaled, reading.kind === "series"), startMs];
}

function writable(value: number, isExact: boolean): number | string | null {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  if (isExact) return Object.is(value, -0) ? "-0" : String(value);
  return Number.isFinite(value) ? 0 : null;
}

/**
 * Settles the moments that are complete, oldest first: as many values as the moment before had, or waited long enough.
 * One that comes after a later moment was settled holds nobody up; its counters lie in the growth of the later one.
 * @param isForced settles all of them
 * @returns ascending by moment
 */
export function settleReady(state: TargetState, nowMs: number, isForced = false): SettledMoment[] {
  const settled: SettledMoment[] = [];
  const left: PendingMoment[] = [];
  let waiting = state.pending.reduce((total, { values }) => total + Object.keys(values).length, 0);
  let isHeld = false;
  for (const pending of state.pending) {
    const { moment } = pending;
    const count = Object.keys(pending.values).length;
    const isLate = moment <= state.newest;
    const hasNoGap =
      isLate ||
      state.newest === 0 ||
      state.intervalSeconds === 0 ||
      moment - state.newest <= 1.5 * state.intervalSeconds;
    const isComplete = state.expected > 0 && count >= state.expected && hasNoGap;
    const isRipe = isForced || nowMs - pending.sinceMs >= GRACE_MS || waiting > PENDING_VALUES_MAX;
    if ((isHeld && !isLate) || !(isComplete || isRipe)) {
      isHeld ||= !isLate;
      left.push(pending);
      continue;
    }
    waiting -= count;
    settled.push(settleMoment(state, pending));
    state.recent = [...state.recent, moment].slice(-RECENT_MAX);
    if (isLate) continue;
    if (state.newest > 0) state.intervalSeconds = Math.min(3600, moment - state.newest);
    state.newest = moment;
    state.expected = count;
  }
  state.pending = left;
  return settled;
}

type Collected = { gauges: Map<string, number>; unreadable: Set<string>; increments: Map<string, number | null> };

function settleMoment(state: TargetState, { moment, values }: PendingMoment): SettledMoment {
  const told = Object.values(values).find(([, field]) => field === "$bootedAt")?.[3];
  const bootedAt = typeof told === "number" ? told : null;
  const isSameBoot = bootedAt !== null && state.bootedAt > 0 && Math.abs(bootedAt - state.bootedAt) < 2;
  if (bootedAt !== null) state.bootedAt = bootedAt;
  const byEntity = new Map<number, Collected>();
  for (const [id, pending] of Object.entries(values)) {
    const [entity, field, as, written] = pending;
    const value = written === null ? null : Number(written);
    const found = byEntity.get(entity) ?? { gauges: new Map(), unreadable: new Set(), increments: new Map() };
    byEntity.set(entity, found);
    if (value === null) found.unreadable.add(field);
    else if (as === "sum") found.gauges.set(field, (found.gauges.get(field) ?? 0) + value);
    else if (as === "first") found.gauges.set(field, found.gauges.get(field) ?? value);
    else {
      const { kind, last } = state.entities[entity] ?? { kind: "machine" as const, last: 0 };
      // What comes after a later moment of its entity is left to the growth of the next one, which covers it.
      const metric = metricOf(kind, field);
      const growth = last >= moment ? null : settleCounter(state, id, moment, pending, metric, isSameBoot, value);
      const before = found.increments.get(field);
      found.increments.set(field, growth === null ? (before ?? null) : (before ?? 0) + growth);
    }
  }
  const entities = new Map<number, Map<number, SettledReading>>();
  for (const [place, found] of byEntity) {
    const readings = readEntity(state, place, moment, found);
    if (readings) entities.set(place, readings);
  }
  return { moment, entities };
}

/** Growth of a counter in whole steps since it was settled last; null at the first time. */
function settleCounter(
  state: TargetState,
  id: string,
  moment: number,
  [, , as, , startMs]: PendingValue,
  metric: Metric,
  isSameBoot: boolean,
  value: number,
): number | null {
  const before = state.counters[id];
  if (before && before[1] >= moment) return null;
  const total = as === "delta" ? (before?.[0] ?? 0) + value : value;
  state.counters[id] = [total, moment];
  if (as === "delta") return toSteps(metric, total) - toSteps(metric, before?.[0] ?? 0);
  if (!before) return null;
  const hasRestarted = startMs !== null && startMs >= (before[1] + 1) * 1000;
  if (!hasRestarted && total >= before[0]) return toSteps(metric, total) - toSteps(metric, before[0]);
  const range = RAPL_RANGES.find((most) => most >= before[0]);
  const hasWrapped = as === "wrapping" && isSameBoot && range !== undefined;
  return (hasWrapped ? toSteps(metric, range) - toSteps(metric, before[0]) : 0) + toSteps(metric, total);
}

/** The metric that gives a field its step; parts of the machine's energy have that of its energy. */
function metricOf(kind: Reading["kind"], field: string): Metric {
  const name = field.startsWith("$energy") ? "energyJoules" : field;
  const metric = metricsOf(kind).find((candidate) => candidate.name === name);
  if (!metric) throw new RangeError(`Metric set ${kind} has no reading ${field}`);
  return metric;
}

function readEntity(
  state: TargetState,
  place: number,
  moment: number,
  { gauges, unreadable, increments }: Collected,
): Map<number, SettledReading> | null {
  const entity = state.entities[place];
  if (!entity) return null;
  const metrics = metricsOf(entity.kind);
  const span = entity.last > 0 && entity.last < moment ? moment - entity.last : null;
  deriveGauges(entity.kind, gauges, moment);
  deriveIncrements(entity.kind, gauges, increments, span);
  const readings = new Map<number, SettledReading>();
  metrics.forEach((metric, index) => {
    const growth = increments.get(metric.name);
    const gauge = gauges.get(metric.name);
    if (metric.name === "spanSeconds") readings.set(index, span ?? "not_yet");
    else if (growth !== undefined) readings.set(index, growth === null || span === null ? "not_yet" : whole(growth));
    else if (gauge !== undefined) readings.set(index, metric.kind === "double" ? gauge : whole(toSteps(metric, gauge)));
    else readings.set(index, unreadable.has(metric.name) ? "read_failed" : "not_offered");
  });
  const isEmpty = [...readings].every(([, value]) => typeof value === "string");
  // Only names that were left out or parts without a whole: nothing was recorded.
  if (isEmpty && increments.size === 0 && unreadable.size === 0) return null;
  entity.last = Math.max(entity.last, moment);
  return readings;
}

/** The codec holds less than this; plus nought, so that −0 is 0. */
const STEPS_MAX = 2 ** 51;
const whole = (steps: number): SettledReading => (Math.abs(steps) < STEPS_MAX ? steps + 0 : "implausible");

/**
 * Takes out counters and entities that ended. Places change, so only while nothing waits that names them, and after
 * what was settled has become frames.
 */
export function forgetEnded(state: TargetState): void {
  const since = state.newest - FORGET_SECONDS;
  for (const [id, [, moment]] of Object.entries(state.counters)) if (moment < since) delete state.counters[id];
  if (state.pending.length > 0) return;
  if (state.entities.some(({ last }) => last < since)) {
    state.entities = state.entities.filter(({ last }) => last >= since);
  }
}
