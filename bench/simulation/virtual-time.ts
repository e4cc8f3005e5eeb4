type Event = { at: number; order: number; run: () => void; isCancelled: boolean };

/** Cancels what was scheduled; does nothing when it already happened. */
export type Cancel = () => void;

/**
 * Time that passes only when everything that could happen at this moment has happened. Events of one moment happen in
 * the order in which they were scheduled, so a run depends on nothing but its seed.
 */
export class VirtualTime {
  /** Milliseconds of true time; starts at the epoch millisecond given. */
  now: number;
  #order = 0;
  readonly #heap: Event[] = [];

  constructor(startMilliseconds: number) {
    this.now = startMilliseconds;
  }

  /** Runs something after so many milliseconds (0: after what is scheduled for now). */
  after(milliseconds: number, run: () => void): Cancel {
    const event: Event = { at: this.now + Math.max(0, milliseconds), order: this.#order++, run, isCancelled: false };
    this.#push(event);
    return () => {
      event.isCancelled = true;
    };
  }

  /** Resolves after so many milliseconds; rejects with the signal's reason when that comes first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.after(milliseconds, () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      });
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Lets time pass until a moment (epoch milliseconds), or until `isDone` says so after an event. */
  async runUntil(moment: number, isDone: () => boolean = () => false): Promise<void> {
    for (;;) {
      await settled();
      if (isDone()) return;
      const next = this.#heap[0];
      if (!next || next.at > moment) break;
      this.#pop();
      if (next.isCancelled) continue;
      this.now = next.at;
      next.run();
    }
    this.now = moment;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (!parent || isBefore(parent, event)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const left = heap[below];
      const right = heap[below + 1];
      if (left && right && isBefore(right, left)) below += 1;
      const child = heap[below];
      if (!child || isBefore(last, child)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}

const isBefore = (left: Event, right: Event): boolean =>
  left.at < right.at || (left.at === right.at && left.order < right.order);

/** Everything that waits on promises has gone as far as it can. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
