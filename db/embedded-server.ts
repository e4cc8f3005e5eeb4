import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { PostgresBinaries, ServerUser } from "./embedded-binaries";
import { describeFault, lastLogLine, readLog, rotateLog } from "./embedded-log";

export const SUPERUSER = "postgres";
const DATABASE = "fernblick";
/** Crash recovery after a power cut may replay a gigabyte of log. */
const READY_MILLISECONDS_MAX = 300_000;
const STOP_MILLISECONDS = 4_000;
/** A small environment: nothing of the caller's (PGDATA, LC_ALL, …) changes the server. */
const SERVER_ENVIRONMENT: NodeJS.ProcessEnv = {
  NODE_ENV: "production",
  PATH: "/usr/local/bin:/usr/bin:/bin",
  LC_ALL: "C",
  TZ: "UTC",
};

/** Fast and forgetful: for tests only. A power cut destroys such a database. */
const FORGETFUL_SETTINGS = [
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "wal_level=minimal",
  "max_wal_senders=0",
];

/** Where one embedded database lies and what runs it. */
export type Place = {
  dataDir: string;
  clusterDir: string;
  logFile: string;
  user: ServerUser | null;
  binaries: PostgresBinaries;
};

export type RunningServer = {
  adminUrl: string;
  port: number;
  version: string;
  pid: number;
  exited: Promise<void>;
  stop(): Promise<void>;
};

/**
 * Starts the server of `place` and returns when it answers. Without `port` it takes the port of the last start if that
 * is free, else a random one.
 *
 * @throws Error in one line with the last line of the server's log
 */
export async function startServer(
  place: Place,
  password: string,
  options: { port?: number; durable: boolean },
): Promise<RunningServer> {
  const portFile = join(place.dataDir, "port");
  const remembered = existsSync(portFile) ? Number(readFileSync(portFile, "utf8")) : 0;
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await findFreePort(attempt === 1 ? remembered : 0));
    rotateLog(place.logFile);
    const child = spawnAs(place, place.binaries.postgres, [
      "-D",
      place.clusterDir,
      "-p",
      String(port),
      ...settings(options.durable),
    ]);
    const exited = exitOf(child);
    const adminUrl = `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${DATABASE}`;
    try {
      const version = await waitUntilReady(adminUrl, exited, place);
      writeFileSync(portFile, String(port), { mode: 0o600 });
      const stop = () => endChild(child, exited);
      return { adminUrl, port, version, pid: child.pid ?? 0, exited: exited.then(() => {}), stop };
    } catch (error) {
      await endChild(child, exited);
      const isPortTaken = readLog(place.logFile).includes("Address already in use");
      if (isPortTaken && options.port !== undefined) {
        throw new Error(`Postgres cannot listen on 127.0.0.1:${port}: the port is in use`, { cause: error });
      }
      // Between our look and the server's start somebody else may take a random port: try another.
      if (!isPortTaken || attempt === 5) throw error;
    }
  }
}

function settings(isDurable: boolean): string[] {
  const fixed = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "timezone=UTC",
    "log_timezone=UTC",
    "jit=off",
  ];
  const quiet = ["log_checkpoints=off", "log_autovacuum_min_duration=-1", "log_line_prefix=%m [%p] "];
  return [...fixed, ...quiet, ...(isDurable ? [] : FORGETFUL_SETTINGS)].flatMap((setting) => ["-c", setting]);
}

/** In its own process group, so that a Ctrl-C in the terminal reaches us and not the server before its clients. */
export function spawnAs({ user, dataDir, logFile }: Place, program: string, args: string[]): ChildProcess {
  const log = openSync(logFile, "a", 0o600);
  try {
    return spawn(program, args, {
      cwd: dataDir,
      detached: true,
      env: SERVER_ENVIRONMENT,
      stdio: ["ignore", log, log],
      ...(user ? { uid: user.uid, gid: user.gid } : {}),
    });
  } finally {
    closeSync(log);
  }
}

/** The exit code, or the fault that kept the program from starting; never rejects. */
export function exitOf(child: ChildProcess): Promise<number | Error> {
  return new Promise((done) => {
    child.once("error", done);
    child.once("exit", (code, signal) => done(code ?? new Error(`ended by ${signal}`)));
  });
}

async function waitUntilReady(
  adminUrl: string,
  exited: Promise<number | Error>,
  { clusterDir, logFile }: Place,
): Promise<string> {
  let isOver = false;
  const ended = exited.then((code) => {
    isOver = true;
    throw new Error(`Postgres does not start: ${describeFault(code, lastLogLine(logFile))} (log: ${logFile})`);
  });
  ended.catch(() => {});
  const deadline = Date.now() + READY_MILLISECONDS_MAX;
  const answering = async () => {
    while (!isOver && Date.now() < deadline) {
      // The pid file first: on a port that is taken, somebody else's server would answer.
      const version = isReady(clusterDir) ? await askVersion(adminUrl) : null;
      if (version) return version;
      await delay(25);
    }
    throw new Error(
      `Postgres did not answer within ${READY_MILLISECONDS_MAX / 1000} s: ${lastLogLine(logFile)} (log: ${logFile})`,
    );
  };
  return Promise.race([answering(), ended]);
}

/** Line 8 of Postgres' own pid file tells its state (PM_STATUS_READY in pidfile.h). */
function isReady(clusterDir: string): boolean {
  try {
    return readFileSync(join(clusterDir, "postmaster.pid"), "utf8").split("\n")[7]?.trim() === "ready";
  } catch {
    return false;
  }
}

/** Null while the server is not up yet. Makes our database when it is the first time. */
async function askVersion(adminUrl: string): Promise<string | null> {
  const url = new URL(adminUrl);
  url.pathname = "/postgres";
  const client = new pg.Client({ connectionString: url.toString(), connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string; is_there: boolean }>(
      "select current_setting('server_version') as version, exists (select from pg_database where datname = $1) as is_there",
      [DATABASE],
    );
    if (!rows[0]?.is_there) await client.query(`create database ${DATABASE}`);
    return rows[0]?.version ?? null;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    // Up a moment ago, but still recovering (SQLSTATE 57P03) or just ending.
    if (["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "57P03"].includes(code)) return null;
    throw new Error(`Cannot sign in to the embedded database: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  } finally {
    await client.end().catch(() => {});
  }
}

async function endChild(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  for (const [signal, wait] of [
    ["SIGINT", STOP_MILLISECONDS],
    ["SIGQUIT", 2_000],
    ["SIGKILL", 2_000],
  ] as const) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    child.kill(signal);
    await Promise.race([exited, delay(wait, undefined, { ref: false })]);
  }
}

/** A free port on 127.0.0.1: `wanted` when it is free, else any. */
export function findFreePort(wanted = 0): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", (error) => (wanted === 0 ? fail(error) : done(findFreePort())));
    probe.listen({ port: wanted, host: "127.0.0.1" }, () => {
      const address = probe.address();
      const port = typeof address === "object" && address ? address.port : 0;
      probe.close(() => done(port));
    });
  });
}
