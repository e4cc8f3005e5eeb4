import type { Series } from "./samples";

/** Series remembered at most, over all senders, twice: in the young half and in the old one. */
const GENERATION_MAX = 100_000;

/**
 * Remembers series by the bytes that named them, so that a sender which repeats itself every 15 seconds costs no
 * strings. Two generations: what was not asked for during a whole generation is forgotten.
 */
export class SeriesCache {
  #young = new Map<string, Map<string, Series>>();
  #old = new Map<string, Map<string, Series>>();
  #youngCount = 0;

  /** @param scope whose series these are, so that senders never share an object */
  find(scope: string, key: string): Series | undefined {
    const young = this.#young.get(scope)?.get(key);
    if (young) return young;
    const old = this.#old.get(scope)?.get(key);
    if (old) this.keep(scope, key, old);
    return old;
  }

  keep(scope: string, key: string, series: Series): void {
    if (this.#youngCount >= GENERATION_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngCount = 0;
    }
    const known = this.#young.get(scope);
    if (known) known.set(key, series);
    else this.#young.set(scope, new Map([[key, series]]));
    this.#youngCount += 1;
  }
}
