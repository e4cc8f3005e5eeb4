type Waiting<Key, Value> = { key: Key; resolve: (value: Value) => void; reject: (error: unknown) => void };

/**
 * Questions that come one by one and are asked together: what waits for at most `lingerMs` becomes one query. When
 * thousands of agents come back at once, that is the difference between thousands of transactions and a few.
 */
export class BatchLookup<Key, Value> {
  readonly #ask: (keys: Key[]) => Promise<Value[]>;
  readonly #options: { lingerMs: number; keysMax: number };
  #waiting: Waiting<Key, Value>[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** @param ask gives one value for each key, in their order */
  constructor(ask: (keys: Key[]) => Promise<Value[]>, options = { lingerMs: 5, keysMax: 500 }) {
    this.#ask = ask;
    this.#options = options;
  }

  /** @throws whatever `ask` throws */
  find(key: Key): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, resolve, reject });
      if (this.#waiting.length >= this.#options.keysMax) this.#send();
      else this.#timer ??= setTimeout(() => this.#send(), this.#options.lingerMs);
    });
  }

  #send(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const asked = this.#waiting;
    this.#waiting = [];
    this.#ask(asked.map(({ key }) => key)).then(
      (values) => asked.forEach(({ resolve }, at) => void resolve(values[at] as Value)),
      (error: unknown) => {
        for (const { reject } of asked) reject(error);
      },
    );
  }
}
