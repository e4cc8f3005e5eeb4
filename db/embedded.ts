import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { createFolder } from "./create-folder";
import { findBlockingFolder, findPostgresBinaries, findServerUser, type PostgresBinaries } from "./embedded-binaries";
import { describeFault, lastLogLine, rotateLog } from "./embedded-log";
import { stopOrphans } from "./embedded-orphan";
import { exitOf, type Place, SUPERUSER, spawnAs, startServer } from "./embedded-server";
import { lockFolder } from "./folder-lock";

export type EmbeddedPostgres = {
  /** The superuser's URL, for migrations and provisioning only. */
  adminUrl: string;
  port: number;
  /** For example `18.4`. */
  version: string;
  pid: number;
  /** How many processes an earlier start had left behind. */
  orphansStopped: number;
  /** Settles when the server ends, for whatever reason. */
  exited: Promise<void>;
  /** Fast shutdown, harder after 4 s; safe to call twice. */
  stop(): Promise<void>;
};

export type EmbeddedPostgresOptions = {
  /** Made when it is missing; holds the cluster, the password (mode 0600), the port and the log. */
  dataDir: string;
  /** Left out: the port of the last start if free, else a random free one. */
  port?: number;
  /** False switches the protection against power cuts off (tests). */
  durable: boolean;
  log?: (line: string) => void;
};

/**
 * Starts a real Postgres of our own on 127.0.0.1 and returns when it answers. Works as root (the server then runs as
 * `postgres` or `nobody`), over a server left by a killed start, and over an interrupted first start.
 *
 * @throws Error in one line: folder in use or unreachable, other major version, disk full, port in use, no binaries
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  prepareFolder(dataDir);
  const lock = lockFolder(dataDir);
  try {
    const place = openPlace(dataDir);
    const password = readOrCreatePassword(place);
    const orphansStopped = existsSync(place.clusterDir) ? await stopOrphans(place.clusterDir) : 0;
    if (orphansStopped > 0) options.log?.("Stopped the Postgres that an earlier start had left running");
    if (!existsSync(place.clusterDir)) await createCluster(place, password, options.durable);
    const server = await startServer(place, password, options);
    const stop = async () => {
      await server.stop();
      lock.release();
    };
    return { ...server, stop, orphansStopped };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function prepareFolder(dataDir: string): void {
  try {
    createFolder(dataDir);
    // The server's user passes through, but may not list; each file in it has its own mode.
    if (statSync(dataDir).uid === process.getuid?.()) chmodSync(dataDir, 0o711);
  } catch (error) {
    throw new Error(`Cannot create the database folder ${dataDir}: ${describeFault(error, "")}`, { cause: error });
  }
}

function openPlace(dataDir: string): Place {
  const clusterDir = join(dataDir, "cluster");
  const owner = findServerUser();
  const clusterUid = statSync(clusterDir, { throwIfNoEntry: false })?.uid;
  const user = owner && clusterUid ? { ...owner, uid: clusterUid, gid: statSync(clusterDir).gid } : owner;
  if (user) {
    const blocking = findBlockingFolder(dataDir, user);
    if (blocking) {
      throw new Error(
        `The database runs as user "${user.name}", who may not enter ${blocking.folder} (mode ${blocking.mode}): set FERNBLICK_DATA to a folder that every user may pass through, for example under /var/lib`,
      );
    }
  } else if (clusterUid !== undefined && clusterUid !== process.getuid?.()) {
    throw new Error(
      `${clusterDir} belongs to user id ${clusterUid}: start as that user (or root), or set FERNBLICK_DATA`,
    );
  }
  const binaries = findPostgresBinaries(user);
  if (existsSync(clusterDir)) requireSameMajor(clusterDir, binaries);
  return { dataDir, clusterDir, logFile: join(dataDir, "server.log"), user, binaries };
}

function requireSameMajor(clusterDir: string, binaries: PostgresBinaries): void {
  const file = join(clusterDir, "PG_VERSION");
  const found = existsSync(file) ? readFileSync(file, "utf8").trim() : "nothing";
  if (found !== String(binaries.major)) {
    throw new Error(
      `${clusterDir} holds a database of Postgres ${found}, but this Fernblick brings Postgres ${binaries.major}: dump it with the old version and load it here, or choose another folder with FERNBLICK_DATA`,
    );
  }
}

function readOrCreatePassword({ dataDir, clusterDir }: Place): string {
  const file = join(dataDir, "superuser-password");
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  if (existsSync(clusterDir)) {
    throw new Error(`${file} is missing, so nobody can sign in to the database beside it: restore it from a backup`);
  }
  const password = randomBytes(24).toString("base64url");
  writeFileSync(file, password, { mode: 0o600 });
  return password;
}

/** initdb works in a folder beside the real one and is moved there when done: a half-made cluster is never used. */
async function createCluster(place: Place, password: string, isDurable: boolean): Promise<void> {
  for (const name of readdirSync(place.dataDir)) {
    if (name.startsWith("cluster.")) rmSync(join(place.dataDir, name), { recursive: true, force: true });
  }
  const draft = join(place.dataDir, `cluster.${randomBytes(4).toString("hex")}`);
  const passwordFile = `${draft}.pw`;
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (place.user) {
    for (const path of [draft, passwordFile]) chownSync(path, place.user.uid, place.user.gid);
  }
  rotateLog(place.logFile);
  const encoding = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"];
  const access = [`--username=${SUPERUSER}`, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  const child = spawnAs(place, place.binaries.initdb, [
    "-D",
    draft,
    ...encoding,
    ...access,
    ...(isDurable ? [] : ["--no-sync"]),
  ]);
  const code = await exitOf(child);
  rmSync(passwordFile, { force: true });
  if (code !== 0) {
    rmSync(draft, { recursive: true, force: true });
    throw new Error(
      `Cannot create the database in ${place.dataDir}: ${describeFault(code, lastLogLine(place.logFile))}`,
    );
  }
  renameSync(draft, place.clusterDir);
}
