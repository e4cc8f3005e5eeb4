import { and, asc, count, desc, eq, ilike, inArray, or, type SQL, sql } from "drizzle-orm";
import { agents } from "@/db/schema/agents";
import { fleetChanges, machines, sites } from "@/db/schema/fleet";
import { telemetryMachines } from "@/db/schema/telemetry";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { findCollision, findSharedKey } from "@/server/agents/identity-queries";
import { notFound } from "@/server/errors";
import { listEntityStates } from "./entity-states";
import { type Connectivity, connectivityOf, MISSED_INTERVALS_MAX } from "./model";
import type { MachineDetail, MachineList, MachineListInput, MachineRow } from "./shapes";

/** The agent that speaks for a machine now. */
export const speaksFor = and(eq(agents.orgId, machines.orgId), eq(agents.id, machines.agentId));

/** The figures of a machine; a machine that never reported has none. */
export const figuresOf = and(eq(telemetryMachines.orgId, machines.orgId), eq(telemetryMachines.machineId, machines.id));

/** Streams of other people's senders that tell of a machine; they speak for one that has no agent. */
const ofSenders = sql`from telemetry_streams s
  where s.org_id = ${machines.orgId} and s.machine_id = ${machines.id} and s.sender_id is not null`;
const lastReceivedSql = sql`coalesce(${agents.lastReceivedAt},
  case when ${agents.id} is null then (select max(s.last_received_at) ${ofSenders}) end)`;
