import { and, eq, sql } from "drizzle-orm";
import type { PushAnswer, PushBatch } from "@/contract/telemetry";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { telemetryBatches, telemetryMisdated } from "@/db/schema/telemetry";
import { separateCollision } from "@/server/agents/activate";
import type { ProvenAgent } from "@/server/agents/authenticate";
import { writeMachineFacts, writeMachineReadings } from "@/server/fleet/ingest";
import { announce } from "@/server/live";
import { updateCurrentState, upsertEntities } from "./entities";
import { clockCorrectionSeconds, isPlaceable } from "./model";
import { insertSamples, type PlacedObservation } from "./samples";

export type Arrival = {
  /** Time of sending by the edge's clock, from the signed header. */
  sentAt: Date;
  /** When the head of the request arrived here: the body may have taken minutes on a thin link. */
  receivedAt: Date;
};

/**
 * Stores one batch in one transaction: history, current state, facts, timeline, the agent's own report. When this
 * returns, the commit has happened; nothing before may be answered as acknowledged.
 *
 * Storing the same batch again changes nothing: its (epoch, sequence) is a key, and so is each sample's moment.
 *
 * @returns null when the agent lost its right to speak since it was authenticated
 * @throws whatever the database throws; nothing is stored then
 */
export async function storeBatch(
  database: Database,
  agent: ProvenAgent,
  batch: PushBatch,
  arrival: Arrival,
  intervalSeconds: number,
): Promise<PushAnswer | null> {
  return withTenant(database, { orgId: agent.orgId }, async (tx) => {
    const answer: PushAnswer = {
      acknowledged: { epoch: batch.epoch, sequence: batch.sequence },
      duplicate: false,
      intervalSeconds,
      ignored: { entities: 0, readings: 0 },
    };
    const inserted = await tx
      .insert(telemetryBatches)
      .values({ orgId: agent.orgId, agentId: agent.id, epoch: batch.epoch, sequence: batch.sequence })
      .onConflictDoNothing()
      .returning({ epoch: telemetryBatches.epoch });
    if (inserted.length === 0) return { ...answer, duplicate: true };

    const speaker = await updateAgent(tx, agent, batch, arrival);
    if (!speaker) return null;
    const machineId = await separateCollision(tx, speaker);
    const placed = await placeObservations(tx, agent, batch, arrival);
    const entities = await upsertEntities(tx, agent.orgId, machineId, placed, batch.descriptions ?? []);
    answer.ignored = { entities: entities.ignoredEntities, readings: entities.ignoredReadings };
    await insertSamples(tx, agent.orgId, placed, entities.idByKey, arrival.receivedAt);
    await updateCurrentState(tx, agent.orgId, placed, entities.idByKey, batch, arrival.receivedAt);
    if (speaker.isNewest) {
      await writeMachineReadings(tx, agent.orgId, machineId, arrival.receivedAt);
      if (batch.facts)
        await writeMachineFacts(tx, agent.orgId, machineId, batch.facts, lastObservedAt(placed), arrival.receivedAt);
    }
    if (answer.ignored.entities + answer.ignored.readings > 0) await countIgnored(tx, agent, answer.ignored);
    await announce(tx, { orgId: agent.orgId, siteId: agent.siteId, machineId, topic: "telemetry" });
    return answer;
  });
}

type Speaker = { id: string; orgId: string; siteId: string; hostname: string; machineId: string; isNewest: boolean };

/** Takes note of the arrival. The report comes from the newest batch only; the clock is compared at every push. */
async function updateAgent(
  tx: Transaction,
  agent: ProvenAgent,
  batch: PushBatch,
  arrival: Arrival,
): Promise<Speaker | null> {
  const isNewest = sql`(${batch.epoch}::bigint, ${batch.sequence}::bigint) > (${agents.stateEpoch}, ${agents.stateSequence})`;
  const newest = <T>(value: T, column: unknown) => sql`case when ${isNewest} then ${value} else ${column} end`;
  const lastObserved = batch.observations.at(-1)?.observedAt ?? batch.sentAt;
  const [row] = await tx
    .update(agents)
    .set({
      lastReceivedAt: sql`greatest(${agents.lastReceivedAt}, ${arrival.receivedAt.toISOString()}::timestamptz)`,
      lastObservedAt: newest(sql`${lastObserved}::timestamptz`, agents.lastObservedAt),
      clockOffsetSeconds: (arrival.receivedAt.getTime() - arrival.sentAt.getTime()) / 1000,
      report: newest(sql`${JSON.stringify(batch.agent)}::jsonb`, agents.report),
      version: newest(sql`${batch.agent.version}::text`, agents.version),
      intervalSeconds: newest(sql`${batch.intervalSeconds}::real`, agents.intervalSeconds),
      stateEpoch: newest(sql`${batch.epoch}::bigint`, agents.stateEpoch),
      stateSequence: newest(sql`${batch.sequence}::bigint`, agents.stateSequence),
    })
    .where(and(eq(agents.orgId, agent.orgId), eq(agents.id, agent.id), eq(agents.status, "active")))
    .returning({
      hostname: agents.hostname,
      machineId: agents.machineId,
      isNewest: sql<boolean>`(${agents.stateEpoch}, ${agents.stateSequence}) = (${batch.epoch}::bigint, ${batch.sequence}::bigint)`,
    });
  if (!row) return null;
  if (!row.machineId) throw new Error(`active agent ${agent.id} has no machine`);
  return { id: agent.id, orgId: agent.orgId, siteId: agent.siteId, ...row, machineId: row.machineId };
}

/** Corrects the edge's clock and sets impossible times aside, where they stay visible and can be repaired. */
async function placeObservations(
  tx: Transaction,
  agent: ProvenAgent,
  batch: PushBatch,
  arrival: Arrival,
): Promise<PlacedObservation[]> {
  const correctionSeconds = clockCorrectionSeconds(arrival.sentAt, arrival.receivedAt);
  const placed: PlacedObservation[] = [];
  for (const observation of batch.observations) {
    const observedAt = new Date(Date.parse(observation.observedAt) + correctionSeconds * 1000);
    if (isPlaceable(observedAt, arrival.receivedAt)) {
      placed.push({ observedAt, entities: observation.entities });
      continue;
    }
    await tx
      .insert(telemetryMisdated)
      .values({
        orgId: agent.orgId,
        agentId: agent.id,
        epoch: batch.epoch,
        sequence: batch.sequence,
        observedAt: new Date(observation.observedAt),
        receivedAt: arrival.receivedAt,
        entities: observation.entities,
      })
      .onConflictDoNothing();
  }
  return placed.sort((a, b) => a.observedAt.getTime() - b.observedAt.getTime());
}

function lastObservedAt(placed: PlacedObservation[]): Date | null {
  return placed.at(-1)?.observedAt ?? null;
}

async function countIgnored(tx: Transaction, agent: ProvenAgent, ignored: PushAnswer["ignored"]): Promise<void> {
  await tx
    .update(agents)
    .set({
      ignoredEntities: sql`${agents.ignoredEntities} + ${ignored.entities}`,
      ignoredReadings: sql`${agents.ignoredReadings} + ${ignored.readings}`,
    })
    .where(and(eq(agents.orgId, agent.orgId), eq(agents.id, agent.id)));
}
