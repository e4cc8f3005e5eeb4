import { and, eq, isNull, ne, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { invitations, memberships, userSessions, users } from "@/db/schema/access";
import { hashToken } from "@/server/agents/secrets";
import { type AuditEntry, recordAudit } from "@/server/audit/record";
import { DomainError, notFound } from "@/server/errors";
import { announce } from "@/server/live";
import { countAttempt, forgetAttempts } from "./attempts";
import { asCaller, type Caller, callerCan } from "./caller";
import { makeInvitationToken } from "./invitations";
import { assignableRoles, isRole, type Role } from "./model";
import { hashPassword, verifyPassword } from "./passwords";

/** An invitation link works so long. */
const INVITATION_DAYS = 7;

const actorOf = (caller: Caller): AuditEntry["actor"] => ({ kind: "user", id: caller.userId, label: caller.email });

/** Nobody gives, changes or takes away a role that is above their own say. */
function requireAssignable(caller: Caller, role: Role): void {
  if (!assignableRoles({ role: caller.role, hasFullScope: caller.scope.kind === "all" }).includes(role)) {
    throw new DomainError("denied", "role_not_assignable", { role });
  }
}

/**
 * Invites somebody by a link that is in the answer and nowhere else; an open invitation to the same address ends.
 * @throws DomainError denied `role_not_assignable`; conflict `already_member`
 */
export async function inviteMember(
  caller: Caller,
  input: { email: string; role: Role; scopeSelector: string | null },
): Promise<{ token: string; expiresAt: Date }> {
  requireAssignable(caller, input.role);
  const email = input.email.trim().toLowerCase();
  const token = makeInvitationToken();
  const expiresAt = new Date(Date.now() + INVITATION_DAYS * 86_400_000);
  await asCaller(caller, async (tx) => {
    const [member] = await tx
      .select({ id: users.id })
      .from(users)
      .innerJoin(memberships, and(eq(memberships.userId, users.id), eq(memberships.orgId, caller.orgId)))
      .where(eq(users.email, email));
    if (member) throw new DomainError("conflict", "already_member", { email });
    await tx
      .update(invitations)
      .set({ revokedAt: new Date() })
      .where(
        and(
          eq(invitations.orgId, caller.orgId),
          eq(invitations.email, email),
          isNull(invitations.acceptedAt),
          isNull(invitations.revokedAt),
        ),
      );
    const [made] = await tx
      .insert(invitations)
      .values({
        orgId: caller.orgId,
        email,
        role: input.role,
        scopeSelector: input.scopeSelector,
        tokenHash: hashToken(token),
        createdBy: caller.userId,
        expiresAt,
      })
      .returning({ id: invitations.id });
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: actorOf(caller),
      action: "access:invite",
      subject: { kind: "invitation", id: made?.id, label: email },
      details: { role: input.role, scopeSelector: input.scopeSelector },
    });
    await announce(tx, { orgId: caller.orgId, siteId: null, machineId: null, topic: "access" });
  });
  return { token, expiresAt };
}

/** Ends an open invitation. @throws DomainError not_found */
export async function revokeInvitation(caller: Caller, invitationId: string): Promise<void> {
  await asCaller(caller, async (tx) => {
    const [ended] = await tx
      .update(invitations)
      .set({ revokedAt: new Date() })
      .where(
        and(
          eq(invitations.orgId, caller.orgId),
          eq(invitations.id, invitationId),
          isNull(invitations.acceptedAt),
          isNull(invitations.revokedAt),
        ),
      )
      .returning({ email: invitations.email });
    if (!ended) throw notFound("invitation");
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: actorOf(caller),
      action: "access:invitation-revoke",
      subject: { kind: "invitation", id: invitationId, label: ended.email },
    });
    await announce(tx, { orgId: caller.orgId, siteId: null, machineId: null, topic: "access" });
  });
}

async function lockMember(
  tx: Transaction,
  caller: Caller,
  userId: string,
): Promise<{ role: Role; scopeSelector: string | null; email: string }> {
  // All memberships of the organisation, in one order: two owners who demote each other at once must not both succeed.
  await tx
    .select({ userId: memberships.userId })
    .from(memberships)
    .where(and(eq(memberships.orgId, caller.orgId), eq(memberships.role, "owner")))
    .orderBy(memberships.userId)
    .for("update");
  const [row] = await tx
    .select({ role: memberships.role, scopeSelector: memberships.scopeSelector, email: users.email })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(and(eq(memberships.orgId, caller.orgId), eq(memberships.userId, userId)))
    .for("update", { of: memberships });
  if (!row || !isRole(row.role)) throw notFound("member");
  return { ...row, role: row.role };
}

