import { absenceOf, type Block, PRESENT } from "@/contract/codec/block";
import type { Layout } from "@/contract/codec/layout";
import { metricsOf } from "@/contract/metrics";

/**
 * Time that two records of an entity both cover.
 *
 * A record at t with the span s holds what was counted in (t − s, t]. Records follow each other without a gap, until
 * an edge gives up resolution: then one record stands for several, of which some may have arrived before and others
 * may still be on their way. The shorter record keeps what it counted; the longer one is left with the rest, its span
 * shortened by theirs. So it owns the gaps between the shorter ones, and sums are the same in whatever order they come.
 */
const TOLERANCE_SECONDS = 2;

/** One entity within a block. */
type Track = { block: Block; slot: number };
/** The same with knowledge of which of the block's moments the entity is recorded at. */
type RecordedTrack = Track & { isRecorded: (at: number) => boolean };

/** True for entities whose counters say how much time they cover. */
export function hasSpan(layout: Layout, slot: number): boolean {
  const kind = layout.entries[slot]?.kind;
  return kind !== undefined && metricsOf(kind)[0]?.name === "spanSeconds";
}

/**
 * So far back may the span of a record reach into what is recorded: as long as an edge may be dark without a loss.
 * What reaches further is settled with the newest part of that time only.
 */
const BEHIND_SECONDS_MAX = 72 * 3600;

/** Where the time begins that a block's records cover, in epoch seconds; its first moment where no span says more. */
export function coverageStart({ layout, moments, values, absence }: Block): number {
  let start = moments[0] ?? 0;
  for (let slot = 0; slot < layout.entries.length; slot += 1) {
    if (!hasSpan(layout, slot)) continue;
    const column = layout.columnOf(slot, 0) * moments.length;
    moments.forEach((moment, at) => {
      if (absence[column + at] !== PRESENT) return;
      start = Math.min(start, moment - Math.min(values[column + at] ?? 0, BEHIND_SECONDS_MAX));
    });
  }
  return start;
}

/**
 * Settles what comes in of one entity with what is recorded of it, changing either in place.
 * @returns whether a recorded moment changed
 */
export function settleEntity(recorded: RecordedTrack, incoming: Track, isThinned: boolean): boolean {
  let isChanged = false;
  incoming.block.moments.forEach((moment, at) => {
    const span = spanAt(incoming, at);
    if (span <= 0) return;
    const place = lowerBound(recorded.block.moments, moment);
    const isThere = recorded.block.moments[place] === moment && recorded.isRecorded(place);
    if (isThere) {
      if (isThinned) isChanged = extend(recorded, place, incoming, at) || isChanged;
      return;
    }
    for (const inner of recordsWithin(recorded, place, moment - span)) subtract(incoming, at, recorded, inner);
    const owner = ownerOf(recorded, place, moment, span);
    if (owner < 0) return;
    subtract(recorded, owner, incoming, at);
    isChanged = true;
  });
  return isChanged;
}

/**
 * A long record whose moment is taken by a shorter one: what none of the records in its time holds goes to that one.
 */
function extend(recorded: RecordedTrack, place: number, incoming: Track, at: number): boolean {
  const moment = incoming.block.moments[at] ?? 0;
  for (const inner of recordsWithin(recorded, place, moment - spanAt(incoming, at))) {
    subtract(incoming, at, recorded, inner);
  }
  subtract(incoming, at, recorded, place);
  if (spanAt(incoming, at) <= TOLERANCE_SECONDS) return false;
  const gapEnd = gapBefore(recorded, place);
  const owner = ownerOf(recorded, lowerBound(recorded.block.moments, gapEnd), gapEnd, spanAt(incoming, at));
  if (owner >= 0) subtract(recorded, owner, incoming, at);
  for (const metric of settledMetrics(recorded)) {
    const to = cell(recorded, metric, place);
    const from = cell(incoming, metric, at);
    if (recorded.block.absence[to] !== PRESENT || incoming.block.absence[from] !== PRESENT) continue;
    recorded.block.values[to] = (recorded.block.values[to] ?? 0) + (incoming.block.values[from] ?? 0);
  }
  return true;
}

