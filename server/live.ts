import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Transaction } from "@/db/client";

export const LIVE_CHANNEL = "fernblick_live";

/** "Something of this machine or site is new": names only, the reader fetches what it may see. */
export const LiveEvent = z.object({
  orgId: z.string(),
  siteId: z.string().nullable(),
  machineId: z.string().nullable(),
  topic: z.enum(["telemetry", "fleet", "agents", "access"]),
});
export type LiveEvent = z.infer<typeof LiveEvent>;

/** Tells all consoles; delivered by Postgres at the commit of this transaction, and only then. */
export async function announce(tx: Transaction, event: LiveEvent): Promise<void> {
  await tx.execute(sql`select pg_notify(${LIVE_CHANNEL}, ${JSON.stringify(event)})`);
}
