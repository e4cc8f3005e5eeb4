import { and, eq, ne, or, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { fleetChanges, type IdentityKind, type Labels, machines } from "@/db/schema/fleet";
import { telemetryEntities } from "@/db/schema/telemetry";
import { type IdentityClaims, identitiesOf, identityRank, type MachineIdentity } from "./identity";
import { isSpeakerAlive } from "./speaker";

type Newcomer = { id: string; orgId: string; siteId: string; hostname: string };

const speaksForMachine = and(eq(agents.orgId, machines.orgId), eq(agents.id, machines.agentId));

const CLAIMED = {
  id: machines.id,
  siteId: machines.siteId,
  identityKind: machines.identityKind,
  identityValue: machines.identityValue,
  agentId: machines.agentId,
  collidesWith: machines.collidesWith,
  labels: machines.labels,
  speakerStatus: agents.status,
  speakerSiteId: agents.siteId,
  speakerHostname: agents.hostname,
  speakerEnrolledAt: agents.enrolledAt,
  isSpeakerAlive,
};
type Claimed = {
  id: string;
  siteId: string;
  identityKind: IdentityKind;
  identityValue: string;
  agentId: string | null;
  collidesWith: string | null;
  labels: Labels;
  speakerStatus: string | null;
  speakerSiteId: string | null;
  speakerHostname: string | null;
  speakerEnrolledAt: Date | null;
  isSpeakerAlive: boolean;
};

/**
 * Binds an agent to the machine that it speaks for, and makes that machine when it is new (see `identitiesOf`). A
 * second agent on a machine whose agent is silent or revoked takes over: it was installed anew. While the first is
 * heard, or is at another site and not revoked, the second gets a machine of its own, and both are marked: a system
 * UUID is only said, and neither a clone nor a token of another site may pull a machine and its history away.
 *
 * @returns the machine's id
 */
export async function bindMachine(tx: Transaction, agent: Newcomer & IdentityClaims, labels: Labels): Promise<string> {
  const identities = identitiesOf(agent);
  const [best] = identities;
  const known = await findClaimed(tx, agent.orgId, identities);
  if (!known) return createMachine(tx, agent, best, labels);
  const isElsewhere = known.siteId !== agent.siteId && known.speakerStatus === "active";
  if (isElsewhere || known.isSpeakerAlive) {
    // Alike only in something less certain, which copies of a disk share: two machines, and nothing to decide.
    const isTheSameClaim = known.identityKind === best.kind;
    return isTheSameClaim ? createRival(tx, agent, labels, known.id) : createMachine(tx, agent, best, labels);
  }
  await takeOver(tx, agent, known, labels);
  // Known until now by something less certain, for example because the earlier agent could not read the firmware.
  if (identityRank(best.kind) < identityRank(known.identityKind)) {
    await updateMachine(tx, agent.orgId, known.id, { identityKind: best.kind, identityValue: best.value });
  }
  return known.id;
}

async function findClaimed(
  tx: Transaction,
  orgId: string,
  identities: readonly MachineIdentity[],
): Promise<Claimed | null> {
  const rows = await tx
    .select(CLAIMED)
    .from(machines)
    .leftJoin(agents, speaksForMachine)
    .where(
      and(
        eq(machines.orgId, orgId),
        or(
          ...identities.map(({ kind, value }) =>
            and(eq(machines.identityKind, kind), eq(machines.identityValue, value)),
          ),
        ),
      ),
    )
    .for("update", { of: machines });
  return rows.sort((a, b) => identityRank(a.identityKind) - identityRank(b.identityKind))[0] ?? null;
}

/** From now on this agent speaks for the machine, at its own site; the history stays. */
async function takeOver(
  tx: Transaction,
  agent: Newcomer,
  machine: Pick<Claimed, "id" | "siteId" | "agentId">,
  labels: Labels,
): Promise<void> {
  const { orgId } = agent;
  const machineId = machine.id;
  await tx
    .update(machines)
    .set({
      agentId: agent.id,
      siteId: agent.siteId,
      labels: sql`${machines.labels} || ${JSON.stringify(labels)}::jsonb`,
    })
    .where(and(eq(machines.orgId, orgId), eq(machines.id, machineId)));
  // Epochs are one agent's own count: measured by the old one's, the new one's readings could look late for ever.
  await tx
    .update(telemetryEntities)
    .set({ stateEpoch: 0, stateSequence: 0 })
    .where(and(eq(telemetryEntities.orgId, orgId), eq(telemetryEntities.machineId, machineId)));
  // A machine that only a sender told of until now had no agent that could be replaced.
  const kind = machine.agentId ? "agent_replaced" : "agent_joined";
  const changes = [{ orgId, machineId, kind, before: machine.agentId, after: agent.id }];
  if (machine.siteId !== agent.siteId) {
    changes.push({ orgId, machineId, kind: "site", before: machine.siteId, after: agent.siteId });
  }
  await tx.insert(fleetChanges).values(changes);
}

async function createMachine(
  tx: Transaction,
  agent: Newcomer,
  identity: MachineIdentity,
  labels: Labels,
): Promise<string> {
  const { orgId } = agent;
  const machineId = await insertMachine(tx, agent, identity, labels, null);
  await tx.insert(fleetChanges).values({ orgId, machineId, kind: "first_seen", after: agent.hostname });
  const replaced = await findReplaced(tx, agent, machineId);
  if (replaced) {
    await tx.insert(fleetChanges).values([
      { orgId, machineId, kind: "replaces_machine", before: replaced.identityValue, after: identity.value },
      {
        orgId,
        machineId: replaced.id,
        kind: "replaced_by_machine",
        before: replaced.identityValue,
        after: identity.value,
      },
    ]);
  }
  return machineId;
}

/** The one machine of this name at this site that is not heard any more: new hardware has come under its name. */
async function findReplaced(
  tx: Transaction,
  agent: Newcomer,
  machineId: string,
): Promise<{ id: string; identityValue: string } | null> {
  const rows = await tx
    .select({ id: machines.id, identityValue: machines.identityValue })
    .from(machines)
    .leftJoin(agents, speaksForMachine)
    .where(
      and(
        eq(machines.orgId, agent.orgId),
        eq(machines.siteId, agent.siteId),
        ne(machines.id, machineId),
        sql`lower(${machines.name}) = lower(${agent.hostname})`,
        sql`not ${isSpeakerAlive}`,
      ),
    )
    .limit(2);
  return rows.length === 1 ? (rows[0] ?? null) : null;
}

/** A machine of its own for an agent that claims one that is taken; both timelines tell it. */
async function createRival(tx: Transaction, agent: Newcomer, labels: Labels, contestedId: string): Promise<string> {
  const { orgId } = agent;
  const machineId = await insertMachine(tx, agent, { kind: "agent", value: agent.id }, labels, contestedId);
  await tx.insert(fleetChanges).values([
    { orgId, machineId, kind: "identity_collision", after: agent.hostname },
    { orgId, machineId: contestedId, kind: "identity_claimed", after: agent.hostname },
  ]);
  return machineId;
}

async function insertMachine(
  tx: Transaction,
  agent: Newcomer,
  identity: MachineIdentity,
  labels: Labels,
  collidesWith: string | null,
): Promise<string> {
  const speaking = { agentId: agent.id, collidesWith, siteId: agent.siteId };
  const [made] = await tx
    .insert(machines)
    .values({
      ...speaking,
      orgId: agent.orgId,
      identityKind: identity.kind,
      identityValue: identity.value,
      name: agent.hostname,
      labels,
    })
    // An agent that had a machine of its own once gets that one again.
    .onConflictDoUpdate({ target: [machines.orgId, machines.identityKind, machines.identityValue], set: speaking })
    .returning({ id: machines.id });
  if (!made) throw new Error("insert into machines gave no row");
  return made.id;
}

/**
 * Which machine this agent speaks for from now on, after what became of the other agents that claim the same identity.
 * Of two that are both heard, the one that was enrolled first keeps the machine and the other gets one of its own,
 * marked, so that a person can decide. Once the first is revoked, the second gets the machine; what it reported
 * meanwhile stays with the machine that it had then.
 *
 * Ask when an agent opens a session, and when `agents.machine_id` is another than it was.
 *
 * @returns the machine's id
 */
export async function separateCollision(tx: Transaction, agent: Newcomer & { machineId: string }): Promise<string> {
  const machine = await getClaimed(tx, agent.orgId, agent.machineId);
  if (machine.agentId === agent.id) {
    if (!machine.collidesWith) return agent.machineId;
    const contested = await getClaimed(tx, agent.orgId, machine.collidesWith);
    if (contested.speakerStatus === "active") return agent.machineId;
    await takeOver(tx, agent, contested, {});
    await updateMachine(tx, agent.orgId, agent.machineId, { agentId: null, collidesWith: null });
    await moveAgent(tx, agent.orgId, agent.id, contested.id);
    return contested.id;
  }
  if (machine.agentId === null || !machine.isSpeakerAlive) {
    await takeOver(tx, agent, machine, {});
    return agent.machineId;
  }
  const [self] = await tx.select({ enrolledAt: agents.enrolledAt }).from(agents).where(eq(agents.id, agent.id));
  const { speakerEnrolledAt, speakerSiteId, speakerHostname } = machine;
  if (!self || !speakerEnrolledAt || !speakerSiteId) throw new Error(`agent ${agent.id} is not there`);
  if (self.enrolledAt >= speakerEnrolledAt) {
    const own = await createRival(tx, agent, {}, agent.machineId);
    await moveAgent(tx, agent.orgId, agent.id, own);
    return own;
  }
  const rival = { id: machine.agentId, orgId: agent.orgId, siteId: speakerSiteId, hostname: speakerHostname ?? "" };
  await takeOver(tx, agent, machine, {});
  const rivalMachine = await createRival(tx, rival, machine.labels, agent.machineId);
  await moveAgent(tx, agent.orgId, rival.id, rivalMachine);
  return agent.machineId;
}

async function getClaimed(tx: Transaction, orgId: string, machineId: string): Promise<Claimed> {
  const [row] = await tx
    .select(CLAIMED)
    .from(machines)
    .leftJoin(agents, speaksForMachine)
    .where(and(eq(machines.orgId, orgId), eq(machines.id, machineId)));
  if (!row) throw new Error(`machine ${machineId} is not there`);
  return row;
}

async function updateMachine(
  tx: Transaction,
  orgId: string,
  machineId: string,
  change: Partial<Pick<typeof machines.$inferInsert, "agentId" | "collidesWith" | "identityKind" | "identityValue">>,
): Promise<void> {
  await tx
    .update(machines)
    .set(change)
    .where(and(eq(machines.orgId, orgId), eq(machines.id, machineId)));
}

async function moveAgent(tx: Transaction, orgId: string, agentId: string, machineId: string): Promise<void> {
  await tx
    .update(agents)
    .set({ machineId })
    .where(and(eq(agents.orgId, orgId), eq(agents.id, agentId)));
}
