import type { Block } from "@/contract/codec/block";
import type { PackedState } from "./entity-state";
import { packState } from "./entity-state";

/** A block that was stored, with the order of its sender. */
export type StateOffer = {
  siteId: string;
  machineId: string | null;
  streamId: number;
  /** In the order of the block's dictionary. */
  entityIds: readonly number[];
  block: Block;
  epoch: number;
  sequence: number;
  receivedAt: Date;
};

export type NewestState = PackedState & {
  entityId: number;
  kind: string;
  key: string;
  /** Epoch seconds. */
  moment: number;
  offer: StateOffer;
};

/** Blocks of one stream that are kept until the state is written; what is older is found again by the merge. */
const OFFERS_MAX = 16;

/**
 * The newest blocks of each stream since the state was last written. Blocks are only referred to: what an entity's
 * newest readings are is found out when they are written, once however many frames came.
 */
export class LiveStates {
  readonly #streams = new Map<number, StateOffer[]>();

  get size(): number {
    return this.#streams.size;
  }

  offer(offer: StateOffer): void {
    const offers = this.#streams.get(offer.streamId);
    if (!offers) {
      this.#streams.set(offer.streamId, [offer]);
      return;
    }
    // Newest first. Frames come nearly in order, so the place is nearly always the first.
    let place = 0;
    while (place < offers.length && isNewer(offers[place] as StateOffer, offer)) place += 1;
    offers.splice(place, 0, offer);
    if (offers.length > OFFERS_MAX) offers.length = OFFERS_MAX;
  }

  /** Takes streams out until they have about so many entities. */
  take(entitiesMax: number): StateOffer[][] {
    const taken: StateOffer[][] = [];
    let entities = 0;
    for (const [streamId, offers] of this.#streams) {
      if (entities >= entitiesMax) break;
      this.#streams.delete(streamId);
      taken.push(offers);
      entities += offers[0]?.entityIds.length ?? 0;
    }
    return taken;
  }
}

const isNewer = (a: StateOffer, b: StateOffer): boolean =>
  a.epoch > b.epoch || (a.epoch === b.epoch && a.sequence > b.sequence);

/** The newest readings of each entity in some blocks of one stream, the newest block first. */
export function newestStates(offers: readonly StateOffer[]): NewestState[] {
  const states = new Map<number, NewestState>();
  for (const offer of offers) {
    const { block, entityIds } = offer;
    entityIds.forEach((entityId, slot) => {
      if (states.has(entityId)) return;
      for (let at = block.moments.length - 1; at >= 0; at -= 1) {
        const packed = packState(block, slot, at);
        if (!packed) continue;
        const { kind = "", key = "" } = block.layout.entries[slot] ?? {};
        states.set(entityId, { ...packed, entityId, kind, key, moment: block.moments[at] ?? 0, offer });
        return;
      }
    });
  }
  return [...states.values()];
}
