import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LOCK_FILE = "lock";
const TAKEOVER_FOLDER = "lock.takeover";
/** A take-over is a few file operations; one that is older than this was cut short. */
const TAKEOVER_MILLISECONDS_MAX = 5_000;

type Holder = { pid: number; processStart: string; since: string };

export type FolderLock = { release(): void };

/** Somebody else works on the folder; `pid` names the process. */
export class FolderLockedError extends Error {
  constructor(
    readonly folder: string,
    readonly pid: number,
    since: string,
  ) {
    super(`${folder} is in use by process ${pid} (since ${since}): stop that one first, or choose another folder`);
    this.name = "FolderLockedError";
  }
}

/**
 * Makes this process the only one that works on `folder` (which must exist). A lock left by a process that is gone is
 * taken over, also when its pid now belongs to somebody else.
 *
 * @throws FolderLockedError when a living process holds the folder
 */
export function lockFolder(folder: string): FolderLock {
  const path = join(folder, LOCK_FILE);
  const text = JSON.stringify({
    pid: process.pid,
    processStart: findProcessStart(process.pid) ?? "",
    since: new Date().toISOString(),
  } satisfies Holder);
  const draft = join(folder, `${LOCK_FILE}.${process.pid}.${randomBytes(4).toString("hex")}`);
  writeFileSync(draft, text, { mode: 0o644 });
  try {
    for (let attempt = 0; attempt < 100; attempt++) {
      // A hard link appears with its whole content or not at all, and never replaces a file that is there.
      if (succeedsUnlessPresent(() => linkSync(draft, path))) {
        return { release: () => releaseLock(path, text) };
      }
      const holder = findHolder(path);
      if (holder && isAlive(holder)) throw new FolderLockedError(folder, holder.pid, holder.since);
      removeStaleLock(folder, path);
    }
    throw new Error(`${path} cannot be taken over: delete it if no Fernblick runs on this folder`);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Only the one that holds the take-over folder removes a stale lock, so nobody removes a lock that was just made. */
function removeStaleLock(folder: string, path: string): void {
  const guard = join(folder, TAKEOVER_FOLDER);
  if (!succeedsUnlessPresent(() => mkdirSync(guard))) {
    const age = Date.now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > TAKEOVER_MILLISECONDS_MAX) rmSync(guard, { recursive: true, force: true });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    return;
  }
  try {
    const holder = findHolder(path);
    if (!holder || !isAlive(holder)) rmSync(path, { force: true });
  } finally {
    rmdirSync(guard);
  }
}

function releaseLock(path: string, text: string): void {
  try {
    if (readFileSync(path, "utf8") === text) rmSync(path, { force: true });
  } catch {
    // The folder is gone: so is the lock.
  }
}

function findHolder(path: string): Holder | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value !== "object" || value === null || !("pid" in value) || typeof value.pid !== "number") return null;
    const processStart = "processStart" in value && typeof value.processStart === "string" ? value.processStart : "";
    const since = "since" in value && typeof value.since === "string" ? value.since : "an unknown time";
    return { pid: value.pid, processStart, since };
  } catch {
    return null;
  }
}

function isAlive(holder: Holder): boolean {
  return findProcessStart(holder.pid) === holder.processStart;
}

/**
 * When the process with this pid began, as text to compare; null when there is none (or only its zombie).
 * Linux: boot id and field 22 of /proc/<pid>/stat (proc(5)); elsewhere `ps -o lstart=`.
 */
function findProcessStart(pid: number): string | null {
  try {
    if (process.platform === "linux") {
      const [state, ...rest] = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      if (state === "Z" || state === "X") return null;
      return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${rest[18]}`;
    }
    const text = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return text === "" ? null : text;
  } catch {
    return null;
  }
}

/** True when the work was done, false when its target is there already. */
function succeedsUnlessPresent(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}
