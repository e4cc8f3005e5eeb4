import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import type { LabelMap } from "@/contract/exporters/meaning";
import { RequestError } from "./request-error";
import { createRequest, nameProblem, reject, SAMPLES_MAX, type SenderRequest, type Series } from "./samples";
import type { SeriesCache } from "./series-cache";
import { assertEnd, expectWire, isStaleMarker, messageEnd, readDouble, readInt64, readString } from "./wire-reader";

/** prometheus.WriteRequest and its parts (prometheus/docs, remote write 1.0; metadata is field 3 in practice). */
const REQUEST = { timeseries: 1, metadata: 3 } as const;
const TIME_SERIES = { labels: 1, samples: 2, exemplars: 3, histograms: 4 } as const;
const METADATA_TYPES = ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"];

/**
 * Decodes the protobuf of a remote write 1.0 request. Series are found by the bytes of their labels, so that a series
 * that was seen before costs no strings.
 * @throws RequestError too_large; Error and RangeError for what is no such message
 */
export function decodeRemoteWrite1(body: Buffer, scope: string, cache: SeriesCache): SenderRequest {
  const request = createRequest();
  const reader = new BinaryReader(body);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === REQUEST.timeseries) {
      const end = messageEnd(reader, wire, "timeseries");
      readTimeSeries(request, reader, end, body, scope, cache);
    } else if (field === REQUEST.metadata) {
      readMetadata(request, reader, messageEnd(reader, wire, "metadata"));
    } else {
      reader.skip(wire, field);
    }
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
  body: Buffer,
  scope: string,
  cache: SeriesCache,
): void {
  let labelsFrom = -1;
  let labelsTo = -1;
  let histograms = 0;
  /** Time, value and time again: samples stand behind the labels, but nothing says that they must. */
  const samples: number[] = [];
  let stale = 0;
  while (reader.pos < end) {
    const from = reader.pos;
    const [field, wire] = reader.tag();
    if (field === TIME_SERIES.labels) {
      reader.pos = messageEnd(reader, wire, "label");
      if (labelsFrom < 0) labelsFrom = from;
      labelsTo = reader.pos;
    } else if (field === TIME_SERIES.samples) {
      stale += readSample(samples, reader, messageEnd(reader, wire, "sample"), body);
    } else {
      if (field === TIME_SERIES.exemplars) request.exemplars += 1;
      if (field === TIME_SERIES.histograms) histograms += 1;
      reader.skip(wire, field);
    }
  }
  assertEnd(reader, end, "timeseries");
  const key = labelsFrom < 0 ? "" : body.toString("latin1", labelsFrom, labelsTo);
  let series = cache.find(scope, key);
  if (!series) {
    const named = readNames(body, labelsFrom, labelsTo);
    const count = samples.length / 2 + stale + histograms;
    if ("problem" in named) {
      reject(request, Math.max(1, count), named.problem);
      return;
    }
    series = named;
    cache.keep(scope, key, series);
  }
  if (histograms > 0)
    reject(request, histograms, `found native histograms of ${series.name}: send them with remote write 2.0`);
  request.staleMarkers += stale;
  for (let index = 0; index < samples.length; index += 2) {
    const atMs = samples[index] ?? 0;
    const value = samples[index + 1] ?? 0;
    request.samples.push({ series, atMs, value, startMs: null, type: "unknown" });
  }
}

/** Adds time and value of a sample; a stale marker adds nothing. @returns the number of stale markers, 0 or 1 */
function readSample(samples: number[], reader: BinaryReader, end: number, body: Uint8Array): number {
  let value = 0;
  let atMs = 0;
  let isStale = false;
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (field === 1) {
      value = readDouble(reader, wire, "value");
      isStale = Number.isNaN(value) && isStaleMarker(body, reader.pos);
    } else if (field === 2) {
      atMs = readInt64(reader, wire, "timestamp");
    } else {
      reader.skip(wire, field);
    }
  }
  assertEnd(reader, end, "sample");
  if (!isStale) samples.push(atMs, value);
  return isStale ? 1 : 0;
}

function readNames(body: Buffer, from: number, to: number): Series | { problem: string } {
  if (from < 0) return { problem: "found a series without labels" };
  const reader = new BinaryReader(body.subarray(from, to));
  const labels = new Map<string, string>();
  let name = "";
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field !== TIME_SERIES.labels) {
      reader.skip(wire, field);
      continue;
    }
    const [label, value] = readLabel(reader, messageEnd(reader, wire, "label"));
    if (label === "__name__") {
      if (name !== "") return { problem: `found two names in one series, ${name} and ${value}` };
      name = value;
    } else if (labels.has(label)) {
      return { problem: `found label ${label} twice in a series of ${name}` };
    } else {
      labels.set(label, value);
    }
  }
  const problem = nameProblem(name, labels);
  return problem ? { problem } : { name, labels: withoutEmpty(labels), resource: null };
}

/** In Prometheus a label without a value is the same as no label. */
function withoutEmpty(labels: Map<string, string>): LabelMap {
  for (const [label, value] of labels) if (value === "") labels.delete(label);
  return labels;
}

function readLabel(reader: BinaryReader, end: number): [string, string] {
  let label = "";
  let value = "";
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (field === 1) label = readString(reader, wire, "label name");
    else if (field === 2) value = readString(reader, wire, "label value");
    else reader.skip(wire, field);
  }
  assertEnd(reader, end, "label");
  return [label, value];
}

function readMetadata(request: SenderRequest, reader: BinaryReader, end: number): void {
  let type = 0;
  let name = "";
  let unit = "";
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (field === 1) {
      expectWire(wire, WireType.Varint, "metadata type");
      type = reader.int32();
    } else if (field === 2) name = readString(reader, wire, "metric family");
    else if (field === 5) unit = readString(reader, wire, "unit");
    else reader.skip(wire, field);
  }
  assertEnd(reader, end, "metadata");
  if (name !== "") request.descriptions.set(name, { type: METADATA_TYPES[type] ?? "unknown", unit });
}
