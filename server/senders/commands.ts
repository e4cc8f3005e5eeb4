import { and, eq } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { sites } from "@/db/schema/fleet";
import { apiTokens, senderMetrics } from "@/db/schema/senders";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { type AuditEntry, recordAudit } from "@/server/audit/record";
import { DomainError, notFound } from "@/server/errors";
import { announce } from "@/server/live";
import type { ApiTokenInput } from "./model";
import { visibleTokens } from "./queries";
import { makeApiToken } from "./secrets";

const actorOf = (caller: Caller): AuditEntry["actor"] => ({ kind: "user", id: caller.userId, label: caller.email });
const DAY_MS = 86_400_000;

/**
 * Makes an API token for a site that this caller may see, or for all sites by label. The token is in the answer and
 * nowhere else.
 * @throws DomainError not_found for the site; denied `token_needs_full_scope`
 */
export async function createApiToken(
  caller: Caller,
  input: ApiTokenInput,
): Promise<{ id: string; token: string; expiresAt: Date | null }> {
  const { id, token, secretHash } = makeApiToken();
  const { bound, name, daysToLive } = input;
  const expiresAt = daysToLive === null ? null : new Date(Date.now() + daysToLive * DAY_MS);
  // A label can name any site there is, so only who reaches all of them may hand that out.
  if ("siteLabel" in bound && caller.scope.kind !== "all") throw new DomainError("denied", "token_needs_full_scope");
  return asCaller(caller, async (tx) => {
    const site = "siteId" in bound ? await getVisibleSite(tx, caller, bound.siteId) : null;
    const siteLabel = "siteLabel" in bound ? bound.siteLabel : null;
    await tx.insert(apiTokens).values({
      id,
      orgId: caller.orgId,
      name,
      secretHash,
      siteId: site?.id ?? null,
      siteLabel,
      expiresAt,
      createdBy: caller.userId,
    });
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: actorOf(caller),
      action: "senders:token-create",
      subject: { kind: "API token", id, label: name },
      details: { ...(site ? { site: site.name } : { siteLabel }), expiresAt },
    });
    await announce(tx, { orgId: caller.orgId, siteId: site?.id ?? null, machineId: null, topic: "agents" });
    return { id, token, expiresAt };
  });
}

async function getVisibleSite(tx: Transaction, caller: Caller, siteId: string): Promise<{ id: string; name: string }> {
  const [site] = await tx
    .select({ id: sites.id, name: sites.name })
    .from(sites)
    .where(and(eq(sites.id, siteId), visibleSites(caller)));
  if (!site) throw notFound("site");
  return site;
}

async function getVisibleToken(
  tx: Transaction,
  caller: Caller,
  senderId: string,
): Promise<{ id: string; name: string; siteId: string | null; revokedAt: Date | null }> {
  const [token] = await tx
    .select({ id: apiTokens.id, name: apiTokens.name, siteId: apiTokens.siteId, revokedAt: apiTokens.revokedAt })
    .from(apiTokens)
    .leftJoin(sites, and(eq(sites.orgId, apiTokens.orgId), eq(sites.id, apiTokens.siteId)))
    .where(and(eq(apiTokens.id, senderId), visibleTokens(caller)));
  if (!token) throw notFound("API token");
  return token;
}

/** Ends a token with the next request; what came in with it stays. Revoking twice is no error. */
export async function revokeApiToken(caller: Caller, senderId: string): Promise<void> {
  await asCaller(caller, async (tx) => {
    const token = await getVisibleToken(tx, caller, senderId);
    if (token.revokedAt) return;
    await tx.update(apiTokens).set({ revokedAt: new Date() }).where(eq(apiTokens.id, senderId));
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: actorOf(caller),
      action: "senders:token-revoke",
      subject: { kind: "API token", id: token.id, label: token.name },
    });
    await announce(tx, { orgId: caller.orgId, siteId: token.siteId, machineId: null, topic: "agents" });
  });
}

/**
 * Decides whether a metric that nobody understands is kept from now on, series by series and exactly as it came. What
 * was kept before stays. Deciding the same twice is no error.
 * @throws DomainError not_found for the token or the metric
 */
export async function keepMetric(
  caller: Caller,
  input: { senderId: string; name: string; isKept: boolean },
): Promise<void> {
  await asCaller(caller, async (tx) => {
    const token = await getVisibleToken(tx, caller, input.senderId);
    const here = and(
      eq(senderMetrics.orgId, caller.orgId),
      eq(senderMetrics.senderId, token.id),
      eq(senderMetrics.name, input.name),
    );
    const [metric] = await tx.select({ kept: senderMetrics.kept }).from(senderMetrics).where(here).for("update");
    if (!metric) throw notFound("metric");
    if (metric.kept === input.isKept) return;
    await tx.update(senderMetrics).set({ kept: input.isKept }).where(here);
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: actorOf(caller),
      action: input.isKept ? "senders:metric-keep" : "senders:metric-drop",
      subject: { kind: "metric", label: input.name },
      details: { sender: token.name },
    });
    await announce(tx, { orgId: caller.orgId, siteId: token.siteId, machineId: null, topic: "agents" });
  });
}
