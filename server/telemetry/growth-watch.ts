import type { Logger } from "pino";
import type { Database } from "@/db/client";

/** So many new streams after the start, and then each time that their number doubles. */
const FIRST_LOOK = 32;

/**
 * Has Postgres look anew at tables that grow fast. Each connection plans the checks of foreign keys once; planned while
 * the tables were nearly empty, as in the first minute of an installation, every check reads a whole table, until
 * somebody looks. Postgres does so by itself, but only after a minute, and ten thousand agents may come before.
 */
export class GrowthWatch {
  readonly #database: Database;
  readonly #log: Logger;
  #made = 0;
  #nextLook = FIRST_LOOK;

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  /** Takes note of so many new streams. */
  note(made: number): void {
    this.#made += made;
    if (this.#made < this.#nextLook) return;
    while (this.#nextLook <= this.#made) this.#nextLook *= 2;
    this.#database.pool
      .query("select refresh_telemetry_statistics()")
      .catch((error: unknown) =>
        this.#log.warn({ err: error }, "statistics could not be refreshed; it goes on slower"),
      );
  }
}
