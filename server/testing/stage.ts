import pg from "pg";
import { type Database, openDatabase } from "@/db/client";
import { createTestDatabase, type TestDatabase } from "@/db/testing/test-database";

/** A database of its own with the two ways into it that tests need. */
export type Stage = {
  urls: TestDatabase;
  /** As the programs connect: bound by row-level security. */
  database: Database;
  /** Superuser: seeds, looks at what is really stored, and stands in for the clock by moving times. */
  admin: pg.Client;
  /** Rows of a query by the superuser. */
  rows<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
};

/** Opens a stage; call `close` in `afterAll`. */
export async function openStage(): Promise<Stage> {
  const urls = await createTestDatabase();
  const admin = new pg.Client({ connectionString: urls.adminUrl });
  await admin.connect();
  const database = openDatabase(urls.appUrl, { applicationName: "test", connectionsMax: 10 });
  return {
    urls,
    database,
    admin,
    rows: async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) =>
      (await admin.query<Row>(text, values)).rows,
    close: async () => {
      await admin.end();
      if (!database.pool.ended) await database.close();
      await urls.drop();
    },
  };
}

/** Every row of every table as one text a table: what "nothing changed" and "it is nowhere" are asserted on. */
export async function dumpTables(stage: Stage): Promise<Record<string, string>> {
  const tables = await stage.rows<{ name: string }>(`
    select c.relname as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`);
  const dump: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await stage.rows<{ text: string | null }>(
      `select string_agg(t::text, E'\\n' order by t::text) as text from "${name}" t`,
    );
    dump[name] = row?.text ?? "";
  }
  return dump;
}
