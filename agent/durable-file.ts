import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type * as z from "zod";

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** The file operations that a write needs; tests put a full disk in their place. */
export type FileWriter = (path: string, content: Buffer | string) => Promise<void>;

/** Makes a folder that only this user may enter. */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: FOLDER_MODE });
}

/**
 * Writes so that after a power cut the file is either the old or the new one, whole: temporary name, fsync, rename,
 * fsync of the folder (rename(2), fsync(2)).
 * @throws the error of the file system; the temporary file is gone then, if that was possible
 */
export async function writeDurably(path: string, content: Buffer | string): Promise<void> {
  const temporaryPath = join(dirname(path), `.tmp-${randomUUID()}-${basename(path)}`);
  try {
    await withFile(temporaryPath, "w", async (file) => {
      await file.writeFile(content);
      await file.sync();
    });
    await rename(temporaryPath, path);
  } catch (error) {
    await rm(temporaryPath, { force: true }).catch(() => undefined);
    throw error;
  }
  await withFile(dirname(path), "r", (folder) => folder.sync());
}

async function withFile(path: string, flags: string, work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags, FILE_MODE);
  try {
    await work(file);
  } finally {
    await file.close();
  }
}

/** A state file that is there and makes no sense. */
export class StateFileError extends Error {
  override readonly name = "StateFileError";
}

/**
 * Content of a JSON file; null when there is none.
 * @throws StateFileError when it is not what `schema` expects; the error of the file system when it cannot be read
 */
export async function findJson<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new StateFileError(`${path}: found content that is not this agent's; move the file away and try again`);
  }
}
