"use client";

import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";

type SearchState = {
  isOpen: boolean;
  setOpen: (isOpen: boolean) => void;
  /** Whose memory of what was opened is used. */
  owner: string;
};

const SearchContext = createContext<SearchState | null>(null);

/** Somebody is writing there, so that a sign is a sign. */
const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));

/** Opens the search at Ctrl-K, ⌘K, and at `/` where nothing else on the page has taken it. */
export function SearchProvider({ owner, children }: { owner: string; children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || event.shiftKey) return;
      const isCombination = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
      const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !isField(event.target);
      // In a window that is open already, `/` belongs to that window.
      if (!isCombination && (!isSlash || document.querySelector("[role=dialog]"))) return;
      event.preventDefault();
      setOpen((is) => isSlash || !is);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  const state = useMemo(() => ({ isOpen, setOpen, owner }), [isOpen, owner]);
  return <SearchContext value={state}>{children}</SearchContext>;
}

/** @throws Error outside of a SearchProvider */
export function useSearchState(): SearchState {
  const state = useContext(SearchContext);
  if (!state) throw new Error("useSearchState found nothing, expected a <SearchProvider> around the page");
  return state;
}