/** Places of the records before `place` that lie mostly behind `start`, newest first; half is not most. */
function* recordsWithin(track: RecordedTrack, place: number, start: number): Generator<number> {
  for (let at = place - 1; at >= 0; at -= 1) {
    const moment = track.block.moments[at] ?? 0;
    if (moment <= start) return;
    if (!track.isRecorded(at)) continue;
    if (2 * (moment - start) <= moment - startOf(track, at)) return;
    yield at;
  }
}

/** Where the time begins that a record and those within it cover together. */
function startOf(track: RecordedTrack, at: number): number {
  let cursor = track.block.moments[at] ?? 0;
  let left = spanAt(track, at);
  for (let before = at - 1; before >= 0; before -= 1) {
    const moment = track.block.moments[before] ?? 0;
    if (left <= cursor - moment + TOLERANCE_SECONDS) break;
    if (moment > cursor || !track.isRecorded(before)) continue;
    left -= cursor - moment;
    cursor = startOf(track, before);
  }
  return cursor - left;
}

/** Where the newest time before a record ends that no record up to it covers. */
function gapBefore(track: RecordedTrack, at: number): number {
  let cursor = startOf(track, at);
  for (let before = at - 1; before >= 0; before -= 1) {
    const moment = track.block.moments[before] ?? 0;
    if (moment > cursor || !track.isRecorded(before)) continue;
    if (moment < cursor - TOLERANCE_SECONDS) break;
    cursor = startOf(track, before);
  }
  return cursor;
}

/** Longest time that a record of means covers: no need to look further ahead for one that covers a moment. */
const REACH_SECONDS = 3 * 3600;

/** The later record in one of whose gaps the time before `moment` mostly lies; −1 when there is none. */
function ownerOf(track: RecordedTrack, place: number, moment: number, span: number): number {
  const { moments } = track.block;
  for (let later = place; later < moments.length; later += 1) {
    let cursor = moments[later] ?? 0;
    if (cursor > moment + REACH_SECONDS) return -1;
    if (cursor <= moment || !track.isRecorded(later)) continue;
    let left = spanAt(track, later);
    for (let before = later - 1; ; before -= 1) {
      const earlier = before < 0 ? Number.NEGATIVE_INFINITY : (moments[before] ?? 0);
      if (before >= 0 && (earlier > cursor || !track.isRecorded(before))) continue;
      const gap = cursor - earlier;
      if (earlier <= moment) {
        // The gap that the moment lies in: owned when most of what is free before the moment is.
        const free = Math.min(span, moment - earlier);
        if (2 * (moment - Math.max(cursor - left, moment - free)) > free) return later;
        break;
      }
      if (left <= gap + TOLERANCE_SECONDS) break;
      left -= gap;
      cursor = startOf(track, before);
      if (cursor < moment - TOLERANCE_SECONDS) break;
    }
  }
  return -1;
}

/** Takes the span and the increments of `other` out of a record; what would be negative makes no sense and is said. */
function subtract(track: Track, at: number, other: Track, otherAt: number): void {
  for (const metric of settledMetrics(track)) {
    const from = cell(track, metric, at);
    const what = cell(other, metric, otherAt);
    if (track.block.absence[from] !== PRESENT || other.block.absence[what] !== PRESENT) continue;
    const rest = (track.block.values[from] ?? 0) - (other.block.values[what] ?? 0);
    track.block.values[from] = Math.max(0, rest);
    if (rest < 0 && metric > 0) track.block.absence[from] = absenceOf("implausible");
  }
}

/** Positions of the span (which is the first) and of the counters that it belongs to. */
function settledMetrics({ block, slot }: Track): number[] {
  const kind = block.layout.entries[slot]?.kind;
  const metrics = kind ? metricsOf(kind) : [];
  return [...metrics.keys()].filter((index) => index === 0 || metrics[index]?.kind === "counter");
}

const cell = ({ block, slot }: Track, metric: number, at: number): number =>
  block.layout.columnOf(slot, metric) * block.moments.length + at;

/** Seconds that the counters of a record cover; 0 where that is not known. */
function spanAt(track: Track, at: number): number {
  const place = cell(track, 0, at);
  return track.block.absence[place] === PRESENT ? (track.block.values[place] ?? 0) : 0;
}

function lowerBound(moments: readonly number[], moment: number): number {
  let low = 0;
  let high = moments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle] ?? 0) < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
