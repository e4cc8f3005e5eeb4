import { and, type SQL, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { sites } from "@/db/schema/fleet";
import { MISSED_INTERVALS_MAX } from "@/server/fleet/model";
import type { Facts } from "./model";

/** An agent that is let in and was heard, with what it shares with others. */
export type ReadThing = { id: string; facts: Facts; heardMs: number; intervalMs: number };

type Row = {
  id: string;
  heard_ms: number;
  interval_seconds: number;
  site: string;
  power_feed: string | null;
  carrier: string | null;
  region: string | null;
  country: string | null;
  provider: string | null;
  distribution: string | null;
  git_version: string | null;
  agent_version: string;
  operating_system: string | null;
};

const heardMs = sql`(extract(epoch from ${agents.lastReceivedAt}) * 1000)::float8`;
/** Is heard, and speaks for a machine or a cluster: one that was replaced by another is silent for good. */
const isSpeaking = sql`${agents.status} = 'active' and ${agents.lastReceivedAt} is not null and (
  exists (select from machines m where m.org_id = ${agents.orgId} and m.id = ${agents.machineId} and m.agent_id = ${agents.id})
  or exists (select from clusters c where c.org_id = ${agents.orgId} and c.id = ${agents.clusterId} and c.agent_id = ${agents.id}))`;

/** All agents at sites that fit, in one pass over each table. */
export async function readThings(tx: Transaction, orgId: string, siteFilter?: SQL): Promise<ReadThing[]> {
  const { rows } = await tx.execute<Row>(sql`
    select ${agents.id} as id, ${heardMs} as heard_ms, ${agents.intervalSeconds} as interval_seconds,
      ${sites.id} as site, ${sites.powerFeed} as power_feed, ${sites.carrier} as carrier, ${sites.region} as region,
      ${sites.country} as country, c.provider, c.distribution, c.git_version, ${agents.version} as agent_version,
      m.facts -> 'operatingSystem' ->> 'value' as operating_system
    from agents
    join sites on ${sites.orgId} = ${agents.orgId} and ${sites.id} = ${agents.siteId}
    left join machines m on m.org_id = ${agents.orgId} and m.id = ${agents.machineId} and m.agent_id = ${agents.id}
    left join clusters c on c.org_id = ${agents.orgId} and c.id = ${agents.clusterId} and c.agent_id = ${agents.id}
    where ${and(sql`${agents.orgId} = ${orgId}::uuid`, sql`${agents.status} = 'active'`, siteFilter)}
      and ${agents.lastReceivedAt} is not null and (m.id is not null or c.id is not null)`);
  return rows.map((row) => ({
    id: row.id,
    heardMs: row.heard_ms,
    intervalMs: row.interval_seconds * 1000,
    facts: factsOf(row),
  }));
}

function factsOf(row: Row): Facts {
  const { distribution, git_version: version } = row;
  const facts: Record<keyof Facts, string | null> = {
    site: row.site,
    powerFeed: row.power_feed,
    carrier: row.carrier,
    region: row.region,
    country: row.country,
    provider: row.provider,
    distribution: distribution && version ? `${distribution} ${version}` : distribution,
    agentVersion: row.agent_version,
    operatingSystem: row.operating_system,
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null)) as Facts;
}

/** What is dark at this moment by its own rule: id and when it was last heard. One pass over the agents, no facts. */
export async function readDark(tx: Transaction, orgId: string): Promise<Map<string, number>> {
  const { rows } = await tx.execute<{ id: string; heard_ms: number }>(sql`
    select ${agents.id} as id, ${heardMs} as heard_ms from agents
    where ${agents.orgId} = ${orgId}::uuid
      and now() - ${agents.lastReceivedAt} > ${MISSED_INTERVALS_MAX} * make_interval(secs => ${agents.intervalSeconds})
      and ${isSpeaking}
    order by ${agents.id}`);
  return new Map(rows.map((row) => [row.id, row.heard_ms]));
}
