import { appendFileSync } from "node:fs";
import { dirname } from "node:path";
import { createFolder } from "@/db/create-folder";

const LABEL_WIDTH = 44;

/** What a person sees while Fernblick starts; a copy goes to the launcher's log once there is one. */
export class Progress {
  #logFile: string | null = null;

  /** From here on every line is written to `file` as well. */
  logTo(file: string): void {
    createFolder(dirname(file));
    this.#logFile = file;
  }

  /** Runs one step; prints its label with the time it took when it is done. `label` may depend on the result. */
  async step<T>(label: string | ((result: T) => string), work: () => Promise<T> | T): Promise<T> {
    const startedAt = performance.now();
    const result = await work();
    const text = typeof label === "string" ? label : label(result);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    this.print(`  ✓ ${text.padEnd(LABEL_WIDTH)} ${seconds.padStart(6)} s`);
    return result;
  }

  /** Something to know, or a step that takes long and begins now. */
  note(text: string): void {
    this.print(`  · ${text}`);
  }

  /** Something that needs a look but does not stop the start. */
  warn(text: string): void {
    this.print(`  ! ${text}`);
  }

  print(text: string): void {
    process.stdout.write(`${text}\n`);
    this.record(text);
  }

  /** To the log only. */
  record(text: string): void {
    if (this.#logFile === null) return;
    try {
      appendFileSync(this.#logFile, `${new Date().toISOString()} ${text}\n`, { mode: 0o600 });
    } catch {
      // A full disk must not stop what runs.
    }
  }
}
