import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import {
  createMetric,
  createPoint,
  millisecondsOf,
  type OtlpMetric,
  type OtlpPoint,
  type OtlpRequest,
} from "./otlp-message";
import { assertEnd, expectWire, messageEnd, readDouble, readInt64, readRepeated, readString } from "./wire-reader";

type FieldReader = (field: number, wire: WireType) => boolean;

/** Field numbers of opentelemetry.proto.metrics.v1, which stay for ever. */
const SHAPES: Record<number, OtlpMetric["shape"]> = {
  5: "gauge",
  7: "sum",
  9: "histogram",
  10: "exponentialHistogram",
  11: "summary",
};

/**
 * Decodes an ExportMetricsServiceRequest.
 * @throws Error and RangeError for what is no such message
 */
export function decodeOtlpProtobuf(body: Uint8Array): OtlpRequest {
  return new OtlpDecoder(new BinaryReader(body)).request();
}

class OtlpDecoder {
  constructor(private readonly reader: BinaryReader) {}

  request(): OtlpRequest {
    const request: OtlpRequest = [];
    this.fields(this.reader.len, "request", (field, wire) => {
      if (field !== 1) return false;
      request.push(this.resourceMetrics(this.enter(wire, "resource_metrics")));
      return true;
    });
    return request;
  }

  /** Reads fields to `end`; `read` says false for what it does not know. */
  private fields(end: number, name: string, read: FieldReader): void {
    const { reader } = this;
    while (reader.pos < end) {
      const [field, wire] = reader.tag();
      if (!read(field, wire)) reader.skip(wire, field);
    }
    assertEnd(reader, end, name);
  }

  private enter(wire: WireType, name: string): number {
    return messageEnd(this.reader, wire, name);
  }

  private resourceMetrics(end: number): OtlpRequest[number] {
    const resource = new Map<string, string>();
    const metrics: OtlpMetric[] = [];
    this.fields(end, "resource_metrics", (field, wire) => {
      if (field === 1) {
        this.fields(this.enter(wire, "resource"), "resource", (inner, innerWire) => {
          if (inner !== 1) return false;
          this.attribute(resource, this.enter(innerWire, "attribute"));
          return true;
        });
        return true;
      }
      if (field !== 2) return false;
      this.fields(this.enter(wire, "scope_metrics"), "scope_metrics", (inner, innerWire) => {
        if (inner !== 2) return false;
        metrics.push(this.metric(this.enter(innerWire, "metric")));
        return true;
      });
      return true;
    });
    return { resource, metrics };
  }

  private metric(end: number): OtlpMetric {
    const { reader } = this;
    const metric = createMetric();
    this.fields(end, "metric", (field, wire) => {
      const shape = SHAPES[field];
      if (field === 1) metric.name = readString(reader, wire, "metric name");
      else if (field === 3) metric.unit = readString(reader, wire, "unit");
      else if (shape) {
        metric.shape = shape;
        this.data(metric, this.enter(wire, shape));
      } else return false;
      return true;
    });
    return metric;
  }

  private data(metric: OtlpMetric, end: number): void {
    const { reader } = this;
    this.fields(end, "data", (field, wire) => {
      if (field === 1) metric.points.push(this.point(metric.shape, this.enter(wire, "data point")));
      else if (field === 2) metric.temporality = readInt64(reader, wire, "temporality");
      else if (field === 3) metric.isMonotonic = readInt64(reader, wire, "is_monotonic") !== 0;
      else return false;
      return true;
    });
  }

  private point(shape: OtlpMetric["shape"], end: number): OtlpPoint {
    const attributes = new Map<string, string>();
    const point: OtlpPoint = { ...createPoint(), attributes };
    const read = shape === "gauge" || shape === "sum" ? this.numberField : this.distributionField;
    const isExponential = shape === "exponentialHistogram";
    /** The field of the attributes differs from shape to shape. */
    const attributesField = isExponential ? 1 : shape === "histogram" ? 9 : 7;
    this.fields(end, "data point", (field, wire) => {
      if (field === attributesField) this.attribute(attributes, this.enter(wire, "attribute"));
      else if (field === 2) point.startMs = this.time(wire) || null;
      else if (field === 3) point.atMs = this.time(wire);
      else return read.call(this, point, shape, field, wire);
      return true;
    });
    return point;
  }

  private time(wire: WireType): number {
    expectWire(wire, WireType.Bit64, "time");
    return millisecondsOf(BigInt(this.reader.fixed64()));
  }

