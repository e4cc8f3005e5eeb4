import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runMigrations } from "graphile-worker";
import pg from "pg";

const MIGRATIONS_DIR = fileURLToPath(new URL("./migrations", import.meta.url));
/** Any fixed number: two programs that migrate at the same time wait for each other on it. */
const LOCK_KEY = 4_318_001;
/** Postgres 15 is the oldest that the policies and partitions are tested with. */
export const POSTGRES_MAJOR_MIN = 15;

export type Migration = { name: string; text: string; sha256: string };

/** The migrations in order of their names. `dir` is another folder in tests only. */
export async function listMigrations(dir: string = MIGRATIONS_DIR): Promise<Migration[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(dir, name), "utf8");
      return { name, text, sha256: createHash("sha256").update(text).digest("hex") };
    }),
  );
}

/**
 * Brings the database to the newest schema; running it again changes nothing. Each migration is one transaction.
 *
 * @param adminUrl a role that may create tables and roles (the owner); the programs themselves never use it
 * @throws Error when the server is too old, when a migration that is already applied was edited or is missing, or
 *   when a migration fails (with its name)
 */
export async function migrate(
  adminUrl: string,
  options: { log?: (line: string) => void; migrations?: Migration[] } = {},
): Promise<{ applied: string[] }> {
  const migrations = options.migrations ?? (await listMigrations());
  const client = new pg.Client({ connectionString: adminUrl, application_name: "fernblick-migrate" });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [LOCK_KEY]);
    await requireServerVersion(client);
    const applied = await applyMigrations(client, migrations, options.log);
    await migrateJobQueue(client, adminUrl);
    return { applied };
  } finally {
    await client.end();
  }
}

async function requireServerVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>("select current_setting('server_version_num') as version");
  const major = Math.floor(Number(rows[0]?.version) / 10_000);
  if (major < POSTGRES_MAJOR_MIN) {
    throw new Error(`The database server is Postgres ${major}; Fernblick needs ${POSTGRES_MAJOR_MIN} or newer`);
  }
}

async function applyMigrations(
  client: pg.Client,
  migrations: Migration[],
  log?: (line: string) => void,
): Promise<string[]> {
  await client.query(`create table if not exists schema_migrations (
    name text primary key, sha256 text not null, applied_at timestamptz not null default now())`);
  const { rows } = await client.query<{ name: string; sha256: string }>("select name, sha256 from schema_migrations");
  const known = new Map(rows.map((row) => [row.name, row.sha256]));
  for (const name of known.keys()) {
    if (!migrations.some((migration) => migration.name === name)) {
      throw new Error(`The database was migrated by a newer Fernblick (it has ${name}); update this program`);
    }
  }
  const applied: string[] = [];
  for (const { name, text, sha256 } of migrations) {
    const before = known.get(name);
    if (before === sha256) continue;
    if (before !== undefined) {
      throw new Error(`Migration ${name} was edited after it had been applied; write a new migration instead`);
    }
    try {
      await client.query("begin");
      await client.query(text);
      await client.query("insert into schema_migrations (name, sha256) values ($1, $2)", [name, sha256]);
      await client.query("commit");
    } catch (error) {
      await client.query("rollback");
      throw new Error(`Migration ${name} failed: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
    applied.push(name);
    log?.(`migrated ${name}`);
  }
  return applied;
}

/** The job queue keeps its own schema; its tables are owned by the worker's group, as the library wants it. */
async function migrateJobQueue(client: pg.Client, adminUrl: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>("select format('%I', current_database()) as name");
  await client.query(`grant create on database ${rows[0]?.name} to fernblick_worker`);
  await client.query("grant fernblick_worker to current_user");
  const pool = new pg.Pool({ connectionString: adminUrl, max: 1, options: "-c role=fernblick_worker" });
  // A failure shows at the query; the pool itself lives for a second.
  pool.on("error", () => {});
  pool.on("connect", (connection) => void connection.on("error", () => {}));
  try {
    await runMigrations({ pgPool: pool });
  } finally {
    await pool.end();
  }
}