/** An organisation keeps an owner with full reach, or nobody could ever give the role again. */
async function requireOtherOwner(tx: Transaction, caller: Caller, userId: string): Promise<void> {
  const [other] = await tx
    .select({ userId: memberships.userId })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(
      and(
        eq(memberships.orgId, caller.orgId),
        eq(memberships.role, "owner"),
        isNull(memberships.scopeSelector),
        ne(memberships.userId, userId),
        isNull(users.disabledAt),
      ),
    )
    .limit(1);
  if (!other) throw new DomainError("conflict", "last_owner");
}

/**
 * Changes role and reach of a member; it holds from the member's next request on.
 * @throws DomainError not_found; denied `role_not_assignable`; conflict `last_owner`
 */
export async function updateMember(
  caller: Caller,
  input: { userId: string; role: Role; scopeSelector: string | null },
): Promise<void> {
  requireAssignable(caller, input.role);
  await asCaller(caller, async (tx) => {
    const before = await lockMember(tx, caller, input.userId);
    requireAssignable(caller, before.role);
    const wasFullOwner = before.role === "owner" && before.scopeSelector === null;
    if (wasFullOwner && (input.role !== "owner" || input.scopeSelector !== null)) {
      await requireOtherOwner(tx, caller, input.userId);
    }
    await tx
      .update(memberships)
      .set({ role: input.role, scopeSelector: input.scopeSelector })
      .where(and(eq(memberships.orgId, caller.orgId), eq(memberships.userId, input.userId)));
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: actorOf(caller),
      action: "access:member-update",
      subject: { kind: "member", id: input.userId, label: before.email },
      details: {
        before: { role: before.role, scopeSelector: before.scopeSelector },
        after: { role: input.role, scopeSelector: input.scopeSelector },
      },
    });
    await announce(tx, { orgId: caller.orgId, siteId: null, machineId: null, topic: "access" });
  });
}

/**
 * Takes a member out; all its sessions here end with it (they hang on the membership).
 * @throws DomainError not_found; denied `role_not_assignable`; conflict `last_owner`
 */
export async function deleteMember(caller: Caller, userId: string): Promise<void> {
  await asCaller(caller, async (tx) => {
    const before = await lockMember(tx, caller, userId);
    requireAssignable(caller, before.role);
    if (before.role === "owner" && before.scopeSelector === null) await requireOtherOwner(tx, caller, userId);
    await tx.delete(memberships).where(and(eq(memberships.orgId, caller.orgId), eq(memberships.userId, userId)));
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: actorOf(caller),
      action: "access:member-delete",
      subject: { kind: "member", id: userId, label: before.email },
      details: { role: before.role, scopeSelector: before.scopeSelector },
    });
    await announce(tx, { orgId: caller.orgId, siteId: null, machineId: null, topic: "access" });
  });
}

/** Ends a session, one's own or with `access:manage` anybody's; it is dead at its next request. */
export async function revokeSession(caller: Caller, sessionId: string): Promise<void> {
  await asCaller(caller, async (tx) => {
    const mine = callerCan(caller, "access:manage") ? undefined : eq(userSessions.userId, caller.userId);
    const [ended] = await tx
      .update(userSessions)
      .set({ revokedAt: sql`coalesce(${userSessions.revokedAt}, now())` })
      .where(and(eq(userSessions.orgId, caller.orgId), eq(userSessions.id, sessionId), mine))
      .returning({ userId: userSessions.userId });
    if (!ended) throw notFound("session");
    const [person] = await tx.select({ email: users.email }).from(users).where(eq(users.id, ended.userId));
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: actorOf(caller),
      action: "access:session-revoke",
      subject: { kind: "session", id: sessionId, label: person?.email },
      details: { userId: ended.userId },
    });
    await announce(tx, { orgId: caller.orgId, siteId: null, machineId: null, topic: "access" });
  });
}

/**
 * Changes one's own password and ends all one's other sessions.
 * @throws DomainError invalid `password_length`; denied `password_wrong`; rate_limited `sign_in_limited`
 */
export async function updatePassword(caller: Caller, input: { current: string; next: string }): Promise<void> {
  const passwordHash = await hashPassword(input.next);
  // A stolen session must not be a way to try passwords without end.
  await countAttempt(caller.database, caller.email);
  await asCaller(caller, async (tx) => {
    const [user] = await tx.select({ passwordHash: users.passwordHash }).from(users).where(eq(users.id, caller.userId));
    if (!(await verifyPassword(user?.passwordHash ?? null, input.current)))
      throw new DomainError("denied", "password_wrong");
    await tx.update(users).set({ passwordHash }).where(eq(users.id, caller.userId));
    await tx
      .update(userSessions)
      .set({ revokedAt: new Date() })
      .where(
        and(
          eq(userSessions.userId, caller.userId),
          ne(userSessions.id, caller.sessionId),
          isNull(userSessions.revokedAt),
        ),
      );
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: actorOf(caller),
      action: "access:password-change",
      subject: { kind: "user", id: caller.userId, label: caller.email },
    });
  });
  await forgetAttempts(caller.database, caller.email);
}
