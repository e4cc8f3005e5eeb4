import { createServer } from "node:net";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findFreePort } from "@/db/embedded-server";
import { createTestDatabase, type TestDatabase } from "@/db/testing/test-database";
import { requireUsableDatabase } from "./database";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

function changed(change: (url: URL) => void): string {
  const url = new URL(database.adminUrl);
  change(url);
  return url.toString();
}

/** The one line that a person gets to see. */
async function complaintOf(url: string): Promise<string> {
  try {
    await requireUsableDatabase(url);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "no complaint";
}

test("a database that fits gives its version", async () => {
  expect(await requireUsableDatabase(database.adminUrl)).toMatch(/^\d+\.\d+$/);
});

test("a wrong password is said without repeating it", async () => {
  const line = await complaintOf(changed((url) => Object.assign(url, { password: "hunter2hunter2" })));
  expect(line).toMatch(/^DATABASE_URL: 127\.0\.0\.1:\d+ refuses the password of user "postgres"$/);
});

test("a URL without a password says so", async () => {
  const line = await complaintOf(changed((url) => Object.assign(url, { password: "" })));
  expect(line).toMatch(/asks user "postgres" for a password/);
});

test("a database that is not there is named", async () => {
  const line = await complaintOf(changed((url) => Object.assign(url, { pathname: "/nowhere" })));
  expect(line).toMatch(/^DATABASE_URL: there is no database "nowhere" at 127\.0\.0\.1:\d+: create it first/);
});

test("a port where nobody listens is named", async () => {
  const port = await findFreePort();
  const line = await complaintOf(changed((url) => Object.assign(url, { port: String(port) })));
  expect(line).toBe(
    `DATABASE_URL: no Postgres answers at 127.0.0.1:${port} (ECONNREFUSED): is it running, and is the port right?`,
  );
});

test("a host that does not exist is named", async () => {
  const line = await complaintOf(changed((url) => Object.assign(url, { hostname: "database.invalid" })));
  expect(line).toBe('DATABASE_URL: there is no host "database.invalid"');
});

test("a server that is no Postgres is one line without the password", async () => {
  const server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const port = await new Promise<number>((done) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      done(typeof address === "object" && address ? address.port : 0);
    }),
  );
  const line = await complaintOf(changed((url) => Object.assign(url, { port: String(port) })));
  server.close();
  expect(line).toMatch(/^DATABASE_URL: .+$/);
  expect(line).not.toContain(new URL(database.adminUrl).password);
});

test("a role that may not create roles is told the command that changes it", async () => {
  const line = await complaintOf(database.appUrl);
  expect(line).toMatch(
    /^DATABASE_URL: the role "fernblick_app_test" may not create roles: ALTER ROLE "fernblick_app_test" CREATEROLE/,
  );
});

test("a role that may not create tables in the database is told so", async () => {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  const role = `only_roles_${process.pid}`;
  await client.query(`create role ${role} login createrole password 'a-password'`);
  const line = await complaintOf(changed((url) => Object.assign(url, { username: role, password: "a-password" })));
  await client.query(`drop role ${role}`);
  await client.end();
  expect(line).toBe(`DATABASE_URL: the role "${role}" may not create tables here: make it the owner of the database`);
});
