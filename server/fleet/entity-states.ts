import { and, eq, inArray } from "drizzle-orm";
import { type EntityKind, isEntityKind } from "@/contract/metrics";
import type { UnknownReason } from "@/contract/unknown";
import type { Transaction } from "@/db/client";
import { telemetryEntities, type UnknownReadings } from "@/db/schema/telemetry";
import { unpackAbsence, unpackReadings } from "@/server/telemetry/entity-state";
import type { EntityState } from "./model";

/** Newest readings of all entities of a machine, those that have ever been read. */
export async function listEntityStates(tx: Transaction, orgId: string, machineId: string): Promise<EntityState[]> {
  return (await readEntityStates(tx, orgId, [machineId])).map(({ machineId: _, ...state }) => state);
}

/** The same of several machines at once; each row says whose it is. */
export async function readEntityStates(
  tx: Transaction,
  orgId: string,
  machineIds: readonly string[],
): Promise<(EntityState & { machineId: string })[]> {
  const rows = await tx
    .select()
    .from(telemetryEntities)
    .where(and(eq(telemetryEntities.orgId, orgId), inArray(telemetryEntities.machineId, [...machineIds])))
    .orderBy(telemetryEntities.kind, telemetryEntities.key);
  return rows.flatMap((row) => {
    if (!isEntityKind(row.kind) || !row.observedAt || !row.receivedAt || !row.state || !row.machineId) return [];
    return {
      machineId: row.machineId,
      id: row.id,
      kind: row.kind,
      key: row.key,
      attributes: row.attributes,
      readings: unpackReadings(row.kind, row.state),
      unknown: reasonsOf(row.kind, row.stateAbsence, row.unknown),
      observedAt: row.observedAt,
      receivedAt: row.receivedAt,
    };
  });
}

/** The code came with the newest readings; the edge's words for it come rarely, and may be about an earlier code. */
export function reasonsOf(kind: EntityKind, absence: Buffer | null, told: UnknownReadings): UnknownReadings {
  const reasons: Record<string, UnknownReason> = {};
  for (const [name, code] of Object.entries(absence ? unpackAbsence(kind, absence) : {})) {
    reasons[name] = told[name]?.code === code ? told[name] : { code, detail: "" };
  }
  // Reasons for what has no place in the metric set, for example a sensor that the kernel does not offer.
  for (const [name, reason] of Object.entries(told)) reasons[name] ??= reason;
  return reasons;
}

/** Those of one kind, with that kind's readings. */
export function entitiesOfKind<K extends EntityKind>(states: readonly EntityState[], kind: K): EntityState<K>[] {
  return states.filter((state): state is EntityState<K> => state.kind === kind);
}