const intervalSql = sql`coalesce(${agents.intervalSeconds},
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

/** An agent that is silent as part of an outage that goes on. */
export const isInOutageSql = sql<boolean>`exists (select from outage_members om
  where om.org_id = ${agents.orgId} and om.agent_id = ${agents.id} and om.outcome is null)`;

const ROW = {
  id: machines.id,
  name: machines.name,
  labels: machines.labels,
  siteId: sites.id,
  siteName: sites.name,
  siteLabels: sites.labels,
  isSimulated: sites.isSimulated,
  facts: machines.facts,
  isContested: isContestedSql,
  sharedSince: agents.sharedSince,
  clockOffsetSeconds: agents.clockOffsetSeconds,
  clockUnsureAt: agents.clockUnsureAt,
  coresLogical: machines.coresLogical,
  cpuUsedRatio: telemetryMachines.cpuUsedRatio,
  load1: telemetryMachines.load1,
  memoryTotalBytes: telemetryMachines.memoryTotalBytes,
  memoryUsedBytes: telemetryMachines.memoryUsedBytes,
  filesystemUsedRatioMax: telemetryMachines.filesystemUsedRatioMax,
  filesystemFullestKey: telemetryMachines.filesystemFullestKey,
  temperatureCelsiusMax: telemetryMachines.temperatureCelsiusMax,
  powerWatts: telemetryMachines.powerWatts,
  /** Null for a machine that never reported. */
  unknown: telemetryMachines.unknown,
  readingsObservedAt: telemetryMachines.readingsObservedAt,
  readingsReceivedAt: telemetryMachines.readingsReceivedAt,
  agentId: agents.id,
  agentStatus: agents.status,
  intervalSeconds: sql<number | null>`${intervalSql}`.mapWith(agents.intervalSeconds),
  lastReceivedAt: sql<Date | null>`${lastReceivedSql}`.mapWith(agents.lastReceivedAt),
};

const SORTS = {
  name: sql`lower(${machines.name})`,
  site: sql`lower(${sites.name})`,
  connectivity: sql`array_position(array['offline','never','revoked','online'], ${connectivitySql})`,
  cores: sql`${machines.coresLogical}`,
  cpu: sql`${telemetryMachines.cpuUsedRatio}`,
  memory: sql`${telemetryMachines.memoryUsedBytes} / nullif(${telemetryMachines.memoryTotalBytes}, 0)`,
  filesystem: sql`${telemetryMachines.filesystemUsedRatioMax}`,
  temperature: sql`${telemetryMachines.temperatureCelsiusMax}`,
  power: sql`${telemetryMachines.powerWatts}`,
  lastReceived: lastReceivedSql,
} satisfies Record<MachineListInput["sort"], SQL>;

type Derived = "connectivity" | "kernelVersion" | "operatingSystem" | "virtualization" | "unknown";
type RowShape = Omit<MachineRow, Derived> & {
  unknown: MachineRow["unknown"] | null;
  facts: MachineDetail["facts"];
  agentStatus: string | null;
};

function rowOf({ facts, agentStatus, ...row }: RowShape, now: Date): MachineRow {
  const agent =
    (row.agentId || row.lastReceivedAt) && row.intervalSeconds !== null
      ? {
          isRevoked: agentStatus === "revoked",
          lastReceivedAt: row.lastReceivedAt,
          intervalSeconds: row.intervalSeconds,
        }
      : null;
  return {
    ...row,
    unknown: row.unknown ?? {},
    connectivity: connectivityOf(agent, now),
    operatingSystem: facts.operatingSystem ?? null,
    kernelVersion: facts.kernelVersion ?? null,
    virtualization: facts.virtualization ?? null,
  };
}

/** A page of machines, with how many there are in all and how many of these are known to be current. */
export async function listMachines(caller: Caller, input: MachineListInput): Promise<MachineList> {
  return asCaller(caller, async (tx) => {
    const text = input.search.trim();
    const pattern = `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`;
    const filter = and(
      visibleSites(caller),
      input.siteId ? eq(sites.id, input.siteId) : undefined,
      input.connectivity.length > 0 ? inArray(connectivitySql, input.connectivity) : undefined,
      text === ""
        ? undefined
        : or(
            ilike(machines.name, pattern),
            ilike(sites.name, pattern),
            ilike(machines.identityValue, pattern),
            sql`${machines.facts} -> 'systemSerial' ->> 'value' ilike ${pattern}`,
            sql`${machines.facts} -> 'operatingSystem' ->> 'value' ilike ${pattern}`,
          ),
    );
    const inOrder = input.order === "asc" ? asc : desc;
    // Unknown figures come last whichever way one sorts: they are neither large nor small.
    const rows = await tx
      .select(ROW)
      .from(machines)
      .innerJoin(sites, and(eq(sites.orgId, machines.orgId), eq(sites.id, machines.siteId)))
      .leftJoin(agents, speaksFor)
      .leftJoin(telemetryMachines, figuresOf)
      .where(filter)
      .orderBy(sql`${inOrder(SORTS[input.sort])} nulls last`, asc(sql`lower(${machines.name})`), asc(machines.id))
      .limit(input.limit)
      .offset(input.cursor);
    const [totals] = await tx
      .select({
        total: count(),
        simulated: sql<number>`count(*) filter (where ${sites.isSimulated})`.mapWith(Number),
        known: sql<number>`count(*) filter (where ${connectivitySql} = 'online')`.mapWith(Number),
      })
      .from(machines)
      .innerJoin(sites, and(eq(sites.orgId, machines.orgId), eq(sites.id, machines.siteId)))
      .leftJoin(agents, speaksFor)
      .where(filter);
    const now = new Date();
    const { total = 0, known = 0, simulated = 0 } = totals ?? {};
    return { rows: rows.map((row) => rowOf(row, now)), total, known, simulated };
  });
}

/**
 * Everything that is known of one machine.
 * @throws DomainError not_found, also for a machine at a site that this caller may not see
 */
export async function getMachine(caller: Caller, machineId: string): Promise<MachineDetail> {
  return asCaller(caller, async (tx) => {
    const [row] = await tx
      .select({
        ...ROW,
        identityKind: machines.identityKind,
        identityValue: machines.identityValue,
        factsObservedAt: machines.factsObservedAt,
        factsReceivedAt: machines.factsReceivedAt,
        createdAt: machines.createdAt,
        agentVersion: agents.version,
        agentReport: agents.report,
      })
      .from(machines)
      .innerJoin(sites, and(eq(sites.orgId, machines.orgId), eq(sites.id, machines.siteId)))
      .leftJoin(agents, speaksFor)
      .leftJoin(telemetryMachines, figuresOf)
      .where(and(eq(machines.id, machineId), visibleSites(caller)));
    if (!row) throw notFound("machine");
    const { identityKind, identityValue, factsObservedAt, factsReceivedAt, createdAt, ...rest } = row;
    const { agentVersion, agentReport, ...listed } = rest;
    return {
      ...rowOf(listed, new Date()),
      facts: row.facts,
      factsObservedAt,
      factsReceivedAt,
      identity: { kind: identityKind, value: identityValue },
      createdAt,
      agentVersion,
      agentReport,
      collision: await findCollision(tx, caller, machineId),
      sharedKey: row.agentId ? await findSharedKey(tx, caller.orgId, row.agentId) : null,
      entities: await listEntityStates(tx, caller.orgId, machineId),
      changes: await tx
        .select({
          id: fleetChanges.id,
          kind: fleetChanges.kind,
          before: fleetChanges.before,
          after: fleetChanges.after,
          observedAt: fleetChanges.observedAt,
          receivedAt: fleetChanges.receivedAt,
        })
        .from(fleetChanges)
        .where(and(eq(fleetChanges.orgId, caller.orgId), eq(fleetChanges.machineId, machineId)))
        .orderBy(desc(fleetChanges.receivedAt), desc(fleetChanges.id))
        .limit(50),
    };
  });
}
