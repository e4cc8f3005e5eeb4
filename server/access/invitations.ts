import { randomBytes } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { invitations, memberships, organisations, users } from "@/db/schema/access";
import { hashToken } from "@/server/agents/secrets";
import { recordAudit } from "@/server/audit/record";
import { DomainError } from "@/server/errors";
import { announce } from "@/server/live";
import { hashPassword } from "./passwords";

/** 32 random bytes, prefixed so that secret scanners know it. */
export function makeInvitationToken(): string {
  return `fbi_${randomBytes(32).toString("base64url")}`;
}

type InvitationRow = typeof invitations.$inferSelect;

async function findOpen(tx: Transaction, token: string): Promise<InvitationRow | null> {
  const [row] = await tx
    .select()
    .from(invitations)
    .where(eq(invitations.tokenHash, hashToken(token)));
  return row && isOpen(row) ? row : null;
}

const isOpen = (row: InvitationRow): boolean => !row.acceptedAt && !row.revokedAt && row.expiresAt > new Date();

export type OpenInvitation = { email: string; role: string; organisation: string; hasAccount: boolean };

/** What the link is for; null when it was used, revoked, is too old or never was one. */
export async function findInvitation(database: Database, token: string): Promise<OpenInvitation | null> {
  return withTenant(database, { known: hashToken(token).toString("hex") }, async (tx) => {
    const invitation = await findOpen(tx, token);
    if (!invitation) return null;
    await tx.execute(
      sql`select set_config('app.org', ${invitation.orgId}, true), set_config('app.known', ${invitation.email}, true)`,
    );
    const [organisation] = await tx.select({ name: organisations.name }).from(organisations);
    const [user] = await tx.select({ id: users.id }).from(users).where(eq(users.email, invitation.email));
    return {
      email: invitation.email,
      role: invitation.role,
      organisation: organisation?.name ?? "",
      hasAccount: user !== undefined,
    };
  });
}

/**
 * Makes the invited person a member. Who has no account yet gets one with this name and password; who has one keeps
 * it untouched and signs in with the password that it has: a link must not be able to take an account over.
 *
 * @throws DomainError not_found `invitation_ended`; invalid `password_length`, or `account_needed` without an account
 */
export async function acceptInvitation(
  database: Database,
  input: { token: string; account: { name: string; password: string } | null },
): Promise<{ email: string }> {
  const account = input.account && {
    name: input.account.name,
    passwordHash: await hashPassword(input.account.password),
  };
  return withTenant(database, { known: hashToken(input.token).toString("hex") }, async (tx) => {
    const found = await findOpen(tx, input.token);
    if (!found) throw new DomainError("not_found", "invitation_ended");
    await tx.execute(
      sql`select set_config('app.org', ${found.orgId}, true), set_config('app.known', ${found.email}, true)`,
    );
    // Locked and looked at again: a link that is clicked twice at once makes one member, one just revoked makes none.
    const [invitation] = await tx.select().from(invitations).where(eq(invitations.id, found.id)).for("update");
    if (!invitation || !isOpen(invitation)) throw new DomainError("not_found", "invitation_ended");
    const [existing] = await tx.select({ id: users.id }).from(users).where(eq(users.email, invitation.email));
    if (!existing && !account) throw new DomainError("invalid", "account_needed");
    const userId = existing?.id ?? (await createUser(tx, { email: invitation.email, ...account }));
    await tx
      .insert(memberships)
      .values({ orgId: invitation.orgId, userId, role: invitation.role, scopeSelector: invitation.scopeSelector })
      .onConflictDoNothing();
    await tx.update(invitations).set({ acceptedAt: new Date() }).where(eq(invitations.id, invitation.id));
    await recordAudit(tx, {
      orgId: invitation.orgId,
      actor: { kind: "user", id: userId, label: invitation.email },
      action: "access:invitation-accept",
      subject: { kind: "member", id: userId, label: invitation.email },
      details: { role: invitation.role, scopeSelector: invitation.scopeSelector },
    });
    await announce(tx, { orgId: invitation.orgId, siteId: null, machineId: null, topic: "access" });
    return { email: invitation.email };
  });
}

async function createUser(
  tx: Transaction,
  user: { email: string; name?: string; passwordHash?: string },
): Promise<string> {
  const [made] = await tx
    .insert(users)
    .values({ ...user, name: user.name ?? user.email })
    .returning({ id: users.id });
  if (!made) throw new Error("insert into users gave no row");
  return made.id;
}
