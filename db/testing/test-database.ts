import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import type { LoginRoles } from "@/db/roles";

export type TestDatabase = LoginRoles & {
  /** The superuser: not bound by row-level security. */
  adminUrl: string;
  /** Ends every connection to the database and removes it. */
  drop(): Promise<void>;
};

/** Any fixed number: clones are made one at a time, because Postgres refuses a template that is being copied. */
const CLONE_LOCK_KEY = 4_318_002;

/**
 * A database of its own for the test file that asks: a clone of the migrated template, with the real login roles.
 * Call `drop` in `afterAll`.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject("testServer");
  const template = new URL(server.adminUrl).pathname.slice(1);
  const name = `test_${randomBytes(8).toString("hex")}`;
  await runOnServer(server.adminUrl, async (client) => {
    await client.query("select pg_advisory_lock($1)", [CLONE_LOCK_KEY]);
    // A copy carries no grants on the database itself; those are given again below.
    await client.query(`create database ${name} template ${template}`);
    await client.query(`grant create on database ${name} to fernblick_worker`);
  });
  return {
    adminUrl: withDatabase(server.adminUrl, name),
    appUrl: withDatabase(server.appUrl, name),
    workerUrl: withDatabase(server.workerUrl, name),
    drop: () => runOnServer(server.adminUrl, (client) => client.query(`drop database if exists ${name} with (force)`)),
  };
}

/** Connects to the maintenance database: nobody may be connected to the template while it is cloned. */
async function runOnServer(adminUrl: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: withDatabase(adminUrl, "postgres") });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.toString();
}
