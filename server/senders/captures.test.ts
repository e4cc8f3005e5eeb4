import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decodeOtlpJson } from "./otlp-json";
import { decodeOtlpProtobuf } from "./otlp-protobuf";
import { samplesOfOtlp } from "./otlp-samples";
import { Planner } from "./plan";
import { decodeRemoteWrite1 } from "./remote-write-1";
import { SeriesCache } from "./series-cache";
import { decodeSnappyBlock } from "./snappy-block";
import { CAPTURES_MISSING, HAS_CAPTURES, readCapture } from "./testing/captured";
import { scrape } from "./testing/exposition";

const cache = new SeriesCache();
const LIMIT = 64 * 1024 * 1024;

describe.skipIf(!HAS_CAPTURES)(`recordings of real senders decode to what was sent${CAPTURES_MISSING}`, () => {
  test.each([
    ["prom242_rw1_samples", 78_757, 500, 0, 0],
    ["prom242_rw1_small", 7_094, 48, 0, 0],
    ["prom242_rw1_metadata_only", 21_478, 0, 0, 283],
    ["prom242_rw1_stale_markers", 80_692, 12, 488, 0],
    ["vmagent179_rw1_samples", 71_307, 513, 0, 0],
    ["vmagent179_rw1_stale", 72_637, 0, 507, 0],
  ])("%s: %i bytes, %i samples, %i stale markers, %i descriptions", async (name, bytes, samples, stale, described) => {
    const body = await decodeSnappyBlock(readCapture(`${name}.body.bin`), LIMIT);
    const request = decodeRemoteWrite1(body, name, cache);
    expect([body.length, request.samples.length, request.staleMarkers, request.descriptions.size]).toEqual([
      bytes,
      samples,
      stale,
      described,
    ]);
    expect(request.rejected).toBe(0);
    // The same again, now that all series are known by their bytes.
    expect(decodeRemoteWrite1(body, name, cache).samples).toEqual(request.samples);
  });

  test.each(["proto_none", "proto_gzip", "http_none", "http_gzip"])("OTLP of the JavaScript SDK, %s", (mode) => {
    const sent = readCapture(`otlp_js_0.223_${mode}.body.bin`);
    const body = mode.endsWith("gzip") ? gunzipSync(sent) : sent;
    const message = mode.startsWith("proto") ? decodeOtlpProtobuf(body) : decodeOtlpJson(JSON.parse(body.toString()));
    expect(message).toHaveLength(1);
    expect(message[0]?.metrics.map(({ name, shape, points }) => [name, shape, points.length])).toEqual([
      ["hw.energy", "sum", 1],
      ["hw.power", "gauge", 1],
      ["k8s.pod.count", "sum", 1],
      ["http.server.request.duration", "histogram", 1],
      ["weird.values", "gauge", 4],
    ]);
    expect(message[0]?.resource.get("k8s.node.name")).toBe("node-ä1");
    const request = samplesOfOtlp(message, mode, cache);
    // NaN and infinity are the two; count, sum and 16 buckets come from the histogram.
    expect([request.rejected, request.samples.length]).toEqual([2, 23]);
    expect(request.samples.find(({ series }) => series.name === "k8s.pod.count")?.value).toBe(-3);
  });

  test("a scrape of node-exporter has 507 samples, and each figure that a machine shows is understood", () => {
    const samples = scrape(readCapture("node_exporter_1.5.0.prom.txt").toString(), 1_795_379_176_000);
    expect(samples).toHaveLength(507);
    const planner = new Planner(null);
    const fields = new Set(
      samples.flatMap(({ series }) =>
        planner.plan(series).readings.map(({ reading }) => `${reading.kind} ${reading.key} ${reading.field}`),
      ),
    );
    expect([...fields].sort()).toEqual([
      ...["readBytes", "busySeconds", "readOperations", "writeOperations", "writtenBytes"]
        .map((name) => `disk vda ${name}`)
        .sort(),
      ...["$freeBytes", "availableBytes", "inodesFree", "inodesTotal", "sizeBytes"].map(
        (name) => `filesystem / ${name}`,
      ),
      ...[
        "$speedBytes",
        "linkUp",
        "receivedBytes",
        "receivedDrops",
        "receivedErrors",
        "transmittedBytes",
        "transmittedDrops",
        "transmittedErrors",
      ].map((name) => `interface eth0 ${name}`),
      ...[
        "$bootedAt",
        "cpuIdleSeconds",
        "cpuIowaitSeconds",
        "cpuIrqSeconds",
        "cpuNiceSeconds",
        "cpuSoftirqSeconds",
        "cpuStealSeconds",
        "cpuSystemSeconds",
        "cpuUserSeconds",
      ].map((name) => `machine machine ${name}`),
      ...[
        "load1",
        "load15",
        "load5",
        "memoryAvailableBytes",
        "memoryCachedBytes",
        "memoryFreeBytes",
        "memoryTotalBytes",
        "swapFreeBytes",
        "swapTotalBytes",
      ].map((name) => `machine machine ${name}`),
    ]);
  });

  test("energy of node-exporter becomes zones that are never added up but by packages and memory", () => {
    const samples = scrape(readCapture("node_exporter_1.5.0_energy_fakesys.prom.txt").toString(), 1_795_379_176_000);
    const planner = new Planner(null);
    const zones = samples.flatMap(({ series }) =>
      planner.plan(series).readings.map(({ reading }) => `${reading.kind} ${reading.key} ${reading.field}`),
    );
    expect(zones.sort()).toEqual([
      "energyZone intel-rapl:0 energyJoules",
      "energyZone intel-rapl:0:0 energyJoules",
      "energyZone intel-rapl:1 energyJoules",
      "energyZone intel-rapl:2 energyJoules",
      "machine machine $energyPackage",
      "machine machine $energyPackage",
      "machine machine $energyPackage",
      "machine machine $energyPsys",
    ]);
  });
});
