import type { Block } from "@/contract/codec/block";
import type { Incoming } from "@/server/telemetry/merge";
import { hourOfMoment, hoursCovered, mergeStream, type StoredHour } from "@/server/telemetry/stream-merge";

/** A frame as the inbox holds it. */
export type Committed = { block: Block; isThinned: boolean };

/** A record of means can share time with hours around its own (see the real store). */
const REACH_HOURS = 2;

/**
 * The record of one stream as the database keeps it: frames wait in an inbox, and the real merge turns them into hours.
 * Everything here is durable; what was not committed never gets here.
 */
export class StoreModel {
  readonly #hours = new Map<number, StoredHour>();
  readonly #inbox: Committed[] = [];
  readonly #entityIds = new Map<string, number>();
  /** Frames whose time could not be right: kept apart, never thrown away. */
  readonly misdated: Committed[] = [];
  /** Committed frames, repetitions counted. */
  commits = 0;

  /** @param nowSeconds true time, against which the future is judged */
  commit(frame: Committed, nowSeconds: number, futureSecondsMax: number): void {
    this.commits += 1;
    const isFuture = (frame.block.moments.at(-1) ?? 0) > nowSeconds + futureSecondsMax;
    if (isFuture) this.misdated.push(frame);
    else this.#inbox.push(frame);
  }

  /** Merges what waits; may come at any time and in any portions, and must come before reading. */
  merge(): void {
    const incoming = this.#inbox.splice(0).map(({ block, isThinned }): Incoming => {
      return { block, entityIds: this.#idsOf(block), isThinned };
    });
    if (incoming.length === 0) return;
    const touched = new Set(incoming.flatMap(({ block }) => block.moments.map(hourOfMoment)));
    const covered = hoursCovered(incoming);
    for (let hour = covered?.first ?? 0; covered && hour <= covered.last; hour += 1) touched.add(hour);
    const around = new Set(
      [...touched].flatMap((hour) => Array.from({ length: 2 * REACH_HOURS + 1 }, (_, at) => hour - REACH_HOURS + at)),
    );
    const isAnyThinned = incoming.some(({ isThinned }) => isThinned);
    const stored = [...this.#hours.values()]
      .filter(({ hour, isThinned }) => touched.has(hour) || ((isAnyThinned || isThinned) && around.has(hour)))
      .sort((left, right) => left.hour - right.hour);
    for (const { hour, before, after, isThinned } of mergeStream(stored, incoming)) {
      const revision = (before?.revision ?? 0) + 1;
      this.#hours.set(hour, { hour, recorded: after, isThinned, groups: [], revision, isSealed: false });
    }
  }

  /** All hours in order of time. */
  blocks(): Block[] {
    return [...this.#hours.values()]
      .sort((left, right) => left.hour - right.hour)
      .map(({ recorded }) => recorded.block);
  }

  #idsOf({ layout }: Block): number[] {
    return layout.entries.map(({ kind, key }) => {
      const name = `${kind}\n${key}`;
      const id = this.#entityIds.get(name) ?? this.#entityIds.size + 1;
      this.#entityIds.set(name, id);
      return id;
    });
  }
}
