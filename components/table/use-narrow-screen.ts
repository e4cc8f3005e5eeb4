"use client";

import { useSyncExternalStore } from "react";

/** The width below which a row takes two lines; the same as Tailwind's `md`. */
const NARROW_QUERY = "(width < 48rem)";

function subscribe(listener: () => void): () => void {
  const query = window.matchMedia?.(NARROW_QUERY);
  query?.addEventListener("change", listener);
  return () => query?.removeEventListener("change", listener);
}

/** True on a phone; false on the server, which cannot know. */
export function useNarrowScreen(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => window.matchMedia?.(NARROW_QUERY).matches ?? false,
    () => false,
  );
}
