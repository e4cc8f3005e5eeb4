import { sql } from "drizzle-orm";
import { type Database, withTenant } from "@/db/client";
import { GRACE_MS, settleReady } from "./settle";
import { writeTarget } from "./store-samples";
import { unpackTargetState } from "./target-state";

const TARGETS_AT_ONCE = 50;

type PendingRow = {
  stream_id: number;
  site_id: string;
  machine_id: string | null;
  state: Buffer;
};

/**
 * Settles moments that have waited long enough for parts that never came: the first of a target, and the last one of a
 * target that fell silent. Targets that a request works on just now are left to it.
 *
 * @returns how many targets were settled
 */
export async function settlePending(database: Database, orgId: string, now: Date): Promise<number> {
  let written = 0;
  const before = new Date(now.getTime() - GRACE_MS).toISOString();
  for (;;) {
    const part = await withTenant(database, { orgId }, async (tx) => {
      const { rows } = await tx.execute<PendingRow>(sql`
        select t.stream_id, s.site_id, s.machine_id, t.state from sender_targets t
        join telemetry_streams s on s.org_id = t.org_id and s.id = t.stream_id
        where t.org_id = ${orgId}::uuid and t.pending_since <= ${before}::timestamptz
        order by t.stream_id limit ${TARGETS_AT_ONCE} for update of t skip locked`);
      for (const row of rows) {
        const state = unpackTargetState(row.state);
        const settled = settleReady(state, now.getTime());
        const target = {
          streamId: row.stream_id,
          siteId: row.site_id,
          machineId: row.machine_id,
          state,
          covered: new Set<string>(),
        };
        await writeTarget(tx, orgId, target, settled, now);
      }
      return rows.length;
    });
    written += part;
    if (part < TARGETS_AT_ONCE) return written;
  }
}
