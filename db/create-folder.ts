import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes `path` and the folders above it; nothing happens when it is there. Not `mkdir` with `recursive`: Node 20 spins
 * for ever in it where the kernel answers ENOENT below a folder that exists, as /proc does.
 *
 * @throws the system's error (EACCES, ENOSPC, EROFS, ENOTDIR, …)
 */
export function createFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) createFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process made it at the same time.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
