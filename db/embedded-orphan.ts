import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MILLISECONDS = 25;
/** Postgres' own words: INT = fast shutdown, QUIT = immediate (recovers at the next start). */
const STEPS: readonly { signal: NodeJS.Signals; waitMilliseconds: number }[] = [
  { signal: "SIGINT", waitMilliseconds: 10_000 },
  { signal: "SIGQUIT", waitMilliseconds: 5_000 },
  { signal: "SIGKILL", waitMilliseconds: 5_000 },
];

/**
 * Stops what an earlier start left running on `clusterDir` (its starter was killed) and removes a stale pid file.
 * Only processes that are Postgres servers of this very folder are touched.
 *
 * @returns how many processes were stopped
 * @throws Error when they do not end within 20 s
 */
export async function stopOrphans(clusterDir: string): Promise<number> {
  const found = listServerProcesses(clusterDir);
  if (found.length > 0) {
    for (const { signal, waitMilliseconds } of STEPS) {
      signalServer(clusterDir, signal);
      if (await isGoneWithin(clusterDir, waitMilliseconds)) break;
    }
    const rest = listServerProcesses(clusterDir);
    if (rest.length > 0)
      throw new Error(`A Postgres server of ${clusterDir} does not stop (process ${rest.join(", ")})`);
  }
  // Without /proc we cannot rule out a server process that outlived its postmaster: Postgres checks that itself.
  if (process.platform === "linux") rmSync(join(clusterDir, "postmaster.pid"), { force: true });
  return found.length;
}

/** Pids of the living Postgres processes of this folder. */
export function listServerProcesses(clusterDir: string): number[] {
  if (process.platform !== "linux") {
    const pid = findPostmasterPid(clusterDir);
    return pid !== null && isServerByCommand(pid, clusterDir) ? [pid] : [];
  }
  const folder = realpathSync(clusterDir);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && isServerByProc(pid, folder));
}

function signalServer(clusterDir: string, signal: NodeJS.Signals): void {
  const living = listServerProcesses(clusterDir);
  const postmaster = findPostmasterPid(clusterDir);
  const hasPostmaster = postmaster !== null && living.includes(postmaster);
  // To a single server process INT means "cancel the query": without a postmaster only QUIT and KILL end it.
  const targets = hasPostmaster && signal !== "SIGKILL" ? [postmaster] : living;
  for (const pid of targets) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended in between.
    }
  }
}

async function isGoneWithin(clusterDir: string, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (Date.now() < deadline) {
    if (listServerProcesses(clusterDir).length === 0) return true;
    await delay(POLL_MILLISECONDS);
  }
  return false;
}

function findPostmasterPid(clusterDir: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(join(clusterDir, "postmaster.pid"), "utf8"), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** A server process works in its data folder and runs the program `postgres` (also one that was deleted since). */
function isServerByProc(pid: number, folder: string): boolean {
  try {
    if (readlinkSync(`/proc/${pid}/cwd`) !== folder) return false;
    return basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, "")) === "postgres";
  } catch {
    // Gone, a zombie (it has no cwd), or not ours to look at.
    return false;
  }
}

function isServerByCommand(pid: number, clusterDir: string): boolean {
  try {
    const command = execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
    return command.includes("postgres") && command.includes(`-D ${clusterDir}`);
  } catch {
    return false;
  }
}
