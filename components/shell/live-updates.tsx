"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useSubscription } from "@trpc/tanstack-react-query";
import { createContext, type ReactNode, useContext, useEffect, useSyncExternalStore } from "react";
import { LiveIndicator } from "./live-indicator";
import { useTRPC } from "./trpc-provider";

/** While the stream is broken, everything on the screen is asked for so often. */
const POLLING_SECONDS = 30;
/** A browser opens a broken stream again by itself, but gives up on an answer that is no stream, as a proxy's 502. */
const REOPEN_SECONDS = 5;

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

/** Which parts of the API a topic makes old. */
const AREAS = {
  telemetry: ["fleet", "telemetry", "agents"],
  fleet: ["fleet", "audit"],
  agents: ["agents", "fleet", "audit"],
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
  const subscription = useSubscription(
    trpc.fleet.updates.subscriptionOptions(undefined, {
      onData: ({ topics }) => {
        const areas = new Set(topics.flatMap((topic) => AREAS[topic]));
        for (const area of areas) void queryClient.invalidateQueries({ queryKey: trpc[area].pathKey() });
      },
    }),
  );
  const { status, reset } = subscription;
  useEffect(() => {
    if (status !== "error") return;
    const timer = setTimeout(reset, REOPEN_SECONDS * 1000);
    return () => clearTimeout(timer);
  }, [status, reset]);
  const connection: Connection = !isOnline ? "offline" : status === "pending" ? "live" : "polling";
  useEffect(() => {
    if (connection !== "polling") return;
    const timer = setInterval(() => void queryClient.invalidateQueries(), POLLING_SECONDS * 1000);
    return () => clearInterval(timer);
  }, [connection, queryClient]);
  return <ConnectionContext value={connection}>{children}</ConnectionContext>;
}

/** Whether this page moves by itself. */
export function LiveStatus() {
  return <LiveIndicator connection={useContext(ConnectionContext)} pollingSeconds={POLLING_SECONDS} />;
}
