import type { Route } from "next";
import type { ReactNode } from "react";
import type { Found, FoundList } from "./found-href";
import type { Recent } from "./recent";
import type { Command } from "./use-commands";

/** One line that can be chosen. */
export type Entry = {
  /** Unique within the list, and the same while it stays in it. */
  id: string;
  href: Route | null;
  of:
    | { type: "found"; found: Found }
    | { type: "recent"; recent: Recent }
    | { type: "list"; list: FoundList }
    | { type: "command"; command: Command };
};

/** Lines under one heading. */
export type Section = { id: string; label: ReactNode; entries: Entry[]; hasMore: boolean };
