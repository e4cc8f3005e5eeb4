import { and, count, eq, type SQL, sql } from "drizzle-orm";
import { HEALTHS } from "@/contract/cluster/healths";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { clusters } from "@/db/schema/clusters";
import { machines, sites } from "@/db/schema/fleet";
import { telemetryMachines } from "@/db/schema/telemetry";
import { asCaller, type Caller, reachKey, visibleSites } from "@/server/access/caller";
import {
  connectivitySql as clusterConnectivitySql,
  ofSite,
  speaksFor as speaksForCluster,
} from "@/server/clusters/connection";
import { sharedAnswers } from "@/server/shared-answers";
import { listAttention } from "./attention-queries";
import { connectivitySql, figuresOf, speaksFor } from "./machine-connection";
import { CONNECTIVITIES } from "./model";
import { listRecentChanges } from "./recent-changes";
import type { FleetOverview, SharedOverview, SiteRow } from "./shapes";

const ROWS_MAX = 2 ** 31 - 1;
const inSite = and(eq(sites.orgId, machines.orgId), eq(sites.id, machines.siteId));

const shared = sharedAnswers<FleetOverview>("overview", ({ machines: all, clusters: own }) => all.total + own.total);

/** The overview as everybody is shown it who sees the same: counted for all of them, with the moment of it. */
export async function shareOverview(caller: Caller): Promise<SharedOverview> {
  const { answer, ...moment } = await shared.get(reachKey(caller), () => getOverview(caller));
  return { ...answer, ...moment };
}

/** What needs a person, and what there is, over all that this caller may see. */
export async function getOverview(caller: Caller): Promise<FleetOverview> {
  return asCaller(caller, async (tx) => {
    const { fullest, ...totals } = await readTotals(tx, caller);
    return {
      ...totals,
      fullestFilesystem: await findFullest(tx, caller, fullest),
      clusters: await readClusters(tx, caller),
      ...(await listAttention(tx, caller)),
      quietSince: await findQuietSince(tx, caller),
      changes: await listRecentChanges(tx, caller),
    };
  });
}

type Totals = Omit<
  FleetOverview,
  "attention" | "attentionMore" | "changes" | "clusters" | "fullestFilesystem" | "quietSince"
> & {
  /** Used share of the fullest filesystem of all connected machines. */
  fullest: number | null;
};

async function readTotals(tx: Transaction, caller: Caller): Promise<Totals> {
  // What each machine is, once; the sums then only look at it.
  const one = tx
    .select({
      state: connectivitySql.as("state"),
      cores: machines.coresLogical,
      cpu: telemetryMachines.cpuUsedRatio,
      memoryTotal: telemetryMachines.memoryTotalBytes,
      memoryUsed: telemetryMachines.memoryUsedBytes,
      power: telemetryMachines.powerWatts,
      filesystem: telemetryMachines.filesystemUsedRatioMax,
      receivedAt: agents.lastReceivedAt,
      interval: agents.intervalSeconds,
      isSimulated: sites.isSimulated,
    })
    .from(machines)
    .innerJoin(sites, inSite)
    .leftJoin(agents, speaksFor)
    .leftJoin(telemetryMachines, figuresOf)
    .where(visibleSites(caller))
    // A limit that nothing reaches: without one the planner would put the state into each sum again.
    .limit(ROWS_MAX)
    .as("one");
  const online = sql`${one.state} = 'online'`;
  const countOf = (state: string) => sql<number>`count(*) filter (where ${one.state} = ${state})`.mapWith(Number);
  const sumOf = (figure: SQL) => sql<number | null>`sum(${figure}) filter (where ${online})`.mapWith(Number);
  const knownOf = (figure: SQL) => sql<number>`count(${figure}) filter (where ${online})`.mapWith(Number);
  const figure = {
    cores: sql`${one.cores}`,
    usedCores: sql`(${one.cpu} * ${one.cores})`,
    memoryTotal: sql`${one.memoryTotal}`,
    memoryUsed: sql`${one.memoryUsed}`,
    power: sql`${one.power}`,
  };
  const [row] = await tx
    .select({
      total: count(),
      online: countOf("online"),
      offline: countOf("offline"),
      never: countOf("never"),
      revoked: countOf("revoked"),
      simulated: sql<number>`count(*) filter (where ${one.isSimulated})`.mapWith(Number),
      cores: sumOf(figure.cores),
      coresKnown: knownOf(figure.cores),
      usedCores: sumOf(figure.usedCores),
      usedCoresKnown: knownOf(figure.usedCores),
      memoryTotal: sumOf(figure.memoryTotal),
      memoryTotalKnown: knownOf(figure.memoryTotal),
      memoryUsed: sumOf(figure.memoryUsed),
      memoryUsedKnown: knownOf(figure.memoryUsed),
      power: sumOf(figure.power),
      powerKnown: knownOf(figure.power),
      fullest: sql<number | null>`max(${one.filesystem}) filter (where ${online})`,
      newestReceivedAt: sql<Date | null>`max(${one.receivedAt})`.mapWith(agents.lastReceivedAt),
      intervalSecondsMax: sql<number | null>`max(${one.interval})`,
    })
    .from(one);
  const [siteCount] = await tx.select({ sites: count() }).from(sites).where(visibleSites(caller));
  if (!row) throw new Error("an aggregate gave no row");
  const total = row.total;
  // A sum over no known machine is unknown, not zero.
  const sum = (value: number | null, known: number) => ({ value: known > 0 ? value : null, known, total });
  const { online: connected, offline, never, revoked, simulated } = row;
  return {
    machines: { total, online: connected, offline, never, revoked, simulated },
    sites: siteCount?.sites ?? 0,
    coresLogical: sum(row.cores, row.coresKnown),
    cpuUsedCores: sum(row.usedCores, row.usedCoresKnown),
    memoryTotalBytes: sum(row.memoryTotal, row.memoryTotalKnown),
    memoryUsedBytes: sum(row.memoryUsed, row.memoryUsedKnown),
    powerWatts: sum(row.power, row.powerKnown),
    newestReceivedAt: row.newestReceivedAt,
    intervalSecondsMax: row.intervalSecondsMax,
    fullest: row.fullest,
  };
}

