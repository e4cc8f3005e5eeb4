import type { BatchName } from "./spool";

/**
 * Remembers whether the other side knows a part that is sent only when it changed (facts, descriptions). The gateway
 * takes such a part from the newest batch only: one that arrives behind a newer batch has to be said again.
 */
export class ChangedPart {
  #text: string | null = null;
  #name: BatchName | null = null;
  #newest: BatchName | null = null;
  #isConfirmed = false;

  /** True when `value` has to go with the next batch. */
  isDue(value: unknown): boolean {
    return this.#text !== canonicalJson(value);
  }

  /** Takes note that `value` goes with the batch of this name. */
  sent(value: unknown, name: BatchName): void {
    this.#text = canonicalJson(value);
    this.#name = name;
    this.#isConfirmed = false;
  }

  acknowledged(name: BatchName): void {
    const isOvertaken = this.#newest !== null && isNewer(this.#newest, name);
    if (!isOvertaken) this.#newest = name;
    if (!this.#name || this.#isConfirmed) return;
    const isIt = name.epoch === this.#name.epoch && name.sequence === this.#name.sequence;
    if (isIt && !isOvertaken) this.#isConfirmed = true;
    else if (isIt || isNewer(name, this.#name)) this.#text = null;
  }
}

const isNewer = (a: BatchName, b: BatchName): boolean =>
  a.epoch > b.epoch || (a.epoch === b.epoch && a.sequence > b.sequence);

/** JSON with the names of objects in a fixed order, so that equal content is equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
