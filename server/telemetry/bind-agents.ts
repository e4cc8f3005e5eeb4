import { sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { separateCollision } from "@/server/agents/activate";
import { separateClusters } from "@/server/clusters/bind-cluster";
import type { AgentLink } from "./agent-link";

/** What an agent speaks for in this transaction: one of the two ids is null. */
export type BoundAgent = {
  machineId: string | null;
  clusterId: string | null;
  /** What the cluster is known by, as the agent last said. */
  clusterUid: string | null;
  siteId: string;
  streamId: number;
};

type Row = {
  id: string;
  hostname: string;
  site_id: string;
  cluster_uid: string | null;
  machine_id: string | null;
  cluster_id: string | null;
  /** Of what it speaks for. */
  own_site_id: string;
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
  for (const row of unsettled) {
    const {
      id,
      site_id: siteId,
      hostname,
      machine_id: machineId,
      cluster_id: clusterId,
      cluster_uid: clusterUid,
    } = row;
    if (machineId) await separateCollision(tx, { id, orgId, siteId, hostname, machineId });
    else if (clusterId && clusterUid)
      await separateClusters(tx, { id, orgId, siteId, hostname, clusterId, clusterUid });
  }
  let bound = unsettled.length > 0 ? await readAgents(tx, orgId, agentIds) : rows;
  if (bound.some((row) => row.stream_id === null || row.stream_site_id !== row.own_site_id)) {
    await makeStreams(tx, orgId, bound);
    bound = await readAgents(tx, orgId, agentIds);
  }
  return new Map(
    bound.flatMap((row) =>
      row.stream_id === null
        ? []
        : [
            [
              row.id,
              {
                machineId: row.machine_id,
                clusterId: row.cluster_id,
                clusterUid: row.cluster_uid,
                siteId: row.own_site_id,
                streamId: row.stream_id,
              },
            ],
          ],
    ),
  );
}

async function readAgents(tx: Transaction, orgId: string, agentIds: readonly string[]): Promise<Row[]> {
  const { rows } = await tx.execute<Row>(sql`
    select a.id, a.hostname, a.site_id, a.cluster_uid, m.id as machine_id, c.id as cluster_id,
      coalesce(m.site_id, c.site_id) as own_site_id,
      case when m.id is null then c.agent_id is not distinct from a.id and c.collides_with is null
        else m.agent_id is not distinct from a.id and m.collides_with is null end as is_speaker,
      coalesce(sm.id, sc.id) as stream_id, coalesce(sm.site_id, sc.site_id) as stream_site_id
    from agents a left join machines m on m.org_id = a.org_id and m.id = a.machine_id
    left join clusters c on c.org_id = a.org_id and c.id = a.cluster_id
    left join telemetry_streams sm on sm.org_id = m.org_id and sm.machine_id = m.id and sm.sender_id is null
    left join telemetry_streams sc on sc.org_id = c.org_id and sc.cluster_id = c.id
    where a.org_id = ${orgId}::uuid and a.id = any (${sql.param([...agentIds])}::uuid[]) and a.status = 'active'
      and (m.id is not null or c.id is not null)`);
  return rows;
}

/** Streams of what has none; the stream of a machine or cluster that moved to another site goes along. */
async function makeStreams(tx: Transaction, orgId: string, rows: readonly Row[]): Promise<void> {
  const machineIds = sql.param(rows.flatMap((row) => row.machine_id ?? []).sort());
  const clusterIds = sql.param(rows.flatMap((row) => row.cluster_id ?? []).sort());
  const owners = sql`(
    select m.org_id, m.site_id, m.id as machine_id, null::uuid as cluster_id, m.name from machines m
    where m.org_id = ${orgId}::uuid and m.id = any (${machineIds}::uuid[])
    union all
    select c.org_id, c.site_id, null, c.id, c.name from clusters c
    where c.org_id = ${orgId}::uuid and c.id = any (${clusterIds}::uuid[])) o`;
  const isOwners = sql`s.org_id = o.org_id and s.sender_id is null
    and (s.machine_id = o.machine_id or s.cluster_id = o.cluster_id)`;
  await tx.execute(sql`
    insert into telemetry_streams (org_id, site_id, machine_id, cluster_id, name)
    select o.org_id, o.site_id, o.machine_id, o.cluster_id, left(o.name, 500) from ${owners}
    where not exists (select from telemetry_streams s where ${isOwners})
    order by o.machine_id, o.cluster_id
    on conflict do nothing`);
  await tx.execute(sql`
    update telemetry_streams s set site_id = o.site_id from ${owners}
    where ${isOwners} and s.site_id <> o.site_id`);
}
