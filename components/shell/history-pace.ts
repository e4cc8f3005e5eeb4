import type { Query, QueryClient, QueryKey } from "@tanstack/react-query";

/** History is asked for no more often than this, however often readings arrive. */
const PACE_MS = 15_000;
/** A chart of a month has steps of hours; somebody who looks at it still sees it move. */
const PACE_MAX_MS = 300_000;

/** How long an answer is good for: as long as one of its steps, if it says how wide they are. */
function paceOf(data: unknown): number {
  const seconds = (data as { stepSeconds?: unknown } | undefined)?.stepSeconds;
  return typeof seconds === "number" ? Math.min(PACE_MAX_MS, Math.max(PACE_MS, seconds * 1000)) : PACE_MS;
}

/**
 * Asks for history anew when readings have arrived: the first time at once, then no more often than it can change. Of
 * many readings in between, the last is never missed.
 */
export class HistoryPace {
  readonly #queryClient: QueryClient;
  readonly #queryKey: QueryKey;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(queryClient: QueryClient, queryKey: QueryKey) {
    this.#queryClient = queryClient;
    this.#queryKey = queryKey;
  }

  /** Readings have arrived. */
  note(): void {
    for (const query of this.#queryClient.getQueryCache().findAll({ queryKey: this.#queryKey, type: "active" })) {
      if (this.#timers.has(query.queryHash)) continue;
      const waitMs = query.state.dataUpdatedAt + paceOf(query.state.data) - Date.now();
      if (waitMs <= 0) this.#ask(query);
      else
        this.#timers.set(
          query.queryHash,
          setTimeout(() => this.#ask(query), waitMs),
        );
    }
  }

  #ask({ queryKey, queryHash }: Query): void {
    clearTimeout(this.#timers.get(queryHash));
    this.#timers.delete(queryHash);
    void this.#queryClient.invalidateQueries({ queryKey, exact: true });
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
