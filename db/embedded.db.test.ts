import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterEach, expect, test } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded";
import { listServerProcesses } from "./embedded-orphan";

const folders: string[] = [];
const servers: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function createFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, "fernblick-embedded-"));
  folders.push(folder);
  return folder;
}

async function start(dataDir: string, port?: number): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, durable: false, port });
  servers.push(server);
  return server;
}

async function ask(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Starts the database in a process of its own, which can be killed; returns its pid once the database answers. */
async function startInChild(dataDir: string): Promise<ChildProcess> {
  const module = fileURLToPath(new URL("./embedded.ts", import.meta.url));
  const code = `import { startEmbeddedPostgres } from ${JSON.stringify(module)};
    await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, durable: false });
    process.stdout.write("up\\n"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  await new Promise<void>((done, fail) => {
    child.stdout.once("data", () => done());
    child.once("exit", (exitCode) => fail(new Error(`the child ended with ${exitCode}`)));
  });
  return child;
}

test("the database keeps its rows, its password and its port over a restart", async () => {
  const folder = createFolder();
  const first = await start(folder);
  expect(first.version).toMatch(/^18\./);
  await ask(first.adminUrl, "create table kept as select 7 as seven");
  await first.stop();
  const second = await start(folder);
  expect(second.adminUrl).toBe(first.adminUrl);
  expect(await ask(second.adminUrl, "select * from kept")).toEqual([{ seven: 7 }]);
});

test("the database speaks UTF-8, UTC and scram, on 127.0.0.1 only", async () => {
  const { adminUrl } = await start(createFolder());
  const names = ["server_encoding", "timezone", "listen_addresses", "password_encryption"];
  const [row] = await ask(
    adminUrl,
    `select ${names.map((name) => `current_setting('${name}') as ${name}`).join(", ")}`,
  );
  expect(row).toEqual({
    server_encoding: "UTF8",
    timezone: "UTC",
    listen_addresses: "127.0.0.1",
    password_encryption: "scram-sha-256",
  });
  const wrong = new URL(adminUrl);
  wrong.password = "wrong";
  await expect(ask(wrong.toString(), "select 1")).rejects.toThrow(/password authentication failed/);
});

test("the superuser's password is readable by its owner only", async () => {
  const folder = createFolder();
  await start(folder);
  expect(statSync(join(folder, "superuser-password")).mode & 0o777).toBe(0o600);
});

test("a durable database keeps fsync on", async () => {
  const server = await startEmbeddedPostgres({ dataDir: createFolder(), durable: true });
  servers.push(server);
  expect(await ask(server.adminUrl, "show fsync")).toEqual([{ fsync: "on" }]);
  expect(await ask(server.adminUrl, "show synchronous_commit")).toEqual([{ synchronous_commit: "on" }]);
});

test("a server left behind by a killed start is stopped, and its rows are there", async () => {
  const folder = createFolder();
  const child = await startInChild(folder);
  const port = readFileSync(join(folder, "port"), "utf8");
  const password = readFileSync(join(folder, "superuser-password"), "utf8");
  await ask(`postgres://postgres:${password}@127.0.0.1:${port}/fernblick`, "create table kept as select 7 as seven");
  const orphans = listServerProcesses(join(folder, "cluster"));
  expect(orphans.length).toBeGreaterThan(0);

  const gone = new Promise((done) => child.once("exit", done));
  child.kill("SIGKILL");
  await gone;

  const server = await start(folder);
  expect(server.orphansStopped).toBeGreaterThan(0);
  expect(orphans).not.toContain(server.pid);
  expect(await ask(server.adminUrl, "select * from kept")).toEqual([{ seven: 7 }]);
});

test("a pid file that names a foreign process does not harm that process nor the start", async () => {
  const folder = createFolder();
  const first = await start(folder);
  await first.stop();
  const stranger = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  children.push(stranger);
  const pidFile = join(folder, "cluster", "postmaster.pid");
  writeFileSync(pidFile, `${stranger.pid}\n${join(folder, "cluster")}\n1\n1\n\n127.0.0.1\n`);

  const server = await start(folder);
  expect(server.orphansStopped).toBe(0);
  expect(stranger.exitCode).toBeNull();
  expect(stranger.signalCode).toBeNull();
});

test("two starts on one folder: the second is refused and names the first", async () => {
  const folder = createFolder();
  await start(folder);
  await expect(start(folder)).rejects.toThrow(new RegExp(`in use by process ${process.pid}`));
});

test("an interrupted first start is made again", async () => {
  const folder = createFolder();
  mkdirSync(join(folder, "cluster.12345678"));
  writeFileSync(join(folder, "cluster.12345678", "PG_VERSION"), "18\n");
  const server = await start(folder);
  expect(await ask(server.adminUrl, "select 1 as one")).toEqual([{ one: 1 }]);
  expect(existsSync(join(folder, "cluster.12345678"))).toBe(false);
});

test("a folder of another major version is refused with both versions named, and left as it is", async () => {
  const folder = createFolder();
  mkdirSync(join(folder, "cluster"), { mode: 0o700 });
  const versionFile = join(folder, "cluster", "PG_VERSION");
  writeFileSync(versionFile, "15\n");
  await expect(start(folder)).rejects.toThrow(/holds a database of Postgres 15, but this Fernblick brings Postgres 18/);
  expect(readFileSync(versionFile, "utf8")).toBe("15\n");
});

test("a given port that is in use is one clear line", async () => {
  const first = await start(createFolder());
  await expect(start(createFolder(), first.port)).rejects.toThrow(
    `cannot listen on 127.0.0.1:${first.port}: the port is in use`,
  );
});

test("a folder that may not be written is one clear line", async () => {
  await expect(start("/proc/fernblick")).rejects.toThrow(/^Cannot create the database folder \/proc\/fernblick: /);
});

test.runIf(process.getuid?.() === 0)(
  "as root, a folder that the server's user cannot reach is refused by name (runs as root only)",
  async () => {
    const closed = createFolder();
    // mkdtemp makes it 0700 and root's own: nobody else passes.
    await expect(start(join(closed, "inner"))).rejects.toThrow(
      `may not enter ${closed} (mode 0700): set FERNBLICK_DATA`,
    );
  },
);
