import { Agent, request } from "node:http";
import type { Block } from "@/contract/codec/block";
import { metricsOf } from "@/contract/metrics";
import { encodeLabels, encodeWriteRequest, type WrittenSeries } from "./remote-write";
import { samplesOf } from "./samples";

/** What Prometheus itself sends at most in one request (max_samples_per_send, 2.42). */
const SAMPLES_A_REQUEST = 500;

export type WritePayload = { body: Buffer; samples: number };

/** Turns blocks into remote-write requests as an exporter's Prometheus would send them: counters cumulative. */
export class PayloadWriter {
  readonly #labels = new Map<number, Buffer>();
  readonly #totals = new Map<number, number>();

  /** The streams' samples in full requests, as a Prometheus that scrapes many targets sends them. */
  encode(blocks: Iterable<{ stream: number; block: Block }>): WritePayload[] {
    const payloads: WritePayload[] = [];
    let series: WrittenSeries[] = [];
    const finish = () => {
      if (series.length > 0) payloads.push({ body: encodeWriteRequest(series), samples: series.length });
      series = [];
    };
    for (const { stream, block } of blocks) {
      for (const { column, at, value } of samplesOf(block)) {
        const id = stream * block.layout.columns + column;
        const isCounter = block.layout.metricOf(column).kind === "counter";
        const total = isCounter ? (this.#totals.get(id) ?? 0) + value : value;
        if (isCounter) this.#totals.set(id, total);
        const milliseconds = (block.moments[at] ?? 0) * 1000;
        series.push({ labels: this.#labelsOf(id, stream, block, column), value: total, milliseconds });
        if (series.length === SAMPLES_A_REQUEST) finish();
      }
    }
    finish();
    return payloads;
  }

  #labelsOf(id: number, stream: number, { layout }: Block, column: number): Buffer {
    const known = this.#labels.get(id);
    if (known) return known;
    const entry = layout.entries[layout.slots[column] ?? 0] ?? { kind: "machine", key: "" };
    const metric = metricsOf(entry.kind)[layout.metricIndexes[column] ?? 0];
    const labels = encodeLabels({
      __name__: `node_${entry.kind}_${metric?.name ?? ""}`,
      cluster: `cluster-${stream}`,
      instance: entry.key,
      job: "node",
    });
    this.#labels.set(id, labels);
    return labels;
  }
}

/** Posts the payloads over so many connections, each after the answer to the one before. @throws for a bad answer */
export async function postPayloads(url: string, payloads: readonly WritePayload[], connections: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  let next = 0;
  const work = async () => {
    for (let payload = payloads[next++]; payload; payload = payloads[next++]) await post(url, payload.body, agent);
  };
  try {
    await Promise.all(Array.from({ length: connections }, work));
  } finally {
    agent.destroy();
  }
}

function post(url: string, body: Buffer, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
      "content-length": body.length,
      "x-prometheus-remote-write-version": "0.1.0",
    };
    const outgoing = request(url, { method: "POST", agent, headers }, (response) => {
      let text = "";
      response.on("data", (bytes: Buffer) => {
        text += bytes.toString("utf8");
      });
      response.on("end", () => {
        if ((response.statusCode ?? 500) < 300) resolve();
        else reject(new Error(`the receiver answered ${response.statusCode}: ${text.slice(0, 200)}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
