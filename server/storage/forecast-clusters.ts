import { sql } from "drizzle-orm";
import { type Database, withTenant } from "@/db/client";
import { keepUnits } from "./units";

/** What was worked out longer ago than this is worked out anew. */
const HOURS_MAX = 6;
/** Clusters of one run, so that one organisation does not keep the others waiting. */
const CLUSTERS_PER_RUN = 500;

export type Forecasts = { clusters: number; units: number };

/**
 * Works out anew what fills in the clusters of an organisation that are due: whose claims or pools have changed first, then
 * those that were longest ago. Each cluster is one transaction.
 */
export async function forecastClusters(database: Database, orgId: string, now: Date = new Date()): Promise<Forecasts> {
  const due = await withTenant(database, { orgId }, async (tx) => {
    const { rows } = await tx.execute<{ id: string; generation: number }>(sql`
      select c.id, c.generation from clusters c
      left join storage_looks l on l.org_id = c.org_id and l.cluster_id = c.id
      where c.org_id = ${orgId}::uuid and c.generation > 0
        and (l.looked_at is null or l.looked_at < ${now.toISOString()}::timestamptz - make_interval(hours => ${HOURS_MAX}))
      order by l.looked_at nulls first limit ${CLUSTERS_PER_RUN}`);
    return rows;
  });
  let units = 0;
  for (const { id } of due) {
    units += await withTenant(database, { orgId }, async (tx) => {
      // Locked against an inventory that comes meanwhile: what it changes is looked at again.
      const { rows } = await tx.execute<{ generation: number }>(sql`
        select generation from clusters where org_id = ${orgId}::uuid and id = ${id}::uuid for share skip locked`);
      const [cluster] = rows;
      return cluster ? keepUnits(tx, orgId, { id, generation: cluster.generation }, now) : 0;
    });
  }
  return { clusters: due.length, units };
}
