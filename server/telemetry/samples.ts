import { sql } from "drizzle-orm";
import { type EntityKind, packReadings } from "@/contract/metrics";
import { type EntitySample, isEntityKind } from "@/contract/telemetry";
import type { Transaction } from "@/db/client";

/** An observation with the time under which it is kept. */
export type PlacedObservation = { observedAt: Date; entities: EntitySample[] };

/** Separator that no kind holds, so that kind and key together name an entity within its machine. */
export const entityName = (kind: string, key: string): string => `${kind}\n${key}`;

/** Pairs a sample of a known kind with its id; kinds of a newer agent have none and are skipped. */
export function* knownEntities(
  observation: PlacedObservation,
  idByName: ReadonlyMap<string, number>,
): Generator<{ id: number; kind: EntityKind; sample: EntitySample }> {
  for (const sample of observation.entities) {
    const id = idByName.get(entityName(sample.kind, sample.key));
    if (id !== undefined && isEntityKind(sample.kind)) yield { id, kind: sample.kind, sample };
  }
}

/** Writes history in one statement. A moment that is there already stays as it is: first writer wins. */
export async function insertSamples(
  tx: Transaction,
  orgId: string,
  placed: PlacedObservation[],
  idByName: ReadonlyMap<string, number>,
  receivedAt: Date,
): Promise<void> {
  const rows = placed.flatMap((observation) =>
    [...knownEntities(observation, idByName)].map(({ id, kind, sample }) => ({
      entity_id: id,
      observed_at: observation.observedAt.toISOString(),
      readings: packReadings(kind, sample.readings),
      unknown: sample.unknown ?? null,
    })),
  );
  if (rows.length === 0) return;
  // One JSON parameter: the array columns differ in length from kind to kind, which unnest() cannot carry.
  await tx.execute(sql`
    insert into telemetry_samples (org_id, entity_id, observed_at, received_at, readings, unknown)
    select ${orgId}::uuid, r.entity_id, r.observed_at, ${receivedAt.toISOString()}::timestamptz, r.readings, r.unknown
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as r(entity_id bigint, observed_at timestamptz, readings double precision[], unknown jsonb)
    on conflict do nothing`);
}
