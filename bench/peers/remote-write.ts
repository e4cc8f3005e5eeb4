import { compressSync } from "snappy";

export type WrittenSeries = {
  /** The encoded labels: the same for every request, so made once (`encodeLabels`). */
  labels: Buffer;
  value: number;
  milliseconds: number;
};

const LENGTH_DELIMITED = 2;
const FIXED_64 = 1;
const tag = (field: number, wireType: number): number => (field << 3) | wireType;

const varintBytes = (value: number): number => Math.max(1, Math.ceil(Math.log2(value + 1) / 7));

/** `Label{name=1,value=2}` for each label, sorted by name, as field 1 of a series (remote-write 1.0). */
export function encodeLabels(labels: Record<string, string>): Buffer {
  const parts = Object.entries(labels)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])));
  return Buffer.concat(parts);
}

function field(number: number, bytes: Buffer): Buffer {
  const head = Buffer.alloc(1 + varintBytes(bytes.length));
  head[0] = tag(number, LENGTH_DELIMITED);
  writeVarint(head, 1, bytes.length);
  return Buffer.concat([head, bytes]);
}

/** One remote-write 1.0 request as it goes over the wire: a protobuf `WriteRequest` in snappy. */
export function encodeWriteRequest(series: readonly WrittenSeries[]): Buffer {
  const size = series.reduce((total, { labels }) => total + labels.length + 40, 0);
  const output = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { labels, value, milliseconds } of series) {
    const sampleBytes = 1 + 8 + 1 + varintBytes(milliseconds);
    output[at++] = tag(1, LENGTH_DELIMITED);
    at = writeVarint(output, at, labels.length + 2 + sampleBytes);
    at += labels.copy(output, at);
    output[at++] = tag(2, LENGTH_DELIMITED);
    output[at++] = sampleBytes;
    output[at++] = tag(1, FIXED_64);
    at = output.writeDoubleLE(value, at);
    output[at++] = tag(2, 0);
    at = writeVarint(output, at, milliseconds);
  }
  return compressSync(output.subarray(0, at));
}

/** Writes a whole number in base 128, low digits first. @returns the place behind it */
function writeVarint(output: Buffer, start: number, value: number): number {
  let at = start;
  let left = value;
  while (left >= 128) {
    output[at++] = (left % 128) | 128;
    left = Math.floor(left / 128);
  }
  output[at++] = left;
  return at;
}
