import { createHash } from "node:crypto";
import { type Match, partsOf, SEARCH_KINDS, type SearchKind } from "./model";

/** Words, or parts of words, and what may have been meant by them. */
export type Meant = ReadonlyMap<string, readonly string[]>;

/** One way to look for documents: a query of lexemes, and how many at most are taken. */
export type Way = { match: Match; query: string; most: number };

/** Letters of the kinds in lexemes; the same as `search_letter` in the database. */
const LETTERS: Record<SearchKind, string> = {
  site: "s",
  cluster: "c",
  machine: "m",
  node: "n",
  application: "a",
  claim: "v",
  volume: "p",
};
/** Words of what is around a thing are marked so in its document. */
const AROUND = "~";
/** What a site, a cluster or a machine stands in is reason enough to show it; of the many things in clusters it is not. */
const FOUND_BY_AROUND: readonly SearchKind[] = ["cluster", "machine"];
const MOST: Record<Match, number> = { exact: 20, prefix: 20, word: 60, around: 40, typo: 40 };

/** What stands before each lexeme of an organisation's documents of one kind; as `search_scope` in the database. */
const scopeOf = (orgId: string, kind: SearchKind): string =>
  createHash("md5").update(orgId.toLowerCase()).digest("hex").slice(0, 3) + LETTERS[kind];

const quoted = (lexeme: string): string => `'${lexeme.replaceAll(/['\\]/g, (sign) => `${sign}${sign}`)}'`;
const all = (parts: readonly string[]): string => parts.join(" & ");
const any = (parts: readonly string[]): string => (parts.length === 1 ? (parts[0] ?? "") : `(${parts.join(" | ")})`);

/** A word as the start of a word, or by its parts, or as one of the words that may have been meant. */
function startOf(before: string, word: string, meant: Meant | null): string {
  // A part of a single letter is in nearly everything when it may go on.
  const start = (one: string) => `${quoted(before + one)}${one.length === 1 && one !== word ? "" : ":*"}`;
  const ways = (one: string) => [start(one), ...(meant?.get(one) ?? []).map((other) => quoted(before + other))];
  const parts = partsOf(word);
  const byParts = parts.length > 1 ? [`(${all(parts.map((part) => any(ways(part))))})`] : [];
  return any([...ways(word), ...byParts]);
}

/**
 * The ways to look for words, as values of `tsquery`: exact words, starts of words, and words some of which are of what
 * is around. With `meant`, words that may have been meant are looked for besides, and nothing else.
 */
export function waysFor(orgId: string, words: readonly string[], meant: Meant | null = null): Way[] {
  return SEARCH_KINDS.flatMap((kind) => {
    const scope = scopeOf(orgId, kind);
    const own = words.map((word) => startOf(scope, word, meant));
    const near = words.map((word) => any([startOf(scope, word, meant), startOf(scope + AROUND, word, meant)]));
    const anywhere = FOUND_BY_AROUND.includes(kind) ? all(near) : `${all(near)} & ${any(own)}`;
    const isAround = kind !== "site" && (words.length > 1 || FOUND_BY_AROUND.includes(kind));
    const way = (match: Match, query: string): Way => ({ match, query, most: MOST[match] });
    if (meant) return [way("typo", isAround ? anywhere : all(own))];
    // The start of a single letter is in everything; titles that begin with it are looked for besides.
    const isLetter = words.length === 1 && words[0]?.length === 1;
    return [
      way("exact", all(words.map((word) => quoted(scope + word)))),
      ...(isLetter ? [] : [way("word", all(own)), ...(isAround ? [way("around", anywhere)] : [])]),
    ];
  });
}
