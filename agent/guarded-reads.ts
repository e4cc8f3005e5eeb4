import { dirname } from "node:path";

/** A kernel file answers in microseconds, a slow sensor bus in tens of milliseconds; what needs longer is taken as hung. */
const ANSWER_MILLISECONDS_MAX = 2_000;
/** How many files are asked at a time: all at once, broken devices would hold all threads before the first is known. */
const QUESTIONS_MAX = 2;
/**
 * Each hung question holds one of the four threads that all file access goes through (libuv, UV_THREADPOOL_SIZE), the
 * spool's too. With so many hung, only folders that have answered before are asked, and with one more none.
 */
const HUNG_MAX = 2;

/** Threads that wait for something that does not answer, for the whole process: mounts and kernel files share them. */
export class HungThreads {
  readonly #held = new Set<string>();

  /** A process cannot end in the ordinary way while this is not zero. */
  get count(): number {
    return this.#held.size;
  }

  /** Counts a question as hung until it is answered after all. */
  hold(name: string, answered: Promise<unknown>): void {
    this.#held.add(name);
    const release = () => void this.#held.delete(name);
    answered.then(release, release);
  }

  has(name: string): boolean {
    return this.#held.has(name);
  }
}

export const hungThreads = new HungThreads();

/**
 * Asks files that a broken driver may leave unanswered for ever: sensors, batteries, network cards. One question a
 * folder at a time, so that a dead device costs one thread once, and neither other devices nor the agent wait for it.
 */
export class GuardedReads {
  readonly #threads: HungThreads;
  readonly #answerMillisecondsMax: number;
  readonly #tails = new Map<string, Promise<void>>();
  readonly #answered = new Set<string>();
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;

  constructor(threads = hungThreads, answerMillisecondsMax = ANSWER_MILLISECONDS_MAX) {
    this.#threads = threads;
    this.#answerMillisecondsMax = answerMillisecondsMax;
  }

  /** @throws whatever the question throws; Error when it is not answered in time, or was not asked */
  async ask<T>(path: string, question: () => Promise<T>): Promise<T> {
    const folder = dirname(path);
    const before = this.#tails.get(folder);
    const answer = (before ?? Promise.resolve()).then(() => this.#askFolder(folder, question));
    const ended = answer.then(
      () => undefined,
      () => undefined,
    );
    this.#tails.set(folder, ended);
    try {
      return await answer;
    } finally {
      if (this.#tails.get(folder) === ended) this.#tails.delete(folder);
    }
  }

  async #askFolder<T>(folder: string, question: () => Promise<T>): Promise<T> {
    this.#requireHope(folder);
    if (this.#inFlight < this.#inFlightMax) this.#inFlight += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      // While it waited for its turn, others may have been found hung.
      this.#requireHope(folder);
      return await this.#askInTime(folder, question());
    } finally {
      this.#inFlight -= 1;
      while (this.#waiting.length > 0 && this.#inFlight < this.#inFlightMax) {
        this.#inFlight += 1;
        this.#waiting.shift()?.();
      }
    }
  }

  /** What is hung already counts: of two asked together that both hang, the first to be given up must not let a third in. */
  get #inFlightMax(): number {
    return Math.max(1, QUESTIONS_MAX - this.#threads.count);
  }

  #requireHope(folder: string): void {
    if (this.#threads.has(folder)) throw new Error("the device still does not answer");
    const { count } = this.#threads;
    const allowed = this.#answered.has(folder) ? HUNG_MAX + 1 : HUNG_MAX;
    if (count >= allowed) throw new Error(`not asked: ${count} others do not answer`);
  }

  async #askInTime<T>(folder: string, answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#threads.hold(folder, answer);
        reject(new Error(`the device did not answer within ${this.#answerMillisecondsMax / 1000} s`));
      }, this.#answerMillisecondsMax);
    });
    try {
      return await Promise.race([answer, patience]);
    } finally {
      clearTimeout(timer);
      if (!this.#threads.has(folder)) this.#answered.add(folder);
    }
  }
}

export const guardedReads = new GuardedReads();
