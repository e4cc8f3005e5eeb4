/** An answer over fewer things is counted for everybody who asks, however long that takes on a machine with other work. */
const MANY = 2000;
/** An answer serves for so many times what it took: counting never takes more than a small share of the processor… */
const SERVES_TIMES = 10;
/** …and never longer than this. */
const SERVES_MS_MAX = 10_000;
/** Answers that are kept; of more, those that nobody asked for longest are forgotten. */
const KEPT_MAX = 200;

/** An answer, when it began to be counted, and whether that was before this question was asked. */
export type Shared<T> = { answer: T; countedAt: Date; isEarlier: boolean };

type Kept<T> = { answer: T; startedMs: number; tookMs: number };
type Entry<T> = { kept: Kept<T> | null; running: Promise<Kept<T>> | null };

/**
 * Answers over a whole fleet that many ask for at once. What is dear to count is counted once for all of them, and served
 * with its moment for a time that grows with what it took; in the second half of that time one question starts the next
 * count, so that nobody waits while somebody looks. What is over few things is always counted anew.
 */
export class SharedAnswers<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #sizeOf: (answer: T) => number;
  readonly #nowMs: () => number;

  /**
   * @param sizeOf over how many things an answer is
   * @param nowMs milliseconds since 1970
   */
  constructor(sizeOf: (answer: T) => number, nowMs: () => number = Date.now) {
    this.#sizeOf = sizeOf;
    this.#nowMs = nowMs;
  }

  /**
   * @param key begins with the organisation, and says everything that the answer depends on
   * @throws whatever `count` throws, to everybody who waits for it
   */
  async get(key: string, count: () => Promise<T>): Promise<Shared<T>> {
    const askedMs = this.#nowMs();
    const entry: Entry<T> = this.#entries.get(key) ?? { kept: null, running: null };
    // Whoever was asked for last stands last.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > KEPT_MAX && oldest !== undefined) this.#entries.delete(oldest);
    const { kept } = entry;
    const isDear = kept !== null && this.#sizeOf(kept.answer) >= MANY;
    if (kept && isDear) {
      const servesMs = Math.min(SERVES_MS_MAX, SERVES_TIMES * kept.tookMs);
      const ageMs = askedMs - kept.startedMs;
      if (ageMs < servesMs) {
        // One that fails is asked for again by who comes when this one is too old; it hears of the failure.
        if (ageMs >= servesMs / 2) this.#count(entry, count).catch(() => {});
        return { answer: kept.answer, countedAt: new Date(kept.startedMs), isEarlier: true };
      }
    }
    const counted = await (isDear || !kept ? this.#count(entry, count) : this.#countAlone(entry, count));
    return {
      answer: counted.answer,
      countedAt: new Date(counted.startedMs),
      isEarlier: counted.startedMs < askedMs,
    };
  }

  /** Something was changed from here: what is asked next of this organisation is counted after it. */
  forget(orgId: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(orgId)) this.#entries.delete(key);
  }

  #count(entry: Entry<T>, count: () => Promise<T>): Promise<Kept<T>> {
    entry.running ??= this.#countAlone(entry, count).finally(() => {
      entry.running = null;
    });
    return entry.running;
  }

  async #countAlone(entry: Entry<T>, count: () => Promise<T>): Promise<Kept<T>> {
    const startedMs = this.#nowMs();
    const answer = await count();
    const counted = { answer, startedMs, tookMs: this.#nowMs() - startedMs };
    if (!entry.kept || entry.kept.startedMs <= startedMs) entry.kept = counted;
    return counted;
  }
}

// The pages and the doors of one process are built apart, each with modules of its own; what they share stands here.
const place = globalThis as { fernblickAnswers?: Map<string, SharedAnswers<unknown>> };
place.fernblickAnswers ??= new Map();
const byName = place.fernblickAnswers;

/**
 * The answers of that name, one of each in a process.
 * @param sizeOf over how many things an answer is
 */
export function sharedAnswers<T>(name: string, sizeOf: (answer: T) => number): SharedAnswers<T> {
  const known = byName.get(name) as SharedAnswers<T> | undefined;
  const answers = known ?? new SharedAnswers(sizeOf);
  byName.set(name, answers as SharedAnswers<unknown>);
  return answers;
}

/** Somebody of this organisation changed something: no answer from before it is served any more. */
export function forgetSharedAnswers(orgId: string): void {
  for (const answers of byName.values()) answers.forget(orgId);
}
