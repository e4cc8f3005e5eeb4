import { and, count, desc, eq, gt, isNull, max, sql } from "drizzle-orm";
import { z } from "zod";
import { parseSelector } from "@/contract/selector";
import { invitations, memberships, organisations, userSessions, users } from "@/db/schema/access";
import { machines, sites } from "@/db/schema/fleet";
import { asCaller, type Caller, callerCan, siteCondition } from "./caller";
import { assignableRoles, PERMISSIONS, ROLES } from "./model";
import { isAliveSession } from "./sessions";

export const Account = z.object({
  userId: z.uuid(),
  sessionId: z.uuid(),
  email: z.string(),
  name: z.string(),
  organisation: z.string(),
  role: z.enum(ROLES),
  /** Null: all sites. */
  scopeSelector: z.string().nullable(),
  permissions: z.array(z.enum(PERMISSIONS)),
  assignableRoles: z.array(z.enum(ROLES)),
});
export type Account = z.infer<typeof Account>;

/** Who the caller is and what the screens may offer. */
export async function getAccount(caller: Caller): Promise<Account> {
  const organisation = await asCaller(caller, async (tx) => {
    const [row] = await tx
      .select({ name: organisations.name })
      .from(organisations)
      .where(eq(organisations.id, caller.orgId));
    return row?.name ?? "";
  });
  return {
    userId: caller.userId,
    sessionId: caller.sessionId,
    email: caller.email,
    name: caller.name,
    organisation,
    role: caller.role,
    scopeSelector: caller.scope.kind === "all" ? null : caller.scope.text,
    permissions: PERMISSIONS.filter((permission) => callerCan(caller, permission)),
    assignableRoles: [...assignableRoles({ role: caller.role, hasFullScope: caller.scope.kind === "all" })],
  };
}

export const Member = z.object({
  userId: z.uuid(),
  email: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  scopeSelector: z.string().nullable(),
  joinedAt: z.date(),
  lastSeenAt: z.date().nullable(),
  liveSessions: z.number().int(),
});
export type Member = z.infer<typeof Member>;

/** Everybody in the organisation. */
export async function listMembers(caller: Caller): Promise<Member[]> {
  const rows = await asCaller(caller, (tx) =>
    tx
      .select({
        userId: users.id,
        email: users.email,
        name: users.name,
        role: memberships.role,
        scopeSelector: memberships.scopeSelector,
        joinedAt: memberships.createdAt,
        lastSeenAt: max(userSessions.lastSeenAt),
        liveSessions: sql<number>`count(${userSessions.id}) filter (where ${isAliveSession})`.mapWith(Number),
      })
      .from(memberships)
      .innerJoin(users, eq(users.id, memberships.userId))
      .leftJoin(
        userSessions,
        and(eq(userSessions.orgId, memberships.orgId), eq(userSessions.userId, memberships.userId)),
      )
      .where(eq(memberships.orgId, caller.orgId))
      .groupBy(users.id, users.email, users.name, memberships.role, memberships.scopeSelector, memberships.createdAt)
      .orderBy(
        sql`array_position(array['owner','admin','operator','viewer','auditor'], ${memberships.role})`,
        users.name,
      ),
  );
  return z.array(Member).parse(rows);
}

export const Invitation = z.object({
  id: z.uuid(),
  email: z.string(),
  role: z.enum(ROLES),
  scopeSelector: z.string().nullable(),
  createdAt: z.date(),
  expiresAt: z.date(),
  createdByName: z.string().nullable(),
});
export type Invitation = z.infer<typeof Invitation>;

/** Invitations that can still be accepted. */
export async function listInvitations(caller: Caller): Promise<Invitation[]> {
  const rows = await asCaller(caller, (tx) =>
    tx
      .select({
        id: invitations.id,
        email: invitations.email,
        role: invitations.role,
        scopeSelector: invitations.scopeSelector,
        createdAt: invitations.createdAt,
        expiresAt: invitations.expiresAt,
        createdByName: users.name,
      })
      .from(invitations)
      .leftJoin(users, eq(users.id, invitations.createdBy))
      .where(
        and(
          eq(invitations.orgId, caller.orgId),
          isNull(invitations.acceptedAt),
          isNull(invitations.revokedAt),
          gt(invitations.expiresAt, sql`now()`),
        ),
      )
      .orderBy(desc(invitations.createdAt)),
  );
  return z.array(Invitation).parse(rows);
}

export const SessionRow = z.object({
  id: z.uuid(),
  userId: z.uuid(),
  userName: z.string(),
  userEmail: z.string(),
  userAgent: z.string().nullable(),
  createdAt: z.date(),
  lastSeenAt: z.date(),
  expiresAt: z.date(),
  isCurrent: z.boolean(),
});
export type SessionRow = z.infer<typeof SessionRow>;

/** Live sessions: one's own, or with `access:manage` those of everybody. */
export async function listSessions(caller: Caller): Promise<SessionRow[]> {
  const rows = await asCaller(caller, (tx) =>
    tx
      .select({
        id: userSessions.id,
        userId: users.id,
        userName: users.name,
        userEmail: users.email,
        userAgent: userSessions.userAgent,
        createdAt: userSessions.createdAt,
        lastSeenAt: userSessions.lastSeenAt,
        expiresAt: userSessions.expiresAt,
      })
      .from(userSessions)
      .innerJoin(users, eq(users.id, userSessions.userId))
      .where(
        and(
          eq(userSessions.orgId, caller.orgId),
          isAliveSession,
          callerCan(caller, "access:manage") ? undefined : eq(userSessions.userId, caller.userId),
        ),
      )
      .orderBy(desc(userSessions.lastSeenAt))
      .limit(500),
  );
  return rows.map((row) => ({ ...row, isCurrent: row.id === caller.sessionId }));
}

export const ScopePreview = z.object({
  sites: z.number().int(),
  sitesTotal: z.number().int(),
  machines: z.number().int(),
});
export type ScopePreview = z.infer<typeof ScopePreview>;

/** What a selector matches now, so that a reach can be checked before it is given. */
export async function previewScope(caller: Caller, selector: string | null): Promise<ScopePreview> {
  const conditions = selector === null ? [] : parseSelector(selector).map(siteCondition);
  return asCaller(caller, async (tx) => {
    const own = eq(sites.orgId, caller.orgId);
    const [matched] = await tx
      .select({ sites: sql<number>`count(distinct ${sites.id})`.mapWith(Number), machines: count(machines.id) })
      .from(sites)
      .leftJoin(machines, and(eq(machines.orgId, sites.orgId), eq(machines.siteId, sites.id)))
      .where(and(own, ...conditions));
    const [all] = await tx.select({ sites: count() }).from(sites).where(own);
    return { sites: matched?.sites ?? 0, machines: matched?.machines ?? 0, sitesTotal: all?.sites ?? 0 };
  });
}
