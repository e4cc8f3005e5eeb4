/** Who waits for a server that was away comes back within so long after it was heard: not all at the same moment. */
const SPREAD_MS = 2000;

/**
 * That a server is there again, noticed by whoever asks first and told to all that still wait: the pauses of eighty
 * watches that were refused for minutes would otherwise end one by one.
 */
export class Revival {
  readonly #random: () => number;
  #isAway = false;
  #waiting = new Set<() => void>();

  constructor(random: () => number) {
    this.#random = random;
  }

  /** The server could not be reached. */
  missed(): void {
    this.#isAway = true;
  }

  /** It answered. */
  heard(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  /** Waits so long, or less when the server is heard meanwhile. Never throws. */
  async pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    const untilMs = performance.now() + milliseconds;
    const isWoken = await sleep(milliseconds, signal, this.#waiting);
    if (isWoken) await sleep(Math.min(untilMs - performance.now(), this.#random() * SPREAD_MS), signal);
  }
}

/** @returns whether it was woken by one of `sleepers`, and neither its time nor the signal ended it */
function sleep(milliseconds: number, signal: AbortSignal, sleepers?: Set<() => void>): Promise<boolean> {
  return new Promise((done) => {
    const end = (isWoken: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      sleepers?.delete(wake);
      done(isWoken);
    };
    const stop = () => end(false);
    const wake = () => end(true);
    const timer = setTimeout(stop, Math.max(0, milliseconds));
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    sleepers?.add(wake);
  });
}
