import { hash } from "@node-rs/argon2";
import type pg from "pg";
import type { Database } from "@/db/client";
import type { Caller } from "@/server/access/caller";
import { ROLES, type Role } from "@/server/access/model";
import { createSession, findCaller } from "@/server/access/sessions";

/** What the builders write through: organisations are made by the superuser, sessions by the real code. */
export type Doors = { admin: pg.Client; database: Database };

/** The password of everybody that the builders make. */
export const PASSWORD = "a password for tests";
let passwordHash: Promise<string> | undefined;

export type Person = { id: string; email: string; name: string };
export type Organisation = { id: string; name: string; people: Record<Role, Person> };

async function idOf(admin: pg.Client, text: string, values: unknown[]): Promise<string> {
  const { rows } = await admin.query<{ id: string }>(text, values);
  const [row] = rows;
  if (!row) throw new Error(`no row came back from: ${text}`);
  return row.id;
}

/** An organisation with one member of each role; `<role>@<name>.test` with PASSWORD. */
export async function createOrganisation(doors: Doors, name: string): Promise<Organisation> {
  const id = await idOf(doors.admin, "insert into organisations (name) values ($1) returning id", [name]);
  const people: Partial<Record<Role, Person>> = {};
  for (const role of ROLES) people[role] = await createMember(doors, id, { email: `${role}@${name}.test`, role });
  return { id, name, people: people as Record<Role, Person> };
}

/** A person with PASSWORD and a membership; somebody who exists already only becomes a member. */
export async function createMember(
  { admin }: Doors,
  orgId: string,
  input: { email: string; role: Role; scopeSelector?: string },
): Promise<Person> {
  passwordHash ??= hash(PASSWORD);
  const name = `${input.email.split("@")[0]} of ${input.email.split("@")[1]?.split(".")[0]}`;
  const id = await idOf(
    admin,
    `insert into users (email, name, password_hash) values ($1, $2, $3)
     on conflict (email) do update set email = excluded.email returning id`,
    [input.email, name, await passwordHash],
  );
  await admin.query("insert into memberships (org_id, user_id, role, scope_selector) values ($1, $2, $3, $4)", [
    orgId,
    id,
    input.role,
    input.scopeSelector ?? null,
  ]);
  return { id, email: input.email, name };
}

/** Signs a person in as the console does and looks the caller up as each request does. */
export async function signIn({ database }: Doors, person: Person): Promise<Caller> {
  const sessionId = await createSession(database, person, "password", "test browser");
  const caller = sessionId && (await findCaller(database, sessionId));
  if (!caller) throw new Error(`${person.email} could not be signed in`);
  return caller;
}

/** A site with labels; gives its id. */
export function createSite(
  { admin }: Doors,
  orgId: string,
  name: string,
  labels: Record<string, string> = {},
): Promise<string> {
  return idOf(admin, "insert into sites (org_id, name, labels) values ($1, $2, $3) returning id", [
    orgId,
    name,
    JSON.stringify(labels),
  ]);
}
