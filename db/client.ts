import type { ExtractTablesWithRelations } from "drizzle-orm";
import { sql } from "drizzle-orm";
import { drizzle, type NodePgDatabase, type NodePgTransaction } from "drizzle-orm/node-postgres";
import pg from "pg";

type NoSchema = Record<string, never>;
/** A running transaction with its tenant set; what every query function takes. */
export type Transaction = NodePgTransaction<NoSchema, ExtractTablesWithRelations<NoSchema>>;

export type Database = {
  readonly orm: NodePgDatabase<NoSchema>;
  readonly pool: pg.Pool;
  close(): Promise<void>;
};

/** Who acts, for row-level security. Everything left out is "nobody": no rows. */
export type Tenant = {
  orgId?: string;
  userId?: string;
  /** What the caller proves to know before its organisation is known (see `app_known` in the first migration). */
  known?: string;
};

/**
 * Opens a pool of at most `connectionsMax` connections. Statements end after 30 s at the latest, so that one bad query
 * cannot hold the pool for ever. Nothing connects before the first query.
 */
export function openDatabase(url: string, options: { applicationName: string; connectionsMax?: number }): Database {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.applicationName,
    max: options.connectionsMax ?? 10,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
  });
  // An idle connection that the server ends is not an error of ours: the pool replaces it at the next use.
  pool.on("error", () => {});
  // Neither is one that the server ends while it is in use: its query fails, and that is where it is handled.
  pool.on("connect", (connection) => void connection.on("error", () => {}));
  return { orm: drizzle(pool), pool, close: () => pool.end() };
}

/**
 * Runs `work` in one transaction as `tenant`. The settings are local to the transaction, so they cannot leak to the
 * next user of the pooled connection. Whatever `work` throws rolls everything back. With "repeatable read" all its
 * statements see one state of the database.
 */
export function withTenant<T>(
  database: Database,
  tenant: Tenant,
  work: (tx: Transaction) => Promise<T>,
  options: { isolationLevel?: "repeatable read" } = {},
): Promise<T> {
  return database.orm.transaction(async (tx) => {
    await tx.execute(sql`select
      set_config('app.org', ${tenant.orgId ?? ""}, true),
      set_config('app.user', ${tenant.userId ?? ""}, true),
      set_config('app.known', ${tenant.known ?? ""}, true)`);
    return work(tx);
  }, options);
}

/**
 * Stops a program that would run with row-level security switched off.
 * @throws Error in one line when the connection's role is a superuser, bypasses policies or owns the tables.
 */
export async function assertRoleIsBound(database: Database): Promise<void> {
  const { rows } = await database.pool.query<{ role: string; is_unbound: boolean }>(`
    select current_user as role,
      (r.rolsuper or r.rolbypassrls or pg_has_role(current_user, c.relowner, 'usage')) as is_unbound
    from pg_roles r, pg_class c
    where r.rolname = current_user and c.oid = to_regclass('public.organisations')`);
  const [row] = rows;
  if (!row)
    throw new Error("The database has no Fernblick tables: migrate it first (npm start does, or npm run migrate)");
  if (row.is_unbound) {
    throw new Error(
      `DATABASE_URL signs in as "${row.role}", which row-level security does not bind; expected a member of fernblick_app that is neither superuser nor owner`,
    );
  }
}
