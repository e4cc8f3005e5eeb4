import { EventEmitter, on } from "node:events";
import { and } from "drizzle-orm";
import pg from "pg";
import { Backoff } from "@/contract/backoff";
import { sites } from "@/db/schema/fleet";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { findCaller } from "@/server/access/sessions";
import { LIVE_CHANNEL, LIVE_TOPICS, LiveEvent } from "@/server/live";
import { log } from "@/server/log";

export type LivePace = {
  /** Changes within this time travel as one message: a laptop on a train must not melt. */
  coalesceMs: number;
  /** How often a running stream looks whether its session and its sites are still what they were. */
  recheckMs: number;
};
const PACE: LivePace = { coalesceMs: 1000, recheckMs: 10_000 };
/** Consoles that lost the same database do not come back to it in the same second. */
const RECONNECT_MS = 2000;
const RECONNECT_MS_MAX = 30_000;

/** One message of the live stream: what is worth reading again. */
export type LiveUpdate = {
  topics: LiveEvent["topic"][];
};

/** One listening connection a process, shared by all streams. */
class LiveSource {
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private readonly backoff = new Backoff(RECONNECT_MS, RECONNECT_MS_MAX);
  private client: pg.Client | null = null;

  constructor(private readonly url: string) {
    this.connect();
  }

  private connect(): void {
    const client = new pg.Client({ connectionString: this.url, application_name: "fernblick-live", keepAlive: true });
    this.client = client;
    client.on("notification", ({ payload }) => {
      const event = LiveEvent.safeParse(JSON.parse(payload ?? "null"));
      if (event.success) this.emitter.emit("event", event.data);
    });
    // What was said while nobody listened is lost, so whoever streams is told to read everything again.
    const reconnect = () => {
      if (this.client !== client) return;
      this.client = null;
      setTimeout(() => this.connect(), this.backoff.nextMs()).unref();
    };
    client.on("error", reconnect);
    client.on("end", reconnect);
    client
      .connect()
      .then(() => client.query(`listen ${LIVE_CHANNEL}`))
      .then(() => {
        this.backoff.reset();
        this.emitter.emit("reconnected");
      })
      .catch((error: unknown) => {
        log.warn({ err: error }, "live updates: the database does not answer");
        reconnect();
      });
  }

  events(signal: AbortSignal): AsyncIterator<[LiveEvent]> {
    return on(this.emitter, "event", { signal }) as AsyncIterator<[LiveEvent]>;
  }

  onReconnected(listener: () => void, signal: AbortSignal): void {
    this.emitter.on("reconnected", listener);
    signal.addEventListener("abort", () => this.emitter.off("reconnected", listener), { once: true });
  }
}

const kept = globalThis as { fernblickLive?: LiveSource };

function liveSource(caller: Caller): LiveSource {
  kept.fernblickLive ??= new LiveSource(caller.database.pool.options.connectionString ?? "");
  return kept.fernblickLive;
}

async function visibleSiteIds(caller: Caller): Promise<Set<string> | null> {
  if (caller.scope.kind === "all") return null;
  const rows = await asCaller(caller, (tx) =>
    tx
      .select({ id: sites.id })
      .from(sites)
      .where(and(visibleSites(caller))),
  );
  return new Set(rows.map((row) => row.id));
}

/** Whether a caller who sees these sites (null: all of them) may hear of an event. */
function isFor({ places }: LiveEvent, visible: ReadonlySet<string> | null): boolean {
  // Of "many", any of its sites may be among them.
  if (!visible || places === "many") return true;
  return places !== "all" && Object.keys(places).some((siteId) => visible.has(siteId));
}

/**
 * What is new for this caller, as it is committed, at most one message a second. Ends when the session ends, so that a
 * revoked session does not go on listening.
 *
 * @param wasConnected the reader had a stream before this one: what was said in between is lost to it, so the first
 *   message names everything
 */
export async function* streamUpdates(
  caller: Caller,
  signal: AbortSignal,
  pace: LivePace = PACE,
  wasConnected = false,
): AsyncGenerator<LiveUpdate> {
  const source = liveSource(caller);
  let visible = await visibleSiteIds(caller);
  let checkedAt = Date.now();
  let topics = new Set<LiveEvent["topic"]>();
  let wake = () => {};
  const pending = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  let nextWake = pending();
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);

  const collect = async () => {
    const events = source.events(ended);
    for (let next = await events.next(); !next.done; next = await events.next()) {
      const [event] = next.value;
      if (event.orgId !== caller.orgId) continue;
      if (!isFor(event, visible)) continue;
      topics.add(event.topic);
      wake();
    }
  };
  const collecting = collect().catch(() => undefined);
  source.onReconnected(() => {
    topics = new Set(LIVE_TOPICS);
    wake();
  }, ended);

  try {
    // Only now that this stream listens: what is read from here on cannot miss anything.
    yield { topics: wasConnected ? [...LIVE_TOPICS] : [] };
    while (!signal.aborted) {
      await Promise.race([nextWake, pause(pace.recheckMs, ended)]);
      if (topics.size > 0) await pause(pace.coalesceMs, ended);
      if (signal.aborted) return;
      if (Date.now() - checkedAt >= pace.recheckMs) {
        const present = await findCaller(caller.database, caller.sessionId);
        if (!present) return;
        visible = await visibleSiteIds(present);
        checkedAt = Date.now();
      }
      nextWake = pending();
      if (topics.size === 0) continue;
      const update = { topics: [...topics] };
      topics = new Set();
      yield update;
    }
  } finally {
    stop.abort();
    await collecting;
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done, { once: true });
  });
}
