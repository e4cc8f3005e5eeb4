import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { requireProgram, startProgram } from "@/bench/programs/debian-program";
import { startPrometheus } from "@/bench/programs/prometheus";
import { findFreePort } from "@/db/embedded-server";
import { startWire, type Wire } from "@/e2e/system/wire";
import { startCountingExporter } from "./counting-exporter";

/** One real sender that reads a number that counts up, and pushes it through a wire of its own. */
export type RealSender = {
  name: string;
  wire: Wire;
  /** Readings so far: 1 to this number, in hundredths, are what has to arrive. */
  taken(): number;
  stop(): Promise<void>;
};

export type SenderPlan = { folder: string; gatewayPort: number; token: string; intervalSeconds: number };

/** Debian's Prometheus 2.42 with its defaults. */
export async function startPrometheusSender(plan: SenderPlan): Promise<RealSender> {
  const exporter = await startCountingExporter("node_load1");
  const wire = await startWire(plan.gatewayPort);
  const folder = join(plan.folder, "sender-prometheus");
  mkdirSync(folder, { recursive: true });
  const write = `remote_write:
  - url: ${wire.url}/api/v1/write
    authorization:
      credentials: ${plan.token}
`;
  const prometheus = await startPrometheus(folder, await findFreePort(), scrapeConfig(plan, exporter.port) + write);
  return {
    name: "prometheus 2.42",
    wire,
    taken: exporter.served,
    stop: async () => {
      await prometheus.end();
      await wire.close();
      await exporter.close();
    },
  };
}

/** Debian's vmagent 1.79 with its defaults. */
export async function startVmagentSender(plan: SenderPlan): Promise<RealSender> {
  const exporter = await startCountingExporter("node_load1");
  const wire = await startWire(plan.gatewayPort);
  const folder = join(plan.folder, "sender-vmagent");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "scrape.yml"), scrapeConfig(plan, exporter.port));
  const vmagent = startProgram(
    requireProgram("vmagent"),
    [
      `-promscrape.config=${join(folder, "scrape.yml")}`,
      `-remoteWrite.url=${wire.url}/api/v1/write`,
      `-remoteWrite.bearerToken=${plan.token}`,
      `-remoteWrite.tmpDataPath=${join(folder, "queue")}`,
      `-httpListenAddr=127.0.0.1:${await findFreePort()}`,
    ],
    join(folder, "vmagent.log"),
  );
  return {
    name: "vmagent 1.79",
    wire,
    taken: exporter.served,
    stop: async () => {
      await vmagent.end();
      await wire.close();
      await exporter.close();
    },
  };
}

/** The OpenTelemetry SDK for JavaScript, OTLP/HTTP in protobuf. It keeps nothing on disk and one batch in memory. */
export async function startOtelSender(plan: SenderPlan): Promise<RealSender> {
  const wire = await startWire(plan.gatewayPort);
  let taken = 0;
  const exporter = new OTLPMetricExporter({
    url: `${wire.url}/v1/metrics`,
    headers: { authorization: `Bearer ${plan.token}` },
    timeoutMillis: 90_000,
  });
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: plan.intervalSeconds * 1000,
    exportTimeoutMillis: plan.intervalSeconds * 1000,
  });
  const resource = resourceFromAttributes({ "host.name": "otel-host", "service.name": "bench" });
  const provider = new MeterProvider({ resource, readers: [reader] });
  provider
    .getMeter("bench")
    .createObservableGauge("system.cpu.load_average.1m")
    .addCallback((result) => {
      taken += 1;
      result.observe(taken / 100);
    });
  return {
    name: "opentelemetry js 0.223",
    wire,
    taken: () => taken,
    stop: async () => {
      await provider.shutdown().catch(() => {});
      await wire.close();
    },
  };
}

function scrapeConfig({ intervalSeconds }: SenderPlan, exporterPort: number): string {
  return `global:
  scrape_interval: ${intervalSeconds}s
scrape_configs:
  - job_name: node
    static_configs:
      - targets: ["127.0.0.1:${exporterPort}"]
`;
}
