import {
  createMetric,
  createPoint,
  millisecondsOf,
  type OtlpMetric,
  type OtlpPoint,
  type OtlpRequest,
} from "./otlp-message";
import { textOf } from "./otlp-protobuf";

type Json = Record<string, unknown>;

/** Keys of the OTLP/JSON encoding, which are lowerCamelCase and nothing else; unknown ones are passed over. */
const SHAPES = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] as const;

/**
 * Reads an ExportMetricsServiceRequest from parsed JSON.
 * @throws Error that says where something of another type was found
 */
export function decodeOtlpJson(input: unknown): OtlpRequest {
  return list(object(input, "request"), "resourceMetrics").map((item) => {
    const found = object(item, "resourceMetrics");
    const resource = found.resource === undefined ? {} : object(found.resource, "resource");
    return {
      resource: attributes(resource),
      metrics: list(found, "scopeMetrics").flatMap((scope) =>
        list(object(scope, "scopeMetrics"), "metrics").map((entry) => metric(object(entry, "metrics"))),
      ),
    };
  });
}

function metric(found: Json): OtlpMetric {
  const made: OtlpMetric = { ...createMetric(), name: text(found, "name"), unit: text(found, "unit") };
  const shape = SHAPES.find((name) => found[name] !== undefined && found[name] !== null);
  if (!shape) return made;
  const data = object(found[shape], shape);
  return {
    ...made,
    shape,
    temporality: number(data, "aggregationTemporality"),
    isMonotonic: data.isMonotonic === true,
    points: list(data, "dataPoints").map((item) => point(object(item, "dataPoints"))),
  };
}

function point(found: Json): OtlpPoint {
  const exemplars = list(found, "exemplars").length;
  return {
    ...createPoint(),
    attributes: attributes(found),
    startMs: time(found, "startTimeUnixNano") || null,
    atMs: time(found, "timeUnixNano"),
    flags: number(found, "flags"),
    value: numberOrNull(found, "asDouble") ?? numberOrNull(found, "asInt"),
    count: number(found, "count"),
    sum: numberOrNull(found, "sum"),
    bucketCounts: list(found, "bucketCounts").map((item) => toNumber(item, "bucketCounts")),
    explicitBounds: list(found, "explicitBounds").map((item) => toNumber(item, "explicitBounds")),
    quantiles: list(found, "quantileValues").map((item) => {
      const pair = object(item, "quantileValues");
      return [number(pair, "quantile"), number(pair, "value")];
    }),
    exemplars,
  };
}

function attributes(found: Json): Map<string, string> {
  const labels = new Map<string, string>();
  for (const item of list(found, "attributes")) {
    const pair = object(item, "attributes");
    labels.set(text(pair, "key"), textOf(anyValue(pair.value, 0)));
  }
  return labels;
}

const NESTING_MAX = 16;

/** An AnyValue as plain data; what it does not know is empty. */
function anyValue(input: unknown, depth: number): unknown {
  if (input === undefined || input === null) return null;
  if (depth > NESTING_MAX) throw new Error("attribute values are nested too deeply");
  const found = object(input, "value");
  if (found.arrayValue !== undefined) {
    return list(object(found.arrayValue, "arrayValue"), "values").map((item) => anyValue(item, depth + 1));
  }
  if (found.kvlistValue !== undefined) {
    const pairs = list(object(found.kvlistValue, "kvlistValue"), "values").map((item) => object(item, "values"));
    return Object.fromEntries(pairs.map((pair) => [text(pair, "key"), anyValue(pair.value, depth + 1)]));
  }
  return found.stringValue ?? found.boolValue ?? found.intValue ?? found.doubleValue ?? found.bytesValue ?? null;
}

function object(input: unknown, where: string): Json {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw new Error(`${where} is ${wordsOf(input)}, expected an object`);
  }
  return input as Json;
}

function list(found: Json, key: string): unknown[] {
  const value = found[key];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Error(`${key} is ${wordsOf(value)}, expected a list`);
  return value;
}

function text(found: Json, key: string): string {
  const value = found[key] ?? "";
  if (typeof value !== "string") throw new Error(`${key} is ${wordsOf(value)}, expected text`);
  return value;
}

function number(found: Json, key: string): number {
  return numberOrNull(found, key) ?? 0;
}

function numberOrNull(found: Json, key: string): number | null {
  const value = found[key];
  return value === undefined || value === null ? null : toNumber(value, key);
}

const NUMBER_WORDS: Record<string, number> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

/** Numbers may come as text: 64-bit integers always do, and NaN cannot come otherwise. */
function toNumber(value: unknown, key: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "string") {
    const word = NUMBER_WORDS[value];
    if (word !== undefined) return word;
    if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return Number(value);
  }
  throw new Error(`${key} is ${wordsOf(value)}, expected a number`);
}

function time(found: Json, key: string): number {
  const value = found[key];
  if (value === undefined || value === null) return 0;
  if (typeof value === "number" && Number.isFinite(value)) return Math.floor(value / 1e6);
  if (typeof value === "string" && /^\d{1,20}$/.test(value)) return millisecondsOf(BigInt(value));
  throw new Error(`${key} is ${wordsOf(value)}, expected nanoseconds`);
}

const wordsOf = (value: unknown): string => (JSON.stringify(value) ?? typeof value).slice(0, 60);
