import type { LabelMap } from "@/contract/exporters/meaning";

/**
 * What every protocol of third-party senders is decoded into. Nothing here knows the protocol any more.
 */

/** `cumulative` and `delta` are counters; `gauge` is everything that may go down; `unknown` is what nobody said. */
export type SeriesType = "gauge" | "cumulative" | "delta" | "unknown";

/** One series as its sender names it. The same object for the same series, as long as it is remembered. */
export type Series = {
  readonly name: string;
  /** Labels of remote write without `__name__`, or attributes of an OTLP point. */
  readonly labels: LabelMap;
  /** OTLP resource attributes; null for remote write, whose labels say where a series comes from. */
  readonly resource: LabelMap | null;
};

export type SenderSample = {
  readonly series: Series;
  /** Milliseconds since 1970 by the sender's clock. */
  readonly atMs: number;
  /** Since when a counter counts, where the sender says so. */
  readonly startMs: number | null;
  /** May be NaN or infinite in remote write, where both are allowed. */
  readonly value: number;
  readonly type: SeriesType;
  /** One of the two that a native histogram is taken as. */
  readonly isPart?: boolean;
};

/** What a sender says of a metric beside its samples. */
export type MetricDescription = { type: string; unit: string };

/** One decoded request. */
export type SenderRequest = {
  readonly samples: SenderSample[];
  /** By metric name. */
  readonly descriptions: Map<string, MetricDescription>;
  /** Series that ended: nothing is stored for them, and nothing is wrong. */
  staleMarkers: number;
  /** Native histograms that were taken as their count and their sum. */
  histograms: number;
  /** Received and not kept. */
  exemplars: number;
  /** Of `samples`: outside the time that can be stored. They are among the rejected as well. */
  untimely: { samples: number; parts: number };
  /** Samples, points or histograms that cannot be stored for ever, and the first reason in English. */
  rejected: number;
  rejection: string | null;
};

export function createRequest(): SenderRequest {
  return {
    samples: [],
    descriptions: new Map(),
    staleMarkers: 0,
    histograms: 0,
    exemplars: 0,
    untimely: { samples: 0, parts: 0 },
    rejected: 0,
    rejection: null,
  };
}

/** Counts what cannot be taken; the first reason is the one that the sender reads. */
export function reject(request: SenderRequest, count: number, reason: string): void {
  request.rejected += count;
  request.rejection ??= reason;
}

/** Most samples of one request: decoding is one piece of work that nothing interrupts. */
export const SAMPLES_MAX = 200_000;

const LABELS_MAX = 128;
const NAME_LENGTH_MAX = 1024;
const VALUE_LENGTH_MAX = 8192;

/** A NUL, or half of a surrogate pair: neither has a place in any database. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/** Why these names cannot be kept; null when they can. */
export function nameProblem(name: string, labels: LabelMap): string | null {
  if (name === "") return "found a series without a metric name";
  if (name.length > NAME_LENGTH_MAX) return `found a metric name of ${name.length} characters`;
  if (labels.size > LABELS_MAX) return `found ${labels.size} labels on ${name}, expected ${LABELS_MAX} at most`;
  if (UNSTORABLE.test(name)) return "found a NUL or half a character in a metric name";
  for (const [label, value] of labels) {
    if (label === "") return `found an empty label name on ${name}`;
    if (label.length > NAME_LENGTH_MAX) return `found a label name of ${label.length} characters on ${name}`;
    if (value.length > VALUE_LENGTH_MAX) return `found a value of ${value.length} characters for label ${label}`;
    if (UNSTORABLE.test(label) || UNSTORABLE.test(value)) {
      return `found a NUL or half a character in label ${JSON.stringify(label)} of ${name}`;
    }
  }
  return null;
}

/** `name{label="value",…}` with sorted labels: names a series for ever. */
export function seriesText(name: string, labels: LabelMap): string {
  if (labels.size === 0) return name;
  const pairs = [...labels].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `${name}{${pairs.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(",")}}`;
}
