import { sql } from "drizzle-orm";
import { type Database, withTenant } from "@/db/client";
import { SAMPLE_DAYS_MAX } from "./model";

/**
 * Makes partitions ahead, drops those that are past keeping, and forgets the keys of batches that old. One day longer
 * than samples are accepted, so that a batch cannot be taken for new because its key was forgotten first.
 */
export async function maintainTelemetry(
  database: Database,
): Promise<{ created: number; dropped: number; batches: number }> {
  const { rows } = await database.pool.query<{ created: number; dropped: number }>(
    "select created, dropped from maintain_telemetry_partitions($1)",
    [SAMPLE_DAYS_MAX],
  );
  const { rows: organisations } = await database.pool.query<{ id: string }>("select list_organisation_ids() as id");
  let batches = 0;
  for (const { id } of organisations) {
    const cutoff = sql`now() - make_interval(days => ${SAMPLE_DAYS_MAX + 1})`;
    await withTenant(database, { orgId: id }, async (tx) => {
      const forgotten = await tx.execute(
        sql`delete from telemetry_batches where org_id = ${id}::uuid and received_at < ${cutoff}`,
      );
      await tx.execute(sql`delete from telemetry_misdated where org_id = ${id}::uuid and received_at < ${cutoff}`);
      batches += forgotten.rowCount ?? 0;
    });
  }
  return { created: rows[0]?.created ?? 0, dropped: rows[0]?.dropped ?? 0, batches };
}
