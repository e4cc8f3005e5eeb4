import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createMember, createOrganisation, type Organisation, PASSWORD } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { SIGN_IN_FAILURES_MAX } from "./attempts";
import { type OidcClaims, signInWithOidc, signInWithPassword } from "./sign-in";

let stage: Stage;
let organisation: Organisation;
beforeAll(async () => {
  stage = await openStage();
  organisation = await createOrganisation(stage, "north");
});
afterAll(() => stage.close());
beforeEach(async () => {
  await stage.admin.query("delete from sign_in_limits");
});

const attempt = (email: string, password: string) =>
  signInWithPassword(stage.database, email, password).then(
    (person) => ({ person, message: "", reason: "", values: {} as Record<string, string | number> }),
    (error: { message: string; reason: string; values: Record<string, string | number> }) => ({
      person: null,
      message: error.message,
      reason: error.reason,
      values: error.values,
    }),
  );

describe("sign-in with a password", () => {
  test("the right password lets in, whatever the case of the e-mail and blanks around it", async () => {
    const { person } = await attempt("  Viewer@North.TEST ", PASSWORD);
    expect(person).toEqual(organisation.people.viewer);
  });

  test("wrong password, unknown e-mail, disabled account and an account without password look the same", async () => {
    const off = await createMember(stage, organisation.id, { email: "off@north.test", role: "viewer" });
    await stage.admin.query("update users set disabled_at = now() where id = $1", [off.id]);
    const sso = await createMember(stage, organisation.id, { email: "sso@north.test", role: "viewer" });
    await stage.admin.query("update users set password_hash = null where id = $1", [sso.id]);
    const answers = [
      await attempt("viewer@north.test", "a wrong password, long enough"),
      await attempt("nobody@north.test", PASSWORD),
      await attempt("off@north.test", PASSWORD),
      await attempt("sso@north.test", PASSWORD),
      await attempt("viewer@north.test", "x".repeat(5000)),
    ];
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ person: null, reason: "sign_in_refused" });
  });

  test("a refusal is in the audit log of the person's organisation, an unknown e-mail in none", async () => {
    const audited = () =>
      stage.rows("select actor_label from audit_entries where action = 'access:sign-in-refused' and actor_id = $1", [
        organisation.people.operator.id,
      ]);
    const before = (await audited()).length;
    await attempt("operator@north.test", "not the password at all");
    expect(await audited()).toHaveLength(before + 1);
    const [all] = await stage.rows<{ n: number }>("select count(*)::int as n from audit_entries");
    await attempt("ghost@north.test", "not the password at all");
    expect(await stage.rows("select count(*)::int as n from audit_entries")).toEqual([all]);
  });

  test("after ten wrong passwords the right one waits too, and the seconds are told", async () => {
    for (let count = 0; count < SIGN_IN_FAILURES_MAX; count += 1) {
      expect((await attempt("admin@north.test", "wrong")).reason).toBe("sign_in_refused");
    }
    const limited = await attempt("admin@north.test", PASSWORD);
    expect(limited.reason).toBe("sign_in_limited");
    expect(limited.values.seconds).toBeGreaterThan(0);
    expect(limited.values.seconds).toBeLessThanOrEqual(15 * 60);
    expect((await attempt("ADMIN@north.test", PASSWORD)).reason).toBe("sign_in_limited");
    expect((await attempt("viewer@north.test", PASSWORD)).person).not.toBeNull();
  });

  test("of thirty wrong attempts at once exactly ten are looked at", async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => attempt("auditor@north.test", "wrong")));
    expect(answers.filter((answer) => answer.reason === "sign_in_refused")).toHaveLength(SIGN_IN_FAILURES_MAX);
    expect(answers.filter((answer) => answer.reason === "sign_in_limited")).toHaveLength(20);
  });

  test("a success starts the count anew", async () => {
    for (let count = 0; count < 9; count += 1) await attempt("owner@north.test", "wrong");
    expect((await attempt("owner@north.test", PASSWORD)).person).not.toBeNull();
    for (let count = 0; count < 9; count += 1) await attempt("owner@north.test", "wrong");
    expect((await attempt("owner@north.test", PASSWORD)).person).not.toBeNull();
  });
});

describe("sign-in through an identity provider", () => {
  const claims = (change: Partial<OidcClaims>): OidcClaims => ({
    issuer: "https://id.test",
    subject: "subject-1",
    email: "viewer@north.test",
    isEmailVerified: true,
    ...change,
  });

  test("the first time a verified e-mail links the member, then only the subject counts", async () => {
    const viewer = organisation.people.viewer;
    expect(await signInWithOidc(stage.database, claims({ email: "Viewer@North.test" }))).toEqual(viewer);
    const moved = claims({ email: "owner@north.test", isEmailVerified: false });
    expect(await signInWithOidc(stage.database, moved)).toEqual(viewer);
    expect(await signInWithOidc(stage.database, claims({ email: null }))).toEqual(viewer);
  });

  test("an e-mail that is missing or not verified links nobody", async () => {
    for (const change of [{ isEmailVerified: false }, { email: null }]) {
      const result = signInWithOidc(stage.database, claims({ subject: "subject-2", ...change }));
      await expect(result).rejects.toMatchObject({ code: "unauthenticated", reason: "oidc_unverified" });
    }
    expect(await stage.rows("select 1 from user_identities where subject = 'subject-2'")).toEqual([]);
  });

  test("somebody who is no member stays out", async () => {
    const result = signInWithOidc(stage.database, claims({ subject: "subject-3", email: "ghost@north.test" }));
    await expect(result).rejects.toMatchObject({ code: "unauthenticated", reason: "oidc_unknown" });
  });

  test("the same subject at another issuer is somebody else", async () => {
    const other = claims({ issuer: "https://evil.test", email: "ghost@north.test" });
    await expect(signInWithOidc(stage.database, other)).rejects.toMatchObject({ reason: "oidc_unknown" });
  });

  test("a disabled person stays out, linked or not", async () => {
    const off = await createMember(stage, organisation.id, { email: "left@north.test", role: "viewer" });
    const left = claims({ subject: "subject-4", email: "left@north.test" });
    expect((await signInWithOidc(stage.database, left)).id).toBe(off.id);
    await stage.admin.query("update users set disabled_at = now() where id = $1", [off.id]);
    await expect(signInWithOidc(stage.database, left)).rejects.toMatchObject({ reason: "oidc_unknown" });
  });
});
