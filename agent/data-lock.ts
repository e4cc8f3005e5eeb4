import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { findText } from "./host-roots";

/** Another agent works in this data folder. */
export class DataLockError extends Error {
  override readonly name = "DataLockError";
}

const Owner = z.object({ pid: z.number().int(), startTicks: z.string().nullable() });

/**
 * Makes sure that one agent works in a folder. A lock whose process is gone is taken over; since process ids come again
 * (in containers always the same one), the start time counts as well.
 * @returns what gives the folder free
 * @throws DataLockError
 */
export async function lockData(dataPath: string): Promise<() => Promise<void>> {
  const path = join(dataPath, "agent.lock");
  for (let attempt = 0; attempt < 2; attempt += 1) {
    if (await tryTake(path)) return () => rm(path, { force: true });
    const owner = Owner.safeParse(await readFile(path, "utf8").then(parseOrNull, () => null));
    if (owner.success && (await isAlive(owner.data))) {
      throw new DataLockError(`${dataPath} is in use by the agent with process id ${owner.data.pid}; stop it first`);
    }
    await rm(path, { force: true });
  }
  throw new DataLockError(`${path}: another agent took the lock at the same moment; try again`);
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

async function isAlive({ pid, startTicks }: z.infer<typeof Owner>): Promise<boolean> {
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
