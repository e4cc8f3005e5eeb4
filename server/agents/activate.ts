import { and, eq, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { fleetChanges, type Labels, machines } from "@/db/schema/fleet";

type Identity = { kind: "system_uuid" | "agent"; value: string };

/**
 * Binds an agent to the machine that it speaks for, and makes that machine when it is new. A machine is its system
 * UUID; where there is none, it is the agent. A second agent on a known machine takes over (it was installed anew);
 * should the first one still be alive, `separateCollision` finds out at its next push.
 *
 * @returns the machine's id
 */
export async function bindMachine(
  tx: Transaction,
  agent: { id: string; orgId: string; siteId: string; hostname: string; systemUuid: string | null },
  labels: Labels,
): Promise<string> {
  const identity: Identity = agent.systemUuid
    ? { kind: "system_uuid", value: agent.systemUuid.toLowerCase() }
    : { kind: "agent", value: agent.id };
  const [known] = await tx
    .select({ id: machines.id, siteId: machines.siteId })
    .from(machines)
    .where(
      and(
        eq(machines.orgId, agent.orgId),
        eq(machines.identityKind, identity.kind),
        eq(machines.identityValue, identity.value),
      ),
    )
    .for("update");
  if (!known) return createMachine(tx, agent, identity, labels, null);
  await tx
    .update(machines)
    .set({
      agentId: agent.id,
      siteId: agent.siteId,
      labels: sql`${machines.labels} || ${JSON.stringify(labels)}::jsonb`,
    })
    .where(and(eq(machines.orgId, agent.orgId), eq(machines.id, known.id)));
  await tx
    .insert(fleetChanges)
    .values({ orgId: agent.orgId, machineId: known.id, kind: "agent_replaced", after: agent.id });
  if (known.siteId !== agent.siteId) {
    await tx
      .insert(fleetChanges)
      .values({ orgId: agent.orgId, machineId: known.id, kind: "site", before: known.siteId, after: agent.siteId });
  }
  return known.id;
}

async function createMachine(
  tx: Transaction,
  agent: { id: string; orgId: string; siteId: string; hostname: string },
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
 * gets a machine of its own, marked as colliding, so that a person can decide. If the other was revoked, it gets its
 * machine back.
 *
 * @returns the id of the machine that this agent speaks for from now on
 */
export async function separateCollision(
  tx: Transaction,
  agent: { id: string; orgId: string; siteId: string; hostname: string; machineId: string },
): Promise<string> {
  const [machine] = await tx
    .select({ agentId: machines.agentId, otherStatus: agents.status })
    .from(machines)
    .leftJoin(agents, and(eq(agents.orgId, machines.orgId), eq(agents.id, machines.agentId)))
    .where(and(eq(machines.orgId, agent.orgId), eq(machines.id, agent.machineId)));
  if (machine?.agentId === agent.id) return agent.machineId;
  if (machine?.otherStatus !== "active") {
    await tx
      .update(machines)
      .set({ agentId: agent.id })
      .where(and(eq(machines.orgId, agent.orgId), eq(machines.id, agent.machineId)));
    return agent.machineId;
  }
  const own = await createMachine(tx, agent, { kind: "agent", value: agent.id }, {}, agent.machineId);
  await tx
    .update(agents)
    .set({ machineId: own })
    .where(and(eq(agents.orgId, agent.orgId), eq(agents.id, agent.id)));
  return own;
}
