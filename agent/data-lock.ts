import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { findText } from "./host-roots";

/** Another agent works in this data folder. */
export class DataLockError extends Error {
  override readonly name = "DataLockError";
}

const Owner = z.object({ pid: z.number().int(), startTicks: z.string().nullable() });

type Owner = z.infer<typeof Owner>;

/** Several may start at once on the lock of a dead process; who loses the race looks again so often. */
const ATTEMPTS_MAX = 10;

/**
 * Makes sure that one agent works in a folder. A lock whose process is gone is taken over; since process ids come again
 * (in containers always the same one), the start time counts as well.
 * @returns what gives the folder free; never throws, since a lock that stays behind is taken over
 * @throws DataLockError
 */
export async function lockData(dataPath: string): Promise<() => Promise<void>> {
  const path = join(dataPath, "agent.lock");
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (await tryTake(path)) return () => rm(path, { force: true }).catch(() => undefined);
    const found = await judge(path);
    if (found === "stale") await removeStale(path);
    else if (found !== "free") {
      throw new DataLockError(`${dataPath} is in use by the agent with process id ${found.pid}; stop it first`);
    }
  }
  throw new DataLockError(`${path}: other agents take the lock at the same moment; try again`);
}

/**
 * Removes the lock of a dead process. One process at a time may judge and remove: another would remove the lock that
 * the first one has taken meanwhile.
 */
async function removeStale(path: string): Promise<void> {
  const claimPath = `${path}-claim`;
  if (await tryTake(claimPath)) {
    if ((await judge(path)) === "stale") await rm(path, { force: true });
    await rm(claimPath, { force: true });
  } else if ((await judge(claimPath)) === "stale") {
    // Its process was killed between the two lines above.
    await rm(claimPath, { force: true });
  }
}

/** The living owner of a lock; `stale` when it is dead or the lock is torn, `free` when there is no lock. */
async function judge(path: string): Promise<Owner | "stale" | "free"> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "free";
    throw error;
  }
  const owner = Owner.safeParse(parseOrNull(text));
  return owner.success && (await isAlive(owner.data)) ? owner.data : "stale";
}

/** Linking a file that is whole already: a lock is never seen without its owner. @returns false when it is taken */
async function tryTake(path: string): Promise<boolean> {
  const ownPath = `${path}-${process.pid}`;
  try {
    await writeFile(ownPath, JSON.stringify({ pid: process.pid, startTicks: await startTicksOf(process.pid) }), {
      mode: 0o600,
    });
    await link(ownPath, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(ownPath, { force: true });
  }
}

async function isAlive({ pid, startTicks }: Owner): Promise<boolean> {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs under another user.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return startTicks === null || startTicks === (await startTicksOf(pid));
}

/** Field 22 of `/proc/<pid>/stat` (proc_pid_stat(5)); the name in brackets may hold blanks. Null off Linux. */
async function startTicksOf(pid: number): Promise<string | null> {
  const stat = await findText("/proc", String(pid), "stat");
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
