import { and, eq, inArray } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agentProcesses, agents, joinTokens } from "@/db/schema/agents";
import { fleetChanges, sites } from "@/db/schema/fleet";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { type AuditEntry, recordAudit } from "@/server/audit/record";
import { DomainError, notFound } from "@/server/errors";
import { announce } from "@/server/live";
import { bindSubject } from "./bind-subject";
import type { JoinTokenInput } from "./model";
import { ranSideBySide } from "./process-verdict";
import { hashToken, makeJoinToken } from "./secrets";

const actorOf = (caller: Caller): AuditEntry["actor"] => ({ kind: "user", id: caller.userId, label: caller.email });

/**
 * Makes a join token for a site that this caller may see. The token is in the answer and nowhere else.
 * @throws DomainError not_found for the site
 */
export async function createJoinToken(
  caller: Caller,
  input: JoinTokenInput,
): Promise<{ id: string; token: string; expiresAt: Date }> {
  const token = makeJoinToken();
  const expiresAt = new Date(Date.now() + input.hoursToLive * 3_600_000);
  return asCaller(caller, async (tx) => {
    const [site] = await tx
      .select({ id: sites.id, name: sites.name })
      .from(sites)
      .where(and(eq(sites.id, input.siteId), visibleSites(caller)));
    if (!site) throw notFound("site");
    const [made] = await tx
      .insert(joinTokens)
      .values({
        orgId: caller.orgId,
        siteId: site.id,
        name: input.name,
        tokenHash: hashToken(token),
        labels: input.labels,
        usesMax: input.usesMax,
        isApprovalRequired: input.isApprovalRequired,
        expiresAt,
        createdBy: caller.userId,
      })
      .returning({ id: joinTokens.id });
    if (!made) throw new Error("insert into join_tokens gave no row");
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: actorOf(caller),
      action: "agents:token-create",
      subject: { kind: "join token", id: made.id, label: input.name },
      details: { site: site.name, usesMax: input.usesMax, expiresAt, isApprovalRequired: input.isApprovalRequired },
    });
    await announce(tx, { orgId: caller.orgId, siteId: site.id, machineId: null, topic: "agents" });
    return { id: made.id, token, expiresAt };
  });
}

/** Ends a join token; agents that came in with it stay. Revoking twice is no error. */
export async function revokeJoinToken(caller: Caller, tokenId: string): Promise<void> {
  await asCaller(caller, async (tx) => {
    const [token] = await tx
      .select({ id: joinTokens.id, name: joinTokens.name, siteId: joinTokens.siteId, revokedAt: joinTokens.revokedAt })
      .from(joinTokens)
      .innerJoin(sites, and(eq(sites.orgId, joinTokens.orgId), eq(sites.id, joinTokens.siteId)))
      .where(and(eq(joinTokens.id, tokenId), visibleSites(caller)));
    if (!token) throw notFound("join token");
    if (token.revokedAt) return;
    await tx.update(joinTokens).set({ revokedAt: new Date() }).where(eq(joinTokens.id, tokenId));
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: actorOf(caller),
      action: "agents:token-revoke",
      subject: { kind: "join token", id: token.id, label: token.name },
    });
    await announce(tx, { orgId: caller.orgId, siteId: token.siteId, machineId: null, topic: "agents" });
  });
}

async function getVisibleAgent(tx: Transaction, caller: Caller, agentId: string): Promise<typeof agents.$inferSelect> {
  const [row] = await tx
    .select({ agent: agents })
    .from(agents)
    .innerJoin(sites, and(eq(sites.orgId, agents.orgId), eq(sites.id, agents.siteId)))
    .where(and(eq(agents.id, agentId), visibleSites(caller)))
    .for("update", { of: agents });
  if (!row) throw notFound("agent");
  return row.agent;
}

/**
 * Lets a waiting agent in; its next push is taken.
 * @throws DomainError not_found; conflict `agent_not_waiting`
 */
