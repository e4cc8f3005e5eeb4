import { sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import type { ClaimedFrame, EntityOrder } from "./claim";
import { packState } from "./entity-state";
import { isRecordedAt, type Recorded } from "./merge";

type Offer = { entityId: number; frame: ClaimedFrame; recorded: Recorded; slot: number };

/**
 * Newest readings that the merge came by. Usually the gateway has written them long ago; one that was killed between
 * the commit of a frame and the writing of the state has not.
 */
export class StateOffers {
  readonly #offers: Offer[] = [];

  /** Takes of the frames of one stream what is newer than the state that is stored. */
  offer(
    frames: readonly { frame: ClaimedFrame; recorded: Recorded }[],
    orders: ReadonlyMap<number, EntityOrder>,
  ): void {
    const seen = new Set<number>();
    for (const { frame, recorded } of [...frames].sort((a, b) => (isNewer(a.frame, b.frame) ? -1 : 1))) {
      recorded.entityIds.forEach((entityId, slot) => {
        if (seen.has(entityId)) return;
        const order = orders.get(entityId);
        if (!order || !isNewer(frame, order) || newestOf(recorded, slot) < 0) return;
        seen.add(entityId);
        this.#offers.push({ entityId, frame, recorded, slot });
      });
      // An older frame may still name an entity that this one does not.
      if (seen.size === orders.size) return;
    }
  }

  /** @returns the machines whose entities changed */
  async write(tx: Transaction, orgId: string): Promise<string[]> {
    const offers = this.#offers
      .sort((a, b) => a.entityId - b.entityId)
      .flatMap(({ recorded, slot, ...offer }) => {
        const at = newestOf(recorded, slot);
        const packed = packState(recorded.block, slot, at);
        return packed ? [{ ...offer, ...packed, moment: recorded.block.moments[at] ?? 0 }] : [];
      });
    if (offers.length === 0) return [];
    const column = (take: (offer: (typeof offers)[number]) => number | string) => sql.param(offers.map(take));
    const { rows } = await tx.execute<{ machine_id: string | null }>(sql`
      update telemetry_entities e set state = decode(o.state, 'hex'), state_absence = decode(o.absence, 'hex'),
        observed_at = to_timestamp(o.moment), received_at = o.arrived, state_epoch = o.epoch, state_sequence = o.sequence
      from unnest(${column((offer) => offer.entityId)}::int[], ${column((offer) => offer.state.toString("hex"))}::text[],
        ${column((offer) => offer.absence.toString("hex"))}::text[], ${column((offer) => offer.moment)}::bigint[],
        ${column((offer) => offer.frame.arrived.toISOString())}::timestamptz[],
        ${column((offer) => offer.frame.epoch)}::bigint[], ${column((offer) => offer.frame.sequence)}::bigint[])
        as o(id, state, absence, moment, arrived, epoch, sequence)
      where e.org_id = ${orgId}::uuid and e.id = o.id
        and (o.epoch, o.sequence) > (e.state_epoch, e.state_sequence)
        and (e.observed_at is null or e.observed_at < to_timestamp(o.moment))
      returning e.machine_id`);
    return [...new Set(rows.flatMap((row) => row.machine_id ?? []))];
  }
}

/** The newest moment at which an entity was recorded; −1 when there is none. */
function newestOf({ block }: Recorded, slot: number): number {
  for (let at = block.moments.length - 1; at >= 0; at -= 1) if (isRecordedAt(block, slot, at)) return at;
  return -1;
}

const isNewer = (a: { epoch: number; sequence: number }, b: { epoch: number; sequence: number }): boolean =>
  a.epoch > b.epoch || (a.epoch === b.epoch && a.sequence > b.sequence);
