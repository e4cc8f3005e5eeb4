import { and, desc, eq, inArray, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { fleetChanges, machines, sites } from "@/db/schema/fleet";
import { telemetryMachines } from "@/db/schema/telemetry";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { findCollision, findSharedKey } from "@/server/agents/identity-queries";
import { notFound } from "@/server/errors";
import { inOrderOf, listPage } from "@/server/lists/page";
import type { ListInput } from "@/server/lists/shapes";
import { listEntityStates } from "./entity-states";
import { figuresOf, intervalSql, isContestedSql, lastReceivedSql, speaksFor } from "./machine-connection";
import { MACHINES } from "./machine-subject";
import { connectivityOf } from "./model";
import type { MachineDetail, MachineList, MachineRow } from "./shapes";

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

const ofSite = and(eq(sites.orgId, machines.orgId), eq(sites.id, machines.siteId));

/** Machines by their ids, in that order; one that is gone is left out. */
export async function readMachines(tx: Transaction, orgId: string, ids: readonly string[]): Promise<MachineRow[]> {
  if (ids.length === 0) return [];
  const rows = await tx
    .select(ROW)
    .from(machines)
    .innerJoin(sites, ofSite)
    .leftJoin(agents, speaksFor)
    .leftJoin(telemetryMachines, figuresOf)
    .where(and(eq(machines.orgId, orgId), inArray(machines.id, [...ids])));
  const now = new Date();
  return inOrderOf(
    ids,
    rows.map((row) => rowOf(row, now)),
    ({ id }) => id,
  );
}

/** A page of machines, with how many there are in all and how many of these are known to be current. */
export function listMachines(caller: Caller, input: ListInput): Promise<MachineList> {
  return listPage(caller, MACHINES, input, (tx, ids) => readMachines(tx, caller.orgId, ids));
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
