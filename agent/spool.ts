import { readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { PUSH_BYTES_MAX, PushBatch } from "@/contract/telemetry";
import { type FileWriter, makePrivateFolder, writeDurably } from "./durable-file";
import { describeFailure } from "./gateway-client";

export const SPOOL_FOLDER = "spool";
/** What is set aside is for a person to look at: the last so many are enough. */
const SET_ASIDE_FILES_MAX = 20;
/** While the disk cannot be written, so many bytes wait in memory at most. */
const MEMORY_BYTES_MAX = 4 * 1024 * 1024;
/** What the report takes (contract/telemetry.ts): a longer reason would make every batch invalid. */
const ERROR_LENGTH_MAX = 300;
const FILE_NAME = /^(\d{1,16})-(\d{1,10})\.json\.gz$/;

const gzipAsync = promisify(gzip);
const gunzipAsync = promisify(gunzip);

/** Name of a batch for ever. */
export type BatchName = { epoch: number; sequence: number };

type Entry = BatchName & {
  /** Compressed. */
  bytes: number;
  /** Set while the batch could not be written to disk. */
  memory: Buffer | null;
};

export type SpoolOptions = {
  dataPath: string;
  bytesMax: number;
  /** Told of batches that are given up, and why. */
  onDropped: (count: number, reason: string) => void;
  write?: FileWriter;
};

/**
 * The batches that are not acknowledged yet: one file each, on disk before the first attempt to send. Newest first, so
 * that the present is seen before the past; when it is too large, the oldest are given up.
 */
export class Spool {
  readonly #path: string;
  readonly #options: SpoolOptions;
  readonly #write: FileWriter;
  /** Oldest first. */
  #entries: Entry[] = [];
  #error: string | null = null;

  private constructor(options: SpoolOptions) {
    this.#options = options;
    this.#path = join(options.dataPath, SPOOL_FOLDER);
    this.#write = options.write ?? writeDurably;
  }

  /** Takes over what an earlier process left; half-written files of it are removed. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const spool = new Spool(options);
    try {
      await makePrivateFolder(spool.#path);
      for (const name of await readdir(spool.#path)) await spool.#adopt(name);
    } catch (error) {
      spool.#noteError(error);
    }
    spool.#entries.sort(byAge);
    await spool.#enforceLimit();
    return spool;
  }

  get batches(): number {
    return this.#entries.length;
  }
  get bytes(): number {
    return this.#entries.reduce((total, entry) => total + entry.bytes, 0);
  }
  /** Why batches wait in memory only; null while the disk takes them. */
  get error(): string | null {
    return this.#error;
  }
  /** Largest epoch of a waiting batch, 0 without any. */
  get epochMax(): number {
    return this.#entries.at(-1)?.epoch ?? 0;
  }

  /** Keeps a batch until it is acknowledged; on disk when this returns, unless `error` says otherwise. */
  async add(batch: PushBatch): Promise<void> {
    const body = await gzipAsync(JSON.stringify(batch));
    const entry: Entry = { epoch: batch.epoch, sequence: batch.sequence, bytes: body.length, memory: body };
    this.#entries.push(entry);
    this.#entries.sort(byAge);
    await this.#enforceLimit();
    await this.#writeWaiting();
  }

  /** The newest batch that waits, of those that are wanted; null when there is none. */
  newest(isWanted: (name: BatchName) => boolean = () => true): BatchName | null {
    const entry = this.#entries.findLast(isWanted);
    return entry ? { epoch: entry.epoch, sequence: entry.sequence } : null;
  }

  /**
   * The bytes to send, as they were written, and what is in them. A file that cannot be read back is set aside and
   * does not stop the rest: null then.
   */
  async read(name: BatchName): Promise<{ body: Buffer; batch: PushBatch } | null> {
    const entry = this.#find(name);
    if (!entry) return null;
    try {
      const body = entry.memory ?? (await readFile(this.#filePath(name)));
      const text = await gunzipAsync(body, { maxOutputLength: 16 * PUSH_BYTES_MAX });
      const batch = PushBatch.parse(JSON.parse(text.toString("utf8")));
      if (batch.epoch !== name.epoch || batch.sequence !== name.sequence) throw new Error("name and content differ");
      return { body, batch };
    } catch (error) {
      await this.setAside(name, "corrupt", `unreadable: ${describeFailure(error)}`);
      return null;
    }
  }

  /** Forgets a batch that the gateway has acknowledged. */
  async remove(name: BatchName): Promise<void> {
    const entry = this.#find(name);
    this.#entries = this.#entries.filter((other) => other !== entry);
    if (entry && !entry.memory) await rm(this.#filePath(name), { force: true }).catch(() => undefined);
  }

  /** Takes a batch out of the way for a person to look at; it counts as given up. */
  async setAside(name: BatchName, folder: "corrupt" | "quarantine", reason: string): Promise<void> {
    const target = join(this.#path, folder);
    const entry = this.#find(name);
    this.#entries = this.#entries.filter((other) => other !== entry);
    try {
      await makePrivateFolder(target);
      if (entry?.memory) await this.#write(join(target, fileName(name)), entry.memory);
      else await rename(this.#filePath(name), join(target, fileName(name)));
      await removeOldest(target);
    } catch {
      // It must not come back at the next start.
      await rm(this.#filePath(name), { force: true }).catch(() => undefined);
    }
    this.#options.onDropped(1, `batch ${name.epoch}.${name.sequence}: ${reason}`);
  }

  #find(name: BatchName): Entry | undefined {
    return this.#entries.find((entry) => entry.epoch === name.epoch && entry.sequence === name.sequence);
  }

  #filePath(name: BatchName): string {
    return join(this.#path, fileName(name));
  }

  async #adopt(name: string): Promise<void> {
    const path = join(this.#path, name);
    const parts = FILE_NAME.exec(name);
    if (name.startsWith(".tmp-")) await rm(path, { force: true });
    if (!parts) return;
    // What cannot be looked at is taken over all the same: reading it sets it aside, and the rest is not held up.
    const bytes = await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
    this.#entries.push({ epoch: Number(parts[1]), sequence: Number(parts[2]), bytes, memory: null });
  }

  #noteError(error: unknown): void {
    this.#error = describeFailure(error).slice(0, ERROR_LENGTH_MAX);
  }

  /** Brings everything that waits in memory to disk, newest first; a disk that works again heals by itself. */
  async #writeWaiting(): Promise<void> {
    for (const entry of this.#entries.filter((waiting) => waiting.memory).reverse()) {
      if (!entry.memory) continue;
      try {
        await makePrivateFolder(this.#path);
        await this.#write(this.#filePath(entry), entry.memory);
        entry.memory = null;
        this.#error = null;
        // Acknowledged while it was being written: the file must not stay behind.
        if (!this.#entries.includes(entry)) await rm(this.#filePath(entry), { force: true });
      } catch (error) {
        this.#noteError(error);
        return;
      }
    }
  }

  /** Gives up the oldest until both limits hold; the newest batch always stays. */
  async #enforceLimit(): Promise<void> {
    let bytesOver = this.bytes - this.#options.bytesMax;
    let memoryOver = this.#entries.reduce((total, { memory }) => total + (memory?.length ?? 0), -MEMORY_BYTES_MAX);
    const dropped = this.#entries.slice(0, -1).filter(({ bytes, memory }) => {
      if (bytesOver <= 0 && !(memory && memoryOver > 0)) return false;
      bytesOver -= bytes;
      memoryOver -= memory?.length ?? 0;
      return true;
    });
    if (dropped.length === 0) return;
    const gone = new Set(dropped);
    this.#entries = this.#entries.filter((entry) => !gone.has(entry));
    for (const entry of dropped) await rm(this.#filePath(entry), { force: true }).catch(() => undefined);
    this.#options.onDropped(dropped.length, "the spool is full: the oldest were given up");
  }
}

const fileName = ({ epoch, sequence }: BatchName): string => `${epoch}-${sequence}.json.gz`;
const byAge = (a: BatchName, b: BatchName): number => a.epoch - b.epoch || a.sequence - b.sequence;

async function removeOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  for (const name of names.slice(0, Math.max(0, names.length - SET_ASIDE_FILES_MAX))) {
    await rm(join(folder, name), { force: true });
  }
}
