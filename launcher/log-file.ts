import { appendFileSync, existsSync, renameSync } from "node:fs";

/** One file and the one before it: at most twice this on the disk for each program. */
const BYTES_MAX = 20 * 1024 ** 2;
const LAST_LINES = 12;

/** A program's own words: in a file that does not grow for ever, and the last of them at hand for an error. */
export class LogFile {
  #bytes = 0;
  #last: string[] = [];

  /** What an earlier start wrote is kept as `<path>.1`. */
  constructor(readonly path: string) {
    this.#rotate();
  }

  write(line: string): void {
    this.#last = [...this.#last.slice(1 - LAST_LINES), line];
    try {
      appendFileSync(this.path, `${line}\n`, { mode: 0o600 });
      this.#bytes += line.length + 1;
      if (this.#bytes > BYTES_MAX) this.#rotate();
    } catch {
      // A full disk must not stop what runs.
    }
  }

  /** The last lines, oldest first. */
  lastLines(): string[] {
    return this.#last;
  }

  #rotate(): void {
    if (existsSync(this.path)) renameSync(this.path, `${this.path}.1`);
    this.#bytes = 0;
  }
}
