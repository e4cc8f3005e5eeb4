import { backoffCeiling } from "@/contract/backoff";

/** How long things may take and how often they are tried, in milliseconds. */
export type Timings = {
  /** Nothing arrives in answer to a list or a document. */
  answerSilence: number;
  /** Nothing arrives on a watch: bookmarks come about once a minute (kube-apiserver, bookmarkFrequency). */
  watchSilence: number;
  /** A watch that was answered and told of no error for so long is one. */
  watchSettle: number;
  /** The server is asked to end a watch after a random time between this and twice this (as client-go does). */
  watchLife: number;
  /** A list is read again after that long even when the watch lost nothing that we know of. */
  relist: number;
  /** Backoff: a random time up to base × 2^attempt, and up to max ("full jitter", Brooker 2015). */
  backoffBase: number;
  backoffMax: number;
  /** What is not permitted is asked for again after a random time between half of this and this. */
  denied: number;
  /** What the server serves is asked again. */
  discovery: number;
  /** …and so long after a definition came or went; a server needs moments to serve it. */
  afterDefinition: readonly number[];
  /** Listeners are told at most once in this time. */
  batch: number;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const TIMINGS: Timings = {
  answerSilence: 30 * SECOND,
  watchSilence: 150 * SECOND,
  watchSettle: SECOND,
  watchLife: 5 * MINUTE,
  relist: 6 * 60 * MINUTE,
  backoffBase: SECOND,
  backoffMax: MINUTE,
  denied: 5 * MINUTE,
  discovery: 10 * MINUTE,
  afterDefinition: [SECOND, 5 * SECOND, 30 * SECOND],
  batch: 500,
};

/** @param attempt 0 for the first repetition */
export function backoffMs(timings: Timings, attempt: number, random: () => number): number {
  return random() * backoffCeiling(attempt + 1, timings.backoffBase, timings.backoffMax);
}
