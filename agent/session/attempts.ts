import type { Segment } from "@/agent/spool/segment-files";
import { retrySeconds } from "./retry";

/** What the gateway cannot read may read better next time; after a few times it must not hold up the rest. */
const TRIES_MAX = 3;

/** How often segments were found unreadable, and until when each of them waits. */
export class Attempts {
  readonly #tries = new Map<Segment, number>();
  readonly #pausedUntilMs = new Map<Segment, number>();

  isPaused(segment: Segment, nowMs: number): boolean {
    return (this.#pausedUntilMs.get(segment) ?? 0) > nowMs;
  }

  /** Something of the segment was taken. */
  forget(segment: Segment): void {
    this.#tries.delete(segment);
  }

  /** Something of the segment was found unreadable. @returns false when it was the last attempt */
  failed(segment: Segment, nowMs: number, random: () => number): boolean {
    const tries = (this.#tries.get(segment) ?? 0) + 1;
    this.#tries.set(segment, tries);
    if (tries >= TRIES_MAX) return false;
    this.#pausedUntilMs.set(segment, nowMs + 1000 * retrySeconds(tries + 2, random));
    return true;
  }
}
