/** Gathers what changed and tells it at most once in `batchMs`: the first change of a quiet time waits that long too. */
export class ChangeBatch<T> {
  readonly #batchMs: number;
  readonly #listeners = new Set<(changed: ReadonlySet<T>) => void>();
  #changed = new Set<T>();
  #timer: NodeJS.Timeout | null = null;

  constructor(batchMs: number) {
    this.#batchMs = batchMs;
  }

  add(item: T): void {
    this.#changed.add(item);
    this.#timer ??= setTimeout(() => this.#tell(), this.#batchMs);
  }

  listen(listener: (changed: ReadonlySet<T>) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #tell(): void {
    this.#timer = null;
    const changed = this.#changed;
    this.#changed = new Set();
    for (const listener of this.#listeners) listener(changed);
  }
}
