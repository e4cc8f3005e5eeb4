import { and, eq, sql } from "drizzle-orm";
import { agents } from "@/db/schema/agents";
import { clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { type Connectivity, MISSED_INTERVALS_MAX } from "@/server/fleet/model";

/** The agent that speaks for a cluster now. */
export const speaksFor = and(eq(agents.orgId, clusters.orgId), eq(agents.id, clusters.agentId));
/** The site that a cluster stands at. */
export const ofSite = and(eq(sites.orgId, clusters.orgId), eq(sites.id, clusters.siteId));

/** `connectivityOf` in SQL, for filters and counts; a test holds the two together. */
export const connectivitySql = sql<Connectivity>`case
  when ${agents.id} is null or ${agents.status} = 'revoked' then 'revoked'
  when ${agents.lastReceivedAt} is null then 'never'
  when now() - ${agents.lastReceivedAt} > ${MISSED_INTERVALS_MAX} * make_interval(secs => ${agents.intervalSeconds})
    then 'offline'
  else 'online' end`;

/** Another cluster with a live agent claims the same UID; true on both sides. */
export const isContestedSql = sql<boolean>`(coalesce(${agents.status} = 'active', false) and exists (
  select from clusters r join agents s on s.org_id = r.org_id and s.id = r.agent_id
  where r.org_id = ${clusters.orgId} and s.status = 'active'
    and (r.id = ${clusters.collidesWith} or r.collides_with = ${clusters.id})))`;
