import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  createMember,
  createOrganisation,
  type Organisation,
  PASSWORD,
  type Person,
  signIn,
} from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import type { Caller } from "./caller";
import { deleteMember, revokeSession, updateMember, updatePassword } from "./commands";
import { listMembers, listSessions } from "./queries";
import { createSession, endSession, findCaller } from "./sessions";

let stage: Stage;
let north: Organisation;
let south: Organisation;
let owner: Caller;
let person: Person;
let session: string;
let count = 0;

beforeAll(async () => {
  stage = await openStage();
  north = await createOrganisation(stage, "north");
  south = await createOrganisation(stage, "south");
  owner = await signIn(stage, north.people.owner);
});
afterAll(() => stage.close());
beforeEach(async () => {
  count += 1;
  person = await createMember(stage, north.id, { email: `person-${count}@north.test`, role: "operator" });
  session = (await signIn(stage, person)).sessionId;
});

const find = () => findCaller(stage.database, session);

test("a live session is its person with role and reach, and nothing of another organisation", async () => {
  expect(await find()).toMatchObject({
    orgId: north.id,
    userId: person.id,
    email: person.email,
    role: "operator",
    scope: { kind: "all" },
    sessionId: session,
  });
});

test("a session id that was never given is nobody", async () => {
  expect(await findCaller(stage.database, randomUUID())).toBeNull();
});

test("a revoked session is dead at its next look", async () => {
  await revokeSession(owner, session);
  expect(await find()).toBeNull();
});

test("signing out ends the session", async () => {
  const caller = await find();
  if (caller) await endSession(caller);
  expect(await find()).toBeNull();
});

test.each([
  ["7 hours 59 minutes", true],
  ["8 hours 1 minute", false],
])("after %s without a request it is alive: %s, and listed accordingly", async (silence, isAlive) => {
  await stage.admin.query("update user_sessions set last_seen_at = now() - $2::interval where id = $1", [
    session,
    silence,
  ]);
  const listed = await listSessions(owner);
  expect(listed.some((row) => row.id === session)).toBe(isAlive);
  const member = (await listMembers(owner)).find((row) => row.userId === person.id);
  expect(member?.liveSessions).toBe(isAlive ? 1 : 0);
  expect((await find()) !== null).toBe(isAlive);
});

test("seven days after sign-in it ends, however busy it was", async () => {
  const [row] = await stage.rows<{ days: number }>(
    "select round(extract(epoch from expires_at - created_at) / 86400)::int as days from user_sessions where id = $1",
    [session],
  );
  expect(row).toEqual({ days: 7 });
  await stage.admin.query("update user_sessions set expires_at = now() - interval '1 second' where id = $1", [session]);
  expect(await find()).toBeNull();
});

test("a request keeps the session awake", async () => {
  await stage.admin.query("update user_sessions set last_seen_at = now() - interval '7 hours' where id = $1", [
    session,
  ]);
  await find();
  const [row] = await stage.rows<{ fresh: boolean }>(
    "select last_seen_at > now() - interval '1 minute' as fresh from user_sessions where id = $1",
    [session],
  );
  expect(row).toEqual({ fresh: true });
});

test("a removed member is out at once, and the session goes with the membership", async () => {
  await deleteMember(owner, person.id);
  expect(await find()).toBeNull();
  expect(await stage.rows("select 1 from user_sessions where id = $1", [session])).toEqual([]);
});

test("a disabled person is out at once", async () => {
  await stage.admin.query("update users set disabled_at = now() where id = $1", [person.id]);
  expect(await find()).toBeNull();
});

test("a changed role and reach act on the next look", async () => {
  await updateMember(owner, { userId: person.id, role: "auditor", scopeSelector: "region=north" });
  expect(await find()).toMatchObject({ role: "auditor", scope: { kind: "selector", text: "region=north" } });
});

test("only an access manager ends sessions of others, and nobody those of another organisation", async () => {
  const viewer = await signIn(stage, north.people.viewer);
  await expect(revokeSession(viewer, session)).rejects.toMatchObject({ code: "not_found" });
  const stranger = await signIn(stage, south.people.owner);
  await expect(revokeSession(stranger, session)).rejects.toMatchObject({ code: "not_found" });
  expect(await find()).not.toBeNull();
});

test("somebody without a membership gets no session", async () => {
  const alone = await createMember(stage, north.id, { email: `alone-${count}@north.test`, role: "viewer" });
  await stage.admin.query("delete from memberships where user_id = $1", [alone.id]);
  expect(await createSession(stage.database, alone, "password", null)).toBeNull();
});

test("a new password ends one's other sessions and keeps the one at hand; the wrong present one changes nothing", async () => {
  const here = await signIn(stage, person);
  const next = "an even better password";
  await expect(updatePassword(here, { current: "wrong", next })).rejects.toMatchObject({ reason: "password_wrong" });
  expect(await find()).not.toBeNull();
  await updatePassword(here, { current: PASSWORD, next });
  expect(await find()).toBeNull();
  expect(await findCaller(stage.database, here.sessionId)).not.toBeNull();
});

test.each([14, 201])("a new password of %i characters is refused", async (length) => {
  const caller = await signIn(stage, person);
  const result = updatePassword(caller, { current: PASSWORD, next: "x".repeat(length) });
  await expect(result).rejects.toMatchObject({ reason: "password_length", values: { min: 15, max: 200 } });
});
