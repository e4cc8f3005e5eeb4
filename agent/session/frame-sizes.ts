import type { Segment } from "@/agent/spool/segment-files";
import { SAMPLES_MAX } from "@/contract/codec/frame";
import { MESSAGE_BYTES_MAX } from "@/contract/session";

/** Largest frame in bytes; leaves room for what stands before it in a message. */
export const FRAME_BYTES_MAX = MESSAGE_BYTES_MAX - 64;

/** How many moments of a segment go into one frame: fewer once one was too large. */
export class FrameSizes {
  readonly #largest = new WeakMap<Segment, number>();
  /** Where something could not be read: it is looked for in ever smaller frames. */
  readonly #doubted = new WeakMap<Segment, number>();

  /** Most moments, at least one. */
  max(segment: Segment): number {
    const fitting = Math.max(1, Math.floor(SAMPLES_MAX / Math.max(1, segment.layout.columns)));
    return Math.min(fitting, this.#largest.get(segment) ?? fitting, this.#doubted.get(segment) ?? fitting);
  }

  /** A frame with so many moments was too large. @param count two or more */
  halve(segment: Segment, count: number): void {
    this.#largest.set(segment, Math.ceil(count / 2));
  }

  /** The gateway could not read a frame with so many moments. @param count two or more */
  doubt(segment: Segment, count: number): void {
    this.#doubted.set(segment, Math.ceil(count / 2));
  }

  /** A frame was taken: twice as many are tried next. */
  trust(segment: Segment): void {
    const doubted = this.#doubted.get(segment);
    if (doubted !== undefined) this.#doubted.set(segment, 2 * doubted);
  }
}
