import { and, eq, sql } from "drizzle-orm";
import type { EnrolAnswer, EnrolRequest } from "@/contract/agents";
import type { GatewayErrorCode } from "@/contract/telemetry";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { organisations } from "@/db/schema/access";
import { agents, joinTokens } from "@/db/schema/agents";
import { sites } from "@/db/schema/fleet";
import { recordAudit } from "@/server/audit/record";
import { announce } from "@/server/live";
import { bindSubject } from "./bind-subject";
import { type TokenState, tokenState } from "./model";
import { hashToken } from "./secrets";

type EnrolRefusal = { refused: GatewayErrorCode; message: string };
type TokenRow = typeof joinTokens.$inferSelect;

const REFUSALS: Record<Exclude<TokenState, "open">, EnrolRefusal> = {
  revoked: { refused: "token_invalid", message: "This join token was revoked; make a new one in the console" },
  expired: { refused: "token_expired", message: "This join token has expired; make a new one in the console" },
  used_up: { refused: "token_used_up", message: "This join token has no uses left; make a new one in the console" },
};

/**
 * Takes an agent in. Asking again with the same token and key gives the same agent and costs no second use, so an
 * answer that was lost on a bad link can be asked for again.
 */
export async function enrolAgent(
  database: Database,
  request: EnrolRequest,
  intervalSeconds: number,
): Promise<EnrolAnswer | EnrolRefusal> {
  const tokenHash = hashToken(request.token);
  return withTenant(database, { known: tokenHash.toString("hex") }, async (tx) => {
    const [found] = await tx
      .select({ orgId: joinTokens.orgId })
      .from(joinTokens)
      .where(eq(joinTokens.tokenHash, tokenHash));
    if (!found)
      return { refused: "token_invalid", message: "No join token fits; copy the whole command from the console" };
    await tx.execute(sql`select set_config('app.org', ${found.orgId}, true)`);
    // Locked, so that the last use cannot be taken twice at the same moment.
    const [token] = await tx.select().from(joinTokens).where(eq(joinTokens.tokenHash, tokenHash)).for("update");
    if (!token) throw new Error("a join token vanished inside its own transaction");

    const publicKey = Buffer.from(request.publicKey, "base64url");
    const [earlier] = await tx
      .select({ id: agents.id, joinTokenId: agents.joinTokenId, status: agents.status })
      .from(agents)
      .where(eq(agents.publicKey, publicKey));
    if (earlier?.joinTokenId === token.id) return answerFor(tx, token, earlier, intervalSeconds);

    const state = tokenState(token, new Date());
    if (state !== "open") {
      await auditRefusal(tx, token, request, state);
      return REFUSALS[state];
    }
    return admit(tx, token, request, publicKey, intervalSeconds);
  });
}

async function admit(
  tx: Transaction,
  token: TokenRow,
  request: EnrolRequest,
  publicKey: Buffer,
  intervalSeconds: number,
): Promise<EnrolAnswer | EnrolRefusal> {
  const status = token.isApprovalRequired ? "waiting" : "active";
  const [agent] = await tx
    .insert(agents)
    .values({
      orgId: token.orgId,
      siteId: token.siteId,
      joinTokenId: token.id,
      publicKey,
      status,
      hostname: request.hostname,
      platform: request.platform,
      systemUuid: request.systemUuid,
      systemSerial: request.systemSerial,
      providerId: request.providerId ?? null,
      osMachineId: request.machineId ?? null,
      clusterUid: request.clusterUid ?? null,
      version: request.agentVersion,
      intervalSeconds,
      approvedAt: status === "active" ? new Date() : null,
    })
    .onConflictDoNothing({ target: agents.publicKey })
    .returning();
  // The key exists under another token or in another organisation, where this transaction cannot see it.
  if (!agent) {
    return {
      refused: "token_invalid",
      message: "This key is enrolled already; run enrol with --replace to make a new one",
    };
  }
  await tx
    .update(joinTokens)
    .set({ usesCount: token.usesCount + 1 })
    .where(eq(joinTokens.id, token.id));
  const subject = status === "active" ? await bindSubject(tx, agent, token.labels) : { machineId: null };
  if (status === "active") await tx.update(agents).set(subject).where(eq(agents.id, agent.id));
  await recordAudit(tx, {
    orgId: token.orgId,
    actor: { kind: "agent", id: agent.id, label: request.hostname },
    action: "agents:enrol",
    subject: { kind: "agent", id: agent.id, label: request.hostname },
    details: { token: token.name, status, systemUuid: request.systemUuid, clusterUid: request.clusterUid },
  });
  await announce(tx, { orgId: token.orgId, siteId: token.siteId, machineId: subject.machineId, topic: "agents" });
  return answerFor(tx, token, agent, intervalSeconds);
}

async function answerFor(
  tx: Transaction,
  token: TokenRow,
  agent: { id: string; status: EnrolAnswer["status"] },
  intervalSeconds: number,
): Promise<EnrolAnswer> {
  const [names] = await tx
    .select({ organisation: organisations.name, site: sites.name })
    .from(sites)
    .innerJoin(organisations, eq(organisations.id, sites.orgId))
    .where(and(eq(sites.orgId, token.orgId), eq(sites.id, token.siteId)));
  if (!names) throw new Error("a join token points to a site that is not there");
  return { agentId: agent.id, ...names, status: agent.status, intervalSeconds };
}

async function auditRefusal(tx: Transaction, token: TokenRow, request: EnrolRequest, state: TokenState): Promise<void> {
  await recordAudit(tx, {
    orgId: token.orgId,
    actor: { kind: "agent", label: request.hostname },
    action: "agents:enrol-refused",
    subject: { kind: "join token", id: token.id, label: token.name },
    details: { reason: state },
  });
}