export async function approveAgent(caller: Caller, agentId: string): Promise<void> {
  await asCaller(caller, async (tx) => {
    const agent = await getVisibleAgent(tx, caller, agentId);
    if (agent.status !== "waiting") throw new DomainError("conflict", "agent_not_waiting", { status: agent.status });
    const [token] = await tx
      .select({ labels: joinTokens.labels })
      .from(joinTokens)
      .where(eq(joinTokens.id, agent.joinTokenId));
    const subject = await bindSubject(tx, agent, token?.labels ?? {});
    const { machineId } = subject;
    await tx
      .update(agents)
      .set({ status: "active", approvedAt: new Date(), ...subject })
      .where(eq(agents.id, agentId));
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: actorOf(caller),
      action: "agents:approve",
      subject: { kind: "agent", id: agent.id, label: agent.hostname },
    });
    await announce(tx, { orgId: caller.orgId, siteId: agent.siteId, machineId, topic: "agents" });
  });
}

/** Shuts an agent out from its next request on. Its history stays. Revoking twice is no error. */
export async function revokeAgent(caller: Caller, agentId: string): Promise<void> {
  await asCaller(caller, async (tx) => {
    const agent = await getVisibleAgent(tx, caller, agentId);
    if (agent.status === "revoked") return;
    await tx.update(agents).set({ status: "revoked", revokedAt: new Date() }).where(eq(agents.id, agentId));
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: actorOf(caller),
      action: "agents:revoke",
      subject: { kind: "agent", id: agent.id, label: agent.hostname },
      details: { was: agent.status },
    });
    await announce(tx, { orgId: caller.orgId, siteId: agent.siteId, machineId: agent.machineId, topic: "agents" });
  });
}

/**
 * Says which of several processes with one key keeps it. The others are refused from now on; their machine has to be
 * enrolled anew, with a key of its own.
 * @throws DomainError not_found for the agent; conflict `process_gone` for a process that is not known any more
 */
export async function keepProcess(caller: Caller, input: { agentId: string; epoch: number }): Promise<void> {
  await asCaller(caller, async (tx) => {
    const agent = await getVisibleAgent(tx, caller, input.agentId);
    const ofAgent = and(eq(agentProcesses.orgId, caller.orgId), eq(agentProcesses.agentId, agent.id));
    const processes = await tx.select().from(agentProcesses).where(ofAgent);
    const kept = processes.find((process) => process.epoch === input.epoch);
    if (!kept) throw new DomainError("conflict", "process_gone");
    const isOfKeptBoot = (bootId: string | null) => bootId !== null && bootId === kept.bootId;
    const rejected = processes.filter((process) => process !== kept && ranSideBySide(process, kept));
    for (const { epoch, bootId } of rejected) {
      await tx
        .update(agentProcesses)
        // A boot that both are of, as with containers, tells neither from the other.
        .set({ isRejected: true, bootId: isOfKeptBoot(bootId) ? null : bootId })
        .where(and(ofAgent, eq(agentProcesses.epoch, epoch)));
    }
    const cleared = processes.filter(({ epoch, bootId }) => epoch === kept.epoch || isOfKeptBoot(bootId));
    const clearedEpochs = cleared.map(({ epoch }) => epoch).filter((epoch) => !rejected.some((r) => r.epoch === epoch));
    await tx
      .update(agentProcesses)
      .set({ isRejected: false })
      .where(and(ofAgent, inArray(agentProcesses.epoch, clearedEpochs)));
    await tx.update(agents).set({ sharedSince: null }).where(eq(agents.id, agent.id));
    if (agent.machineId) {
      const change = { orgId: caller.orgId, machineId: agent.machineId, kind: "key_kept", after: agent.hostname };
      await tx.insert(fleetChanges).values(change);
    }
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: actorOf(caller),
      action: "agents:process-keep",
      subject: { kind: "agent", id: agent.id, label: agent.hostname },
      details: { kept: kept.bootId ?? kept.epoch, refused: rejected.map(({ bootId, epoch }) => bootId ?? epoch) },
    });
    await announce(tx, { orgId: caller.orgId, siteId: agent.siteId, machineId: agent.machineId, topic: "agents" });
  });
}
