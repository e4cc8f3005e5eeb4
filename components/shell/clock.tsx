"use client";

import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";

type Clock = { nowMs: () => number; startMs: number; subscribe: (listener: () => void) => () => void };

const TICK_MS = 1000;

function createClock(serverNowMs: number): Clock {
  // The browser's clock may be wrong by hours; only its running is used, never its reading.
  const startedAtMs = performance.now();
  let nowMs = serverNowMs;
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  const tick = () => {
    nowMs = serverNowMs + (performance.now() - startedAtMs);
    for (const listener of listeners) listener();
  };
  return {
    startMs: serverNowMs,
    nowMs: () => nowMs,
    subscribe: (listener) => {
      listeners.add(listener);
      timer ??= setInterval(tick, TICK_MS);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}

const ClockContext = createContext<Clock | null>(null);

export type ClockProviderProps = {
  /** The server's time when it made this page, in milliseconds since 1970. */
  serverNowMs: number;
  children: ReactNode;
};

/** One ticking clock for every age on the page; it starts at the server's time, so both first pictures agree. */
export function ClockProvider({ serverNowMs, children }: ClockProviderProps) {
  const [clock, setClock] = useState(() => createClock(serverNowMs));
  useEffect(() => {
    // A page that was rendered anew brings a newer time; an older one (from a cache) never turns the clock back.
    setClock((current) => (serverNowMs > current.nowMs() ? createClock(serverNowMs) : current));
  }, [serverNowMs]);
  return <ClockContext value={clock}>{children}</ClockContext>;
}

/**
 * Something that depends on the time, for example `(nowMs) => Math.floor((nowMs - at) / 60_000)`. The component is
 * drawn again only when the result changes, so the result has to be a plain value.
 * @throws Error outside of a ClockProvider
 */
export function useClock<T extends string | number | boolean | null>(select: (nowMs: number) => T): T {
  const clock = useContext(ClockContext);
  if (!clock) throw new Error("useClock found no clock, expected a <ClockProvider> around the page");
  return useSyncExternalStore(
    clock.subscribe,
    () => select(clock.nowMs()),
    () => select(clock.startMs),
  );
}
