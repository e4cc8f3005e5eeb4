import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { compressSync } from "snappy";

/** Remote write as a sender would make it: nothing that can be installed here speaks 2.0. */
export type WrittenSample = { value: number; atMs: number; startMs?: number };
export type WrittenSeries = {
  labels: [name: string, value: string][];
  samples?: WrittenSample[];
  histograms?: WrittenHistogram[];
  exemplars?: number;
  /** Number of the type in the metadata of 2.0. */
  type?: number;
  unit?: string;
};
export type WrittenHistogram = {
  atMs: number;
  count: number;
  sum: number;
  /** Counts of the positive buckets, as one span. */
  buckets: number[];
  /** −53 has bounds of its own. */
  schema?: number;
  customValues?: number[];
};

/** The bits of the stale marker, which no number carries for sure. */
export const STALE = Symbol("stale marker");
const STALE_BYTES = Uint8Array.from([0x02, 0, 0, 0, 0, 0, 0xf0, 0x7f]);

type Value = number | typeof STALE;

function writeDouble(writer: BinaryWriter, field: number, value: Value): void {
  writer.tag(field, WireType.Bit64);
  if (value === STALE) writer.raw(STALE_BYTES);
  else writer.double(value);
}

const message = (writer: BinaryWriter, field: number) => writer.tag(field, WireType.LengthDelimited).fork();

/** A WriteRequest of 1.0, as protobuf. */
export function writeRequest1(
  series: { labels: [string, string][]; samples: { value: Value; atMs: number }[] }[],
  metadata: { type: number; name: string; unit: string }[] = [],
): Uint8Array {
  const writer = new BinaryWriter();
  for (const { labels, samples } of series) {
    message(writer, 1);
    for (const [name, value] of labels) {
      message(writer, 1).tag(1, WireType.LengthDelimited).string(name);
      writer.tag(2, WireType.LengthDelimited).string(value).join();
    }
    for (const { value, atMs } of samples) {
      message(writer, 2);
      writeDouble(writer, 1, value);
      writer.tag(2, WireType.Varint).int64(atMs).join();
    }
    writer.join();
  }
  for (const { type, name, unit } of metadata) {
    message(writer, 3).tag(1, WireType.Varint).int32(type).tag(2, WireType.LengthDelimited).string(name);
    writer.tag(5, WireType.LengthDelimited).string(unit).join();
  }
  return writer.finish();
}

/** A Request of 2.0, as protobuf; the start of counting stands where the release candidate has it. */
export function writeRequest2(
  series: (Omit<WrittenSeries, "samples"> & { samples?: { value: Value; atMs: number; startMs?: number }[] })[],
  candidate: "rc.3" | "rc.4" = "rc.4",
): Uint8Array {
  const symbols = [""];
  const reference = (text: string): number => {
    const known = symbols.indexOf(text);
    return known >= 0 ? known : symbols.push(text) - 1;
  };
  const body = new BinaryWriter();
  for (const found of series) {
    message(body, 5);
    message(body, 1);
    for (const pair of found.labels) for (const text of pair) body.uint32(reference(text));
    body.join();
    for (const { value, atMs, startMs } of found.samples ?? []) {
      message(body, 2);
      writeDouble(body, 1, value);
      body.tag(2, WireType.Varint).int64(atMs);
      if (startMs && candidate === "rc.4") body.tag(3, WireType.Varint).int64(startMs);
      body.join();
    }
    for (const histogram of found.histograms ?? []) writeHistogram(body, histogram);
    for (let index = 0; index < (found.exemplars ?? 0); index += 1) {
      message(body, 4);
      writeDouble(body, 2, 1);
      body.tag(3, WireType.Varint).int64(1).join();
    }
    if (found.type !== undefined || found.unit) {
      message(body, 5)
        .tag(1, WireType.Varint)
        .int32(found.type ?? 0);
      body
        .tag(4, WireType.Varint)
        .uint32(reference(found.unit ?? ""))
        .join();
    }
    const start = found.samples?.[0]?.startMs;
    if (start && candidate === "rc.3") body.tag(6, WireType.Varint).int64(start);
    body.join();
  }
  const writer = new BinaryWriter();
  for (const text of symbols) writer.tag(4, WireType.LengthDelimited).string(text);
  return writer.raw(body.finish()).finish();
}

function writeHistogram(writer: BinaryWriter, histogram: WrittenHistogram): void {
  message(writer, 3).tag(1, WireType.Varint).uint64(histogram.count);
  writeDouble(writer, 3, histogram.sum);
  writer.tag(4, WireType.Varint).sint32(histogram.schema ?? 3);
  message(writer, 11).tag(1, WireType.Varint).sint32(0).tag(2, WireType.Varint).uint32(histogram.buckets.length).join();
  message(writer, 12);
  for (const [index, count] of histogram.buckets.entries()) writer.sint64(count - (histogram.buckets[index - 1] ?? 0));
  writer.join();
  writer.tag(15, WireType.Varint).int64(histogram.atMs);
  if (histogram.customValues) {
    message(writer, 16);
    for (const value of histogram.customValues) writer.double(value);
    writer.join();
  }
  writer.join();
}

/** Snappy block of a message. */
export function packed(body: Uint8Array): Buffer {
  return compressSync(Buffer.from(body));
}
