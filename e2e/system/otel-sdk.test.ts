import { createHash, randomBytes, randomUUID } from "node:crypto";
import { OTLPMetricExporter as JsonExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtobufExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/db/testing/test-database";
import { freePort, type Program, startGateway, until } from "./programs";

/** The OpenTelemetry SDK for JavaScript against the real gateway, in all the ways in which it can speak. */

const MODES = [
  { name: "protobuf plain", Exporter: ProtobufExporter, compression: "none" },
  { name: "protobuf gzip", Exporter: ProtobufExporter, compression: "gzip" },
  { name: "json plain", Exporter: JsonExporter, compression: "none" },
  { name: "json gzip", Exporter: JsonExporter, compression: "gzip" },
] as const;

let testDatabase: TestDatabase;
let admin: pg.Client;
let gateway: Program;
let url: string;
let token: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  admin = new pg.Client({ connectionString: testDatabase.adminUrl });
  await admin.connect();
  const id = randomUUID();
  const secret = randomBytes(32).toString("base64url");
  token = `fbk_${id}_${secret}`;
  await admin.query("insert into organisations (name) values ('Test')");
  await admin.query("insert into sites (org_id, name) select id, 'Edge' from organisations");
  await admin.query(
    "insert into api_tokens (id, org_id, name, secret_hash, site_id) select $1, org_id, 'SDK', $2, id from sites",
    [id, createHash("sha256").update(secret).digest()],
  );
  const port = await freePort();
  gateway = await startGateway(testDatabase.appUrl, port);
  url = `http://127.0.0.1:${port}/v1/metrics`;
});
afterAll(async () => {
  await gateway.end("SIGTERM");
  await admin.end();
  await testDatabase.drop();
});

test("each of its four modes becomes a machine with the reading that was sent", async () => {
  const providers = MODES.map(({ name, Exporter, compression }, index) => {
    const exporter = new Exporter({
      url,
      headers: { authorization: `Bearer ${token}` },
      // The SDK has an enumeration of its own in each package; the words are what they stand for.
      compression: compression as never,
    });
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
    const resource = resourceFromAttributes({ "host.name": name });
    const provider = new MeterProvider({ resource, readers: [reader] });
    const meter = provider.getMeter("test");
    meter.createObservableGauge("system.cpu.load_average.1m").addCallback((result) => result.observe(index + 0.25));
    meter.createHistogram("http.server.request.duration").record(0.2);
    meter.createUpDownCounter("jobs.waiting").add(-1);
    return provider;
  });
  await Promise.all(providers.map((provider) => provider.forceFlush()));
  await until("the four machines have their readings", async () => {
    const { rows } = await admin.query("select from telemetry_machines where load1 is not null");
    return rows.length === MODES.length;
  });
  const { rows } = await admin.query<{ name: string; load1: number }>(
    "select m.name, t.load1 from telemetry_machines t join machines m on m.id = t.machine_id order by t.load1",
  );
  expect(rows).toEqual(MODES.map(({ name }, index) => ({ name, load1: index + 0.25 })));
  const unknown = await admin.query(
    "select name, type from sender_metrics where meaning = 'unknown' order by name limit 1",
  );
  expect(unknown.rows).toEqual([{ name: "http.server.request.duration_bucket", type: expect.any(String) }]);
  await Promise.all(providers.map((provider) => provider.shutdown()));
}, 90_000);
