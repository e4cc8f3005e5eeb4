import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createMember, createOrganisation, type Organisation, type Person, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import type { Caller } from "./caller";
import { deleteMember, inviteMember, revokeInvitation, updateMember } from "./commands";
import type { Role } from "./model";

let stage: Stage;
let north: Organisation;
let owner: Caller;
let admin: Caller;
let count = 0;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  count += 1;
  north = await createOrganisation(stage, `north${count}`);
  owner = await signIn(stage, north.people.owner);
  admin = await signIn(stage, north.people.admin);
});

const addOwner = () => createMember(stage, north.id, { email: `second@north${count}.test`, role: "owner" });
const membership = async (person: Person) =>
  (
    await stage.rows<{ role: Role; scope: string | null }>(
      "select role, scope_selector as scope from memberships where org_id = $1 and user_id = $2",
      [north.id, person.id],
    )
  )[0];
const auditOf = (action: string) =>
  stage.rows("select actor_label, subject_label, details from audit_entries where org_id = $1 and action = $2", [
    north.id,
    action,
  ]);

describe("the last owner with full reach", () => {
  test.each<[string, (person: Person) => Promise<void>]>([
    ["demoted", ({ id }) => updateMember(owner, { userId: id, role: "admin", scopeSelector: null })],
    ["limited to some sites", ({ id }) => updateMember(owner, { userId: id, role: "owner", scopeSelector: "a=b" })],
    ["removed", ({ id }) => deleteMember(owner, id)],
  ])("cannot be %s", async (_title, change) => {
    await expect(change(north.people.owner)).rejects.toMatchObject({ code: "conflict", reason: "last_owner" });
    expect(await membership(north.people.owner)).toEqual({ role: "owner", scope: null });
    expect(await auditOf("access:member-update")).toEqual([]);
    expect(await auditOf("access:member-delete")).toEqual([]);
  });

  test("is not replaced by an owner who is limited or disabled", async () => {
    const other = await addOwner();
    const demote = () => updateMember(owner, { userId: owner.userId, role: "viewer", scopeSelector: null });
    await stage.admin.query("update memberships set scope_selector = 'a=b' where user_id = $1", [other.id]);
    await expect(demote()).rejects.toMatchObject({ reason: "last_owner" });
    await stage.admin.query("update memberships set scope_selector = null where user_id = $1", [other.id]);
    await stage.admin.query("update users set disabled_at = now() where id = $1", [other.id]);
    await expect(demote()).rejects.toMatchObject({ reason: "last_owner" });
    await stage.admin.query("update users set disabled_at = null where id = $1", [other.id]);
    await expect(demote()).resolves.toBeUndefined();
  });

  test("stays when two owners demote or remove each other at the same moment, ten times over", async () => {
    for (let round = 0; round < 10; round += 1) {
      const organisation = await createOrganisation(stage, `duel${count}-${round}`);
      const other = await createMember(stage, organisation.id, {
        email: `two@duel${count}-${round}.test`,
        role: "owner",
      });
      const [one, two] = [await signIn(stage, organisation.people.owner), await signIn(stage, other)];
      const results = await Promise.allSettled([
        updateMember(one, { userId: two.userId, role: "viewer", scopeSelector: null }),
        round % 2 === 0
          ? updateMember(two, { userId: one.userId, role: "viewer", scopeSelector: null })
          : deleteMember(two, one.userId),
      ]);
      expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
      const [row] = await stage.rows(
        "select count(*)::int as owners from memberships where org_id = $1 and role = 'owner'",
        [organisation.id],
      );
      expect(row).toEqual({ owners: 1 });
    }
  });
});

describe("an admin", () => {
  test("has no say over owners: cannot change, remove, make or invite one", async () => {
    const other = await addOwner();
    const attempts = [
      () => updateMember(admin, { userId: other.id, role: "viewer", scopeSelector: null }),
      () => deleteMember(admin, other.id),
      () => updateMember(admin, { userId: north.people.viewer.id, role: "owner", scopeSelector: null }),
      () => updateMember(admin, { userId: admin.userId, role: "owner", scopeSelector: null }),
      () => inviteMember(admin, { email: "boss@elsewhere.test", role: "owner", scopeSelector: null }),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({ code: "denied", reason: "role_not_assignable" });
    }
    expect(await membership(other)).toEqual({ role: "owner", scope: null });
    expect(await membership(north.people.viewer)).toEqual({ role: "viewer", scope: null });
  });

  test("changes and removes everybody else", async () => {
    await updateMember(admin, { userId: north.people.viewer.id, role: "operator", scopeSelector: "region=north" });
    expect(await membership(north.people.viewer)).toEqual({ role: "operator", scope: "region=north" });
    await deleteMember(admin, north.people.viewer.id);
    expect(await membership(north.people.viewer)).toBeUndefined();
  });
});

describe("every change of the team", () => {
  test("is in the audit log with who, whom, before and after", async () => {
    await updateMember(owner, { userId: north.people.viewer.id, role: "auditor", scopeSelector: null });
    await deleteMember(owner, north.people.viewer.id);
    const email = north.people.viewer.email;
    expect(await auditOf("access:member-update")).toEqual([
      {
        actor_label: owner.email,
        subject_label: email,
        details: {
          before: { role: "viewer", scopeSelector: null },
          after: { role: "auditor", scopeSelector: null },
        },
      },
    ]);
    expect(await auditOf("access:member-delete")).toEqual([
      { actor_label: owner.email, subject_label: email, details: { role: "auditor", scopeSelector: null } },
    ]);
  });

  test("does not happen when its audit entry cannot be written", async () => {
    await stage.admin.query(`
      create function refuse_audit() returns trigger language plpgsql as $$ begin raise exception 'no audit'; end $$;
      create trigger refuse_audit before insert on audit_entries for each row execute function refuse_audit();`);
    try {
      const { viewer } = north.people;
      await expect(updateMember(owner, { userId: viewer.id, role: "admin", scopeSelector: null })).rejects.toThrow();
      await expect(deleteMember(owner, viewer.id)).rejects.toThrow();
      await expect(inviteMember(owner, { email: "x@y.test", role: "viewer", scopeSelector: null })).rejects.toThrow();
      expect(await membership(viewer)).toEqual({ role: "viewer", scope: null });
      expect(await stage.rows("select 1 from invitations where org_id = $1", [north.id])).toEqual([]);
    } finally {
      await stage.admin.query("drop trigger refuse_audit on audit_entries; drop function refuse_audit()");
    }
  });

  test("concerns members of one's own organisation only", async () => {
    const south = await createOrganisation(stage, `south${count}`);
    const userId = south.people.viewer.id;
    const notFound = { code: "not_found" };
    await expect(updateMember(owner, { userId, role: "admin", scopeSelector: null })).rejects.toMatchObject(notFound);
    await expect(deleteMember(owner, userId)).rejects.toMatchObject(notFound);
    await inviteMember(await signIn(stage, south.people.owner), {
      email: "x@y.test",
      role: "viewer",
      scopeSelector: null,
    });
    const [invitation] = await stage.rows<{ id: string }>("select id from invitations where org_id = $1", [south.id]);
    await expect(revokeInvitation(owner, invitation?.id ?? "")).rejects.toMatchObject(notFound);
  });
});
