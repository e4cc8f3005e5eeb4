import { type BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { assertEnd, isStaleMarker, messageEnd, readDouble, readInt64, readRepeated } from "./wire-reader";

/** What is taken of a native histogram: how many, and how much in all. */
export type NativeHistogram = {
  atMs: number;
  startMs: number | null;
  count: number;
  sum: number;
  isStale: boolean;
  /** Why its parts do not fit each other; null when they do. */
  problem: string | null;
};

type Parts = { buckets: number[]; spans: number };

/** Reads `io.prometheus.write.v2.Histogram` and checks that its buckets add up to its count. */
export function readNativeHistogram(reader: BinaryReader, end: number, body: Uint8Array): NativeHistogram {
  const histogram: NativeHistogram = { atMs: 0, startMs: null, count: 0, sum: 0, isStale: false, problem: null };
  const negative: Parts = { buckets: [], spans: 0 };
  const positive: Parts = { buckets: [], spans: 0 };
  let zeroCount = 0;
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    switch (field) {
      case 1:
        histogram.count = readInt64(reader, wire, "count");
        break;
      case 2:
        histogram.count = readDouble(reader, wire, "count");
        break;
      case 3:
        histogram.sum = readDouble(reader, wire, "sum");
        histogram.isStale = Number.isNaN(histogram.sum) && isStaleMarker(body, reader.pos);
        break;
      case 6:
        zeroCount = readInt64(reader, wire, "zero count");
        break;
      case 7:
        zeroCount = readDouble(reader, wire, "zero count");
        break;
      case 8:
        negative.spans += readSpan(reader, messageEnd(reader, wire, "span"));
        break;
      case 11:
        positive.spans += readSpan(reader, messageEnd(reader, wire, "span"));
        break;
      case 9:
        readDeltas(reader, wire, negative.buckets);
        break;
      case 12:
        readDeltas(reader, wire, positive.buckets);
        break;
      case 10:
        readRepeated(reader, wire, WireType.Bit64, "counts", () => negative.buckets.push(reader.double()));
        break;
      case 13:
        readRepeated(reader, wire, WireType.Bit64, "counts", () => positive.buckets.push(reader.double()));
        break;
      case 15:
        histogram.atMs = readInt64(reader, wire, "timestamp");
        break;
      case 17:
        histogram.startMs = readInt64(reader, wire, "start timestamp") || null;
        break;
      default:
        reader.skip(wire, field);
    }
  }
  assertEnd(reader, end, "histogram");
  histogram.problem = problemOf(histogram, [negative, positive], zeroCount);
  return histogram;
}

/** @returns how many buckets the span covers */
function readSpan(reader: BinaryReader, end: number): number {
  let length = 0;
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (field === 2) length = readInt64(reader, wire, "span length");
    else reader.skip(wire, field);
  }
  assertEnd(reader, end, "span");
  return length;
}

/** Whole counts travel as differences to the bucket before. */
function readDeltas(reader: BinaryReader, wire: WireType, buckets: number[]): void {
  readRepeated(reader, wire, WireType.Varint, "deltas", () => {
    buckets.push((buckets.at(-1) ?? 0) + Number(reader.sint64()));
  });
}

function problemOf(histogram: NativeHistogram, sides: readonly Parts[], zeroCount: number): string | null {
  if (histogram.isStale) return null;
  for (const { buckets, spans } of sides) {
    if (buckets.length !== spans) return `found ${buckets.length} buckets in spans for ${spans}`;
    if (buckets.some((count) => count < 0)) return "found a bucket with a negative count";
  }
  const inBuckets = sides.flatMap(({ buckets }) => buckets).reduce((total, count) => total + count, zeroCount);
  // Observations that are NaN are counted and lie in no bucket.
  const fits = Number.isNaN(histogram.sum) ? inBuckets <= histogram.count : near(inBuckets, histogram.count);
  return fits ? null : `found ${inBuckets} observations in buckets, expected the count ${histogram.count}`;
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
