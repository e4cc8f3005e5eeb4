import { sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { separateCollision } from "@/server/agents/activate";
import type { AgentLink } from "./agent-link";

/** What an agent speaks for in this transaction. */
export type BoundAgent = { machineId: string; siteId: string; streamId: number };

type Row = {
  id: string;
  hostname: string;
  site_id: string;
  machine_id: string;
  machine_site_id: string;
  is_speaker: boolean;
  stream_id: number | null;
  stream_site_id: string | null;
};

/**
 * The machine and stream of each agent, looked up in the very transaction that stores what it said: an agent that was
 * revoked a moment ago is missing in the answer. Cloned identities are separated, and streams that are new are made.
 */
export async function bindAgents(
  tx: Transaction,
  orgId: string,
  links: Iterable<AgentLink>,
): Promise<Map<string, BoundAgent>> {
  const agentIds = [...new Set([...links].map(({ agentId }) => agentId))].sort();
  const rows = await readAgents(tx, orgId, agentIds);
  const unsettled = rows.filter((row) => !row.is_speaker);
  for (const { id, site_id: siteId, hostname, machine_id: machineId } of unsettled) {
    await separateCollision(tx, { id, orgId, siteId, hostname, machineId });
  }
  let bound = unsettled.length > 0 ? await readAgents(tx, orgId, agentIds) : rows;
  if (bound.some((row) => row.stream_id === null || row.stream_site_id !== row.machine_site_id)) {
    await makeStreams(tx, orgId, bound);
    bound = await readAgents(tx, orgId, agentIds);
  }
  return new Map(
    bound.flatMap((row) =>
      row.stream_id === null
        ? []
        : [[row.id, { machineId: row.machine_id, siteId: row.machine_site_id, streamId: row.stream_id }]],
    ),
  );
}

async function readAgents(tx: Transaction, orgId: string, agentIds: readonly string[]): Promise<Row[]> {
  const { rows } = await tx.execute<Row>(sql`
    select a.id, a.hostname, a.site_id, a.machine_id, m.site_id as machine_site_id,
      (m.agent_id is not distinct from a.id and m.collides_with is null) as is_speaker,
      s.id as stream_id, s.site_id as stream_site_id
    from agents a join machines m on m.org_id = a.org_id and m.id = a.machine_id
    left join telemetry_streams s on s.org_id = m.org_id and s.machine_id = m.id and s.sender_id is null
    where a.org_id = ${orgId}::uuid and a.id = any (${sql.param([...agentIds])}::uuid[]) and a.status = 'active'`);
  return rows;
}

/** Streams of machines that have none; the stream of a machine that moved to another site goes along. */
async function makeStreams(tx: Transaction, orgId: string, rows: readonly Row[]): Promise<void> {
  const machineIds = sql.param(rows.map((row) => row.machine_id).sort());
  await tx.execute(sql`
    insert into telemetry_streams (org_id, site_id, machine_id, name)
    select m.org_id, m.site_id, m.id, left(m.name, 500) from machines m
    where m.org_id = ${orgId}::uuid and m.id = any (${machineIds}::uuid[]) and not exists (
      select from telemetry_streams s where s.org_id = m.org_id and s.machine_id = m.id and s.sender_id is null)
    order by m.id
    on conflict do nothing`);
  await tx.execute(sql`
    update telemetry_streams s set site_id = m.site_id from machines m
    where m.org_id = ${orgId}::uuid and m.id = any (${machineIds}::uuid[]) and s.org_id = m.org_id
      and s.machine_id = m.id and s.sender_id is null and s.site_id <> m.site_id`);
}
