import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { type NativeHistogram, readNativeHistogram } from "./native-histogram";
import { RequestError } from "./request-error";
import {
  createRequest,
  type MetricDescription,
  nameProblem,
  reject,
  SAMPLES_MAX,
  type SenderRequest,
  type Series,
  type SeriesType,
} from "./samples";
import type { SeriesCache } from "./series-cache";
import {
  assertEnd,
  expectWire,
  isStaleMarker,
  messageEnd,
  readDouble,
  readInt64,
  readRepeated,
  readString,
} from "./wire-reader";

/** io.prometheus.write.v2.Request and its parts, as of 2.0-rc.4; `created` is where rc.3 has the start time. */
const REQUEST = { symbols: 4, timeseries: 5 } as const;
const TIME_SERIES = { labels: 1, samples: 2, histograms: 3, exemplars: 4, metadata: 5, created: 6 } as const;
const METADATA_TYPES = ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"];
/** Counters among the types above: their values only grow. A histogram's count and sum do as well. */
const COUNTER_TYPES = new Set(["counter", "histogram", "summary"]);

type SymbolTable = readonly string[];
type Sample = { atMs: number; value: number; startMs: number | null; isStale: boolean };
type TimeSeries = {
  refs: number[];
  samples: Sample[];
  histograms: NativeHistogram[];
  description: MetricDescription;
  createdMs: number | null;
};

/**
 * Decodes the protobuf of a remote write 2.0 request, rc.3 and rc.4. Of a native histogram its count and its sum are
 * taken, as series `<name>_count` and `<name>_sum`; exemplars are counted and not kept.
 * @throws RequestError too_large, malformed; Error and RangeError for what is no such message
 */
export function decodeRemoteWrite2(body: Buffer, scope: string, cache: SeriesCache): SenderRequest {
  const request = createRequest();
  const symbols: string[] = [];
  const bounds: [from: number, to: number][] = [];
  const reader = new BinaryReader(body);
  // Protobuf promises no order of fields, so the symbols may stand behind the series that need them.
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === REQUEST.symbols) symbols.push(readString(reader, wire, "symbol"));
    else if (field === REQUEST.timeseries) {
      const end = messageEnd(reader, wire, "timeseries");
      bounds.push([reader.pos, end]);
      reader.pos = end;
    } else reader.skip(wire, field);
  }
  if (symbols.length > 0 && symbols[0] !== "") {
    throw new RequestError("malformed", 'The first symbol is not "", which remote write 2.0 demands');
  }
  for (const [from, to] of bounds) {
    reader.pos = from;
    takeSeries(request, readTimeSeries(request, reader, to, body, symbols), symbols, scope, cache);
    if (request.samples.length > SAMPLES_MAX) {
      throw new RequestError("too_large", `Found more than ${SAMPLES_MAX} samples; send them in parts`);
    }
  }
  return request;
}

function readTimeSeries(
  request: SenderRequest,
  reader: BinaryReader,
  end: number,
  body: Uint8Array,
  symbols: SymbolTable,
): TimeSeries {
  const series: TimeSeries = {
    refs: [],
    samples: [],
    histograms: [],
    description: { type: "unknown", unit: "" },
    createdMs: null,
  };
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (field === TIME_SERIES.labels) {
      readRepeated(reader, wire, WireType.Varint, "labels_refs", () => series.refs.push(reader.uint32()));
    } else if (field === TIME_SERIES.samples) {
      series.samples.push(readSample(reader, messageEnd(reader, wire, "sample"), body));
    } else if (field === TIME_SERIES.histograms) {
      series.histograms.push(readNativeHistogram(reader, messageEnd(reader, wire, "histogram"), body));
    } else if (field === TIME_SERIES.metadata) {
      series.description = readMetadata(reader, messageEnd(reader, wire, "metadata"), symbols);
    } else if (field === TIME_SERIES.created) {
      series.createdMs = readInt64(reader, wire, "created_timestamp") || null;
    } else {
      if (field === TIME_SERIES.exemplars) request.exemplars += 1;
      reader.skip(wire, field);
    }
  }
  assertEnd(reader, end, "timeseries");
  return series;
}

