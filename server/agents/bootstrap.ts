import { and, eq, sql } from "drizzle-orm";
import type { AgentStatus } from "@/contract/agents";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { agents, joinTokens } from "@/db/schema/agents";
import { sites } from "@/db/schema/fleet";
import { recordAudit } from "@/server/audit/record";
import { hashToken, makeJoinToken } from "./secrets";

/**
 * A join token for the agent of the machine that Fernblick itself runs on, made by the launcher: one use, one hour.
 * The site is made when there is none of that name.
 */
export async function issueLocalJoinToken(
  database: Database,
  input: { organisationId: string; siteName: string },
): Promise<{ token: string }> {
  const token = makeJoinToken();
  const orgId = input.organisationId;
  await withTenant(database, { orgId }, async (tx) => {
    await tx
      .insert(sites)
      .values({ orgId, name: input.siteName, labels: { kind: "local" } })
      .onConflictDoNothing();
    const [site] = await tx
      .select({ id: sites.id })
      .from(sites)
      .where(and(eq(sites.orgId, orgId), sql`lower(${sites.name}) = lower(${input.siteName})`));
    if (!site) throw new Error(`site ${input.siteName} could not be made`);
    await insertSystemToken(tx, { orgId, siteId: site.id, token, name: "This machine", usesMax: 1, by: "launcher" });
  });
  return { token };
}

const TOKEN_MILLISECONDS = 3_600_000;

/** A join token that no person made, good for an hour. @param by the program that asks for it, as the audit names it */
export async function insertSystemToken(
  tx: Transaction,
  input: { orgId: string; siteId: string; token: string; name: string; usesMax: number; by: string },
): Promise<void> {
  const { orgId, siteId, token, name, usesMax, by } = input;
  const expiresAt = new Date(Date.now() + TOKEN_MILLISECONDS);
  const [made] = await tx
    .insert(joinTokens)
    .values({ orgId, siteId, name, tokenHash: hashToken(token), usesMax, expiresAt })
    .returning({ id: joinTokens.id });
  await recordAudit(tx, {
    orgId,
    actor: { kind: "system", label: by },
    action: "agents:token-create",
    subject: { kind: "join token", id: made?.id, label: name },
  });
}

/** What the database says of an agent id that lies in an identity file; null when it does not know it. */
export async function findAgentStatus(database: Database, agentId: string): Promise<AgentStatus | null> {
  return withTenant(database, { known: agentId }, async (tx) => {
    const [row] = await tx.select({ status: agents.status }).from(agents).where(eq(agents.id, agentId));
    return row?.status ?? null;
  });
}
