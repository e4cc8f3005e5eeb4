import type { Database } from "@/db/client";

/** Days since 1970 that have their partitions, as far as this process knows. */
const prepared = new WeakMap<Database, Set<number>>();

/** Makes partitions for days outside the prepared ones: late data. In transactions of their own, because it is DDL. */
export async function prepareDays(database: Database, days: readonly number[]): Promise<void> {
  const known = prepared.get(database) ?? new Set();
  prepared.set(database, known);
  for (const day of days) {
    if (known.has(day)) continue;
    await database.pool.query("select prepare_telemetry_day(date '1970-01-01' + $1::int)", [day]);
    known.add(day);
  }
}

export type MaintainedPartitions = { created: number; inboxDropped: number; expiredDropped: number };

/**
 * Makes partitions ahead, and drops those of the inbox that are merged and those of history that nobody keeps. One at a
 * time, so that a lock is held for a moment only; one that is busy is left for the next run.
 */
export async function maintainPartitions(database: Database): Promise<MaintainedPartitions> {
  const { rows } = await database.pool.query<{ created: number }>("select prepare_telemetry_partitions() as created");
  return {
    created: rows[0]?.created ?? 0,
    inboxDropped: await dropAll(database, "drop_empty_telemetry_inbox"),
    expiredDropped: await dropAll(database, "drop_expired_telemetry"),
  };
}

/** SQLSTATE of a lock that was not to be had in time. */
const LOCK_NOT_AVAILABLE = "55P03";

async function dropAll(
  database: Database,
  name: "drop_empty_telemetry_inbox" | "drop_expired_telemetry",
): Promise<number> {
  for (let dropped = 0; ; dropped += 1) {
    try {
      const { rows } = await database.pool.query<{ name: string | null }>(`select ${name}() as name`);
      if (!rows[0]?.name) return dropped;
      // What was prepared may be what was dropped.
      prepared.delete(database);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === LOCK_NOT_AVAILABLE) return dropped;
      throw error;
    }
  }
}
