import { and, eq, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { fleetChanges, type Labels, machines } from "@/db/schema/fleet";
import { telemetryEntities } from "@/db/schema/telemetry";

type Identity = { kind: "system_uuid" | "agent"; value: string };

type Newcomer = { id: string; orgId: string; siteId: string; hostname: string };

/**
 * Binds an agent to the machine that it speaks for, and makes that machine when it is new. A machine is its system
 * UUID; where there is none, it is the agent. A second agent on a known machine takes over (it was installed anew);
 * should the first one still be alive, `separateCollision` finds out at its next push.
 *
 * A claim from another site gets a machine of its own while the first agent is not revoked: a system UUID is only
 * said, and a join token of one site must not pull machines and their history out of another.
 *
 * @returns the machine's id
 */
export async function bindMachine(
  tx: Transaction,
  agent: Newcomer & { systemUuid: string | null },
  labels: Labels,
): Promise<string> {
  const identity: Identity = agent.systemUuid
    ? { kind: "system_uuid", value: agent.systemUuid.toLowerCase() }
    : { kind: "agent", value: agent.id };
  const [known] = await tx
    .select({ id: machines.id, siteId: machines.siteId, agentStatus: agents.status })
    .from(machines)
    .leftJoin(agents, speaksForMachine)
    .where(
      and(
        eq(machines.orgId, agent.orgId),
        eq(machines.identityKind, identity.kind),
        eq(machines.identityValue, identity.value),
      ),
    )
    .for("update", { of: machines });
  if (!known) return createMachine(tx, agent, identity, labels, null);
  if (known.siteId !== agent.siteId && known.agentStatus === "active") {
    return createMachine(tx, agent, { kind: "agent", value: agent.id }, labels, known.id);
  }
  await takeOver(tx, agent, known, labels);
  return known.id;
}

const speaksForMachine = and(eq(agents.orgId, machines.orgId), eq(agents.id, machines.agentId));

/** From now on this agent speaks for the machine, at its own site; the history stays. */
async function takeOver(
  tx: Transaction,
  agent: Newcomer,
  machine: { id: string; siteId: string },
  labels: Labels,
): Promise<void> {
  const { orgId } = agent;
  await tx
    .update(machines)
    .set({
      agentId: agent.id,
      siteId: agent.siteId,
      labels: sql`${machines.labels} || ${JSON.stringify(labels)}::jsonb`,
    })
    .where(and(eq(machines.orgId, orgId), eq(machines.id, machine.id)));
  // Epochs are one agent's own count: measured by the old one's, the new one's readings could look late for ever.
  await tx
    .update(telemetryEntities)
    .set({ stateEpoch: 0, stateSequence: 0 })
    .where(and(eq(telemetryEntities.orgId, orgId), eq(telemetryEntities.machineId, machine.id)));
  const changes = [
    { orgId, machineId: machine.id, kind: "agent_replaced", before: null as string | null, after: agent.id },
  ];
  if (machine.siteId !== agent.siteId) {
    changes.push({ orgId, machineId: machine.id, kind: "site", before: machine.siteId, after: agent.siteId });
  }
  await tx.insert(fleetChanges).values(changes);
}

async function createMachine(
  tx: Transaction,
  agent: Newcomer,
  identity: Identity,
  labels: Labels,
  collidesWith: string | null,
): Promise<string> {
  const [made] = await tx
    .insert(machines)
    .values({
      orgId: agent.orgId,
      siteId: agent.siteId,
      identityKind: identity.kind,
      identityValue: identity.value,
      agentId: agent.id,
      collidesWith,
      name: agent.hostname,
      labels,
    })
    .returning({ id: machines.id });
  if (!made) throw new Error("insert into machines gave no row");
  const kind = collidesWith ? "identity_collision" : "first_seen";
  await tx.insert(fleetChanges).values({ orgId: agent.orgId, machineId: made.id, kind, after: agent.hostname });
  return made.id;
}

/**
 * Two agents that claim one system UUID and are both alive (a cloned disk image): the one that finds its machine taken
 * gets a machine of its own, marked as colliding, so that a person can decide. Once the other one is revoked, it gets
 * the machine back; what it reported meanwhile stays with the machine that it had then.
 *
 * @returns the id of the machine that this agent speaks for from now on
 */
export async function separateCollision(tx: Transaction, agent: Newcomer & { machineId: string }): Promise<string> {
  const machine = await getMachineWithSpeaker(tx, agent.orgId, agent.machineId);
  if (machine.agentId === agent.id) {
    if (!machine.collidesWith) return agent.machineId;
    const contested = await getMachineWithSpeaker(tx, agent.orgId, machine.collidesWith);
    if (contested.agentStatus === "active") return agent.machineId;
    await takeOver(tx, agent, contested, {});
    await tx
      .update(machines)
      .set({ agentId: null, collidesWith: null })
      .where(and(eq(machines.orgId, agent.orgId), eq(machines.id, agent.machineId)));
    await moveAgent(tx, agent, contested.id);
    return contested.id;
  }
  if (machine.agentStatus !== "active") {
    await takeOver(tx, agent, machine, {});
    return agent.machineId;
  }
  const own = await createMachine(tx, agent, { kind: "agent", value: agent.id }, {}, agent.machineId);
  await moveAgent(tx, agent, own);
  return own;
}

async function getMachineWithSpeaker(
  tx: Transaction,
  orgId: string,
  machineId: string,
): Promise<{
  id: string;
  siteId: string;
  agentId: string | null;
  collidesWith: string | null;
  agentStatus: string | null;
}> {
  const [row] = await tx
    .select({
      id: machines.id,
      siteId: machines.siteId,
      agentId: machines.agentId,
      collidesWith: machines.collidesWith,
      agentStatus: agents.status,
    })
    .from(machines)
    .leftJoin(agents, speaksForMachine)
    .where(and(eq(machines.orgId, orgId), eq(machines.id, machineId)));
  if (!row) throw new Error(`machine ${machineId} is not there`);
  return row;
}

async function moveAgent(tx: Transaction, agent: Newcomer, machineId: string): Promise<void> {
  await tx
    .update(agents)
    .set({ machineId })
    .where(and(eq(agents.orgId, agent.orgId), eq(agents.id, agent.id)));
}
