import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

type Json = Record<string, unknown>;

/** OTLP/JSON → OTLP protobuf, for what the cases use: one request is then tried in both encodings. */
export function encodeOtlp(request: Json): Uint8Array {
  const writer = new BinaryWriter();
  for (const item of list(request, "resourceMetrics")) {
    open(writer, 1);
    open(writer, 1);
    attributes(writer, 1, (item.resource ?? {}) as Json);
    writer.join();
    for (const scope of list(item, "scopeMetrics")) {
      open(writer, 2);
      for (const metric of list(scope, "metrics")) encodeMetric(writer, metric);
      writer.join();
    }
    writer.join();
  }
  return writer.finish();
}

const list = (from: Json, key: string): Json[] => (from[key] ?? []) as Json[];
const open = (writer: BinaryWriter, field: number) => writer.tag(field, WireType.LengthDelimited).fork();

const SHAPES = { gauge: 5, sum: 7, histogram: 9, exponentialHistogram: 10, summary: 11 } as const;

function encodeMetric(writer: BinaryWriter, metric: Json): void {
  open(writer, 2);
  writer.tag(1, WireType.LengthDelimited).string(String(metric.name ?? ""));
  if (metric.unit) writer.tag(3, WireType.LengthDelimited).string(String(metric.unit));
  for (const [shape, field] of Object.entries(SHAPES)) {
    const data = metric[shape] as Json | undefined;
    if (!data) continue;
    open(writer, field);
    for (const point of list(data, "dataPoints")) encodePoint(writer, shape, point);
    if (data.aggregationTemporality !== undefined) {
      writer.tag(2, WireType.Varint).int32(Number(data.aggregationTemporality));
    }
    if (data.isMonotonic === true) writer.tag(3, WireType.Varint).bool(true);
    writer.join();
  }
  writer.join();
}

function encodePoint(writer: BinaryWriter, shape: string, point: Json): void {
  open(writer, 1);
  const isNumber = shape === "gauge" || shape === "sum";
  const [attributesField, flagsField] =
    shape === "histogram" ? [9, 10] : shape === "exponentialHistogram" ? [1, 10] : [7, 8];
  attributes(writer, attributesField, point);
  if (point.startTimeUnixNano !== undefined) writer.tag(2, WireType.Bit64).fixed64(String(point.startTimeUnixNano));
  if (point.timeUnixNano !== undefined) writer.tag(3, WireType.Bit64).fixed64(String(point.timeUnixNano));
  if (point.flags !== undefined) writer.tag(flagsField, WireType.Varint).uint32(Number(point.flags));
  if (isNumber && point.asDouble !== undefined) writer.tag(4, WireType.Bit64).double(toDouble(point.asDouble));
  if (isNumber && point.asInt !== undefined) writer.tag(6, WireType.Bit64).sfixed64(String(point.asInt));
  if (!isNumber) {
    writer.tag(4, WireType.Bit64).fixed64(String(point.count ?? 0));
    if (point.sum !== undefined) writer.tag(5, WireType.Bit64).double(Number(point.sum));
  }
  if (shape === "histogram") {
    open(writer, 6);
    for (const count of (point.bucketCounts ?? []) as unknown[]) writer.fixed64(String(count));
    writer.join();
    open(writer, 7);
    for (const bound of (point.explicitBounds ?? []) as number[]) writer.double(bound);
    writer.join();
  }
  for (const pair of list(point, "quantileValues")) {
    open(writer, 6).tag(1, WireType.Bit64).double(Number(pair.quantile));
    writer.tag(2, WireType.Bit64).double(Number(pair.value)).join();
  }
  writer.join();
}

/** Null stands for what JSON cannot say. */
const toDouble = (value: unknown): number => (value === null ? Number.NaN : Number(value));

function attributes(writer: BinaryWriter, field: number, from: Json): void {
  for (const pair of list(from, "attributes")) keyValue(writer, field, pair);
}

function keyValue(writer: BinaryWriter, field: number, pair: Json): void {
  open(writer, field).tag(1, WireType.LengthDelimited).string(String(pair.key));
  open(writer, 2);
  anyValue(writer, (pair.value ?? {}) as Json);
  writer.join().join();
}

function anyValue(writer: BinaryWriter, value: Json): void {
  if (value.stringValue !== undefined) writer.tag(1, WireType.LengthDelimited).string(String(value.stringValue));
  if (value.boolValue !== undefined) writer.tag(2, WireType.Varint).bool(value.boolValue === true);
  if (value.intValue !== undefined) writer.tag(3, WireType.Varint).int64(String(value.intValue));
  if (value.doubleValue !== undefined) writer.tag(4, WireType.Bit64).double(Number(value.doubleValue));
  if (value.bytesValue !== undefined) {
    writer.tag(7, WireType.LengthDelimited).bytes(Buffer.from(String(value.bytesValue), "base64"));
  }
  if (value.arrayValue) {
    open(writer, 5);
    for (const item of list(value.arrayValue as Json, "values")) {
      open(writer, 1);
      anyValue(writer, item);
      writer.join();
    }
    writer.join();
  }
  if (value.kvlistValue) {
    open(writer, 6);
    for (const pair of list(value.kvlistValue as Json, "values")) keyValue(writer, 1, pair);
    writer.join();
  }
}
