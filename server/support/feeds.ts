import { randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { and, eq, isNull, sql } from "drizzle-orm";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { supportFeeds } from "@/db/schema/support";
import { asCaller, type Caller, callerCan } from "@/server/access/caller";
import { findMember } from "@/server/access/sessions";
import { recordAudit } from "@/server/audit/record";
import { hashSecret } from "@/server/senders/secrets";
import type { FeedLanguage, SupportFeed } from "./shapes";

const TOKEN = /^fbs_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;
/** `last_used_at` is exact to this. */
const USED_RESOLUTION = sql`interval '1 minute'`;

const ownFeed = ({ orgId, userId }: Caller) =>
  and(eq(supportFeeds.orgId, orgId), eq(supportFeeds.userId, userId), isNull(supportFeeds.revokedAt));

/** The calendar that this person subscribes to; null when there is none. */
export async function getFeed(caller: Caller): Promise<SupportFeed | null> {
  return asCaller(caller, async (tx) => {
    const [feed] = await tx
      .select({
        createdAt: supportFeeds.createdAt,
        lastUsedAt: supportFeeds.lastUsedAt,
        language: supportFeeds.language,
      })
      .from(supportFeeds)
      .where(ownFeed(caller));
    return feed ?? null;
  });
}

/** Makes this person's calendar; one that was there before ends with it. The token is in the answer and nowhere else. */
export async function createFeed(caller: Caller, language: FeedLanguage): Promise<{ token: string }> {
  const id = randomUUID();
  const secret = randomBytes(32).toString("base64url");
  await asCaller(caller, async (tx) => {
    await endFeed(tx, caller);
    const { orgId, userId } = caller;
    await tx.insert(supportFeeds).values({ id, orgId, userId, language, secretHash: hashSecret(secret) });
    await recordFeed(tx, caller, "support:feed-create", id);
  });
  return { token: `fbs_${id}_${secret}` };
}

/** Ends this person's calendar at once. That there is none is no error. */
export async function revokeFeed(caller: Caller): Promise<void> {
  await asCaller(caller, (tx) => endFeed(tx, caller));
}

async function endFeed(tx: Transaction, caller: Caller): Promise<void> {
  const [ended] = await tx
    .update(supportFeeds)
    .set({ revokedAt: new Date() })
    .where(ownFeed(caller))
    .returning({ id: supportFeeds.id });
  if (ended) await recordFeed(tx, caller, "support:feed-revoke", ended.id);
}

const recordFeed = (
  tx: Transaction,
  caller: Caller,
  action: "support:feed-create" | "support:feed-revoke",
  id: string,
) =>
  recordAudit(tx, {
    orgId: caller.orgId,
    actor: { kind: "user", id: caller.userId, label: caller.email },
    action,
    subject: { kind: "support calendar", id, label: caller.email },
  });

export type FeedReader = { id: string; language: FeedLanguage; caller: Caller };

/**
 * Who reads a calendar by its token, looked up anew at every request: a token that was revoked, a person that was
 * disabled or left, a role or reach that changed takes effect at once. Null for every token that does not work.
 */
export async function findFeedReader(database: Database, token: string): Promise<FeedReader | null> {
  const [, id, secret] = TOKEN.exec(token) ?? [];
  if (!id || !secret) return null;
  return withTenant(database, { known: id }, async (tx) => {
    const [feed] = await tx.select().from(supportFeeds).where(eq(supportFeeds.id, id));
    if (!feed || feed.revokedAt || !timingSafeEqual(feed.secretHash, hashSecret(secret))) return null;
    const { orgId, userId, language } = feed;
    await tx.execute(sql`select set_config('app.org', ${orgId}, true), set_config('app.user', ${userId}, true)`);
    const member = await findMember(tx, orgId, userId);
    if (!member) return null;
    // No session stands behind it: nothing that asks for one works with this caller.
    const caller: Caller = { database, orgId, userId, sessionId: "", ...member };
    if (!callerCan(caller, "support:subscribe") || !callerCan(caller, "fleet:read")) return null;
    await tx
      .update(supportFeeds)
      .set({ lastUsedAt: new Date() })
      .where(
        and(
          eq(supportFeeds.id, id),
          sql`coalesce(${supportFeeds.lastUsedAt}, '-infinity') < now() - ${USED_RESOLUTION}`,
        ),
      );
    return { id, language, caller };
  });
}
