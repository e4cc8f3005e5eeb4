import { describeFailure } from "@/agent/gateway-client";
import { type ApiClient, ApiError } from "./api-client";
import { ItemCutter, LineCutter } from "./json-stream";
import type { ResourceStore } from "./resource-store";
import type { Revival } from "./revival";
import { backoffMs, type Timings } from "./timings";
import type { Turnstile } from "./turnstile";

/** As kubectl asks. */
const PAGE_ITEMS = 500;
const GONE = 410;
/** A watch that ends sooner, with nothing sent, is no watch (as client-go takes it). */
const SHORT_WATCH_MS = 1000;

export type ResourceWatchOptions = {
  /** For example `/apis/apps/v1/deployments`. */
  path: string;
  version: string;
  fieldSelector?: string | undefined;
  client: Pick<ApiClient, "get">;
  store: ResourceStore;
  timings: Timings;
  random: () => number;
  revival: Revival;
  /** How many lists are read at a time. */
  turnstile: Turnstile;
  /** The server does not know the path: it may serve something else now. */
  onMissing: () => void;
};

/** Reads a resource whole and follows its changes from there, until stopped: list, watch, and again from where it was. */
export class ResourceWatch {
  readonly #options: ResourceWatchOptions;
  #resourceVersion: string | null = null;
  #listedAtMs = 0;
  #failures = 0;
  #goneInARow = 0;

  constructor(options: ResourceWatchOptions) {
    this.#options = options;
  }

  /** Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const { relist } = this.#options.timings;
        if (this.#resourceVersion === null || performance.now() - this.#listedAtMs > relist) await this.#list(signal);
        await this.#watch(signal);
        this.#failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        const pauseMs = this.#pauseAfter(error);
        if (pauseMs > 0) await this.#options.revival.pause(pauseMs, signal);
      }
    }
  }

  #pauseAfter(error: unknown): number {
    const { store, timings, random, revival, onMissing } = this.#options;
    const status = error instanceof ApiError ? error.status : null;
    if (status === GONE) {
      // What happened since is no longer told: all has to be read again.
      this.#resourceVersion = null;
      this.#goneInARow += 1;
      return this.#goneInARow === 1 ? 0 : backoffMs(timings, this.#goneInARow - 2, random);
    }
    if (status === 403) {
      this.#resourceVersion = null;
      store.deny(describeFailure(error));
      return timings.denied * (0.5 + random() / 2);
    }
    if (status === 404) onMissing();
    if (status === null || status >= 500) revival.missed();
    store.fail(describeFailure(error));
    const pauseMs = backoffMs(timings, this.#failures, random);
    this.#failures += 1;
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    return Math.max(pauseMs, Math.min(asked, timings.backoffMax));
  }

  async #list(signal: AbortSignal): Promise<void> {
    const leave = await this.#options.turnstile.enter(signal);
    try {
      const { store, version } = this.#options;
      store.beginList();
      this.#resourceVersion = await this.#pages(signal).catch((error: unknown) => {
        if (!(error instanceof ApiError) || error.status !== GONE) throw error;
        // The place in the pages is too old: all in one answer, which is cut into items as well.
        store.beginList();
        return this.#page(signal, {});
      });
      store.endList(version);
      this.#listedAtMs = performance.now();
      this.#failures = 0;
    } finally {
      leave();
    }
  }

  /** @returns the resource version of the whole list, which all pages share */
  async #pages(signal: AbortSignal): Promise<string> {
    let token: string | undefined;
    for (;;) {
      const page: { token?: string } = {};
      const resourceVersion = await this.#page(signal, { limit: PAGE_ITEMS, continue: token }, page);
      if (!page.token) return resourceVersion;
      token = page.token;
    }
  }

  async #page(
    signal: AbortSignal,
    query: { limit?: number; continue?: string | undefined },
    next: { token?: string } = {},
  ): Promise<string> {
    const { client, path, fieldSelector, store, timings, revival } = this.#options;
    const silenceMs = timings.answerSilence;
    const response = await client.get({ path, query: { ...query, fieldSelector }, silenceMs, signal });
    revival.heard();
    const cutter = new ItemCutter((item) => store.put(item === null ? null : JSON.parse(item.toString("utf8"))));
    for await (const chunk of response as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      cutter.push(chunk);
    }
    const { metadata } = cutter.end() as { metadata?: { resourceVersion?: string; continue?: string } };
    if (!metadata?.resourceVersion) throw new Error("the answer is no list: it has no resource version");
    if (metadata.continue) next.token = metadata.continue;
    return metadata.resourceVersion;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, path, fieldSelector, store, timings, random, revival } = this.#options;
    const startedAtMs = performance.now();
    const response = await client.get({
      path,
      query: {
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: this.#resourceVersion ?? "",
        timeoutSeconds: Math.ceil((timings.watchLife / 1000) * (1 + random())),
        fieldSelector,
      },
      silenceMs: timings.answerSilence,
      silenceWithinMs: timings.watchSilence,
      signal,
    });
    revival.heard();
    // That the history is gone is told in the stream, at once: an answer alone confirms nothing.
    const settling = setTimeout(() => store.heard(), timings.watchSettle);
    let lines = 0;
    const cutter = new LineCutter((line) => {
      lines += 1;
      this.#takeEvent(line);
    });
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        signal.throwIfAborted();
        cutter.push(chunk);
      }
    } catch (error) {
      // A cut stream is taken up where it was; only a connection that cannot be made again is a failure.
      if (error instanceof ApiError || error instanceof EventError) throw error;
    } finally {
      clearTimeout(settling);
      response.destroy();
    }
    if (lines === 0 && performance.now() - startedAtMs < SHORT_WATCH_MS) throw new Error("the watch ended at once");
  }

  #takeEvent(line: Buffer | null): void {
    const { store } = this.#options;
    // What it said is not known, so all has to be read again.
    if (line === null) throw new ApiError(GONE, "an event of more than the bound");
    const { type, object } = parseEvent(line);
    if (type === "ERROR")
      throw new ApiError(Number(object?.code ?? 0), object?.message ?? "the watch ended in an error");
    const resourceVersion = object?.metadata?.resourceVersion;
    if (!resourceVersion) throw new EventError(`an event "${type}" without a resource version`);
    if (type === "ADDED" || type === "MODIFIED") store.put(object);
    else if (type === "DELETED") store.remove(object);
    else if (type !== "BOOKMARK") throw new EventError(`an event "${type}", which is not known`);
    this.#resourceVersion = resourceVersion;
    this.#failures = 0;
    this.#goneInARow = 0;
    store.heard();
  }
}

function parseEvent(line: Buffer): { type?: string; object?: WatchedObject } {
  try {
    return JSON.parse(line.toString("utf8")) as { type?: string; object?: WatchedObject };
  } catch {
    throw new EventError("a line that is no event");
  }
}

type WatchedObject = { metadata?: { resourceVersion?: string }; code?: number; message?: string };

/** Something else than a watch was sent. */
class EventError extends Error {
  override readonly name = "EventError";
}
