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
import * as lists from "./schema/lists";
import * as operations from "./schema/operations";
import * as outages from "./schema/outages";
import * as search from "./schema/search";
import * as senders from "./schema/senders";
import * as storage from "./schema/storage";
import * as support from "./schema/support";
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

  test("days of chunks that were made before they had two parts keep what is in them; empty ones are made again", async () => {
    const migration = (await listMigrations()).find(({ name }) => name === "0012_sealed_days_apart.sql");
    const made = (name: string, from: string, to: string) =>
      admin.query("select attach_telemetry_partition('telemetry_chunks', $1, $2, $3, 'fillfactor = 100')", [
        name,
        from,
        to,
      ]);
    await admin.query("begin; drop function attach_telemetry_chunks(date, text)");
    try {
      await made("telemetry_chunks_20200101", "2020-01-01", "2020-01-02");
      await made("telemetry_chunks_20200102", "2020-01-02", "2020-01-03");
      await admin.query(`insert into telemetry_chunks (org_id, stream_id, day, part, entity_ids, first_moment,
        last_moment, moments, samples, groups, head, toc, body)
        values (gen_random_uuid(), 1, '2020-01-01', 3, '{1}', 1, 1, 1, 1, '{}', 'h', 't', 'b')`);
      await admin.query(migration?.text ?? "");
      const { rows } = await admin.query(
        `select to_regclass('telemetry_chunks_20200101') is not null as filled,
           to_regclass('telemetry_chunks_20200102') is not null as empty,
           (select count(*)::int from telemetry_chunks where day = '2020-01-01') as chunks`,
      );
      expect(rows).toEqual([{ filled: true, empty: false, chunks: 1 }]);
    } finally {
      await admin.query("rollback");
    }
  });
});

describe("a day that is prepared", () => {
  test("finds room in every table that has a part for each day or month", async () => {
    await admin.query("begin; select prepare_telemetry_day('2020-02-29')");
    try {
      const { rows } = await admin.query<{ parent: string; has_room: boolean }>(
        `select p.relname as parent, exists (select from pg_inherits i join pg_class c on c.oid = i.inhrelid
           where i.inhparent = p.oid and c.relname in (p.relname || '_202002', p.relname || '_20200229')) as has_room
         from pg_class p where p.relkind = 'p' and not p.relispartition and p.relname like 'telemetry\\_%'
           and p.relname <> 'telemetry_inbox' order by 1`,
      );
      expect(rows.filter((row) => !row.has_room)).toEqual([]);
      expect(rows.length).toBeGreaterThanOrEqual(6);
    } finally {
      await admin.query("rollback");
    }
  });
});

const tables = [
  access,
  agents,
  audit,
  clusters,
  fleet,
  lists,
  operations,
  outages,
  search,
  senders,
  storage,
  support,
  telemetry,
].flatMap((schema) => Object.values(schema).filter((value) => is(value, PgTable)));

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
