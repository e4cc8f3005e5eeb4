import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Transaction } from "@/db/client";

export const LIVE_CHANNEL = "fernblick_live";

export const LIVE_TOPICS = ["telemetry", "fleet", "agents", "access"] as const;
export type LiveTopic = (typeof LIVE_TOPICS)[number];

/** "Something of these machines is new": names only, the reader fetches what it may see. */
export const LiveEvent = z.object({
  orgId: z.string(),
  topic: z.enum(LIVE_TOPICS),
  /** Site → machines of it, none for the site itself. "all" = of the whole organisation; "many" = too many to name. */
  places: z.union([z.record(z.string(), z.array(z.string())), z.enum(["all", "many"])]),
});
export type LiveEvent = z.infer<typeof LiveEvent>;

/** A notification of Postgres holds 8,000 bytes; a UUID in JSON takes 39. */
const NAMES_MAX = 180;

/** One thing that is new: of a machine, of a site, or of the whole organisation. */
export type LiveNews = { orgId: string; siteId: string | null; machineId: string | null; topic: LiveTopic };

/** Tells all consoles; delivered by Postgres at the commit of this transaction, and only then. */
export async function announce(tx: Transaction, { orgId, siteId, machineId, topic }: LiveNews): Promise<void> {
  await notify(tx, { orgId, topic, places: siteId ? { [siteId]: machineId ? [machineId] : [] } : "all" });
}

/** The same for many at once, in one message; what is of no machine is news of its site. */
export async function announceMachines(
  tx: Transaction,
  orgId: string,
  topic: LiveTopic,
  machines: readonly { siteId: string; machineId: string | null }[],
): Promise<void> {
  const places: Record<string, string[]> = {};
  for (const { siteId, machineId } of machines) {
    places[siteId] ??= [];
    if (machineId) places[siteId].push(machineId);
  }
  const names = machines.length + Object.keys(places).length;
  if (names > 0) await notify(tx, { orgId, topic, places: names > NAMES_MAX ? "many" : places });
}

async function notify(tx: Transaction, event: LiveEvent): Promise<void> {
  await tx.execute(sql`select pg_notify(${LIVE_CHANNEL}, ${JSON.stringify(event)})`);
}
