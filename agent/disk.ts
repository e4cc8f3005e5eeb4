import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/** The folder of the spool, as small as it can be, so that tests and the simulator put their own in its place. */
export interface Disk {
  /** Names of all files, without those that a write left behind half done. */
  list(): string[];
  read(name: string): Uint8Array;
  /** Whole or not at all, and there after a power cut. */
  write(name: string, bytes: Uint8Array): void;
  /** At the end of a file that is there, and there after a power cut. */
  append(name: string, bytes: Uint8Array): void;
  rename(name: string, to: string): void;
  remove(name: string): void;
}

const FILE_MODE = 0o600;
const TEMPORARY = ".tmp-";

/** A folder of a real disk. Calls block: a record is a few hundred bytes, written once an interval. */
export class FolderDisk implements Disk {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  list(): string[] {
    mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    const names = readdirSync(this.#path, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
    for (const name of names.filter((left) => left.startsWith(TEMPORARY))) this.remove(name);
    return names.filter((name) => !name.startsWith(TEMPORARY));
  }

  read(name: string): Uint8Array {
    return readFileSync(join(this.#path, name));
  }

  write(name: string, bytes: Uint8Array): void {
    mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    const temporary = join(this.#path, TEMPORARY + name);
    try {
      writeAndSync(temporary, "w", bytes);
      renameSync(temporary, join(this.#path, name));
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    this.#syncFolder();
  }

  append(name: string, bytes: Uint8Array): void {
    writeAndSync(join(this.#path, name), "a", bytes);
  }

  rename(name: string, to: string): void {
    renameSync(join(this.#path, name), join(this.#path, to));
  }

  remove(name: string): void {
    rmSync(join(this.#path, name), { force: true });
  }

  #syncFolder(): void {
    const folder = openSync(this.#path, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }
}

function writeAndSync(path: string, flags: "w" | "a", bytes: Uint8Array): void {
  const file = openSync(path, flags, FILE_MODE);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
