import { and, eq } from "drizzle-orm";
import { type Database, withTenant } from "@/db/client";
import { memberships, userIdentities, users } from "@/db/schema/access";
import { recordAudit } from "@/server/audit/record";
import { DomainError } from "@/server/errors";
import { announce } from "@/server/live";
import { countAttempt, forgetAttempts } from "./attempts";
import { verifyPassword } from "./passwords";

export type Person = { id: string; email: string; name: string };

/**
 * Proves a person by e-mail and password. Unknown e-mail, wrong password and disabled account look the same and take
 * the same time.
 *
 * @throws DomainError unauthenticated `sign_in_refused`, or rate_limited `sign_in_limited` with `seconds` to wait
 */
export async function signInWithPassword(database: Database, email: string, password: string): Promise<Person> {
  const address = email.trim().toLowerCase();
  await countAttempt(database, address);
  const person = await withTenant(database, { known: address }, async (tx) => {
    const [row] = await tx.select().from(users).where(eq(users.email, address));
    return row;
  });
  const isRight = await verifyPassword(person?.passwordHash ?? null, password);
  if (!person || !isRight || person.disabledAt) {
    if (person) await recordRefusal(database, person);
    throw new DomainError("unauthenticated", "sign_in_refused");
  }
  await forgetAttempts(database, address);
  return { id: person.id, email: person.email, name: person.name };
}

async function recordRefusal(database: Database, person: Person): Promise<void> {
  const orgIds = await withTenant(database, { userId: person.id }, (tx) =>
    tx.select({ orgId: memberships.orgId }).from(memberships).where(eq(memberships.userId, person.id)),
  );
  for (const { orgId } of orgIds) {
    await withTenant(database, { orgId }, async (tx) => {
      await recordAudit(tx, {
        orgId,
        actor: { kind: "user", id: person.id, label: person.email },
        action: "access:sign-in-refused",
        subject: { kind: "user", id: person.id, label: person.email },
      });
      await announce(tx, { orgId, siteId: null, machineId: null, topic: "access" });
    });
  }
}

/** What an OpenID Connect provider says of a person, after its signature was checked by the library. */
export type OidcClaims = { issuer: string; subject: string; email: string | null; isEmailVerified: boolean };

/**
 * Finds the person behind an identity at a provider. The first time, the verified e-mail of somebody who is already a
 * member links the two; from then on only issuer and subject count, whatever the e-mail becomes.
 *
 * @throws DomainError unauthenticated `oidc_unknown` (no such member) or `oidc_unverified` (e-mail not verified)
 */
export async function signInWithOidc(database: Database, claims: OidcClaims): Promise<Person> {
  const linked = await withTenant(database, { known: `${claims.issuer} ${claims.subject}` }, async (tx) => {
    const [row] = await tx
      .select({ userId: userIdentities.userId })
      .from(userIdentities)
      .where(and(eq(userIdentities.issuer, claims.issuer), eq(userIdentities.subject, claims.subject)));
    return row?.userId;
  });
  if (linked) return requireEnabled(database, { userId: linked });
  if (!claims.email || !claims.isEmailVerified) throw new DomainError("unauthenticated", "oidc_unverified");
  const person = await requireEnabled(database, { known: claims.email.toLowerCase() });
  await withTenant(database, { userId: person.id }, (tx) =>
    tx
      .insert(userIdentities)
      .values({ issuer: claims.issuer, subject: claims.subject, userId: person.id })
      .onConflictDoNothing(),
  );
  return person;
}

async function requireEnabled(database: Database, who: { userId: string } | { known: string }): Promise<Person> {
  const person = await withTenant(database, who, async (tx) => {
    const condition = "userId" in who ? eq(users.id, who.userId) : eq(users.email, who.known);
    const [row] = await tx.select().from(users).where(condition);
    return row;
  });
  if (!person || person.disabledAt) throw new DomainError("unauthenticated", "oidc_unknown");
  return { id: person.id, email: person.email, name: person.name };
}
