import { createLayout, type Dictionary, type Layout } from "@/contract/codec/layout";

/**
 * Layouts by the names of their dictionaries, each once however many agents record the same entities. One that nobody
 * uses any more goes by itself.
 */
export class LayoutBook {
  readonly #layouts = new Map<string, WeakRef<Layout>>();
  readonly #gone = new FinalizationRegistry<string>((name) => {
    if (!this.#layouts.get(name)?.deref()) this.#layouts.delete(name);
  });

  /** @throws CodecError for entries that no layout follows from */
  layoutOf(hash: Buffer, entries: Dictionary): Layout {
    const name = hash.toString("latin1");
    const known = this.#layouts.get(name)?.deref();
    // Eight bytes of a hash may be forged by an agent: the entries themselves decide.
    if (known && isSame(known.entries, entries)) return known;
    const made = createLayout(entries);
    if (!known) {
      this.#layouts.set(name, new WeakRef(made));
      this.#gone.register(made, name);
    }
    return made;
  }
}

function isSame(a: Dictionary, b: Dictionary): boolean {
  return a.length === b.length && a.every(({ kind, key }, slot) => b[slot]?.kind === kind && b[slot].key === key);
}
