import type { Database } from "@/db/client";
import { authenticateSender, type ProvenSender } from "./authenticate-sender";
import { SenderLedger } from "./ledger";
import { Planner } from "./plan";
import type { SenderRequest } from "./samples";
import { SeriesCache } from "./series-cache";
import { settlePending } from "./settle-pending";
import { type Stored, storeSamples } from "./store-samples";

export type IntakeOptions = {
  /** Largest body, as sent and inflated; OTLP 1.11 recommends 64 MiB. */
  bytesMax?: number;
  /** Told what failed in the background; it is tried again. */
  onError?: (error: unknown) => void;
};

const BYTES_MAX = 64 * 1024 * 1024;
const PLANNERS_MAX = 10_000;

/** What all requests of senders share in one gateway: names that were seen, counts, and the moments that wait. */
export class SenderIntake {
  readonly cache = new SeriesCache();
  readonly bytesMax: number;
  readonly #database: Database;
  readonly #options: IntakeOptions;
  readonly #ledger = new SenderLedger();
  readonly #planners = new Map<string, Planner>();
  readonly #organisations = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #tick: Promise<void> | null = null;

  constructor(database: Database, options: IntakeOptions = {}) {
    this.#database = database;
    this.#options = options;
    this.bytesMax = options.bytesMax ?? BYTES_MAX;
  }

  authenticate(authorization: string | undefined): Promise<ProvenSender> {
    return authenticateSender(this.#database, authorization);
  }

  async store(sender: ProvenSender, request: SenderRequest, received: { at: Date; agent: string }): Promise<Stored> {
    this.#organisations.add(sender.orgId);
    const services = { database: this.#database, ledger: this.#ledger, planner: this.#plannerOf(sender) };
    return storeSamples(services, sender, request, received);
  }

  /** Has it written down for people that something of a request was refused. */
  noteProblem(sender: ProvenSender, text: string, received: { at: Date; agent: string }): void {
    const counts = this.#ledger.open(sender.orgId, sender.id, received.agent, received.at);
    this.#ledger.noteProblem(counts, text, received.at);
  }

  /** Looks every few seconds after what waits, and writes the counts. */
  start(everyMs = 5_000): void {
    this.#timer ??= setInterval(() => {
      this.#tick ??= this.catchUp(new Date())
        .catch((error: unknown) => this.#options.onError?.(error))
        .finally(() => {
          this.#tick = null;
        });
    }, everyMs).unref();
  }

  /** Settles what has waited long enough at `now`, and writes the counts. */
  async catchUp(now: Date): Promise<void> {
    for (const orgId of this.#organisations) await settlePending(this.#database, orgId, now);
    await this.#ledger.flush(this.#database);
  }

  /** Ends the timer and writes what was counted. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    await this.#tick;
    await this.#ledger.flush(this.#database);
  }

  #plannerOf(sender: ProvenSender): Planner {
    const known = this.#planners.get(sender.id);
    if (known) return known;
    if (this.#planners.size >= PLANNERS_MAX) this.#planners.clear();
    const made = new Planner(sender.siteLabel);
    this.#planners.set(sender.id, made);
    return made;
  }
}
