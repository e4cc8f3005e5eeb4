import { NoisyStream } from "@/bench/data/noisy-stream";
import { percentile } from "@/bench/options";
import { copyFile, createCopyTables, writeCopyFiles } from "@/bench/peers/copy-rows";
import { PayloadWriter, postPayloads } from "@/bench/peers/prometheus-ingest";
import type { Stage } from "@/bench/programs/stage";
import { type LoadPlan, momentsOf } from "./load-plan";

/** As many as Prometheus' own default senders of one remote (shards begin at few). */
const CONNECTIONS = 4;

/** The limit (one server-side COPY into the same Postgres) and the peer (Prometheus), given the same readings. */
export class Peers {
  readonly #rates: Record<"narrow" | "wide" | "prometheus", number[]> = { narrow: [], wide: [], prometheus: [] };
  readonly #payloads = new PayloadWriter();
  readonly #streams: NoisyStream[];
  #ticks = 0;

  private constructor(
    readonly stage: Stage,
    readonly plan: LoadPlan,
    readonly prometheusUrl: string,
  ) {
    this.#streams = Array.from(
      { length: plan.streams },
      (_, stream) => new NoisyStream({ ...plan, stream, nodes: plan.nodesPerStream }),
    );
  }

  static async prepare(stage: Stage, plan: LoadPlan, prometheusUrl: string): Promise<Peers> {
    await createCopyTables(stage.admin);
    const peers = new Peers(stage, plan, prometheusUrl);
    // The first request makes the series known, which is not what a running Prometheus does all day.
    await peers.#writeToPrometheus(peers.#encodeTick());
    return peers;
  }

  /** One tick of the whole fleet each way. */
  async measure(): Promise<void> {
    const blocks = this.#nextTick();
    const payloads = this.#payloads.encode(blocks);
    for (const file of writeCopyFiles(this.stage.folder, `tick-${this.#ticks}`, blocks)) {
      this.#rates[file.table].push(file.samples / (await copyFile(this.stage.admin, file)));
    }
    this.#rates.prometheus.push(await this.#writeToPrometheus(payloads));
  }

  /** Medians, samples a second. */
  rates(): Record<"narrow" | "wide" | "prometheus", number> {
    const median = (values: number[]) => percentile(values, 50);
    const { narrow, wide, prometheus } = this.#rates;
    return { narrow: median(narrow), wide: median(wide), prometheus: median(prometheus) };
  }

  #nextTick() {
    this.#ticks += 1;
    const moment = this.plan.firstMoment + this.plan.intervalSeconds * (momentsOf(this.plan) - 20 + this.#ticks);
    return this.#streams.map((noisy, stream) => ({ stream, block: noisy.next([moment]) }));
  }

  #encodeTick() {
    return this.#payloads.encode(this.#nextTick());
  }

  /** The payloads are encoded beforehand, so that only Prometheus is measured. */
  async #writeToPrometheus(payloads: ReturnType<PayloadWriter["encode"]>): Promise<number> {
    const samples = payloads.reduce((total, payload) => total + payload.samples, 0);
    const startedAt = performance.now();
    await postPayloads(`${this.prometheusUrl}/api/v1/write`, payloads, CONNECTIONS);
    return samples / ((performance.now() - startedAt) / 1000);
  }
}
