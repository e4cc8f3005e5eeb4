import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMember, createOrganisation, type Organisation, PASSWORD, signIn } from "@/server/testing/people";
import { dumpTables, openStage, type Stage } from "@/server/testing/stage";
import { until } from "@/server/testing/until";
import type { Caller } from "./caller";
import { inviteMember, revokeInvitation } from "./commands";
import { acceptInvitation, findInvitation } from "./invitations";
import { listInvitations } from "./queries";
import { signInWithPassword } from "./sign-in";

let stage: Stage;
let north: Organisation;
let owner: Caller;
let count = 0;

beforeAll(async () => {
  stage = await openStage();
  north = await createOrganisation(stage, "north");
  owner = await signIn(stage, north.people.owner);
});
afterAll(() => stage.close());

const account = { name: "New Person", password: "a password of my own" };

async function invite(
  change: Partial<Parameters<typeof inviteMember>[1]> = {},
): Promise<{ email: string; token: string }> {
  count += 1;
  const email = change.email ?? `guest-${count}@guest.test`;
  const { token } = await inviteMember(owner, { email, role: "viewer", scopeSelector: null, ...change });
  return { email, token };
}
const accept = (token: string, as: typeof account | null = account) =>
  acceptInvitation(stage.database, { token, account: as });
const ended = { code: "not_found", reason: "invitation_ended" };

describe("an invitation", () => {
  test("tells what it is for and makes a member with the role and reach that it names", async () => {
    const { email, token } = await invite({ email: "New@Guest.TEST", role: "operator", scopeSelector: "region=north" });
    const asked = await findInvitation(stage.database, token);
    expect(asked).toEqual({ email: email.toLowerCase(), role: "operator", organisation: "north", hasAccount: false });
    expect(await accept(token)).toEqual({ email: "new@guest.test" });
    const person = await signInWithPassword(stage.database, "new@guest.test", account.password);
    expect(person.name).toBe("New Person");
    expect(await signIn(stage, person)).toMatchObject({ role: "operator", scope: { text: "region=north" } });
  });

  test("is stored as a hash only", async () => {
    const { token } = await invite();
    const dump = JSON.stringify(await dumpTables(stage));
    expect(dump).not.toContain(token.slice(4));
  });

  test("works once, also when it is clicked ten times at once", async () => {
    const { email, token } = await invite();
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => accept(token)));
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    for (const result of results) if (result.status === "rejected") expect(result.reason).toMatchObject(ended);
    const members = await stage.rows(
      "select 1 from memberships m join users u on u.id = m.user_id where u.email = $1 and m.org_id = $2",
      [email, north.id],
    );
    expect(members).toHaveLength(1);
    const audited = await stage.rows(
      "select 1 from audit_entries where action = 'access:invitation-accept' and subject_label = $1",
      [email],
    );
    expect(audited).toHaveLength(1);
    expect(await findInvitation(stage.database, token)).toBeNull();
  });

  test("works once at the same moment also for somebody who has an account", async () => {
    const elsewhere = await createOrganisation(stage, "parallel");
    const { token } = await invite({ email: elsewhere.people.viewer.email });
    // Opens all connections first, or the one that is open would be done before the others begin.
    await Promise.all(Array.from({ length: 10 }, () => findInvitation(stage.database, token)));
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => accept(token, null)));
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
  });

  test("that has expired is ended", async () => {
    const { email, token } = await invite();
    await stage.admin.query("update invitations set expires_at = now() - interval '1 second' where email = $1", [
      email,
    ]);
    await expect(accept(token)).rejects.toMatchObject(ended);
    expect(await findInvitation(stage.database, token)).toBeNull();
    expect((await listInvitations(owner)).map((row) => row.email)).not.toContain(email);
  });

  test("that was revoked is ended, and cannot be revoked twice", async () => {
    const { email, token } = await invite();
    const row = (await listInvitations(owner)).find((candidate) => candidate.email === email);
    await revokeInvitation(owner, row?.id ?? "");
    await expect(accept(token)).rejects.toMatchObject(ended);
    await expect(revokeInvitation(owner, row?.id ?? "")).rejects.toMatchObject({ code: "not_found" });
  });

  test("that is revoked while it is being accepted is ended", async () => {
    const { email, token } = await invite();
    await stage.admin.query("begin");
    await stage.admin.query("update invitations set revoked_at = now() where email = $1", [email]);
    const accepting = accept(token).then(
      () => "accepted",
      (error: { reason: string }) => error.reason,
    );
    await until("the acceptance waits for the revocation", async () => {
      const rows = await stage.rows("select 1 from pg_locks where not granted");
      return rows.length > 0;
    });
    await stage.admin.query("commit");
    expect(await accepting).toBe("invitation_ended");
    expect(await stage.rows("select 1 from users where email = $1", [email])).toEqual([]);
  });

  test("ends when the same address is invited again", async () => {
    const first = await invite({ email: "twice@guest.test" });
    const again = await invite({ email: "twice@guest.test" });
    await expect(accept(first.token)).rejects.toMatchObject(ended);
    await expect(accept(again.token)).resolves.toEqual({ email: "twice@guest.test" });
  });

  test("is not made for somebody who is a member already", async () => {
    const result = invite({ email: north.people.viewer.email });
    await expect(result).rejects.toMatchObject({ code: "conflict", reason: "already_member" });
  });

  test("with a token that was never given is ended", async () => {
    await expect(accept(`fbi_${"A".repeat(43)}`)).rejects.toMatchObject(ended);
  });
});

describe("who accepts", () => {
  test("and has an account keeps its name and password, whatever the link was sent with", async () => {
    const elsewhere = await createOrganisation(stage, "elsewhere");
    const known = await createMember(stage, elsewhere.id, { email: "known@guest.test", role: "viewer" });
    const { token } = await invite({ email: known.email });
    expect(await findInvitation(stage.database, token)).toMatchObject({ hasAccount: true });
    await accept(token, { name: "Taken Over", password: "the password of an attacker" });
    expect(await signInWithPassword(stage.database, known.email, PASSWORD)).toEqual(known);
    const stolen = signInWithPassword(stage.database, known.email, "the password of an attacker");
    await expect(stolen).rejects.toMatchObject({ reason: "sign_in_refused" });
  });

  test("and has none must give one, and the invitation stays open until then", async () => {
    const { token } = await invite();
    await expect(accept(token, null)).rejects.toMatchObject({ code: "invalid", reason: "account_needed" });
    await expect(accept(token)).resolves.toHaveProperty("email");
  });

  test.each([14, 201])("with a password of %i characters is refused, and the invitation stays open", async (length) => {
    const { token } = await invite();
    const result = accept(token, { ...account, password: "x".repeat(length) });
    await expect(result).rejects.toMatchObject({ code: "invalid", reason: "password_length" });
    expect(await findInvitation(stage.database, token)).not.toBeNull();
  });
});
