import { type Block, createBlock, ENTITY_ABSENT, PRESENT, selectMoments } from "@/contract/codec/block";
import { createLayout, type DictionaryEntry, type Layout } from "@/contract/codec/layout";
import { metricsOf } from "@/contract/metrics";
import { hasSpan, settleEntity } from "./overlap";

/** A block whose slots are entities by id. */
export type Recorded = { block: Block; entityIds: readonly number[] };
/** What came in; thinned = means of a time whose resolution was given up at the edge. */
export type Incoming = Recorded & { isThinned: boolean };

export type Merged = Recorded & {
  /** Pairs of entity and moment that were not there before. */
  added: number;
  /** False when everything was there already: nothing has to be written. */
  isChanged: boolean;
};

/**
 * The union of what is recorded and what came in, in the order in which it came. A pair of entity and moment is an
 * element of a set: the first writer of it wins, a second one changes nothing. Time that two records of an entity
 * both cover is counted once (see `overlap.ts`), whichever of them came first. Blocks that come in may be changed.
 *
 * @param stored null when nothing is recorded yet
 * @param hasThinned whether `stored` holds thinned records: only then can what comes in lie under one of them
 */
export function mergeRecords(stored: Recorded | null, incoming: readonly Incoming[], hasThinned: boolean): Merged {
  const parts = stored ? [stored, ...incoming] : incoming;
  const { layout, entityIds } = unionLayout(parts);
  const moments = unionMoments(parts);
  const merged = createBlock(layout, moments);
  const slotOf = new Map(entityIds.map((id, slot) => [id, slot]));
  const place = new Map(moments.map((moment, at) => [moment, at]));
  /** 1 for each pair of entity (slot) and moment that is recorded. */
  const taken = new Uint8Array(entityIds.length * moments.length);
  const target = { block: merged, slotOf, place, taken, mappings: new Map() };
  if (stored) takeOver(target, stored);
  let mayLieUnder = hasThinned;
  let added = 0;
  let isSettled = false;
  for (const part of incoming) {
    mayLieUnder ||= part.isThinned;
    if (mayLieUnder || reachesBehind(target, part)) isSettled = settlePart(target, part) || isSettled;
    added += takeOver(target, part);
  }
  return { block: merged, entityIds, added, isChanged: added > 0 || isSettled };
}

/** Records that do not know each other's moments, side by side: nothing is settled between them. */
export function joinRecords(parts: readonly Recorded[]): Recorded {
  const { layout, entityIds } = unionLayout(parts);
  const moments = unionMoments(parts);
  const block = createBlock(layout, moments);
  const target = {
    block,
    slotOf: new Map(entityIds.map((id, slot) => [id, slot])),
    place: new Map(moments.map((moment, at) => [moment, at])),
    taken: new Uint8Array(entityIds.length * moments.length),
    mappings: new Map(),
  };
  for (const part of parts) takeOver(target, part);
  return { block, entityIds };
}

/** The part of a record from `from` to before `to` (epoch seconds), with the entities recorded there; null if none. */
export function sliceRecord({ block, entityIds }: Recorded, from: number, to: number): Recorded | null {
  const indexes = [...block.moments.keys()].filter((at) => {
    const moment = block.moments[at] ?? 0;
    return moment >= from && moment < to;
  });
  if (indexes.length === 0) return null;
  const isAll = indexes.length === block.moments.length;
  const part = isAll ? block : selectMoments(block, indexes);
  const slots = entityIds
    .map((_, slot) => slot)
    .filter((slot) => part.moments.some((_, at) => isRecordedAt(part, slot, at)));
  if (slots.length === 0) return null;
  if (slots.length === entityIds.length) return { block: part, entityIds };
  const layout = createLayout(slots.flatMap((slot) => part.layout.entries[slot] ?? []));
  const pruned = createBlock(layout, part.moments);
  for (let column = 0; column < layout.columns; column += 1) {
    const slot = slots[layout.slots[column] ?? 0] ?? 0;
    const from = part.layout.columnOf(slot, layout.metricIndexes[column] ?? 0) * part.moments.length;
    const to = from + part.moments.length;
    pruned.values.set(part.values.subarray(from, to), column * part.moments.length);
    pruned.absence.set(part.absence.subarray(from, to), column * part.moments.length);
  }
  return { block: pruned, entityIds: slots.map((slot) => entityIds[slot] ?? 0) };
}

type Target = {
  block: Block;
  slotOf: Map<number, number>;
  place: Map<number, number>;
  taken: Uint8Array;
  mappings: Map<readonly number[], Mapping>;
};

/** Entities in the order of their first appearance; the stored ones keep their places. */
function unionLayout(parts: readonly Recorded[]): { layout: Layout; entityIds: number[] } {
  const [first] = parts;
  if (!first) throw new RangeError("Nothing to merge");
  const known = new Set(first.entityIds);
  const entityIds = [...first.entityIds];
  const entries: DictionaryEntry[] = [...first.block.layout.entries];
  let before: readonly number[] | null = null;
  for (const { block, entityIds: ids } of parts) {
    if (ids === before) continue;
    before = ids;
    ids.forEach((id, slot) => {
      const entry = block.layout.entries[slot];
      if (known.has(id) || !entry) return;
      known.add(id);
      entityIds.push(id);
      entries.push(entry);
    });
  }
  const isSame = entityIds.length === first.entityIds.length;
  return { layout: isSame ? first.block.layout : createLayout(entries), entityIds };
}

