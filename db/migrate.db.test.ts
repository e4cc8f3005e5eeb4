import { readFile } from "node:fs/promises";
import { getTableColumns, getTableName, is } from "drizzle-orm";
import { PgTable } from "drizzle-orm/pg-core";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listMigrations, migrate } from "./migrate";
import * as access from "./schema/access";
import * as agents from "./schema/agents";
import * as audit from "./schema/audit";
import * as clusters from "./schema/clusters";
import * as fleet from "./schema/fleet";
import * as senders from "./schema/senders";
import * as telemetry from "./schema/telemetry";
import { createTestDatabase, type TestDatabase } from "./testing/test-database";

let database: TestDatabase;
let admin: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

describe("migrate", () => {
  test("changes nothing on a database that is up to date", async () => {
    expect(await migrate(database.adminUrl)).toEqual({ applied: [] });
  });

  test("refuses a migration that was edited after it had been applied", async () => {
    const migrations = await listMigrations();
    const edited = migrations.map((migration, index) => (index === 0 ? { ...migration, sha256: "edited" } : migration));
    await expect(migrate(database.adminUrl, { migrations: edited })).rejects.toThrow(
      "Migration 0001_access.sql was edited after it had been applied",
    );
  });

  test("refuses a database of a newer Fernblick", async () => {
    const older = (await listMigrations()).slice(0, -1);
    await expect(migrate(database.adminUrl, { migrations: older })).rejects.toThrow("migrated by a newer Fernblick");
  });

  test("names a migration that fails and leaves nothing of it behind", async () => {
    const broken = { name: "9999_broken.sql", text: "create table half (n int); select no_such_column", sha256: "x" };
    const migrations = [...(await listMigrations()), broken];
    await expect(migrate(database.adminUrl, { migrations })).rejects.toThrow("Migration 9999_broken.sql failed");
    expect((await admin.query("select to_regclass('half') as found")).rows).toEqual([{ found: null }]);
  });

  test("the applied migrations are those that were published, byte for byte", async () => {
    const file = new URL("./migrations/published.json", import.meta.url);
    const published = JSON.parse(await readFile(file, "utf8")) as Record<string, string>;
    const now = Object.fromEntries((await listMigrations()).map(({ name, sha256 }) => [name, sha256]));
    expect(now).toEqual(published);
  });
});

const tables = [access, agents, audit, clusters, fleet, senders, telemetry].flatMap((schema) =>
  Object.values(schema).filter((value) => is(value, PgTable)),
);

describe("the schema in the program", () => {
  test.each(tables.map((table) => [getTableName(table), table] as const))(
    "table %s has the columns, types and nullability of the migrated database",
    async (name, table) => {
      const { rows } = await admin.query<{ column: string; type: string; is_required: boolean }>(
        `select a.attname as column, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as is_required
         from pg_attribute a where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped order by 1`,
        [name],
      );
      const expected = Object.values(getTableColumns(table))
        .map((column) => ({
          column: column.name,
          type: postgresType(column.getSQLType()),
          is_required: column.notNull,
        }))
        .sort((a, b) => (a.column < b.column ? -1 : 1));
      expect(rows).toEqual(expected);
    },
  );

  test("no table of the migrations is missing in the program", async () => {
    const { rows } = await admin.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
       and not relispartition and relname <> 'schema_migrations' order by 1`,
    );
    expect(rows.map((row) => row.name)).toEqual(tables.map((table) => getTableName(table)).sort());
  });
});

function postgresType(drizzleType: string): string {
  return drizzleType.replace(/^varchar/, "character varying");
}
