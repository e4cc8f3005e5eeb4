import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fleetAgent } from "@/agent/simulated/fleet-agent";
import { dictionaryHash, dictionaryPayload, SessionClient } from "@/agent/simulated/session-client";
import { significant } from "@/bench/options";
import { parseExposition } from "@/bench/peers/exposition";
import { startWriteSink } from "@/bench/peers/write-sink";
import { requireProgram, startProgram } from "@/bench/programs/debian-program";
import { startPrometheus } from "@/bench/programs/prometheus";
import { createBlock, ENTITY_ABSENT, PRESENT } from "@/contract/codec/block";
import { encodeFrame, SessionState } from "@/contract/codec/frame";
import { createLayout, type Dictionary } from "@/contract/codec/layout";
import { findFreePort } from "@/db/embedded-server";
import { until } from "@/e2e/system/programs";
import { startWire, type WireCount } from "@/e2e/system/wire";

export type ExporterPlan = {
  folder: string;
  gatewayUrl: string;
  seed: number;
  /** The agent of this stream says it. */
  stream: number;
  seconds: number;
  intervalSeconds: number;
};

type OnTheWire = {
  samples: number;
  /** The TCP stream both ways: framing, handshakes and dictionaries counted, TCP's and IP's own headers not. */
  bytesPerSample: number;
  /** The same without what the first interval cost: connecting, and making series known. */
  bytesPerSampleLater: number;
  /** With 40 bytes a packet. */
  bytesPerSampleWithPackets: number;
  kilobitsPerSecond: number;
};

/**
 * One real node-exporter (543 series here) over a byte-counting wire, at the same interval and at the same time: by
 * Prometheus, by vmagent, and by our session with the readings as unscaled doubles.
 */
export async function measureExporterWire(plan: ExporterPlan): Promise<Record<string, OnTheWire | number>> {
  const exporterPort = await findFreePort();
  const exporter = startProgram(
    requireProgram("prometheus-node-exporter"),
    [`--web.listen-address=127.0.0.1:${exporterPort}`],
    join(plan.folder, "node-exporter.log"),
  );
  const scrapeUrl = `http://127.0.0.1:${exporterPort}/metrics`;
  try {
    await until("node-exporter answers", async () => (await fetch(scrapeUrl).catch(() => null))?.status === 200);
    const [ours, prometheus, vmagent] = await Promise.all([
      measureOurs(plan, scrapeUrl),
      measurePrometheus(plan, exporterPort),
      measureVmagent(plan, exporterPort),
    ]);
    return { intervalSeconds: plan.intervalSeconds, fernblick: ours, prometheus, vmagent };
  } finally {
    await exporter.end();
  }
}

async function measureOurs(plan: ExporterPlan, scrapeUrl: string): Promise<OnTheWire> {
  const wire = await startWire(Number(new URL(plan.gatewayUrl).port));
  const agent = fleetAgent(plan.seed, plan.stream);
  const client = await SessionClient.open({ gatewayUrl: wire.url, agent, epoch: 2 });
  let samples = 0;
  let first: Mark | null = null;
  let dictionary: Dictionary = [];
  let session = new SessionState(createLayout([]));
  let hash: Uint8Array | null = null;
  const endAt = Date.now() + plan.seconds * 1000;
  for (let sequence = 1; Date.now() < endAt; sequence += 1) {
    const scraped = new Map<string, number>();
    for (const { series, value } of parseExposition(await (await fetch(scrapeUrl)).text())) scraped.set(series, value);
    // A series that was not there before needs a dictionary with it; one that is gone stays in it.
    const known = new Set(dictionary.map(({ key }) => key));
    const fresh = [...scraped.keys()].filter((series) => !known.has(series));
    if (fresh.length > 0) {
      dictionary = [...dictionary, ...fresh.map((key) => ({ kind: "series" as const, key }))];
      session = new SessionState(createLayout(dictionary));
      hash = dictionaryHash(dictionary);
      client.post({ type: "dictionary", payload: dictionaryPayload(dictionary) }, () => {});
    }
    const { layout } = session;
    const block = createBlock(layout, [Math.floor(Date.now() / 1000)]);
    dictionary.forEach(({ key }, slot) => {
      const value = scraped.get(key);
      const column = layout.columnOf(slot, 0);
      block.values[column] = value ?? 0;
      block.absence[column] = value === undefined ? ENTITY_ABSENT : PRESENT;
    });
    const answer = await client.send({ type: "live", sequence, hash, frame: encodeFrame(block, session) });
    if (answer.type !== "acknowledged") throw new Error(`the gateway answered ${JSON.stringify(answer)}`);
    hash = null;
    samples += scraped.size;
    first ??= { ...wire.count(), samples };
    await delay(Math.max(0, Math.min(plan.intervalSeconds * 1000, endAt - Date.now())));
  }
  client.close();
  const end = { ...wire.count(), samples };
  await wire.close();
  return describeWire(first ?? end, end, plan.seconds);
}