  private numberField(point: OtlpPoint, _shape: OtlpMetric["shape"], field: number, wire: WireType): boolean {
    const { reader } = this;
    if (field === 4) point.value = readDouble(reader, wire, "as_double");
    else if (field === 6) {
      expectWire(wire, WireType.Bit64, "as_int");
      point.value = Number(reader.sfixed64());
    } else if (field === 8) point.flags = readInt64(reader, wire, "flags");
    else {
      if (field === 5) point.exemplars += 1;
      return false;
    }
    return true;
  }

  private distributionField(point: OtlpPoint, shape: OtlpMetric["shape"], field: number, wire: WireType): boolean {
    const { reader } = this;
    const flagsField = shape === "summary" ? 8 : 10;
    if (field === 4) {
      expectWire(wire, WireType.Bit64, "count");
      point.count = Number(reader.fixed64());
    } else if (field === 5) point.sum = readDouble(reader, wire, "sum");
    else if (field === flagsField) point.flags = readInt64(reader, wire, "flags");
    else if (field === 6 && shape === "summary") this.quantile(point, this.enter(wire, "quantile"));
    else if (field === 6 && shape === "histogram") {
      readRepeated(reader, wire, WireType.Bit64, "bucket_counts", () =>
        point.bucketCounts.push(Number(reader.fixed64())),
      );
    } else if (field === 7 && shape === "histogram") {
      readRepeated(reader, wire, WireType.Bit64, "explicit_bounds", () => point.explicitBounds.push(reader.double()));
    } else {
      if ((field === 8 && shape === "histogram") || (field === 11 && shape !== "histogram")) point.exemplars += 1;
      return false;
    }
    return true;
  }

  private quantile(point: OtlpPoint, end: number): void {
    const pair: [number, number] = [0, 0];
    this.fields(end, "quantile", (field, wire) => {
      if (field !== 1 && field !== 2) return false;
      pair[field - 1] = readDouble(this.reader, wire, "quantile");
      return true;
    });
    point.quantiles.push(pair);
  }

  private attribute(into: Map<string, string>, end: number): void {
    let key = "";
    let value = "";
    this.fields(end, "attribute", (field, wire) => {
      if (field === 1) key = readString(this.reader, wire, "attribute key");
      else if (field === 2) value = textOf(this.anyValue(this.enter(wire, "attribute value"), 0));
      else return false;
      return true;
    });
    into.set(key, value);
  }

  /** An AnyValue as plain data: text, number, truth, list, object, bytes as base64; null when it is empty. */
  private anyValue(end: number, depth: number): unknown {
    const { reader } = this;
    if (depth > NESTING_MAX) throw new Error("attribute values are nested too deeply");
    let value: unknown = null;
    this.fields(end, "attribute value", (field, wire) => {
      if (field === 1) value = readString(reader, wire, "string value");
      else if (field === 2) value = readInt64(reader, wire, "bool value") !== 0;
      else if (field === 3) value = readInt64(reader, wire, "int value");
      else if (field === 4) value = readDouble(reader, wire, "double value");
      else if (field === 5) value = this.list(this.enter(wire, "array value"), depth);
      else if (field === 6) value = this.object(this.enter(wire, "list of key and value"), depth);
      else if (field === 7) {
        expectWire(wire, WireType.LengthDelimited, "bytes value");
        value = Buffer.from(reader.bytes()).toString("base64");
      } else return false;
      return true;
    });
    return value;
  }

  private list(end: number, depth: number): unknown[] {
    const values: unknown[] = [];
    this.fields(end, "array value", (field, wire) => {
      if (field !== 1) return false;
      values.push(this.anyValue(this.enter(wire, "element"), depth + 1));
      return true;
    });
    return values;
  }

  private object(end: number, depth: number): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    this.fields(end, "list of key and value", (field, wire) => {
      if (field !== 1) return false;
      let key = "";
      let value: unknown = null;
      this.fields(this.enter(wire, "entry"), "entry", (inner, innerWire) => {
        if (inner === 1) key = readString(this.reader, innerWire, "key");
        else if (inner === 2) value = this.anyValue(this.enter(innerWire, "value"), depth + 1);
        else return false;
        return true;
      });
      entries.push([key, value]);
      return true;
    });
    return Object.fromEntries(entries);
  }
}

const NESTING_MAX = 16;

/** An attribute's value as one text; nothing is the empty text. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
