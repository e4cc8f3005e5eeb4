/**
 * Chance that can be asked for any moment: the same names always give the same number, and nothing is kept in between.
 * FNV-1a over the words, then the finish of MurmurHash3 (public domain), which spreads neighbours apart.
 */
export function chance(...words: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const word of words) {
    if (typeof word === "number") {
      hash = Math.imul(hash ^ (word | 0), 0x01000193);
      hash = Math.imul(hash ^ Math.floor(word / 0x1_0000_0000), 0x01000193);
    } else for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ 0x1f, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}

/** From `from` to `to`, evenly. */
export const between = (from: number, to: number, ...words: readonly (string | number)[]): number =>
  from + (to - from) * chance(...words);

/** One of a list, each as likely. @throws RangeError for an empty list */
export function pick<T>(list: readonly T[], ...words: readonly (string | number)[]): T {
  const found = list[Math.floor(chance(...words) * list.length)];
  if (found === undefined) throw new RangeError("found an empty list, expected something to pick from");
  return found;
}

/**
 * Noise from -1 to 1 that wanders: a value of its own every `periodSeconds`, and a smooth way between two of them.
 * @param at seconds since 1970
 */
export function wander(at: number, periodSeconds: number, ...words: readonly (string | number)[]): number {
  const slot = Math.floor(at / periodSeconds);
  const place = at / periodSeconds - slot;
  const smooth = place * place * (3 - 2 * place);
  const from = chance(slot, ...words);
  return 2 * (from + (chance(slot + 1, ...words) - from) * smooth) - 1;
}
