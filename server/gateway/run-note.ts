import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { Database } from "@/db/client";

const EVERY_MS = 10_000;

/** Notes every ten seconds that this process is there to hear agents, so that its own absence is not taken for theirs. */
export class RunNote {
  readonly #id = randomUUID();
  readonly #database: Database;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | null = null;

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  start(): void {
    void this.#note();
    this.#timer = setInterval(() => void this.#note(), EVERY_MS).unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Runs that ended a day ago explain no silence of today. */
  async #note(): Promise<void> {
    try {
      await this.#database.pool.query(
        `with old as (delete from gateway_runs where heard_at < now() - interval '1 day')
         insert into gateway_runs (id) values ($1) on conflict (id) do update set heard_at = now()`,
        [this.#id],
      );
    } catch (error) {
      this.#log.warn({ err: error }, "this gateway could not note that it runs; it is tried again");
    }
  }
}
