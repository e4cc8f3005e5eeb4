import { and, count, desc, eq, isNotNull, or, type SQL, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { fleetChanges, machines, sites } from "@/db/schema/fleet";
import { telemetryMachines } from "@/db/schema/telemetry";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { CLOCK_OFFSET_SECONDS_MAX } from "@/server/telemetry/model";
import { attentionOf, rankAttention } from "./attention";
import { connectivitySql, figuresOf, isContestedSql, speaksFor } from "./machine-connection";
import { CLOCK_UNSURE_DAYS, FILL_CRITICAL_RATIO, FILL_WARNING_RATIO } from "./model";
import { listOrganisationAttention } from "./organisation-attention";
import type { Attention, FleetChange, FleetOverview, SiteRow } from "./shapes";

const inSite = and(eq(sites.orgId, machines.orgId), eq(sites.id, machines.siteId));
/** Lines of "needs you" and of "recent changes"; what is beyond is counted by its list, not cut in silence. */
const ATTENTION_MAX = 100;
const CHANGES_MAX = 30;

/** What needs a person, and what there is, over all that this caller may see. */
export async function getOverview(caller: Caller): Promise<FleetOverview> {
  return asCaller(caller, async (tx) => ({
    ...(await readTotals(tx, caller)),
    fullestFilesystem: await findFullest(tx, caller),
    attention: await listAttention(tx, caller),
    changes: await listChanges(tx, caller),
  }));
}

type Totals = Omit<FleetOverview, "attention" | "changes" | "fullestFilesystem">;

async function readTotals(tx: Transaction, caller: Caller): Promise<Totals> {
  const online = sql`${connectivitySql} = 'online'`;
  const countOf = (state: string) => sql<number>`count(*) filter (where ${connectivitySql} = ${state})`.mapWith(Number);
  const sumOf = (figure: SQL) => sql<number | null>`sum(${figure}) filter (where ${online})`.mapWith(Number);
  const knownOf = (figure: SQL) => sql<number>`count(${figure}) filter (where ${online})`.mapWith(Number);
  const usedCores = sql`(${telemetryMachines.cpuUsedRatio} * ${machines.coresLogical})`;
  const figure = {
    cores: sql`${machines.coresLogical}`,
    usedCores,
    memoryTotal: sql`${telemetryMachines.memoryTotalBytes}`,
    memoryUsed: sql`${telemetryMachines.memoryUsedBytes}`,
    power: sql`${telemetryMachines.powerWatts}`,
  };
  const [row] = await tx
    .select({
      total: count(),
      online: countOf("online"),
      offline: countOf("offline"),
      never: countOf("never"),
      revoked: countOf("revoked"),
      simulated: sql<number>`count(*) filter (where ${sites.isSimulated})`.mapWith(Number),
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
      newestReceivedAt: sql<Date | null>`max(${agents.lastReceivedAt})`.mapWith(agents.lastReceivedAt),
      intervalSecondsMax: sql<number | null>`max(${agents.intervalSeconds})`,
    })
    .from(machines)
    .innerJoin(sites, inSite)
    .leftJoin(agents, speaksFor)
    .leftJoin(telemetryMachines, figuresOf)
    .where(visibleSites(caller));
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
  };
}

async function findFullest(tx: Transaction, caller: Caller): Promise<FleetOverview["fullestFilesystem"]> {
  const [row] = await tx
    .select({
      machineId: machines.id,
      machineName: machines.name,
      key: telemetryMachines.filesystemFullestKey,
      usedRatio: telemetryMachines.filesystemUsedRatioMax,
    })
    .from(machines)
    .innerJoin(sites, inSite)
    .innerJoin(agents, speaksFor)
    .innerJoin(telemetryMachines, figuresOf)
    .where(
      and(
        visibleSites(caller),
        sql`${connectivitySql} = 'online'`,
        isNotNull(telemetryMachines.filesystemUsedRatioMax),
      ),
    )
    .orderBy(desc(telemetryMachines.filesystemUsedRatioMax))
    .limit(1);
  return row && row.key !== null && row.usedRatio !== null ? { ...row, key: row.key, usedRatio: row.usedRatio } : null;
}