async function measurePrometheus(plan: ExporterPlan, exporterPort: number): Promise<OnTheWire> {
  const sink = await startWriteSink();
  const wire = await startWire(sink.port);
  const folder = join(plan.folder, "exporter-prometheus");
  mkdirSync(folder, { recursive: true });
  const config = scrapeConfig(exporterPort, plan.intervalSeconds, `remote_write:\n  - url: ${wire.url}/api/v1/write\n`);
  const prometheus = await startPrometheus(folder, await findFreePort(), config);
  try {
    return await watchWire(plan, () => ({ ...wire.count(), samples: sink.samples() }));
  } finally {
    await prometheus.end();
    await wire.close();
    await sink.close();
  }
}

async function measureVmagent(plan: ExporterPlan, exporterPort: number): Promise<OnTheWire> {
  const sink = await startWriteSink();
  const wire = await startWire(sink.port);
  const folder = join(plan.folder, "exporter-vmagent");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "scrape.yml"), scrapeConfig(exporterPort, plan.intervalSeconds));
  const vmagent = startProgram(
    requireProgram("vmagent"),
    [
      `-promscrape.config=${join(folder, "scrape.yml")}`,
      `-remoteWrite.url=${wire.url}/api/v1/write`,
      `-remoteWrite.tmpDataPath=${join(folder, "queue")}`,
      `-httpListenAddr=127.0.0.1:${await findFreePort()}`,
    ],
    join(folder, "vmagent.log"),
  );
  try {
    return await watchWire(plan, () => ({ ...wire.count(), samples: sink.samples() }));
  } finally {
    await vmagent.end();
    await wire.close();
    await sink.close();
  }
}

function scrapeConfig(exporterPort: number, intervalSeconds: number, more = ""): string {
  return `global:
  scrape_interval: ${intervalSeconds}s
scrape_configs:
  - job_name: node
    static_configs:
      - targets: ["127.0.0.1:${exporterPort}"]
${more}`;
}

type Mark = WireCount & { samples: number };

async function watchWire({ seconds, intervalSeconds }: ExporterPlan, look: () => Mark): Promise<OnTheWire> {
  await delay(intervalSeconds * 1000);
  const first = look();
  await delay((seconds - intervalSeconds) * 1000);
  return describeWire(first, look(), seconds);
}

function describeWire(first: Mark, end: Mark, seconds: number): OnTheWire {
  const bytesOf = (mark: Mark) => mark.upBytes + mark.downBytes;
  return {
    samples: end.samples,
    bytesPerSample: significant(bytesOf(end) / end.samples),
    bytesPerSampleLater: significant((bytesOf(end) - bytesOf(first)) / (end.samples - first.samples)),
    bytesPerSampleWithPackets: significant((bytesOf(end) + end.packetHeaderBytes) / end.samples),
    kilobitsPerSecond: significant(((bytesOf(end) + end.packetHeaderBytes) * 8) / 1000 / seconds),
  };
}
