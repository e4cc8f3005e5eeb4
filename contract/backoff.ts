/**
 * The longest wait after so many failures in a row, from 1; it doubles with each. Waiting evenly between nought and this
 * is full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"). In the unit of base and max.
 */
export function backoffCeiling(failures: number, base: number, max: number): number {
  return Math.min(max, base * 2 ** Math.min(failures - 1, 30));
}

/** Counts failures in a row of one connection, and says how long to wait before the next attempt, with full jitter. */
export class Backoff {
  readonly #baseMs: number;
  readonly #maxMs: number;
  #failures = 0;

  constructor(baseMs: number, maxMs: number) {
    this.#baseMs = baseMs;
    this.#maxMs = maxMs;
  }

  /** It has failed once more. @returns milliseconds to wait */
  nextMs(): number {
    this.#failures += 1;
    return Math.random() * backoffCeiling(this.#failures, this.#baseMs, this.#maxMs);
  }

  /** It stands. */
  reset(): void {
    this.#failures = 0;
  }
}
