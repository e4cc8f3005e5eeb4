import { focusManager, type Query, type QueryClient, type QueryKey } from "@tanstack/react-query";

/** What shows the present is asked for no more often than this, however much is new. */
const PRESENT_PACE_MS = 3000;
/** The same for history, which is dearer to read. */
export const HISTORY_PACE_MS = 15_000;
/** A chart of a month has steps of hours; somebody who looks at it still sees it move. */
const PACE_MAX_MS = 300_000;

/** How long an answer is good for: as long as one of its steps, if it says how wide they are. */
function paceOf(data: unknown, paceMs: number): number {
  const seconds = (data as { stepSeconds?: unknown } | undefined)?.stepSeconds;
  return typeof seconds === "number" ? Math.min(PACE_MAX_MS, Math.max(paceMs, seconds * 1000)) : paceMs;
}

/** The next look at one query: a timer, or none while it waits for the end of a look that runs. */
type Plan = { atMs: number; timer: ReturnType<typeof setTimeout> | undefined };

/**
 * Asks anew when something is new: the first time at once, then no more often than the pace. Of much that is new in
 * between, the last is never missed. A look that runs is never broken off, for a slow one would then never end. On a
 * page that nobody sees nothing is asked; its queries are marked old, and TanStack reads those once when it is seen again.
 */
export class RefreshPace {
  readonly #queryClient: QueryClient;
  readonly #plans = new Map<string, Plan>();
  #isStopped = false;

  constructor(queryClient: QueryClient) {
    this.#queryClient = queryClient;
  }

  /** Something is new for these queries. What is not on the screen is read when it comes there. */
  note(queryKey: QueryKey, paceMs = PRESENT_PACE_MS): void {
    void this.#queryClient.invalidateQueries({ queryKey, type: "inactive", refetchType: "none" });
    for (const query of this.#queryClient.getQueryCache().findAll({ queryKey, type: "active" }))
      this.#plan(query, paceMs);
  }

  stop(): void {
    this.#isStopped = true;
    for (const { timer } of this.#plans.values()) clearTimeout(timer);
    this.#plans.clear();
  }

  #plan(query: Query, paceMs: number): void {
    if (query.state.fetchStatus !== "idle") this.#planAfter(query, paceMs);
    else if (focusManager.isFocused()) this.#planAt(query, paceMs);
    else this.#ask(query);
  }

  #planAt(query: Query, paceMs: number): void {
    const { queryHash, state } = query;
    const nowMs = Date.now();
    // Answers that came with the page bear the server's clock, which may run ahead of this one.
    const askedMs = Math.min(nowMs, Math.max(state.dataUpdatedAt, state.errorUpdatedAt));
    const atMs = askedMs + paceOf(state.data, paceMs);
    const planned = this.#plans.get(queryHash);
    if (planned && planned.atMs <= atMs) return;
    clearTimeout(planned?.timer);
    if (atMs <= nowMs) this.#ask(query);
    else this.#plans.set(queryHash, { atMs, timer: setTimeout(() => this.#ask(query), atMs - nowMs) });
  }

  /** What runs may have read before the news: one more look follows it. */
  #planAfter(query: Query, paceMs: number): void {
    const { queryHash } = query;
    const planned = this.#plans.get(queryHash);
    if (planned && !planned.timer) return;
    clearTimeout(planned?.timer);
    this.#plans.set(queryHash, { atMs: 0, timer: undefined });
    const next = () => {
      this.#plans.delete(queryHash);
      if (!this.#isStopped) this.#plan(query, paceMs);
    };
    // With this option it starts nothing; it is the end of the look that runs.
    query.fetch(undefined, { cancelRefetch: false }).then(next, next);
  }

  #ask({ queryKey, queryHash }: Query): void {
    clearTimeout(this.#plans.get(queryHash)?.timer);
    this.#plans.delete(queryHash);
    const refetchType = focusManager.isFocused() ? "active" : "none";
    void this.#queryClient.invalidateQueries({ queryKey, exact: true, refetchType }, { cancelRefetch: false });
  }
}
