import { sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";

/** The claims or pools of a cluster have changed: its units are worked out anew with the next run. */
export async function lookAgain(tx: Transaction, orgId: string, clusterId: string): Promise<void> {
  await tx.execute(sql`update storage_looks set looked_at = '-infinity'
    where org_id = ${orgId}::uuid and cluster_id = ${clusterId}::uuid`);
}