function readSample(reader: BinaryReader, end: number, body: Uint8Array): Sample {
  const sample: Sample = { atMs: 0, value: 0, startMs: null, isStale: false };
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (field === 1) {
      sample.value = readDouble(reader, wire, "value");
      sample.isStale = Number.isNaN(sample.value) && isStaleMarker(body, reader.pos);
    } else if (field === 2) sample.atMs = readInt64(reader, wire, "timestamp");
    else if (field === 3) sample.startMs = readInt64(reader, wire, "start_timestamp") || null;
    else reader.skip(wire, field);
  }
  assertEnd(reader, end, "sample");
  return sample;
}

function readMetadata(reader: BinaryReader, end: number, symbols: SymbolTable): MetricDescription {
  let type = 0;
  let unit = 0;
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (field !== 1 && field !== 4) {
      reader.skip(wire, field);
      continue;
    }
    expectWire(wire, WireType.Varint, "metadata");
    if (field === 1) type = reader.int32();
    else unit = reader.uint32();
  }
  assertEnd(reader, end, "metadata");
  return { type: METADATA_TYPES[type] ?? "unknown", unit: symbols[unit] ?? "" };
}

/** Adds the samples of a series, or says why they cannot be taken. */
function takeSeries(
  request: SenderRequest,
  found: TimeSeries,
  symbols: SymbolTable,
  scope: string,
  cache: SeriesCache,
): void {
  const count = found.samples.length + found.histograms.length;
  const refuse = (reason: string) => reject(request, Math.max(1, count), reason);
  const series = nameSeries(found.refs, symbols, scope, cache);
  if ("problem" in series) {
    refuse(series.problem);
    return;
  }
  if (found.samples.length > 0 && found.histograms.length > 0) {
    refuse(`found samples and histograms in one series of ${series.name}`);
    return;
  }
  const { description } = found;
  if (description.type !== "unknown" || description.unit !== "") request.descriptions.set(series.name, description);
  const type: SeriesType = COUNTER_TYPES.has(description.type) ? "cumulative" : "unknown";
  for (const { atMs, value, startMs, isStale } of found.samples) {
    if (isStale) request.staleMarkers += 1;
    else request.samples.push({ series, atMs, value, startMs: startMs ?? found.createdMs, type });
  }
  takeHistograms(request, found, series, scope, cache);
}

function takeHistograms(
  request: SenderRequest,
  found: TimeSeries,
  series: Series,
  scope: string,
  cache: SeriesCache,
): void {
  if (found.histograms.length === 0) return;
  const part = (suffix: "count" | "sum"): Series => {
    const key = `${suffix}\n${found.refs.length}\n${series.name}\n${[...series.labels].flat().join("\n")}`;
    const known = cache.find(scope, key);
    if (known) return known;
    const made: Series = { name: `${series.name}_${suffix}`, labels: series.labels, resource: null };
    cache.keep(scope, key, made);
    return made;
  };
  for (const { atMs, count, sum, isStale, problem, ...rest } of found.histograms) {
    if (problem) {
      reject(request, 1, `${problem} in a histogram of ${series.name}`);
      continue;
    }
    request.histograms += 1;
    if (isStale) continue;
    const startMs = rest.startMs ?? found.createdMs;
    const shared = { atMs, startMs, type: "cumulative", isPart: true } as const;
    request.samples.push({ ...shared, series: part("count"), value: count });
    request.samples.push({ ...shared, series: part("sum"), value: sum });
  }
}

function nameSeries(
  refs: readonly number[],
  symbols: SymbolTable,
  scope: string,
  cache: SeriesCache,
): Series | { problem: string } {
  if (refs.length % 2 !== 0) return { problem: `found ${refs.length} label references, expected an even number` };
  const texts: string[] = [];
  for (const ref of refs) {
    const text = symbols[ref];
    if (text === undefined) return { problem: `found a reference to symbol ${ref} of ${symbols.length}` };
    texts.push(text);
  }
  // Lengths keep two series apart whose texts would join to the same.
  const key = texts.map((text) => `${text.length}:${text}`).join("");
  const known = cache.find(scope, key);
  if (known) return known;
  const labels = new Map<string, string>();
  let name = "";
  for (let index = 0; index < texts.length; index += 2) {
    const label = texts[index] ?? "";
    const value = texts[index + 1] ?? "";
    if (label !== "__name__" && labels.has(label)) return { problem: `found label ${label} twice in a series` };
    if (label === "__name__") name = value;
    else labels.set(label, value);
  }
  const problem = nameProblem(name, labels);
  if (problem) return { problem };
  for (const [label, value] of labels) if (value === "") labels.delete(label);
  const series: Series = { name, labels, resource: null };
  cache.keep(scope, key, series);
  return series;
}
