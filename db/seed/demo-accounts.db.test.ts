import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/db/testing/test-database";
import { type DemoAccount, seedDemoAccounts } from "./demo-accounts";

let database: TestDatabase;
let admin: pg.Client;
const ROLES = ["owner", "admin", "operator", "viewer", "auditor"] as const;
const accountsWith = (password: string): DemoAccount[] =>
  ROLES.map((role) => ({ role, email: `${role}@demo.fernblick.local`, password }));

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query("insert into organisations (name) values ('A real customer')");
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

test("demo accounts get an organisation of their own and never come into one that is there already", async () => {
  const { organisationId } = await seedDemoAccounts(database.adminUrl, accountsWith("first password of all"));
  const { rows } = await admin.query(
    "select o.name, count(m.*)::int as members from organisations o left join memberships m on m.org_id = o.id group by o.id, o.name order by 1",
  );
  expect(rows).toEqual([
    { name: "A real customer", members: 0 },
    { name: "Fernblick Demo", members: 5 },
  ]);
  expect(organisationId).toMatch(/^[0-9a-f-]{36}$/);
});

test("seeding again sets the passwords and leaves a role that was changed as it is", async () => {
  await admin.query(
    "update memberships set role = 'auditor' from users u where u.id = user_id and u.email like 'viewer@%'",
  );
  const before = await admin.query("select email, password_hash from users order by email");
  await seedDemoAccounts(database.adminUrl, accountsWith("second password of all"));
  const after = await admin.query("select email, password_hash from users order by email");
  expect(after.rows.map((row) => row.email)).toEqual(before.rows.map((row) => row.email));
  expect(after.rows.every((row, index) => row.password_hash !== before.rows[index].password_hash)).toBe(true);
  const { rows } = await admin.query("select role, count(*)::int as n from memberships group by role order by role");
  expect(rows).toEqual([
    { role: "admin", n: 1 },
    { role: "auditor", n: 2 },
    { role: "operator", n: 1 },
    { role: "owner", n: 1 },
  ]);
});
