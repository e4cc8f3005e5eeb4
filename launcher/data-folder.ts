import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, statfsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { createFolder } from "@/db/create-folder";
import { findBlockingFolder, findServerUser } from "@/db/embedded-binaries";
import { describeFault } from "@/db/embedded-log";
import { type FolderLock, lockFolder } from "@/db/folder-lock";

/** Below this a first start (database, build, logs) does not come through. */
const FREE_BYTES_MIN = 300 * 1024 ** 2;

export type DataFolder = { path: string; logsDir: string; lock: FolderLock };

/**
 * The folder that is used when FERNBLICK_DATA is not set: `.fernblick` in the clone. The embedded database of root runs
 * as another user; when that one may not enter the clone (a home of mode 0700), it is a folder under /var/lib.
 */
export function chooseDataFolder(rootDir: string, isEmbedded: boolean): { path: string; reason: string | null } {
  const usual = join(rootDir, ".fernblick");
  const user = isEmbedded ? findServerUser() : null;
  const blocking = user && findBlockingFolder(rootDir, user);
  if (!user || !blocking) return { path: usual, reason: null };
  // Not /var/tmp: systemd removes files there that nobody touched for 30 days, also those of a database.
  const name = createHash("sha256").update(rootDir).digest("hex").slice(0, 12);
  return {
    path: `/var/lib/fernblick-${name}`,
    reason: `the database runs as "${user.name}", who may not enter ${blocking.folder} (mode ${blocking.mode})`,
  };
}

/**
 * Makes the folder and takes its lock.
 * @throws Error in one line: not writable, disk full, or in use by another start (its pid is named)
 */
export function openDataFolder(path: string): DataFolder {
  const folder = resolve(path);
  const logsDir = join(folder, "logs");
  try {
    createFolder(folder);
    const stat = statSync(folder);
    // The database's user passes through to its own folder; what is ours in here has its own mode.
    if (stat.uid === process.getuid?.()) chmodSync(folder, (stat.mode & 0o777) | 0o711);
    requireFreeSpace(folder);
    mkdirSync(logsDir, { recursive: true, mode: 0o700 });
    return { path: folder, logsDir, lock: lockFolder(folder) };
  } catch (error) {
    const isSystemFault = error instanceof Error && "syscall" in error;
    if (!isSystemFault) throw error;
    throw new Error(
      `Cannot use the data folder ${folder}: ${describeFault(error, "")}; set FERNBLICK_DATA to another`,
      {
        cause: error,
      },
    );
  }
}

/** @throws Error in one line when the disk of `folder` has less than 300 MiB for us */
export function requireFreeSpace(folder: string): void {
  const disk = statfsSync(folder);
  const freeBytes = disk.bavail * disk.bsize;
  if (freeBytes >= FREE_BYTES_MIN) return;
  const mebibytes = (bytes: number) => `${Math.floor(bytes / 1024 ** 2)} MiB`;
  throw new Error(
    `The disk of ${folder} has ${mebibytes(freeBytes)} free; Fernblick needs at least ${mebibytes(FREE_BYTES_MIN)}: free some space or set FERNBLICK_DATA to a folder on another disk`,
  );
}
