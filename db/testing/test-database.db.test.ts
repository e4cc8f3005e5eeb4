import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { createTestDatabase } from "./test-database";

async function rowsOf(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
afterAll(async () => {
  await Promise.all([first.drop(), second.drop()]);
});

test("a clone has the migrated tables", async () => {
  const rows = await rowsOf(first.adminUrl, "select name from schema_migrations order by name");
  expect(rows.length).toBeGreaterThan(0);
});

test("what one clone writes, another does not see", async () => {
  await rowsOf(first.adminUrl, "create table only_here (n int)");
  expect(await rowsOf(second.adminUrl, "select to_regclass('only_here') as found")).toEqual([{ found: null }]);
});

test("the login roles are bound by row-level security", async () => {
  const query = "select rolsuper or rolbypassrls as unbound from pg_roles where rolname = current_user";
  expect(await rowsOf(first.appUrl, query)).toEqual([{ unbound: false }]);
  expect(await rowsOf(first.workerUrl, query)).toEqual([{ unbound: false }]);
});