/** A rough filter in SQL keeps ten thousand healthy machines at home; `attentionOf` judges. */
async function listAttention(tx: Transaction, caller: Caller): Promise<Attention[]> {
  const rows = await tx
    .select({
      machineId: machines.id,
      name: machines.name,
      siteName: sites.name,
      isSimulated: sites.isSimulated,
      connectivity: connectivitySql,
      agentId: agents.id,
      lastReceivedAt: agents.lastReceivedAt,
      enrolledAt: agents.enrolledAt,
      intervalSeconds: agents.intervalSeconds,
      isContested: isContestedSql,
      sharedSince: agents.sharedSince,
      filesystemUsedRatioMax: telemetryMachines.filesystemUsedRatioMax,
      filesystemFullestKey: telemetryMachines.filesystemFullestKey,
      memoryTotalBytes: telemetryMachines.memoryTotalBytes,
      memoryUsedBytes: telemetryMachines.memoryUsedBytes,
      clockOffsetSeconds: agents.clockOffsetSeconds,
      clockUnsureAt: agents.clockUnsureAt,
      droppedMoments: sql<number>`coalesce((${agents.report} ->> 'droppedMoments')::int, 0)`,
      spoolError: sql<string | null>`${agents.report} ->> 'spoolError'`,
    })
    .from(machines)
    .innerJoin(sites, inSite)
    .leftJoin(agents, speaksFor)
    .leftJoin(telemetryMachines, figuresOf)
    .where(
      and(
        visibleSites(caller),
        or(
          sql`${connectivitySql} in ('offline', 'never')`,
          isContestedSql,
          isNotNull(agents.sharedSince),
          sql`${agents.clockUnsureAt} > now() - make_interval(days => ${CLOCK_UNSURE_DAYS})`,
          sql`${telemetryMachines.filesystemUsedRatioMax} >= ${FILL_WARNING_RATIO}`,
          sql`${telemetryMachines.memoryUsedBytes} >= ${FILL_CRITICAL_RATIO} * ${telemetryMachines.memoryTotalBytes}`,
          sql`abs(${agents.clockOffsetSeconds}) > ${CLOCK_OFFSET_SECONDS_MAX}`,
          sql`coalesce((${agents.report} ->> 'droppedMoments')::int, 0) > 0`,
          sql`${agents.report} ->> 'spoolError' is not null`,
        ),
      ),
    )
    .orderBy(agents.lastReceivedAt)
    .limit(ATTENTION_MAX * 10);
  const now = new Date();
  const lines = rows.flatMap((row) => attentionOf(row, now));
  const others = [...(await listWaiting(tx, caller)), ...(await listOrganisationAttention(tx, caller))];
  return rankAttention([...lines, ...others]).slice(0, ATTENTION_MAX);
}

async function listWaiting(tx: Transaction, caller: Caller): Promise<Attention[]> {
  const rows = await tx
    .select({
      agentId: agents.id,
      name: agents.hostname,
      siteName: sites.name,
      isSimulated: sites.isSimulated,
      since: agents.enrolledAt,
    })
    .from(agents)
    .innerJoin(sites, and(eq(sites.orgId, agents.orgId), eq(sites.id, agents.siteId)))
    .where(and(visibleSites(caller), eq(agents.status, "waiting")))
    .orderBy(agents.enrolledAt)
    .limit(ATTENTION_MAX);
  return rows.map((row) => ({
    ...row,
    clusterId: null,
    kind: "waiting",
    severity: "warning",
    machineId: null,
    figure: null,
    detail: null,
  }));
}

async function listChanges(
  tx: Transaction,
  caller: Caller,
): Promise<(FleetChange & { machineId: string; machineName: string; siteName: string })[]> {
  return tx
    .select({
      id: fleetChanges.id,
      kind: fleetChanges.kind,
      before: fleetChanges.before,
      after: fleetChanges.after,
      observedAt: fleetChanges.observedAt,
      receivedAt: fleetChanges.receivedAt,
      machineId: machines.id,
      machineName: machines.name,
      siteName: sites.name,
    })
    .from(fleetChanges)
    .innerJoin(machines, and(eq(machines.orgId, fleetChanges.orgId), eq(machines.id, fleetChanges.machineId)))
    .innerJoin(sites, inSite)
    .where(visibleSites(caller))
    .orderBy(desc(fleetChanges.receivedAt), desc(fleetChanges.id))
    .limit(CHANGES_MAX);
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
