import { describe, expect, test } from "vitest";
import { decodeOtlpJson } from "./otlp-json";
import { decodeOtlpProtobuf } from "./otlp-protobuf";
import { samplesOfOtlp } from "./otlp-samples";
import { decodeRemoteWrite1 } from "./remote-write-1";
import { decodeRemoteWrite2 } from "./remote-write-2";
import { decoding, RequestError } from "./request-error";
import type { SenderRequest } from "./samples";
import { SeriesCache } from "./series-cache";
import { decodeSnappyBlock } from "./snappy-block";
import { HAS_CAPTURES, readCapture } from "./testing/captured";
import { encodeOtlp } from "./testing/otlp-encoder";
import { packed, writeRequest1, writeRequest2 } from "./testing/remote-write-encoder";

const SEED = 20_261_123;
const ROUNDS = 3_000;
const LIMIT = 1024 * 1024;

/** mulberry32: the same numbers on every machine. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Changes, cuts out, doubles or adds a few bytes. */
function mutate(body: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(body);
  const place = () => Math.floor(random() * (bytes.length + 1));
  for (let change = Math.ceil(random() * 4); change > 0; change -= 1) {
    const at = place();
    const to = Math.min(bytes.length, at + Math.ceil(random() * 20));
    const kind = random();
    if (kind < 0.5 && bytes.length > 0) bytes[at % bytes.length] = Math.floor(random() * 256);
    else if (kind < 0.7) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    else if (kind < 0.85) bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    else if (kind < 0.95) bytes = bytes.subarray(0, at);
    else bytes = Buffer.concat([bytes, Buffer.from([Math.floor(random() * 256)])]);
  }
  return bytes;
}

const labels: [string, string][] = [
  ["__name__", "fuzzed"],
  ["job", "node"],
  ["instance", "edge-7:9100"],
];
const series = Array.from({ length: 20 }, (_, n) => ({
  labels: [...labels, ["n", String(n)] as [string, string]],
  samples: [{ value: n / 3, atMs: 1_795_379_176_000 }],
}));
const request = {
  resourceMetrics: [
    {
      resource: { attributes: [{ key: "host.name", value: { stringValue: "edge-7" } }] },
      scopeMetrics: [
        {
          metrics: [
            { name: "a", gauge: { dataPoints: [{ timeUnixNano: "1795379176000000000", asDouble: 1 }] } },
            {
              name: "b",
              histogram: {
                aggregationTemporality: 2,
                dataPoints: [
                  {
                    timeUnixNano: "1795379176000000000",
                    count: "3",
                    sum: 4,
                    bucketCounts: ["1", "2"],
                    explicitBounds: [1],
                  },
                ],
              },
            },
          ],
        },
      ],
    },
  ],
};

const capture = (name: string): Buffer[] => (HAS_CAPTURES ? [readCapture(`${name}.body.bin`)] : []);
const cache = new SeriesCache();
const doors: Record<string, { bodies: Buffer[]; decode: (body: Buffer) => Promise<SenderRequest> | SenderRequest }> = {
  "remote write 1.0 in snappy": {
    bodies: [packed(writeRequest1(series)), ...capture("prom242_rw1_small"), ...capture("vmagent179_rw1_samples")],
    decode: async (body) => {
      const inflated = await decodeSnappyBlock(body, LIMIT);
      return decoding("remote write", () => decodeRemoteWrite1(inflated, "fuzz", cache));
    },
  },
  "remote write 1.0": {
    bodies: [Buffer.from(writeRequest1(series))],
    decode: (body) => decoding("remote write", () => decodeRemoteWrite1(body, "fuzz", cache)),
  },
  "remote write 2.0": {
    bodies: [
      Buffer.from(
        writeRequest2([
          ...series,
          { labels, histograms: [{ atMs: 1_795_379_176_000, count: 3, sum: 1, buckets: [1, 2] }] },
        ]),
      ),
    ],
    decode: (body) => decoding("remote write", () => decodeRemoteWrite2(body, "fuzz", cache)),
  },
  "OTLP protobuf": {
    bodies: [Buffer.from(encodeOtlp(request)), ...capture("otlp_js_0.223_proto_none")],
    decode: (body) =>
      samplesOfOtlp(
        decoding("OTLP", () => decodeOtlpProtobuf(body)),
        "fuzz",
        cache,
      ),
  },
  "OTLP JSON": {
    bodies: [Buffer.from(JSON.stringify(request)), ...capture("otlp_js_0.223_http_none")],
    decode: (body) =>
      samplesOfOtlp(
        decoding("OTLP", () => {
          try {
            return decodeOtlpJson(JSON.parse(body.toString("utf8")));
          } catch (error) {
            if (error instanceof SyntaxError) throw new RequestError("malformed", "no JSON");
            throw error;
          }
        }),
        "fuzz",
        cache,
      ),
  },
};

describe("bytes that were damaged on their way", () => {
  test.each(Object.entries(doors))(
    `are decoded or refused, and nothing else happens: ${ROUNDS} times %s, seed ${SEED}`,
    async (_name, { bodies, decode }) => {
      const random = createRandom(SEED);
      const outcomes = new Map<string, number>();
      for (let round = 0; round < ROUNDS; round += 1) {
        const body = mutate(bodies[round % bodies.length] ?? Buffer.alloc(0), random);
        let outcome = "decoded";
        try {
          const { samples } = await decode(body);
          for (const { series: found, atMs } of samples)
            if (typeof found.name !== "string" || typeof atMs !== "number") outcome = "wrong";
        } catch (error) {
          outcome = error instanceof RequestError ? error.problem : `round ${round}: ${String(error)}`;
        }
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      expect(
        [...outcomes.keys()].filter((outcome) => !["decoded", "malformed", "too_large"].includes(outcome)),
      ).toEqual([]);
      expect(outcomes.get("decoded")).toBeGreaterThan(0);
      expect(outcomes.get("malformed")).toBeGreaterThan(0);
    },
  );
});
