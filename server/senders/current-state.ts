import { sql } from "drizzle-orm";
import type { Block } from "@/contract/codec/block";
import type { Transaction } from "@/db/client";
import { refreshMachines } from "@/server/fleet/ingest";
import { announce } from "@/server/live";
import { type PackedState, packState } from "@/server/telemetry/entity-state";

export type NewestReadings = {
  orgId: string;
  siteId: string;
  machineId: string | null;
  /** In the order of the block's dictionary. */
  entityIds: readonly number[];
  block: Block;
};

type EntityState = PackedState & { id: number; moment: number };

/**
 * Moves "what is true now" forward, never back, and tells the consoles. In the transaction of the frames themselves:
 * a sender's moment is settled once, so there is nothing to gather.
 */
export async function writeCurrentState(tx: Transaction, newest: NewestReadings, now: Date): Promise<void> {
  const { orgId, siteId, machineId, block } = newest;
  const states = newest.entityIds.flatMap((id, slot): EntityState[] => {
    for (let at = block.moments.length - 1; at >= 0; at -= 1) {
      const packed = packState(block, slot, at);
      if (packed) return [{ ...packed, id, moment: block.moments[at] ?? 0 }];
    }
    return [];
  });
  if (states.length === 0) return;
  // By id, as everybody who writes several of them does.
  states.sort((a, b) => a.id - b.id);
  const column = (take: (state: EntityState) => number | string) => sql.param(states.map(take));
  const { rows } = await tx.execute(sql`
    update telemetry_entities e set state = decode(n.state, 'hex'), state_absence = decode(n.absence, 'hex'),
      observed_at = to_timestamp(n.moment), received_at = ${now.toISOString()}::timestamptz, state_epoch = 0,
      state_sequence = n.moment
    from unnest(${column(({ id }) => id)}::int[], ${column(({ state }) => state.toString("hex"))}::text[],
      ${column(({ absence }) => absence.toString("hex"))}::text[], ${column(({ moment }) => moment)}::bigint[])
      as n(id, state, absence, moment)
    where e.org_id = ${orgId}::uuid and e.id = n.id and (0, n.moment) > (e.state_epoch, e.state_sequence)
    returning e.id`);
  if (rows.length === 0 || !machineId) return;
  await refreshMachines(tx, orgId, [machineId]);
  await announce(tx, { orgId, siteId, machineId, topic: "telemetry" });
}
