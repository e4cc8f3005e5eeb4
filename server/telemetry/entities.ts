import { and, eq, sql } from "drizzle-orm";
import { METRIC_SETS, packReadings } from "@/contract/metrics";
import { type EntityDescription, isEntityKind, type PushBatch } from "@/contract/telemetry";
import type { Transaction } from "@/db/client";
import { telemetryEntities } from "@/db/schema/telemetry";
import { entityName, knownEntities, type PlacedObservation } from "./samples";

export type KnownEntities = {
  /** `entityName(kind, key)` → id */
  idByKey: Map<string, number>;
  /** Samples of kinds, and readings by names, that this version has no metric set for. */
  ignoredEntities: number;
  ignoredReadings: number;
};

/** Makes the entities of a batch that are new, and takes over their descriptions. */
export async function upsertEntities(
  tx: Transaction,
  orgId: string,
  machineId: string,
  placed: PlacedObservation[],
  descriptions: EntityDescription[],
): Promise<KnownEntities> {
  const wanted = new Map<string, { kind: string; key: string; attributes?: Record<string, string> }>();
  let ignoredEntities = 0;
  let ignoredReadings = 0;
  for (const { kind, key, readings } of placed.flatMap((observation) => observation.entities)) {
    if (!isEntityKind(kind)) {
      ignoredEntities += 1;
      continue;
    }
    const names = new Set<string>(METRIC_SETS[kind].map((metric) => metric.name));
    ignoredReadings += Object.keys(readings).filter((name) => !names.has(name)).length;
    wanted.set(entityName(kind, key), { kind, key });
  }
  for (const { kind, key, attributes } of descriptions) {
    const entity = wanted.get(entityName(kind, key));
    if (entity) entity.attributes = attributes;
  }
  const rows = await tx
    .select({ id: telemetryEntities.id, kind: telemetryEntities.kind, key: telemetryEntities.key })
    .from(telemetryEntities)
    .where(and(eq(telemetryEntities.orgId, orgId), eq(telemetryEntities.machineId, machineId)));
  const idByKey = new Map(rows.map((row) => [entityName(row.kind, row.key), row.id]));
  const writes = [...wanted].filter(([name, entity]) => entity.attributes !== undefined || !idByKey.has(name));
  if (writes.length > 0) {
    const written = await tx
      .insert(telemetryEntities)
      .values(
        writes.map(([, entity]) => ({
          orgId,
          machineId,
          kind: entity.kind,
          key: entity.key,
          attributes: entity.attributes ?? {},
        })),
      )
      .onConflictDoUpdate({
        target: [telemetryEntities.orgId, telemetryEntities.machineId, telemetryEntities.kind, telemetryEntities.key],
        set: {
          attributes: sql`case when excluded.attributes = '{}' then ${telemetryEntities.attributes} else excluded.attributes end`,
        },
      })
      .returning({ id: telemetryEntities.id, kind: telemetryEntities.kind, key: telemetryEntities.key });
    for (const row of written) idByKey.set(entityName(row.kind, row.key), row.id);
  }
  return { idByKey, ignoredEntities, ignoredReadings };
}

/**
 * Moves "what is true now" forward, never back: a late batch loses against the (epoch, sequence) that is stored.
 * The reading before is kept beside it, so that a rate needs no look into history.
 */
export async function updateCurrentState(
  tx: Transaction,
  orgId: string,
  placed: PlacedObservation[],
  idByName: ReadonlyMap<string, number>,
  batch: Pick<PushBatch, "epoch" | "sequence">,
  receivedAt: Date,
): Promise<void> {
  type State = { readings: (number | null)[]; unknown: unknown; observedAt: string };
  const states = new Map<number, { latest: State; earlier: State | null }>();
  for (const observation of placed) {
    for (const { id, kind, sample } of knownEntities(observation, idByName)) {
      const latest = {
        readings: packReadings(kind, sample.readings),
        unknown: sample.unknown ?? {},
        observedAt: observation.observedAt.toISOString(),
      };
      states.set(id, { latest, earlier: states.get(id)?.latest ?? null });
    }
  }
  if (states.size === 0) return;
  const rows = [...states].map(([id, { latest, earlier }]) => ({
    id,
    readings: latest.readings,
    unknown: latest.unknown,
    observed_at: latest.observedAt,
    earlier_readings: earlier?.readings ?? null,
    earlier_observed_at: earlier?.observedAt ?? null,
  }));
  await tx.execute(sql`
    update telemetry_entities e set
      earlier_readings = coalesce(r.earlier_readings, e.readings),
      earlier_observed_at = coalesce(r.earlier_observed_at, e.observed_at),
      readings = r.readings, unknown = r.unknown, observed_at = r.observed_at,
      received_at = ${receivedAt.toISOString()}::timestamptz,
      state_epoch = ${batch.epoch}, state_sequence = ${batch.sequence}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id bigint, readings double precision[], unknown jsonb,
      observed_at timestamptz, earlier_readings double precision[], earlier_observed_at timestamptz)
    where e.org_id = ${orgId}::uuid and e.id = r.id
      and (${batch.epoch}::bigint, ${batch.sequence}::bigint) > (e.state_epoch, e.state_sequence)`);
}