/** @param usedRatio the highest of all that are connected, as `readTotals` found it */
async function findFullest(
  tx: Transaction,
  caller: Caller,
  usedRatio: number | null,
): Promise<FleetOverview["fullestFilesystem"]> {
  if (usedRatio === null) return null;
  const [row] = await tx
    .select({ machineId: machines.id, machineName: machines.name, key: telemetryMachines.filesystemFullestKey })
    .from(telemetryMachines)
    .innerJoin(machines, figuresOf)
    .innerJoin(sites, inSite)
    .leftJoin(agents, speaksFor)
    .where(
      and(
        visibleSites(caller),
        eq(telemetryMachines.orgId, caller.orgId),
        sql`${telemetryMachines.filesystemUsedRatioMax} = ${usedRatio}::float8`,
        sql`${connectivitySql} = 'online'`,
      ),
    )
    .orderBy(machines.name)
    .limit(1);
  return row && row.key !== null ? { ...row, key: row.key, usedRatio } : null;
}

/** Clusters by how they are reached, and the health of those that are. */
async function readClusters(tx: Transaction, caller: Caller): Promise<FleetOverview["clusters"]> {
  const { rows } = await tx.execute<Record<string, number> & { newest: string | null; interval: number | null }>(sql`
    select count(*)::int as total, (count(*) filter (where simulated))::int as simulated, max(received) as newest, max(seconds)::float8 as interval,
      ${sql.join(
        CONNECTIVITIES.map((state) => sql`(count(*) filter (where state = ${state}))::int as ${sql.identifier(state)}`),
        sql`, `,
      )},
      ${sql.join(
        HEALTHS.map(
          (health) =>
            sql`(count(*) filter (where state = 'online' and health = ${health}))::int as ${sql.identifier(`is_${health}`)}`,
        ),
        sql`, `,
      )}
    from (select ${clusterConnectivitySql} as state, ${clusters.health} as health, ${agents.lastReceivedAt} as received,
        ${agents.intervalSeconds} as seconds, ${sites.isSimulated} as simulated
      from clusters join sites on ${ofSite} left join agents on ${speaksForCluster} where ${visibleSites(caller)}) c`);
  const [row] = rows;
  if (!row) throw new Error("an aggregate gave no row");
  const of = (name: string) => row[name] ?? 0;
  return {
    total: of("total"),
    online: of("online"),
    offline: of("offline"),
    never: of("never"),
    revoked: of("revoked"),
    simulated: of("simulated"),
    health: {
      healthy: of("is_healthy"),
      degraded: of("is_degraded"),
      failed: of("is_failed"),
      paused: of("is_paused"),
      unknown: of("is_unknown"),
    },
    newestReceivedAt: row.newest === null ? null : new Date(row.newest),
    intervalSecondsMax: row.interval,
  };
}

/** When the last outage within reach was over. */
async function findQuietSince(tx: Transaction, caller: Caller): Promise<Date | null> {
  const { rows } = await tx.execute<{ at: string | null }>(sql`
    select max(m.ended_at) as at from outage_members m
    join agents on ${agents.orgId} = m.org_id and ${agents.id} = m.agent_id
    join sites on ${sites.orgId} = ${agents.orgId} and ${sites.id} = ${agents.siteId}
    where ${visibleSites(caller)} and m.outcome = 'returned'`);
  return rows[0]?.at ? new Date(rows[0].at) : null;
}

/** The sites that this caller may see, with how many machines each has. */
export async function listSites(caller: Caller): Promise<SiteRow[]> {
  return asCaller(caller, (tx) =>
    tx
      .select({ id: sites.id, name: sites.name, labels: sites.labels, machines: count(machines.id) })
      .from(sites)
      .leftJoin(machines, inSite)
      .where(visibleSites(caller))
      .groupBy(sites.orgId, sites.id, sites.name, sites.labels)
      .orderBy(sql`lower(${sites.name})`),
  );
}
