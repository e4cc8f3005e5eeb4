import { and, eq, sql } from "drizzle-orm";
import { MACHINE_KINDS } from "@/contract/metrics";
import type { MachineFacts } from "@/contract/telemetry";
import type { Transaction } from "@/db/client";
import { fleetChanges, machines } from "@/db/schema/fleet";
import { senderTargets } from "@/db/schema/senders";
import { telemetryStreams } from "@/db/schema/telemetry";
import { writeMachineFacts } from "@/server/fleet/ingest";
import { getOrCreateStream } from "@/server/telemetry/streams";
import type { HostFacts } from "./host-facts";
import { createTargetState, packTargetState, type TargetState, unpackTargetState } from "./target-state";

/** A target with its row locked until the end of the transaction. */
export type LockedTarget = {
  streamId: number;
  siteId: string;
  machineId: string | null;
  state: TargetState;
  /** Kinds that another stream of the same machine tells already. */
  covered: ReadonlySet<string>;
};

export type TargetWish = {
  orgId: string;
  senderId: string;
  siteId: string;
  name: string;
  host: string;
  facts: HostFacts;
  /** True when something of `MACHINE_KINDS` comes in. */
  isMachine: boolean;
};

/**
 * Finds or makes the target of a sender, with its stream and its machine, and locks it: two requests for one target
 * settle its counters one after the other. Lock targets in the order of their names, or two requests may wait for each
 * other.
 */
export async function lockTarget(tx: Transaction, wish: TargetWish, now: Date): Promise<LockedTarget> {
  const { orgId, senderId, siteId, name, host } = wish;
  const [known] = await tx
    .select({
      streamId: senderTargets.streamId,
      machineId: telemetryStreams.machineId,
      siteId: telemetryStreams.siteId,
      systemUuid: senderTargets.systemUuid,
      state: senderTargets.state,
    })
    .from(telemetryStreams)
    .innerJoin(
      senderTargets,
      and(eq(senderTargets.orgId, telemetryStreams.orgId), eq(senderTargets.streamId, telemetryStreams.id)),
    )
    .where(
      and(eq(telemetryStreams.orgId, orgId), eq(telemetryStreams.senderId, senderId), eq(telemetryStreams.name, name)),
    )
    .for("update", { of: senderTargets });
  const systemUuid = wish.facts.systemUuid ?? known?.systemUuid ?? null;
  const isIdentityNew = systemUuid !== (known?.systemUuid ?? null);
  let machineId = known?.machineId ?? null;
  if ((wish.isMachine && !machineId) || (machineId && isIdentityNew)) {
    machineId = await bindSenderMachine(tx, { orgId, senderId, siteId, host, systemUuid, machineId }, now);
  }
  if (machineId) await tellFacts(tx, orgId, machineId, wish.facts, now);
  if (!known) {
    const stream = await getOrCreateStream(tx, { orgId, siteId, machineId, senderId, name });
    const state = createTargetState();
    await tx
      .insert(senderTargets)
      .values({ orgId, streamId: stream.id, senderId, host, systemUuid, state: packTargetState(state) })
      .onConflictDoNothing();
    // Somebody else may have made it a moment ago: then its state counts, and not the empty one.
    return lockTarget(tx, { ...wish, facts: {}, isMachine: false }, now);
  }
  if (machineId !== known.machineId) await moveToMachine(tx, orgId, known.streamId, machineId);
  if (isIdentityNew) {
    await tx
      .update(senderTargets)
      .set({ systemUuid })
      .where(and(eq(senderTargets.orgId, orgId), eq(senderTargets.streamId, known.streamId)));
  }
  return {
    streamId: known.streamId,
    siteId: known.siteId,
    machineId,
    state: unpackTargetState(known.state),
    covered: machineId ? await findCoveredKinds(tx, orgId, machineId, known.streamId) : new Set(),
  };
}

