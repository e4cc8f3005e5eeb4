import { sql } from "drizzle-orm";
import { agents } from "@/db/schema/agents";
import { MISSED_INTERVALS_MAX } from "@/server/fleet/model";

/**
 * True for an agent that is not silent: something came, or the agent came in, within the time after which it would
 * count as offline. For queries that join the agent that speaks for a machine or a cluster.
 */
export const isSpeakerAlive = sql<boolean>`coalesce(${agents.status} = 'active' and
  now() - coalesce(${agents.lastReceivedAt}, ${agents.enrolledAt})
    <= ${MISSED_INTERVALS_MAX} * make_interval(secs => ${agents.intervalSeconds}), false)`;
