import { and, asc, count, desc, eq, ilike, inArray, or, type SQL, sql } from "drizzle-orm";
import type { AgentReport } from "@/contract/telemetry";
import { agents } from "@/db/schema/agents";
import { fleetChanges, machines, sites } from "@/db/schema/fleet";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { notFound } from "@/server/errors";
import { listEntityStates } from "./entity-states";
import { type Connectivity, connectivityOf, MISSED_INTERVALS_MAX } from "./model";
import type { MachineDetail, MachineList, MachineListInput, MachineRow } from "./shapes";

/** The agent that speaks for a machine now. */
export const speaksFor = and(eq(agents.orgId, machines.orgId), eq(agents.id, machines.agentId));

/** `connectivityOf` in SQL, for filters and counts; a test holds the two together. */
export const connectivitySql = sql<Connectivity>`case
  when ${agents.id} is null or ${agents.status} = 'revoked' then 'revoked'
  when ${agents.lastReceivedAt} is null then 'never'
  when now() - ${agents.lastReceivedAt} > ${MISSED_INTERVALS_MAX} * make_interval(secs => ${agents.intervalSeconds})
    then 'offline'
  else 'online' end`;

const ROW = {
  id: machines.id,
  name: machines.name,
  labels: machines.labels,
  siteId: sites.id,
  siteName: sites.name,
  siteLabels: sites.labels,
  facts: machines.facts,
  collidesWith: machines.collidesWith,
  coresLogical: machines.coresLogical,
  cpuUsedRatio: machines.cpuUsedRatio,
  load1: machines.load1,
  memoryTotalBytes: machines.memoryTotalBytes,
  memoryUsedBytes: machines.memoryUsedBytes,
  filesystemUsedRatioMax: machines.filesystemUsedRatioMax,
  filesystemFullestKey: machines.filesystemFullestKey,
  temperatureCelsiusMax: machines.temperatureCelsiusMax,
  powerWatts: machines.powerWatts,
  unknown: machines.unknown,
  readingsObservedAt: machines.readingsObservedAt,
  readingsReceivedAt: machines.readingsReceivedAt,
  agentId: agents.id,
  agentStatus: agents.status,
  intervalSeconds: agents.intervalSeconds,
  lastReceivedAt: agents.lastReceivedAt,
};

const SORTS = {
  name: sql`lower(${machines.name})`,
  site: sql`lower(${sites.name})`,
  connectivity: sql`array_position(array['offline','never','revoked','online'], ${connectivitySql})`,
  cores: sql`${machines.coresLogical}`,
  cpu: sql`${machines.cpuUsedRatio}`,
  memory: sql`${machines.memoryUsedBytes} / nullif(${machines.memoryTotalBytes}, 0)`,
  filesystem: sql`${machines.filesystemUsedRatioMax}`,
  temperature: sql`${machines.temperatureCelsiusMax}`,
  power: sql`${machines.powerWatts}`,
  lastReceived: sql`${agents.lastReceivedAt}`,
} satisfies Record<MachineListInput["sort"], SQL>;

type RowShape = Omit<MachineRow, "connectivity" | "kernelVersion" | "operatingSystem" | "virtualization"> & {
  facts: MachineDetail["facts"];
  agentStatus: string | null;
};

function rowOf({ facts, agentStatus, ...row }: RowShape, now: Date): MachineRow {
  const agent =
    row.agentId && row.intervalSeconds !== null
      ? {
          isRevoked: agentStatus === "revoked",
          lastReceivedAt: row.lastReceivedAt,
          intervalSeconds: row.intervalSeconds,
        }
      : null;
  return {
    ...row,
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
      .where(filter)
      .orderBy(sql`${inOrder(SORTS[input.sort])} nulls last`, asc(sql`lower(${machines.name})`), asc(machines.id))
      .limit(input.limit)
      .offset(input.cursor);
    const [totals] = await tx
      .select({
        total: count(),
        known: sql<number>`count(*) filter (where ${connectivitySql} = 'online')`.mapWith(Number),
      })
      .from(machines)
      .innerJoin(sites, and(eq(sites.orgId, machines.orgId), eq(sites.id, machines.siteId)))
      .leftJoin(agents, speaksFor)
      .where(filter);
    const now = new Date();
    return { rows: rows.map((row) => rowOf(row, now)), total: totals?.total ?? 0, known: totals?.known ?? 0 };
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
        agentReport: sql<AgentReport | null>`${agents.report}`,
        clockOffsetSeconds: agents.clockOffsetSeconds,
      })
      .from(machines)
      .innerJoin(sites, and(eq(sites.orgId, machines.orgId), eq(sites.id, machines.siteId)))
      .leftJoin(agents, speaksFor)
      .where(and(eq(machines.id, machineId), visibleSites(caller)));
    if (!row) throw notFound("machine");
    const { identityKind, identityValue, factsObservedAt, factsReceivedAt, createdAt, ...rest } = row;
    const { agentVersion, agentReport, clockOffsetSeconds, ...listed } = rest;
    return {
      ...rowOf(listed, new Date()),
      facts: row.facts,
      factsObservedAt,
      factsReceivedAt,
      identity: { kind: identityKind, value: identityValue },
      createdAt,
      agentVersion,
      agentReport,
      clockOffsetSeconds,
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
