import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "@/db/client";
import { createTestDatabase, type TestDatabase } from "@/db/testing/test-database";
import { createSession, findCaller } from "@/server/access/sessions";
import { signInWithPassword } from "@/server/access/sign-in";
import { runOperatorCommand } from "./operator-commands";

const PASSWORD = "correct horse battery staple";
const ROOT = fileURLToPath(new URL("..", import.meta.url));
let database: TestDatabase;
/** An empty database on the same server. */
const bare = { name: `bare_${randomBytes(6).toString("hex")}`, url: "" };

beforeAll(async () => {
  database = await createTestDatabase();
  const url = new URL(database.adminUrl);
  url.pathname = `/${bare.name}`;
  bare.url = url.toString();
  await onServer(`create database ${bare.name}`);
});
afterAll(async () => {
  await onServer(`drop database if exists ${bare.name} with (force)`);
  await database.drop();
});

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** The lines that a command printed. */
async function run(argv: string[], variables: Record<string, string>, input = ""): Promise<string[]> {
  const lines: string[] = [];
  const environment = { NODE_ENV: "production", ...variables } as const;
  await runOperatorCommand(argv, { environment, input: Readable.from([input]), print: (line) => lines.push(line) });
  return lines;
}
const ownerOf = (organisation: string, email: string) => [
  "create-owner",
  "--organisation",
  organisation,
  "--email",
  email,
  "--name",
  "Inga Inhaber",
];

describe("migrate", () => {
  test("brings an empty database to the newest schema, and a second time changes nothing", async () => {
    const first = await run(["migrate"], { DATABASE_URL: bare.url });
    expect(first).toContain("migrated 0001_access.sql");
    expect(first.at(-1)).toMatch(/^The database is up to date \(\d+ new\)$/);
    expect(await run(["migrate"], { DATABASE_URL: bare.url })).toEqual(["The database is up to date"]);
  });

  test("with the passwords of both it makes roles that can connect, and says their names and no password", async () => {
    const suffix = randomBytes(6).toString("hex");
    const secrets = { FERNBLICK_APP_PASSWORD: "a".repeat(24), FERNBLICK_WORKER_PASSWORD: "w".repeat(24) };
    const lines = await run(["migrate"], {
      DATABASE_URL: database.adminUrl,
      FERNBLICK_ROLE_SUFFIX: suffix,
      ...secrets,
    });
    expect(lines.at(-1)).toBe(
      `Gateway and console connect as fernblick_app_${suffix}, the worker as fernblick_worker_${suffix}`,
    );
    expect(lines.join()).not.toContain(secrets.FERNBLICK_APP_PASSWORD);
    const url = new URL(database.adminUrl);
    url.username = `fernblick_app_${suffix}`;
    url.password = secrets.FERNBLICK_APP_PASSWORD;
    const client = new pg.Client({ connectionString: url.toString() });
    await client.connect();
    expect((await client.query("select rolsuper from pg_roles where rolname = current_user")).rows).toEqual([
      { rolsuper: false },
    ]);
    await client.end();
    for (const kind of ["app", "worker"]) await onServer(`drop role fernblick_${kind}_${suffix}`);
  });

  test.each<[Record<string, string>, string]>([
    [{}, "DATABASE_URL: expected postgres://"],
    [{ DATABASE_URL: "mysql://hunter2@x/y" }, "DATABASE_URL: expected postgres://"],
    [{ DATABASE_URL: "postgres://x/y", FERNBLICK_APP_PASSWORD: "a".repeat(20) }, "expected both, or neither"],
    [{ DATABASE_URL: "postgres://x/y", FERNBLICK_APP_PASSWORD: "hunter2" }, "at least 20 characters"],
  ])("a wrong environment is said in one line that repeats no value: %j", async (environment, line) => {
    const failure = run(["migrate"], environment);
    await expect(failure).rejects.toThrow(line);
    await expect(failure).rejects.not.toThrow("hunter2");
  });
});

describe("create-owner", () => {
  test("makes organisation and owner, who can sign in at once and may do everything", async () => {
    const email = "Inga@Werft.test";
    expect(await run(ownerOf("Werft", email), { DATABASE_URL: database.adminUrl }, `${PASSWORD}\n`)).toEqual([
      `${email} is the owner of Werft`,
    ]);
    const opened = openDatabase(database.appUrl, { applicationName: "test", connectionsMax: 2 });
    const person = await signInWithPassword(opened, email, PASSWORD);
    const sessionId = await createSession(opened, person, "password", null);
    expect(await findCaller(opened, sessionId ?? "")).toMatchObject({ role: "owner", scope: { kind: "all" } });
    await opened.close();
  });

  test("a second time is refused and changes nothing: others are invited", async () => {
    const other = run(ownerOf("Werft", "second@werft.test"), { DATABASE_URL: database.adminUrl }, PASSWORD);
    await expect(other).rejects.toThrow("Werft has an owner (inga@werft.test); others are invited in the console");
    const client = new pg.Client({ connectionString: database.adminUrl });
    await client.connect();
    expect((await client.query("select 1 from users where email = 'second@werft.test'")).rows).toEqual([]);
    await client.end();
  });

  test("somebody with an account keeps it, whatever password is given", async () => {
    const [line] = await run(ownerOf("Hafen", "inga@werft.test"), { DATABASE_URL: database.adminUrl }, "x".repeat(20));
    expect(line).toContain("had an account already, which stays as it was");
    const opened = openDatabase(database.appUrl, { applicationName: "test", connectionsMax: 2 });
    expect(await signInWithPassword(opened, "inga@werft.test", PASSWORD)).toMatchObject({ name: "Inga Inhaber" });
    await opened.close();
  });

  test("of two at the same moment one wins", async () => {
    const results = await Promise.allSettled(
      ["a@race.test", "b@race.test"].map((email) =>
        run(ownerOf("Race", email), { DATABASE_URL: database.adminUrl }, PASSWORD),
      ),
    );
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
  });

  test("a short password, a missing name and an unknown word are each said in one line", async () => {
    const environment = { DATABASE_URL: database.adminUrl };
    await expect(run(ownerOf("X", "x@x.test"), environment, "short")).rejects.toThrow("has 5 characters; expected 15");
    await expect(run(["create-owner", "--email", "x@x.test"], environment)).rejects.toThrow(
      "--organisation is missing",
    );
    await expect(run(["drop-everything"], environment)).rejects.toThrow("expected migrate or create-owner");
  });

  test("works as the real command does, with the password on its standard input", async () => {
    const command = promisify(execFile)(
      process.execPath,
      ["--import", "tsx", "launcher/operate.ts", ...ownerOf("Command", "real@command.test")],
      { cwd: ROOT, env: { NODE_ENV: "production", PATH: "/usr/bin:/bin", DATABASE_URL: database.adminUrl } },
    );
    command.child.stdin?.end(`${PASSWORD}\n`);
    expect((await command).stdout).toBe("real@command.test is the owner of Command\n");
  });
});
