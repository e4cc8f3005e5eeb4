import type { Random } from "@/bench/data/random";

/** The agent's process ends in the middle of a write: whatever it was about to do after it never happens. */
export class Killed extends Error {
  override readonly name = "Killed";
}

/** As a full or read-only disk answers (ENOSPC and EROFS of write(2)). */
export class DiskError extends Error {
  override readonly name = "DiskError";
  constructor(readonly code: "ENOSPC" | "EROFS") {
    super(`${code}: the disk does not take it`);
  }
}

/** The first `length` of `room` are its content; the rest is room to grow. */
type File = { room: Uint8Array; length: number; syncedLength: number };

const fileOf = (bytes: Uint8Array, syncedLength = bytes.length): File => ({
  room: bytes.slice(),
  length: bytes.length,
  syncedLength,
});
const contentOf = ({ room, length }: File): Uint8Array => room.subarray(0, length);

/**
 * A disk that can be full, read-only, torn and damaged. What was written survives the death of the process, what was
 * synced survives the loss of power as well.
 */
export class SimulatedDisk {
  readonly #files = new Map<string, File>();
  fault: "ENOSPC" | "EROFS" | null = null;
  /** Set: the next write is cut at a random place, and then the process dies. */
  tearNextWrite: (() => void) | null = null;

  constructor(readonly random: Random) {}

  list(): string[] {
    return [...this.#files.keys()].sort();
  }

  read(name: string): Uint8Array | null {
    const file = this.#files.get(name);
    return file ? contentOf(file).slice() : null;
  }

  append(name: string, bytes: Uint8Array): void {
    this.#refuseIfFaulty();
    const file = this.#files.get(name) ?? fileOf(new Uint8Array());
    this.#files.set(name, file);
    const kill = this.tearNextWrite;
    const kept = kill ? bytes.subarray(0, this.random.below(bytes.length + 1)) : bytes;
    if (file.length + kept.length > file.room.length) {
      const larger = new Uint8Array(2 * (file.length + kept.length));
      larger.set(contentOf(file));
      file.room = larger;
    }
    file.room.set(kept, file.length);
    file.length += kept.length;
    this.#dieIf(kill);
  }

  /** Takes the place of the old file at once, or not at all. */
  replace(name: string, bytes: Uint8Array): void {
    this.#refuseIfFaulty();
    const kill = this.tearNextWrite;
    if (!kill || this.random.chance(0.5)) this.#files.set(name, fileOf(bytes));
    this.#dieIf(kill);
  }

  sync(name: string): void {
    const file = this.#files.get(name);
    if (file) file.syncedLength = file.length;
  }

  rename(from: string, to: string): void {
    if (this.fault === "EROFS") throw new DiskError("EROFS");
    const file = this.#files.get(from);
    if (!file) return;
    this.#files.delete(from);
    this.#files.set(to, file);
  }

  remove(name: string): void {
    if (this.fault === "EROFS") throw new DiskError("EROFS");
    this.#files.delete(name);
  }

  truncate(name: string, length: number): void {
    if (this.fault === "EROFS") throw new DiskError("EROFS");
    const file = this.#files.get(name);
    if (file) this.#files.set(name, fileOf(contentOf(file).subarray(0, length)));
  }

  /** The power goes: of what was not synced, any part may be there. */
  losePower(): void {
    for (const file of this.#files.values()) {
      file.length = file.syncedLength + this.random.below(file.length - file.syncedLength + 1);
      file.syncedLength = file.length;
    }
  }

  /** One bit of one file is read differently from now on. @param place from 0 to 1 over all bytes @returns the file */
  flipBit(place: number, isMeant: (name: string) => boolean): string | null {
    const files = [...this.#files].filter(([name, { length }]) => isMeant(name) && length > 0);
    const total = files.reduce((sum, [, { length }]) => sum + length, 0);
    let at = Math.floor(place * total);
    for (const [name, { room, length }] of files) {
      if (at < length) {
        room[at] = (room[at] ?? 0) ^ (1 << this.random.below(8));
        return name;
      }
      at -= length;
    }
    return null;
  }

  #refuseIfFaulty(): void {
    if (this.fault) throw new DiskError(this.fault);
  }

  #dieIf(kill: (() => void) | null): void {
    if (!kill) return;
    this.tearNextWrite = null;
    kill();
    throw new Killed();
  }
}
