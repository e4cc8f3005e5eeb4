import { randomUUID } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import { parseSelector } from "@/contract/selector";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { memberships, userSessions, users } from "@/db/schema/access";
import { recordAudit } from "@/server/audit/record";
import { announce } from "@/server/live";
import type { Caller, Scope } from "./caller";
import { isRole } from "./model";

/** A session ends after so long without a request, and in any case after the second (OWASP ASVS 5.0, 7.3). */
export const SESSION_IDLE_HOURS = 8;
export const SESSION_DAYS_MAX = 7;
/** `last_seen_at` is exact to this; one write a request would be waste. */
const SEEN_RESOLUTION = sql`interval '30 seconds'`;

/**
 * Starts a session for a person whose identity is proved. The organisation is the one that they joined first.
 * @returns the session id, or null when the person belongs to no organisation
 */
export async function createSession(
  database: Database,
  user: { id: string; email: string },
  method: "password" | "oidc",
  userAgent: string | null,
): Promise<string | null> {
  const orgId = await withTenant(database, { userId: user.id }, async (tx) => {
    const [membership] = await tx
      .select({ orgId: memberships.orgId })
      .from(memberships)
      .where(eq(memberships.userId, user.id))
      .orderBy(memberships.createdAt)
      .limit(1);
    return membership?.orgId;
  });
  if (!orgId) return null;
  const id = randomUUID();
  await withTenant(database, { orgId, userId: user.id }, async (tx) => {
    await tx.insert(userSessions).values({
      id,
      orgId,
      userId: user.id,
      userAgent: userAgent?.slice(0, 300) ?? null,
      expiresAt: new Date(Date.now() + SESSION_DAYS_MAX * 86_400_000),
    });
    await recordAudit(tx, {
      orgId,
      actor: { kind: "user", id: user.id, label: user.email },
      action: "access:sign-in",
      subject: { kind: "session", id },
      details: { method },
    });
    await announce(tx, { orgId, siteId: null, machineId: null, topic: "access" });
  });
  return id;
}

/**
 * Who is behind this session id, looked up anew at every request: a revoked session, a removed member, a changed role
 * or a disabled person takes effect at once. Null when the session is not alive.
 */
export async function findCaller(database: Database, sessionId: string): Promise<Caller | null> {
  return withTenant(database, { known: sessionId }, async (tx) => {
    const [session] = await tx
      .select({
        orgId: userSessions.orgId,
        userId: userSessions.userId,
        isStale: sql<boolean>`${userSessions.lastSeenAt} < now() - ${SEEN_RESOLUTION}`,
      })
      .from(userSessions)
      .where(and(eq(userSessions.id, sessionId), isAliveSession));
    if (!session) return null;
    await tx.execute(
      sql`select set_config('app.org', ${session.orgId}, true), set_config('app.user', ${session.userId}, true)`,
    );
    const member = await findMember(tx, session.orgId, session.userId);
    if (!member) return null;
    if (session.isStale) {
      await tx.update(userSessions).set({ lastSeenAt: new Date() }).where(eq(userSessions.id, sessionId));
    }
    return { database, orgId: session.orgId, userId: session.userId, sessionId, ...member };
  });
}

/** The one rule of which sessions count, for requests and for lists alike. */
export const isAliveSession = sql`${userSessions.revokedAt} is null and ${userSessions.expiresAt} > now()
  and ${userSessions.lastSeenAt} > now() - make_interval(hours => ${SESSION_IDLE_HOURS})`;

/** What a person is in an organisation at this moment; null for who is no member, or disabled. */
export async function findMember(
  tx: Transaction,
  orgId: string,
  userId: string,
): Promise<Pick<Caller, "email" | "name" | "role" | "scope"> | null> {
  const [row] = await tx
    .select({ email: users.email, name: users.name, role: memberships.role, scopeSelector: memberships.scopeSelector })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(and(eq(memberships.orgId, orgId), eq(memberships.userId, userId), sql`${users.disabledAt} is null`));
  if (!row || !isRole(row.role)) return null;
  return { email: row.email, name: row.name, role: row.role, scope: scopeOf(row.scopeSelector) };
}

/** A stored selector always parses (it was checked when written); were it ever broken, nobody gets in with it. */
function scopeOf(selector: string | null): Scope {
  if (selector === null) return { kind: "all" };
  return { kind: "selector", text: selector, requirements: parseSelector(selector) };
}

/** Ends the session itself (sign-out). Unknown ids are no error: the wish is fulfilled. */
export async function endSession(caller: Caller): Promise<void> {
  await withTenant(caller.database, { orgId: caller.orgId, userId: caller.userId }, async (tx) => {
    await tx.update(userSessions).set({ revokedAt: new Date() }).where(eq(userSessions.id, caller.sessionId));
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: { kind: "user", id: caller.userId, label: caller.email },
      action: "access:sign-out",
      subject: { kind: "session", id: caller.sessionId },
    });
    await announce(tx, { orgId: caller.orgId, siteId: null, machineId: null, topic: "access" });
  });
}
