import pg from "pg";
import type { Logger } from "pino";
import { Backoff } from "@/contract/backoff";
import { LIVE_CHANNEL, LiveEvent } from "@/server/live";

/** Gateways that lost the same database do not come back to it in the same second. */
const RECONNECT_MS = 5_000;
const RECONNECT_MS_MAX = 30_000;
/** What people change about agents comes close together; it is looked at once. */
const GATHER_MS = 200;

/** Hears from Postgres which sites' agents or settings were changed by somebody; null = any may have been. */
export class ChangeListener {
  readonly #url: string;
  readonly #log: Logger;
  readonly #onChange: (siteId: string | null) => void;
  readonly #sites = new Set<string | null>();
  readonly #backoff = new Backoff(RECONNECT_MS, RECONNECT_MS_MAX);
  #client: pg.Client | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(url: string, log: Logger, onChange: (siteId: string | null) => void) {
    this.#url = url;
    this.#log = log;
    this.#onChange = onChange;
  }

  start(): void {
    if (this.#isStopped) return;
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: "fernblick-gateway-live",
      keepAlive: true,
    });
    this.#client = client;
    client.on("notification", ({ payload }) => this.#hear(payload ?? ""));
    const again = () => {
      if (this.#client !== client) return;
      this.#client = null;
      if (!this.#isStopped) setTimeout(() => this.start(), this.#backoff.nextMs()).unref();
    };
    client.on("error", again);
    client.on("end", again);
    client
      .connect()
      .then(() => client.query(`listen ${LIVE_CHANNEL}`))
      // What was said while nobody listened is lost, so everything is looked at again.
      .then(() => {
        this.#backoff.reset();
        this.#gather(null);
      })
      .catch((error: unknown) => {
        this.#log.warn({ err: error }, "changes are not heard: the database does not answer");
        again();
      });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  #hear(payload: string): void {
    // Nearly all that is said is of readings, and none of it is of interest here.
    if (!payload.includes('"agents"')) return;
    const event = LiveEvent.safeParse(JSON.parse(payload)).data;
    if (event?.topic !== "agents") return;
    if (typeof event.places === "string") this.#gather(null);
    else for (const siteId of Object.keys(event.places)) this.#gather(siteId);
  }

  #gather(siteId: string | null): void {
    this.#sites.add(siteId);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      const sites = this.#sites.has(null) ? [null] : [...this.#sites];
      this.#sites.clear();
      for (const changed of sites) this.#onChange(changed);
    }, GATHER_MS).unref();
  }
}
