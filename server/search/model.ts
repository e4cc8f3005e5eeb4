/**
 * How texts are compared: pure, so that the server asks with it and the screen marks with it what was found. The words of
 * documents are made by `search_fold` and `search_tokens` in the database; a test holds both to the same.
 */

export const SEARCH_TEXT_MAX = 200;
/** Words of a question; more are left out. */
const WORDS_MAX = 8;
/** Shortest word that is looked for with a typing error in it. */
const TYPO_LENGTH_MIN = 4;
/** Of this length on, two errors are forgiven instead of one. */
const TWO_TYPOS_LENGTH_MIN = 8;
/** As many first letters are compared by `search_near` in the database, less the one that may be missing. */
const NEAR_LENGTH = 8;

/** Kinds of what can be found, in the order of their groups. */
export const SEARCH_KINDS = ["site", "cluster", "machine", "node", "application", "claim", "volume"] as const;
export type SearchKind = (typeof SEARCH_KINDS)[number];

const LONG: Record<string, string> = { ä: "ae", ö: "oe", ü: "ue", ø: "oe", å: "aa" };
const TWO: Record<string, string> = { ß: "ss", æ: "ae", œ: "oe" };
/** Letters with a stroke or without a dot do not come apart into letter and accent. */
const STROKED: Record<string, string> = { ø: "o", đ: "d", ı: "i", ł: "l" };

function foldLetter(letter: string, isLong: boolean): string {
  if (letter < "\u0080") return letter;
  const replaced = TWO[letter] ?? (isLong ? LONG[letter] : undefined) ?? STROKED[letter];
  if (replaced) return replaced;
  const [base = letter] = letter.normalize("NFD");
  return base >= "a" && base <= "z" ? base : letter;
}

/** Lower case without accents. `isLong`: ö is oe, as one writes it without the letter; else o. */
export function fold(text: string, isLong: boolean): string {
  const lower = text.normalize("NFC").toLowerCase();
  let folded = "";
  for (const letter of lower) folded += foldLetter(letter, isLong);
  return folded;
}

/** The words of a question, folded as an umlaut is written out; each must be found. */
export function wordsOf(question: string): string[] {
  const words = fold(question.slice(0, SEARCH_TEXT_MAX), true).split(/[\s,;()"']+/);
  return [...new Set(words.filter((word) => word !== ""))].slice(0, WORDS_MAX);
}

/** An address, a version, or an id: what its parts begin with is in very many, and means nothing (`search_tokens`). */
const WHOLE_PATTERN = /^v?\d+[.:]\d|[0-9a-f]{8}-[0-9a-f]{4}-|:.*:/;

/** The parts of a word that stand apart in names: `kiel-pg` is `kiel` and `pg`. */
export function partsOf(word: string): string[] {
  if (WHOLE_PATTERN.test(word)) return [word];
  return word.split(/[-_./:=@+#|\\]+/).filter((part) => part !== "");
}

/** True for a word that may have a typing error in it: letters only, and not too few. */
export const mayBeMistyped = (word: string): boolean => word.length >= TYPO_LENGTH_MIN && /^[a-z]+$/.test(word);

/** What a mistyped word and the word that was meant have in common (`search_near`): itself, or with a letter left out. */
export function nearKeys(word: string): string[] {
  const start = word.slice(0, NEAR_LENGTH);
  const keys = [...start].map((_, index) => start.slice(0, index) + start.slice(index + 1));
  return [...new Set([start, ...keys])];
}

/**
 * Letters to insert, leave out, change or swap with their neighbour until `typed` is the start of `word` (optimal string
 * alignment distance, the least over all starts of `word`).
 */
export function typosBetween(typed: string, word: string): number {
  const width = Math.min(word.length, typed.length + 2) + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: width }, (_, index) => index);
  for (let row = 1; row <= typed.length; row += 1) {
    const current = [row];
    for (let column = 1; column < width; column += 1) {
      const isSame = typed[row - 1] === word[column - 1];
      let least = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwapped =
        row > 1 && column > 1 && typed[row - 1] === word[column - 2] && typed[row - 2] === word[column - 1];
      if (isSwapped) least = Math.min(least, (beforeLast[column - 2] ?? 0) + 1);
      current.push(least);
    }
    [beforeLast, last] = [last, current];
  }
  return Math.min(...last);
}

/** Of the words that are there, those that may have been meant; the nearest first, at most `most`. */
export function meantBy(typed: string, candidates: readonly string[], most: number): string[] {
  const forgiven = typed.length >= TWO_TYPOS_LENGTH_MIN ? 2 : 1;
  return candidates
    .map((word) => ({ word, typos: typosBetween(typed, word), extra: Math.abs(word.length - typed.length) }))
    .filter(({ typos }) => typos <= forgiven)
    .sort((a, b) => a.typos - b.typos || a.extra - b.extra || (a.word < b.word ? -1 : 1))
    .slice(0, most)
    .map(({ word }) => word);
}

/** How a document was found, the best first. */
export const MATCHES = ["exact", "prefix", "word", "around", "typo"] as const;
export type Match = (typeof MATCHES)[number];

/** What decides the place of a document within its group. */
export type Ranked = { kind: SearchKind; title: string; match: Match; needsAttention: boolean };

/** Higher is better. A thing that needs somebody goes before its equals, and never before a better match. */
export function scoreOf({ kind, title, match, needsAttention }: Ranked, question: string): number {
  const quality = 10 * (MATCHES.length - MATCHES.indexOf(matchOfTitle(title, question) ?? match));
  return quality + (needsAttention ? 5 : 0) - (kind === "node" || kind === "volume" ? 1 : 0);
}

/** Whether a title is what was typed, or begins with it. */
export function matchOfTitle(title: string, question: string): "exact" | "prefix" | null {
  const asked = wordsOf(question).join(" ");
  if (asked === "") return null;
  const titles = [fold(title, true), fold(title, false)];
  if (titles.includes(asked)) return "exact";
  return titles.some((own) => own.startsWith(asked)) ? "prefix" : null;
}

/** A version as one types it: `1.29`, `v1.29.4`. @returns without its v; null for another word */
export function versionOf(question: string): string | null {
  return /^v?(\d{1,3}\.\d{1,4}(\.\d{1,4})?)$/i.exec(question.trim())?.[1] ?? null;
}

/** Stretches of a title that were found, from start to end, in their order; for marking them. */
export function foundIn(title: string, question: string): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (const isLong of [true, false]) {
    // Each letter of the title gives one or two of the folded one.
    const letters = [...title].map((letter) => fold(letter, isLong));
    const places = letters.flatMap((folded, index) => [...folded].map(() => index));
    const starts = [...title].map((_, index) => [...title].slice(0, index).join("").length);
    const folded = letters.join("");
    for (const word of wordsOf(question)) {
      for (const part of folded.includes(word) ? [word] : partsOf(word)) {
        const at = startOfWord(folded, part);
        if (at === -1) continue;
        const [first, last] = [places[at] ?? 0, places[at + part.length - 1] ?? 0];
        found.push({ start: starts[first] ?? 0, end: starts[last + 1] ?? title.length });
      }
    }
  }
  return joined(found);
}

/** Where a word starts with it, or else where it stands at all. */
function startOfWord(text: string, part: string): number {
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) {
    if (at === 0 || /[^a-z0-9]/.test(text[at - 1] ?? "")) return at;
  }
  return text.indexOf(part);
}

function joined(stretches: readonly { start: number; end: number }[]): { start: number; end: number }[] {
  const result: { start: number; end: number }[] = [];
  for (const { start, end } of [...stretches].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
}