function unionMoments(parts: readonly Recorded[]): number[] {
  const all = new Set<number>();
  for (const { block } of parts) for (const moment of block.moments) all.add(moment);
  return [...all].sort((a, b) => a - b);
}

/** Where the slots and columns of a part are in the target. */
type Mapping = { slots: Int32Array; columns: Int32Array };

function mappingOf({ block, slotOf, mappings }: Target, { block: from, entityIds }: Recorded): Mapping {
  // Frames of a stream share their layout, so this is worked out once and not for each of them.
  const known = mappings.get(entityIds);
  if (known) return known;
  const slots = Int32Array.from(entityIds, (id) => slotOf.get(id) ?? -1);
  const columns = Int32Array.from({ length: from.layout.columns }, (_, column) =>
    block.layout.columnOf(slots[from.layout.slots[column] ?? 0] ?? 0, from.layout.metricIndexes[column] ?? 0),
  );
  const mapping = { slots, columns };
  mappings.set(entityIds, mapping);
  return mapping;
}

/** Takes every pair of entity and moment that is not recorded yet. @returns how many */
function takeOver(target: Target, part: Recorded): number {
  const { block, place, taken } = target;
  const { layout, values, absence } = part.block;
  const count = part.block.moments.length;
  const wide = block.moments.length;
  const { slots, columns } = mappingOf(target, part);
  const places = Int32Array.from(part.block.moments, (moment) => place.get(moment) ?? -1);
  const isTaken = new Uint8Array(slots.length * count);
  let found = 0;
  for (let from = 0; from < slots.length; from += 1) {
    for (let at = 0; at < count; at += 1) {
      const to = (slots[from] ?? 0) * wide + (places[at] ?? 0);
      if (taken[to] === 1 || !isRecordedAt(part.block, from, at)) continue;
      taken[to] = 1;
      isTaken[from * count + at] = 1;
      found += 1;
    }
  }
  if (found === 0) return 0;
  const first = places[0] ?? 0;
  const isRun = found === isTaken.length && count > 8 && (places[count - 1] ?? 0) - first === count - 1;
  for (let column = 0; column < layout.columns; column += 1) {
    const to = (columns[column] ?? 0) * wide;
    const start = column * count;
    if (isRun) {
      block.values.set(values.subarray(start, start + count), to + first);
      block.absence.set(absence.subarray(start, start + count), to + first);
      continue;
    }
    const own = (layout.slots[column] ?? 0) * count;
    for (let at = 0; at < count; at += 1) {
      if (isTaken[own + at] === 0) continue;
      const cell = to + (places[at] ?? 0);
      block.values[cell] = values[start + at] ?? 0;
      block.absence[cell] = absence[start + at] ?? ENTITY_ABSENT;
    }
  }
  return found;
}

/** An entity was recorded at a moment when any of its readings is there or has a reason for its absence. */
export function isRecordedAt({ layout, moments, absence }: Block, slot: number, at: number): boolean {
  const entry = layout.entries[slot];
  if (!entry) return false;
  for (let metric = 0; metric < metricsOf(entry.kind).length; metric += 1) {
    if (absence[layout.columnOf(slot, metric) * moments.length + at] !== ENTITY_ABSENT) return true;
  }
  return false;
}

/** Whether a record covers time that lies before a recorded moment: a second of rounding is no overlap. */
function reachesBehind({ block, slotOf, place, taken }: Target, part: Recorded): boolean {
  const { layout, moments, values, absence } = part.block;
  return part.entityIds.some((id, slot) => {
    if (!hasSpan(layout, slot)) return false;
    const column = layout.columnOf(slot, 0) * moments.length;
    const row = (slotOf.get(id) ?? 0) * block.moments.length;
    return moments.some((moment, at) => {
      if (absence[column + at] !== PRESENT) return false;
      const start = moment - (values[column + at] ?? 0) + 1;
      for (let before = (place.get(moment) ?? 0) - 1; (block.moments[before] ?? 0) > start; before -= 1) {
        if (taken[row + before] === 1) return true;
      }
      return false;
    });
  });
}

/**
 * Counts time that incoming and recorded both cover once: changes the incoming block's or the recorded increments in
 * place, before it is taken over. @returns whether something recorded changed
 */
function settlePart({ block, slotOf, taken }: Target, part: Incoming): boolean {
  let isChanged = false;
  part.entityIds.forEach((id, slot) => {
    if (!hasSpan(part.block.layout, slot)) return;
    const own = slotOf.get(id) ?? 0;
    const isRecorded = (at: number) => taken[own * block.moments.length + at] === 1;
    isChanged =
      settleEntity({ block, slot: own, isRecorded }, { block: part.block, slot }, part.isThinned) || isChanged;
  });
  return isChanged;
}
