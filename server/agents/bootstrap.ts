import { and, eq, sql } from "drizzle-orm";
import type { AgentStatus } from "@/contract/agents";
import { type Database, withTenant } from "@/db/client";
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
    const [made] = await tx
      .insert(joinTokens)
      .values({
        orgId,
        siteId: site.id,
        name: "This machine",
        tokenHash: hashToken(token),
        usesMax: 1,
        expiresAt: new Date(Date.now() + 3_600_000),
      })
      .returning({ id: joinTokens.id });
    await recordAudit(tx, {
      orgId,
      actor: { kind: "system", label: "launcher" },
      action: "agents:token-create",
      subject: { kind: "join token", id: made?.id, label: "This machine" },
    });
  });
  return { token };
}

/** What the database says of an agent id that lies in an identity file; null when it does not know it. */
export async function findAgentStatus(database: Database, agentId: string): Promise<AgentStatus | null> {
  return withTenant(database, { known: agentId }, async (tx) => {
    const [row] = await tx.select({ status: agents.status }).from(agents).where(eq(agents.id, agentId));
    return row?.status ?? null;
  });
}
