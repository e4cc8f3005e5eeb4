import { and, type SQL, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { sites } from "@/db/schema/fleet";
import type { StoredEvidence, StoredFactor, StoredPeers } from "@/db/schema/outages";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { notFound } from "@/server/errors";
import { commonFacts, onsetOf } from "./describe";
import { EVERYTHING_RATIO, FACTOR_KINDS, type OutageCause } from "./model";
import type {
  FactorText,
  OutageDetail,
  OutageList,
  OutageMember,
  OutageMembers,
  OutageMembersInput,
  OutageRow,
  OutageSites,
} from "./shapes";
import { readThings } from "./things";

const ROWS_MAX = 200;
/** What is over is listed so long. */
const LISTED_DAYS = 30;

type Row = {
  id: string;
  cause: OutageCause;
  factors: StoredFactor[];
  confidence: OutageRow["confidence"];
  peers: StoredPeers;
  evidence: StoredEvidence[];
  began_from: string;
  began_to: string;
  noticed_at: string;
  ended_at: string | null;
  machines: number;
  clusters: number;
  sites: number;
  machines_dark: number;
  clusters_dark: number;
  sites_dark: number;
  applications: number | null;
  is_simulated: boolean;
  ended_of: string | null;
  began_of: string;
};

/**
 * Outages with the members that this caller may see; one without any is not there. Times and counts are of these
 * members: what is dark elsewhere is neither shown nor counted.
 */
async function readRows(tx: Transaction, caller: Caller, filter: SQL): Promise<Row[]> {
  const isDark = sql`m.outcome is null`;
  const { rows } = await tx.execute<Row>(sql`
    select o.id, o.cause, o.factors, o.confidence, o.peers, o.evidence, o.noticed_at, o.ended_at,
      min(m.dark_from) as began_from, max(m.dark_to) as began_to,
      case when bool_and(m.outcome is not null) then max(m.ended_at) end as ended_of,
      (count(*) filter (where ${agents.clusterId} is null))::int as machines,
      count(${agents.clusterId})::int as clusters,
      count(distinct ${sites.id})::int as sites,
      (count(*) filter (where ${isDark} and ${agents.clusterId} is null))::int as machines_dark,
      (count(${agents.clusterId}) filter (where ${isDark}))::int as clusters_dark,
      (count(distinct ${sites.id}) filter (where ${isDark}))::int as sites_dark,
      sum(c.applications_total)::int as applications,
      bool_and(${sites.isSimulated}) as is_simulated
    from outages o
    join outage_members m on m.org_id = o.org_id and m.outage_id = o.id
    join agents on ${agents.orgId} = m.org_id and ${agents.id} = m.agent_id
    join sites on ${sites.orgId} = ${agents.orgId} and ${sites.id} = ${agents.siteId}
    left join clusters c on c.org_id = ${agents.orgId} and c.id = ${agents.clusterId}
    where ${and(visibleSites(caller), sql`o.org_id = ${caller.orgId}::uuid`, sql`o.merged_into is null`, filter)}
    group by o.org_id, o.id
    order by bool_and(m.outcome is not null), count(*) filter (where ${isDark}) desc, min(m.dark_from) desc, o.id`);
  return rows;
}

/** Rows as a person reads them: sites by their names, and nothing of what is out of reach. */
async function toRows(tx: Transaction, caller: Caller, rows: readonly Row[]): Promise<OutageRow[]> {
  const isWhole = caller.scope.kind === "all";
  const nameOf = await siteNames(tx, caller, rows);
  const reach = isWhole || !rows.some(({ cause }) => cause === "everything") ? 0 : await countReach(tx, caller);
  return rows.map((row) => {
    const isAll = isWhole || row.machines + row.clusters >= EVERYTHING_RATIO * reach;
    return {
      id: row.id,
      cause: row.cause === "everything" && !isAll ? "none" : row.cause,
      factors: row.factors.flatMap((factor) => factorText(factor, nameOf) ?? []),
      confidence: row.confidence,
      beganFrom: new Date(row.began_from),
      beganTo: new Date(row.began_to),
      noticedAt: new Date(row.noticed_at),
      endedAt: row.ended_of === null ? null : new Date(row.ended_of),
      machines: row.machines,
      clusters: row.clusters,
      sites: row.sites,
      machinesDark: row.machines_dark,
      clustersDark: row.clusters_dark,
      sitesDark: row.sites_dark,
      applications: row.applications,
      peers: isWhole ? row.peers : null,
      isSimulated: row.is_simulated,
    };
  });
}

async function siteNames(tx: Transaction, caller: Caller, rows: readonly Row[]): Promise<Map<string, string>> {
  const all = rows.flatMap((row) => [...row.factors, ...row.evidence.flatMap(({ factors }) => factors)]);
  const ids = [...new Set(all.filter(({ kind }) => kind === "site").map(({ value }) => value))];
  if (ids.length === 0) return new Map();
  const found = await tx
    .select({ id: sites.id, name: sites.name })
    .from(sites)
    .where(and(visibleSites(caller), sql`${sites.id} = any (${sql.param(ids)}::uuid[])`));
  return new Map(found.map(({ id, name }) => [id, name]));
}

function factorText(factor: StoredFactor, nameOf: ReadonlyMap<string, string>): FactorText | null {
  const kind = FACTOR_KINDS.find((candidate) => candidate === factor.kind);
  if (!kind) return null;
  return { kind, value: factor.value, label: kind === "site" ? (nameOf.get(factor.value) ?? "?") : factor.value };
}

async function countReach(tx: Transaction, caller: Caller): Promise<number> {
  const { rows } = await tx.execute<{ agents: number }>(sql`
    select count(*)::int as agents from agents
    join sites on ${sites.orgId} = ${agents.orgId} and ${sites.id} = ${agents.siteId}
    where ${visibleSites(caller)} and ${agents.status} = 'active' and ${agents.lastReceivedAt} is not null`);
  return rows[0]?.agents ?? 0;
}

/** Outages that go on, the widest first. */
export async function readOpenOutages(tx: Transaction, caller: Caller): Promise<OutageRow[]> {
  const rows = await toRows(tx, caller, await readRows(tx, caller, sql`o.ended_at is null`));
  // For this reader it is over when what is within reach is back.
  return rows.filter(({ endedAt }) => endedAt === null);
}

/** Ongoing outages, the widest first, and those of the last thirty days. */
export async function listOutages(caller: Caller): Promise<OutageList> {
  return asCaller(caller, async (tx) => {
    const since = sql`(o.ended_at is null or o.ended_at > now() - make_interval(days => ${LISTED_DAYS}))`;
    const rows = await readRows(tx, caller, since);
    return { rows: await toRows(tx, caller, rows.slice(0, ROWS_MAX)), total: rows.length };
  });
}

/** How many outages go on. */
export async function countOutages(caller: Caller): Promise<number> {
  return asCaller(caller, async (tx) => {
    const { rows } = await tx.execute<{ open: number }>(sql`
      select count(distinct m.outage_id)::int as open from outage_members m
      join agents on ${agents.orgId} = m.org_id and ${agents.id} = m.agent_id
      join sites on ${sites.orgId} = ${agents.orgId} and ${sites.id} = ${agents.siteId}
      where ${visibleSites(caller)} and m.outcome is null`);
    return rows[0]?.open ?? 0;
  });
}

/**
 * One outage with its evidence. The id of one that became part of another gives that one.
 * @throws DomainError not_found, also for one that has no member within reach
 */
export async function getOutage(caller: Caller, outageId: string): Promise<OutageDetail> {
  return asCaller(caller, async (tx) => {
    const { rows: merged } = await tx.execute<{ into: string }>(sql`
      select coalesce(merged_into, id) as into from outages
      where org_id = ${caller.orgId}::uuid and id = ${outageId}::uuid`);
    const id = merged[0]?.into;
    const [stored] = id ? await readRows(tx, caller, sql`o.id = ${id}::uuid`) : [];
    if (!id || !stored) throw notFound("outage");
    const [row] = await toRows(tx, caller, [stored]);
    if (!row) throw notFound("outage");
    const nameOf = await siteNames(tx, caller, [stored]);
    const textOf = (factor: StoredFactor) => factorText(factor, nameOf) ?? [];
    const ofOutage = sql`${visibleSites(caller)} and exists (select from outage_members m
      where m.org_id = ${agents.orgId} and m.outage_id = ${id}::uuid and m.agent_id = ${agents.id})`;
    return {
      ...row,
      evidence: row.peers
        ? stored.evidence.map((one) => ({ ...one, factors: one.factors.flatMap((factor) => textOf(factor)) }))
        : null,
      ...(await readOnset(tx, caller, id)),
      facts: commonFacts(await readThings(tx, caller.orgId, ofOutage)),
      contacts: await readContacts(tx, caller, id),
      ...(await readReturn(tx, caller, id)),
    };
  });
}

/** Members within reach, with their agents and sites. */
const membersOf = (caller: Caller, outageId: string) => sql`outage_members m
  join agents on ${agents.orgId} = m.org_id and ${agents.id} = m.agent_id
  join sites on ${sites.orgId} = ${agents.orgId} and ${sites.id} = ${agents.siteId}
  left join machines x on x.org_id = m.org_id and x.id = ${agents.machineId}
  left join clusters c on c.org_id = m.org_id and c.id = ${agents.clusterId}
  where ${visibleSites(caller)} and m.org_id = ${caller.orgId}::uuid and m.outage_id = ${outageId}::uuid`;

async function readOnset(tx: Transaction, caller: Caller, outageId: string) {
  const { rows } = await tx.execute<{ from_ms: number; to_ms: number; is_sure: boolean }>(sql`
    select (extract(epoch from m.dark_from) * 1000)::float8 as from_ms,
      (extract(epoch from m.dark_to) * 1000)::float8 as to_ms, m.is_sure from ${membersOf(caller, outageId)}`);
  return {
    unsure: rows.filter((row) => !row.is_sure).length,
    onset: onsetOf(rows.map((row) => ({ fromMs: row.from_ms, toMs: row.to_ms }))),
  };
}

async function readContacts(tx: Transaction, caller: Caller, outageId: string): Promise<OutageDetail["contacts"]> {
  const { rows } = await tx.execute<OutageDetail["contacts"][number]>(sql`
    select ${sites.contact} as contact, ${sites.owner} as owner, ${sites.deputy} as deputy,
      ${sites.runbookUrl} as "runbookUrl", count(distinct ${sites.id})::int as sites, min(${sites.name}) as "siteName"
    from ${membersOf(caller, outageId)} and m.outcome is null
    group by 1, 2, 3, 4 order by sites desc, 1 nulls last limit 20`);
  return rows;
}

async function readReturn(tx: Transaction, caller: Caller, outageId: string) {
  const { rows } = await tx.execute<{ returned: number; rebooted: number; gateway: string | null }>(sql`
    select (count(*) filter (where m.outcome = 'returned'))::int as returned,
      (count(*) filter (where m.outcome = 'returned' and exists (
        select from fleet_changes f where f.org_id = m.org_id and f.machine_id = x.id and f.kind = 'reboot'
          and coalesce(f.observed_at, f.received_at) between m.dark_from and m.ended_at + interval '10 minutes')))::int
        as rebooted,
      (select max(heard_at) from gateway_runs) as gateway
    from ${membersOf(caller, outageId)}`);
  const [row] = rows;
  return {
    returned: row?.returned ?? 0,
    rebooted: row?.rebooted ?? 0,
    gatewayHeardAt: row?.gateway ? new Date(row.gateway) : null,
  };
}

/**
 * The sites within reach at which something went dark in it, also what is back.
 * @throws DomainError not_found as `getOutage`
 */
export async function listOutageSites(caller: Caller, outageId: string): Promise<OutageSites> {
  return asCaller(caller, async (tx) => {
    const { rows } = await tx.execute<{ id: string }>(sql`
      select distinct ${sites.id} as id from ${membersOf(caller, outageId)}`);
    if (rows.length === 0) throw notFound("outage");
    return rows.map(({ id }) => id);
  });
}

type MemberRow = Omit<OutageMember, "darkFrom" | "darkTo" | "endedAt"> & {
  darkFrom: string;
  darkTo: string;
  endedAt: string | null;
};

/**
 * A page of the members within reach: what is still dark first, then by name.
 * @throws DomainError not_found as `getOutage`
 */
export async function listOutageMembers(caller: Caller, input: OutageMembersInput): Promise<OutageMembers> {
  return asCaller(caller, async (tx) => {
    const { rows: any } = await tx.execute(sql`select from ${membersOf(caller, input.outageId)} limit 1`);
    if (any.length === 0) throw notFound("outage");
    const which = input.isDarkOnly ? sql`and m.outcome is null` : sql``;
    const { rows } = await tx.execute<MemberRow & { total: number }>(sql`
      select m.agent_id as "agentId", ${agents.machineId} as "machineId", ${agents.clusterId} as "clusterId",
        coalesce(c.name, x.name, ${agents.hostname}) as name, ${sites.name} as "siteName", ${sites.region} as region,
        m.is_sure as "isSure", m.dark_from as "darkFrom", m.dark_to as "darkTo", m.outcome, m.ended_at as "endedAt",
        ${sites.isSimulated} as "isSimulated", count(*) over ()::int as total
      from ${membersOf(caller, input.outageId)} ${which}
      order by m.outcome is not null, lower(${sites.name}), lower(coalesce(c.name, x.name, ${agents.hostname})), m.agent_id
      limit ${input.limit} offset ${input.cursor}`);
    return {
      rows: rows.map(({ total: _, ...row }) => ({
        ...row,
        darkFrom: new Date(row.darkFrom),
        darkTo: new Date(row.darkTo),
        endedAt: row.endedAt === null ? null : new Date(row.endedAt),
      })),
      total: rows[0]?.total ?? 0,
    };
  });
}
