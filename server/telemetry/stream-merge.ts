import { type Incoming, joinRecords, mergeRecords, type Recorded, sliceRecord } from "./merge";
import { coverageStart } from "./overlap";

const HOUR_SECONDS = 3600;

/** What is stored of one hour of a stream. Hours count from 1970. */
export type StoredHour = {
  hour: number;
  recorded: Recorded;
  /** Holds means of a time whose resolution was given up. */
  isThinned: boolean;
  groups: readonly number[];
  revision: number;
  /** Part of a day that is sealed: when any of its hours changes, all have to be written. */
  isSealed: boolean;
};

/** An hour to write. `before` is null when nothing was recorded in it. */
export type ChangedHour = {
  hour: number;
  before: StoredHour | null;
  after: Recorded;
  isThinned: boolean;
  /** False for an hour that is written only because its day is not sealed any more. */
  isChanged: boolean;
};

export const dayOfHour = (hour: number): number => Math.floor(hour / 24);
export const hourOfMoment = (moment: number): number => Math.floor(moment / HOUR_SECONDS);

/** Cuts a sealed day into its hours. */
export function splitDay(day: Omit<StoredHour, "hour" | "isSealed"> & { day: number }): StoredHour[] {
  return Array.from({ length: 24 }, (_, part) => 24 * day.day + part).flatMap((hour) => {
    const recorded = sliceRecord(day.recorded, hour * HOUR_SECONDS, (hour + 1) * HOUR_SECONDS);
    return recorded ? [{ ...day, hour, recorded, isSealed: true }] : [];
  });
}

/** The hours, first and last, whose records may share time with what came in. */
export function hoursCovered(incoming: readonly Pick<Recorded, "block">[]): { first: number; last: number } | null {
  const filled = incoming.filter(({ block }) => block.moments.length > 0);
  if (filled.length === 0) return null;
  return {
    // What was recorded at the very beginning of a span is not within it.
    first: hourOfMoment(Math.min(...filled.map(({ block }) => coverageStart(block) + 1))),
    last: hourOfMoment(Math.max(...filled.map(({ block }) => block.moments.at(-1) ?? 0))),
  };
}

/**
 * The hours of one stream that what came in changes. Hours nobody wrote to stay as they are, with one exception: where
 * resolution was given up, a record can hold time of an hour before its own (see `overlap.ts`).
 *
 * @param stored the hours that `incoming` covers time of, and around them those that may share time with it
 */
export function mergeStream(stored: readonly StoredHour[], incoming: readonly Incoming[]): ChangedHour[] {
  const isThinned = incoming.some((part) => part.isThinned) || stored.some((hour) => hour.isThinned);
  const changed =
    isThinned || reachesOverHours(stored, incoming)
      ? mergeTogether(stored, incoming, isThinned)
      : mergeEachHour(stored, incoming);
  const openDays = new Set(changed.flatMap(({ hour, before }) => (before?.isSealed ? [dayOfHour(hour)] : [])));
  // New hours within a sealed day open it too.
  for (const { hour } of stored.filter(({ isSealed }) => isSealed)) {
    if (changed.some((other) => dayOfHour(other.hour) === dayOfHour(hour))) openDays.add(dayOfHour(hour));
  }
  const isListed = new Set(changed.map(({ hour }) => hour));
  const unsealed = stored
    .filter(({ hour, isSealed }) => isSealed && openDays.has(dayOfHour(hour)) && !isListed.has(hour))
    .map((before) => ({
      hour: before.hour,
      before,
      after: before.recorded,
      isThinned: before.isThinned,
      isChanged: false,
    }));
  return [...changed, ...unsealed].sort((a, b) => a.hour - b.hour);
}

function mergeEachHour(stored: readonly StoredHour[], incoming: readonly Incoming[]): ChangedHour[] {
  const byHour = new Map<number, Incoming[]>();
  for (const part of incoming) {
    for (const [hour, slice] of sliceByHour(part)) {
      const own = byHour.get(hour);
      const arrived = { ...slice, isThinned: part.isThinned };
      if (own) own.push(arrived);
      else byHour.set(hour, [arrived]);
    }
  }
  return [...byHour].flatMap(([hour, parts]) => {
    const before = stored.find((candidate) => candidate.hour === hour) ?? null;
    const merged = mergeRecords(before?.recorded ?? null, parts, false);
    return merged.isChanged ? [{ hour, before, after: merged, isThinned: false, isChanged: true }] : [];
  });
}

/** Whether a record that came in covers time of an hour before its own in which something else is recorded. */
function reachesOverHours(stored: readonly StoredHour[], incoming: readonly Incoming[]): boolean {
  return incoming.some((part) => {
    const hours = hoursCovered([part]);
    if (!hours || hours.first === hourOfMoment(part.block.moments[0] ?? 0)) return false;
    const [start, end] = [coverageStart(part.block), part.block.moments[0] ?? 0];
    // A second of rounding is no overlap.
    const isWithin = (moment: number) => moment > start + 1 && moment < end;
    return [...stored.map(({ recorded }) => recorded), ...incoming].some(({ block }) => block.moments.some(isWithin));
  });
}

/** All hours as one, because records may hold time across their borders. */
function mergeTogether(
  stored: readonly StoredHour[],
  incoming: readonly Incoming[],
  hasThinned: boolean,
): ChangedHour[] {
  const before = stored.length > 0 ? joinRecords(stored.map(({ recorded }) => recorded)) : null;
  const thinnedHours = new Set(
    incoming.flatMap(({ block, isThinned }) => (isThinned ? block.moments.map(hourOfMoment) : [])),
  );
  const merged = mergeRecords(before, incoming, hasThinned);
  if (!merged.isChanged) return [];
  return [...sliceByHour(merged)].flatMap(([hour, after]) => {
    const known = stored.find((candidate) => candidate.hour === hour) ?? null;
    if (known && isSame(known.recorded, after)) return [];
    const isThinned = thinnedHours.has(hour) || (known?.isThinned ?? false);
    return [{ hour, before: known, after, isThinned, isChanged: true }];
  });
}

function* sliceByHour(recorded: Recorded): Generator<[number, Recorded]> {
  const { moments } = recorded.block;
  if (moments.length === 1) return yield [hourOfMoment(moments[0] ?? 0), recorded];
  for (const hour of new Set(moments.map(hourOfMoment))) {
    const slice = sliceRecord(recorded, hour * HOUR_SECONDS, (hour + 1) * HOUR_SECONDS);
    if (slice) yield [hour, slice];
  }
}

function isSame(a: Recorded, b: Recorded): boolean {
  const isEqual = (left: ArrayLike<number>, right: ArrayLike<number>) =>
    left.length === right.length && Array.prototype.every.call(left, (value, at) => value === right[at]);
  return (
    isEqual(a.entityIds, b.entityIds) &&
    isEqual(a.block.moments, b.block.moments) &&
    isEqual(a.block.values, b.block.values) &&
    isEqual(a.block.absence, b.block.absence)
  );
}
