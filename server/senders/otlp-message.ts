import type { LabelMap } from "@/contract/exporters/meaning";

/** An OTLP metrics request, the same from protobuf and from JSON, with times in milliseconds. */
export type OtlpRequest = { resource: LabelMap; metrics: OtlpMetric[] }[];

/** Aggregation temporality: 0 unspecified, 1 delta, 2 cumulative. */
export type OtlpMetric = {
  name: string;
  unit: string;
  shape: "gauge" | "sum" | "histogram" | "exponentialHistogram" | "summary" | "none";
  temporality: number;
  isMonotonic: boolean;
  points: OtlpPoint[];
};

export type OtlpPoint = {
  attributes: LabelMap;
  startMs: number | null;
  atMs: number;
  /** `& 1` = no value was recorded. */
  flags: number;
  /** Of gauges and sums; null when there was none, which is how JSON writes NaN and infinity. */
  value: number | null;
  /** Of histograms and summaries. */
  count: number;
  sum: number | null;
  bucketCounts: number[];
  explicitBounds: number[];
  quantiles: [quantile: number, value: number][];
  exemplars: number;
};

export function createPoint(): OtlpPoint {
  return {
    attributes: new Map(),
    startMs: null,
    atMs: 0,
    flags: 0,
    value: null,
    count: 0,
    sum: null,
    bucketCounts: [],
    explicitBounds: [],
    quantiles: [],
    exemplars: 0,
  };
}

export function createMetric(): OtlpMetric {
  return { name: "", unit: "", shape: "none", temporality: 0, isMonotonic: false, points: [] };
}

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/** Nanoseconds since 1970 → milliseconds; 0 says that there is none. */
export function millisecondsOf(nanoseconds: bigint): number {
  return Number(nanoseconds / NANOSECONDS_PER_MILLISECOND);
}
