"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useSubscription } from "@trpc/tanstack-react-query";
import { createContext, type ReactNode, useContext, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Backoff } from "@/contract/backoff";
import { LiveIndicator } from "./live-indicator";
import { HISTORY_PACE_MS, RefreshPace } from "./refresh-pace";
import { useTRPC } from "./trpc-provider";

/** While the stream is broken, everything on the screen is asked for so often. */
const POLLING_SECONDS = 30;
/**
 * A browser opens a broken stream again by itself, but gives up on an answer that is no stream, as a proxy's 502. The
 * page then tries after a random time below this, and below twice as much after each failure up to a minute.
 */
const REOPEN_MS = 5000;
const REOPEN_MS_MAX = 60_000;

type Connection = "live" | "polling" | "offline";
const ConnectionContext = createContext<Connection>("polling");

function useIsOnline(): boolean {
  return useSyncExternalStore(
    (listener) => {
      window.addEventListener("online", listener);
      window.addEventListener("offline", listener);
      return () => {
        window.removeEventListener("online", listener);
        window.removeEventListener("offline", listener);
      };
    },
    () => navigator.onLine,
    () => true,
  );
}

/** Which parts of the API a topic makes old. History is asked for at a slower pace. */
const AREAS = {
  telemetry: ["fleet", "clusters", "agents"],
  fleet: ["fleet", "sites", "clusters", "outages", "audit"],
  agents: ["agents", "senders", "fleet", "sites", "clusters", "audit"],
  access: ["access", "audit"],
} as const;

/**
 * Keeps the screen current: the server tells what is new, and only what is on the screen is read again. When the
 * stream breaks, the page says so and asks by itself until the stream is back.
 */
export function LiveUpdates({ children }: { children: ReactNode }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const isOnline = useIsOnline();
  // Told to the server when the stream is opened again: it then names everything, for what was said in between is lost.
  const hasHeard = useRef(false);
  const [wasConnected, setWasConnected] = useState(false);
  const [pace] = useState(() => new RefreshPace(queryClient));
  const [backoff] = useState(() => new Backoff(REOPEN_MS, REOPEN_MS_MAX));
  useEffect(() => () => pace.stop(), [pace]);
  const subscription = useSubscription(
    trpc.fleet.updates.subscriptionOptions(
      { wasConnected },
      {
        onData: ({ data: { topics } }) => {
          hasHeard.current = true;
          backoff.reset();
          const areas = new Set(topics.flatMap((topic) => AREAS[topic]));
          if (topics.includes("telemetry")) pace.note(trpc.telemetry.pathKey(), HISTORY_PACE_MS);
          if (topics.includes("agents")) pace.note(trpc.telemetry.quarantine.pathKey());
          for (const area of areas) pace.note(trpc[area].pathKey());
        },
      },
    ),
  );
  const { status, reset } = subscription;
  useEffect(() => {
    // Idle is a stream that the server has ended.
    if (status !== "error" && status !== "idle") return;
    // Another input opens it again just as a reset does.
    const reopen = () => (hasHeard.current && !wasConnected ? setWasConnected(true) : reset());
    const timer = setTimeout(reopen, backoff.nextMs());
    return () => clearTimeout(timer);
  }, [status, reset, wasConnected, backoff]);
  const connection: Connection = !isOnline ? "offline" : status === "pending" ? "live" : "polling";
  useEffect(() => {
    if (connection !== "polling") return;
    const timer = setInterval(() => pace.note([]), POLLING_SECONDS * 1000);
    return () => clearInterval(timer);
  }, [connection, pace]);
  return <ConnectionContext value={connection}>{children}</ConnectionContext>;
}

/** Whether this page moves by itself. */
export function LiveStatus() {
  return <LiveIndicator connection={useContext(ConnectionContext)} pollingSeconds={POLLING_SECONDS} />;
}
