import { and, eq } from "drizzle-orm";
import { type EntityKind, unpackReadings } from "@/contract/metrics";
import { isEntityKind } from "@/contract/telemetry";
import type { Transaction } from "@/db/client";
import { telemetryEntities } from "@/db/schema/telemetry";
import type { EntityState } from "./model";

/** Newest readings of all entities of a machine, those that have ever been read. */
export async function listEntityStates(tx: Transaction, orgId: string, machineId: string): Promise<EntityState[]> {
  const rows = await tx
    .select()
    .from(telemetryEntities)
    .where(and(eq(telemetryEntities.orgId, orgId), eq(telemetryEntities.machineId, machineId)))
    .orderBy(telemetryEntities.kind, telemetryEntities.key);
  return rows.flatMap((row) => {
    if (!isEntityKind(row.kind) || !row.observedAt || !row.receivedAt) return [];
    return {
      id: row.id,
      kind: row.kind,
      key: row.key,
      attributes: row.attributes,
      readings: unpackReadings(row.kind, row.readings),
      earlier: row.earlierObservedAt && row.earlierReadings ? unpackReadings(row.kind, row.earlierReadings) : null,
      unknown: row.unknown,
      observedAt: row.observedAt,
      earlierObservedAt: row.earlierObservedAt,
      receivedAt: row.receivedAt,
    };
  });
}

/** Those of one kind, with that kind's readings. */
export function entitiesOfKind<K extends EntityKind>(states: EntityState[], kind: K): EntityState<K>[] {
  return states.filter((state): state is EntityState<K> => state.kind === kind);
}
