import { and, eq, sql } from "drizzle-orm";
import { agents } from "@/db/schema/agents";
import { machines } from "@/db/schema/fleet";
import { telemetryMachines } from "@/db/schema/telemetry";
import { type Connectivity, MISSED_INTERVALS_MAX } from "./model";

/** The agent that speaks for a machine now. */
export const speaksFor = and(eq(agents.orgId, machines.orgId), eq(agents.id, machines.agentId));

/** The figures of a machine; a machine that never reported has none. */
export const figuresOf = and(eq(telemetryMachines.orgId, machines.orgId), eq(telemetryMachines.machineId, machines.id));

/** Streams of other people's senders that tell of a machine; they speak for one that has no agent. */
const ofSenders = sql`from telemetry_streams s
  where s.org_id = ${machines.orgId} and s.machine_id = ${machines.id} and s.sender_id is not null`;
/** When something last came from its agent, or of its senders where it has no agent. */
export const lastReceivedSql = sql`coalesce(${agents.lastReceivedAt},
  case when ${agents.id} is null then (select max(s.last_received_at) ${ofSenders}) end)`;
export const intervalSql = sql`coalesce(${agents.intervalSeconds},
  (select s.interval_seconds ${ofSenders} order by s.last_received_at desc nulls last limit 1))`;

/** `connectivityOf` in SQL, for filters and counts; a test holds the two together. */
export const connectivitySql = sql<Connectivity>`case
  when ${agents.status} = 'revoked' or (${agents.id} is null and ${lastReceivedSql} is null) then 'revoked'
  when ${lastReceivedSql} is null then 'never'
  when now() - ${lastReceivedSql} > ${MISSED_INTERVALS_MAX} * make_interval(secs => ${intervalSql})
    then 'offline'
  else 'online' end`;

/** Another machine with a live agent claims the same identity; true on both sides. */
export const isContestedSql = sql<boolean>`(coalesce(${agents.status} = 'active', false) and (
  exists (select from machines r join agents s on s.org_id = r.org_id and s.id = r.agent_id
    where r.org_id = ${machines.orgId} and r.id = ${machines.collidesWith} and s.status = 'active')
  or exists (select from machines r join agents s on s.org_id = r.org_id and s.id = r.agent_id
    where r.org_id = ${machines.orgId} and r.collides_with = ${machines.id} and s.status = 'active')))`;
