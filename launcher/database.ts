import { join } from "node:path";
import pg from "pg";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "@/db/embedded";
import { POSTGRES_MAJOR_MIN } from "@/db/migrate";

export type AdminDatabase = {
  adminUrl: string;
  /** For example `18.4`. */
  version: string;
  /** Null when it is a Postgres of one's own. */
  embedded: EmbeddedPostgres | null;
};

/** The embedded Postgres in the data folder, or the one that DATABASE_URL names. */
export async function openAdminDatabase(
  databaseUrl: string | null,
  dataFolder: string,
  log: (line: string) => void,
): Promise<AdminDatabase> {
  if (databaseUrl !== null) {
    return { adminUrl: databaseUrl, version: await requireUsableDatabase(databaseUrl), embedded: null };
  }
  const embedded = await startEmbeddedPostgres({ dataDir: join(dataFolder, "postgres"), durable: true, log });
  return { adminUrl: embedded.adminUrl, version: embedded.version, embedded };
}

/**
 * Signs in and looks whether this database can carry Fernblick.
 * @returns the server's version
 * @throws Error in one line without the password: unreachable, refused, missing, too old, or short of rights
 */
export async function requireUsableDatabase(databaseUrl: string): Promise<string> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 10_000,
    application_name: "fernblick-launcher",
  });
  try {
    await client.connect();
    const { rows } = await client.query<{
      version: string;
      number: number;
      role: string;
      may_create_roles: boolean;
      may_create: boolean;
    }>(
      `select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
        current_user as role, rolsuper or rolcreaterole as may_create_roles,
        has_schema_privilege(current_user, 'public', 'create')
          and has_database_privilege(current_user, current_database(), 'create') as may_create
       from pg_roles where rolname = current_user`,
    );
    const [row] = rows;
    if (!row) throw new Error("the server does not know the role it signed in");
    const major = Math.floor(row.number / 10_000);
    if (major < POSTGRES_MAJOR_MIN) {
      throw new Error(`the server is Postgres ${major}, expected ${POSTGRES_MAJOR_MIN} or newer`);
    }
    if (!row.may_create_roles) {
      throw new Error(
        `the role "${row.role}" may not create roles: ALTER ROLE "${row.role}" CREATEROLE (as a superuser)`,
      );
    }
    if (!row.may_create) {
      throw new Error(`the role "${row.role}" may not create tables here: make it the owner of the database`);
    }
    return row.version.split(" ")[0] ?? row.version;
  } catch (error) {
    throw new Error(`DATABASE_URL: ${describeConnectFault(error, databaseUrl)}`, { cause: error });
  } finally {
    await client.end().catch(() => {});
  }
}

function describeConnectFault(error: unknown, databaseUrl: string): string {
  const url = new URL(databaseUrl);
  const server = `${url.hostname || "localhost"}:${url.port || "5432"}`;
  const user = decodeURIComponent(url.username) || "(none)";
  const database = decodeURIComponent(url.pathname.slice(1)) || user;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = error instanceof Error ? error.message : String(error);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `there is no host "${url.hostname}"`;
  if (/^E[A-Z]+$/.test(code) || /timeout/i.test(message)) {
    return `no Postgres answers at ${server} (${code || message}): is it running, and is the port right?`;
  }
  if (code === "28P01") return `${server} refuses the password of user "${user}"`;
  if (code === "28000") return `${server} refuses user "${user}": ${message}`;
  if (code === "3D000") return `there is no database "${database}" at ${server}: create it first (CREATE DATABASE)`;
  if (/SASL|password must be a string/i.test(message))
    return `${server} asks user "${user}" for a password, and there is none in it`;
  return url.password ? message.replaceAll(decodeURIComponent(url.password), "•••") : message;
}
