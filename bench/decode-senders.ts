import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeOtlpProtobuf } from "@/server/senders/otlp-protobuf";
import { samplesOfOtlp } from "@/server/senders/otlp-samples";
import { decodeRemoteWrite1 } from "@/server/senders/remote-write-1";
import { decodeRemoteWrite2 } from "@/server/senders/remote-write-2";
import { SeriesCache } from "@/server/senders/series-cache";
import { decodeSnappyBlock } from "@/server/senders/snappy-block";
import { encodeOtlp } from "@/server/senders/testing/otlp-encoder";
import { packed, writeRequest1, writeRequest2 } from "@/server/senders/testing/remote-write-encoder";
import { readOptions, significant } from "./options";

/**
 * `npm run bench:decode-senders`: what one processor decodes of other people's senders, from the bytes on the wire to
 * samples, with names that are new each time and with names that were seen. The last line is one JSON object.
 */

const options = readOptions({ seconds: 2, series: 500, captures: join(import.meta.dirname, "../../shared/captures") });
const AT_MS = 1_795_379_176_000;
const LIMIT = 64 * 1024 * 1024;

const series = Array.from({ length: options.series }, (_, n) => ({
  labels: [
    ["__name__", `node_metric_${n % 50}_total`],
    ["cpu", String(n)],
    ["instance", "edge-7.example:9100"],
    ["job", "node"],
    ["mode", "system"],
    ["site", "Hamburg harbour"],
  ] as [string, string][],
  samples: [{ value: n * 1.37, atMs: AT_MS }],
}));
const metrics = series.map(({ labels, samples }) => ({
  name: labels[0]?.[1],
  gauge: {
    dataPoints: samples.map(({ value, atMs }) => ({
      timeUnixNano: `${atMs}000000`,
      asDouble: value,
      attributes: labels.slice(1).map(([key, stringValue]) => ({ key, value: { stringValue } })),
    })),
  },
}));
const otlp = Buffer.from(encodeOtlp({ resourceMetrics: [{ resource: {}, scopeMetrics: [{ metrics }] }] }));

type Decode = (body: Buffer, cache: SeriesCache) => Promise<number>;
const remoteWrite1: Decode = async (body, cache) =>
  decodeRemoteWrite1(await decodeSnappyBlock(body, LIMIT), "bench", cache).samples.length;

const CASES: { name: string; body: Buffer; decode: Decode }[] = [
  { name: "remote write 1.0", body: packed(writeRequest1(series)), decode: remoteWrite1 },
  {
    name: "remote write 2.0",
    body: packed(writeRequest2(series)),
    decode: async (body, cache) =>
      decodeRemoteWrite2(await decodeSnappyBlock(body, LIMIT), "bench", cache).samples.length,
  },
  {
    name: "OTLP protobuf",
    body: otlp,
    decode: async (body, cache) => samplesOfOtlp(decodeOtlpProtobuf(body), "bench", cache).samples.length,
  },
];
const capture = join(options.captures, "prom242_rw1_samples.body.bin");
if (existsSync(capture)) {
  CASES.push({ name: "remote write 1.0, recorded Prometheus 2.42", body: readFileSync(capture), decode: remoteWrite1 });
}

async function measure(decode: Decode, body: Buffer, createCache: () => SeriesCache): Promise<number> {
  for (let warm = 0; warm < 20; warm += 1) await decode(body, createCache());
  const startedAt = process.cpuUsage();
  const until = performance.now() + options.seconds * 1000;
  let samples = 0;
  while (performance.now() < until) samples += await decode(body, createCache());
  const { user, system } = process.cpuUsage(startedAt);
  return significant(samples / ((user + system) / 1e6));
}

const results: Record<string, { bytesPerSample: number; newNames: number; seenNames: number }> = {};
for (const { name, body, decode } of CASES) {
  const seen = new SeriesCache();
  const count = await decode(body, seen);
  results[name] = {
    bytesPerSample: significant(body.length / count, 3),
    newNames: await measure(decode, body, () => new SeriesCache()),
    seenNames: await measure(decode, body, () => seen),
  };
}
process.stdout.write(`${JSON.stringify({ bench: "decode-senders", samplesPerCpuSecond: results })}\n`);
