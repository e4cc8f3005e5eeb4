import { z } from "zod/mini";
import { matchOfTitle, SEARCH_KINDS } from "@/server/search/model";
import type { Found } from "./found-href";

const RECENT_MAX = 8;

/** What is remembered of a thing that was opened: enough to show it, and nothing of how it is. */
const Recent = z.object({
  kind: z.enum(SEARCH_KINDS),
  thingId: z.string(),
  key: z.string(),
  title: z.string(),
  siteName: z.string(),
  clusterName: z.nullable(z.string()),
});
export type Recent = z.infer<typeof Recent>;

const storageKey = (owner: string) => `fernblick.recent.${owner}`;
export const nameOf = ({ kind, thingId, key }: Pick<Recent, "kind" | "thingId" | "key">) => `${kind} ${thingId} ${key}`;

/** What this person opened in this browser, the newest first; nothing where the browser keeps nothing. */
export function readRecent(owner: string): Recent[] {
  try {
    const stored: unknown = JSON.parse(window.localStorage.getItem(storageKey(owner)) ?? "[]");
    const read = z.array(Recent).safeParse(stored);
    return read.success ? read.data : [];
  } catch {
    return [];
  }
}

export function rememberRecent(owner: string, opened: Recent): void {
  const { kind, thingId, key, title, siteName, clusterName } = opened;
  const others = readRecent(owner).filter((other) => nameOf(other) !== nameOf(opened));
  const next = [{ kind, thingId, key, title, siteName, clusterName }, ...others].slice(0, RECENT_MAX);
  try {
    window.localStorage.setItem(storageKey(owner), JSON.stringify(next));
  } catch {
    // A full or forbidden store: then nothing is remembered.
  }
}

/** What was opened lately goes first, after what is called exactly so. */
export function byRecent(found: readonly Found[], recent: readonly Recent[], question: string): Found[] {
  const place = (one: Found) => {
    if (matchOfTitle(one.title, question) === "exact") return -1;
    const at = recent.findIndex((other) => nameOf(other) === nameOf(one));
    return at === -1 ? RECENT_MAX : at;
  };
  return [...found].sort((a, b) => place(a) - place(b));
}