async function moveToMachine(
  tx: Transaction,
  orgId: string,
  streamId: number,
  machineId: string | null,
): Promise<void> {
  await tx
    .update(telemetryStreams)
    .set({ machineId })
    .where(and(eq(telemetryStreams.orgId, orgId), eq(telemetryStreams.id, streamId)));
  await tx.execute(sql`
    update telemetry_entities set machine_id = ${machineId}::uuid
    where org_id = ${orgId}::uuid and stream_id = ${streamId}`);
}

type Binding = {
  orgId: string;
  senderId: string;
  siteId: string;
  host: string;
  systemUuid: string | null;
  /** The machine that the target had before its identity was told. */
  machineId: string | null;
};

/**
 * The machine that a target tells of: by its system UUID where that is told, else by sender and host. A UUID is only
 * said, so a machine of another site is never joined by it.
 */
async function bindSenderMachine(tx: Transaction, binding: Binding, now: Date): Promise<string> {
  const { orgId, siteId, host, systemUuid } = binding;
  const byIdentity = async (kind: "system_uuid" | "sender", value: string) => {
    const [row] = await tx
      .select({ id: machines.id, siteId: machines.siteId })
      .from(machines)
      .where(and(eq(machines.orgId, orgId), eq(machines.identityKind, kind), eq(machines.identityValue, value)));
    return row;
  };
  const known = systemUuid ? await byIdentity("system_uuid", systemUuid) : undefined;
  if (known && known.siteId === siteId) return known.id;
  const value = `${binding.senderId}/${siteId}/${host}`.toLowerCase();
  const own = binding.machineId ?? (await byIdentity("sender", value))?.id;
  const isUuidFree = systemUuid !== null && !known;
  if (own) {
    // From now on an agent on it, or another sender, will know it again.
    if (isUuidFree) {
      await tx
        .update(machines)
        .set({ identityKind: "system_uuid", identityValue: systemUuid })
        .where(and(eq(machines.orgId, orgId), eq(machines.id, own), eq(machines.identityKind, "sender")));
    }
    return own;
  }
  const identity = isUuidFree
    ? { identityKind: "system_uuid" as const, identityValue: systemUuid }
    : { identityKind: "sender" as const, identityValue: value };
  const [made] = await tx
    .insert(machines)
    .values({ orgId, siteId, ...identity, name: host })
    .onConflictDoNothing()
    .returning({ id: machines.id });
  if (!made) return bindSenderMachine(tx, binding, now);
  await tx.insert(fleetChanges).values({ orgId, machineId: made.id, kind: "first_seen", after: host, receivedAt: now });
  return made.id;
}

/** Takes over facts that differ; of a machine with an agent the agent tells them, and better. */
async function tellFacts(
  tx: Transaction,
  orgId: string,
  machineId: string,
  facts: HostFacts,
  now: Date,
): Promise<void> {
  const [machine] = await tx
    .select({ agentId: machines.agentId, facts: machines.facts })
    .from(machines)
    .where(and(eq(machines.orgId, orgId), eq(machines.id, machineId)));
  if (!machine || machine.agentId) return;
  const told = Object.entries(facts).filter(([name, value]) => {
    const known = machine.facts[name];
    return !known || !("value" in known) || known.value !== value;
  });
  if (told.length === 0) return;
  const merged: MachineFacts = { ...machine.facts };
  for (const [name, value] of told) merged[name] = { value };
  await writeMachineFacts(tx, orgId, machineId, merged, now, now);
}

/** The stream of agents comes first, then the oldest stream of a sender; who fell silent for a day gives way. */
async function findCoveredKinds(
  tx: Transaction,
  orgId: string,
  machineId: string,
  streamId: number,
): Promise<ReadonlySet<string>> {
  const { rows } = await tx.execute<{ kind: string }>(sql`
    select distinct e.kind from telemetry_entities e
    join telemetry_streams s on s.org_id = e.org_id and s.id = e.stream_id
    where e.org_id = ${orgId}::uuid and e.machine_id = ${machineId}::uuid and e.stream_id <> ${streamId}
      and e.kind = any(${sql.param(MACHINE_KINDS)}::text[]) and (s.sender_id is null or s.id < ${streamId})
      and coalesce(s.last_received_at, s.created_at) > now() - interval '1 day'`);
  return new Set(rows.map((row) => row.kind));
}
