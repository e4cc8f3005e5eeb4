import type { EntitySample } from "@/agent/entity-reading";
import { type Known, known, unknown } from "@/agent/host-roots";
import type { ApiClient } from "@/agent/kubernetes/api-client";
import { CLUSTER_KEY, putObjectFigures } from "@/agent/kubernetes/cluster-samples";
import type { ClusterView } from "@/agent/kubernetes/cluster-view";
import { applicationModel } from "@/agent/kubernetes/facts/applications";
import type { Reader } from "@/agent/kubernetes/facts/section";
import type { Settler } from "@/agent/settle";
import type { ClusterItems, ItemOf } from "@/contract/cluster/items";
import { eachAtATime } from "./at-a-time";
import { CpuManagers } from "./cpu-managers";
import { isExporterMetric } from "./endpoint-parts";
import { type Asked, EndpointReadings } from "./endpoint-readings";
import { annotatedEndpoints, type Endpoint, type NamedEndpoint, namedEndpoint } from "./endpoints";
import { KubeletReadings } from "./kubelet-readings";
import { type KubeletStats, readKubeletStats, usageOfKubelets } from "./kubelet-stats";
import { METRICS_GROUP, METRICS_RESOURCES, type MetricsReading, readMetricsApi } from "./metrics-api";
import { type Figures, SampleBook } from "./sample-book";
import { scrape } from "./scrape";
import { SourceNotes } from "./source-notes";
import { usageFigures, usageOfNode, usageOfNodes, usageOfPods } from "./usage";

/** A source that has not answered by then has failed this time. */
const ANSWER_MS_MAX = 10_000;

/** Endpoints asked at a time. */
const SCRAPES_AT_A_TIME = 8;

/** What is asked beside the API server, as the operator chose. */
export type ScrapeChoice = {
  /** Pods that ask for it by their annotations. */
  isAnnotated: boolean;
  named: readonly NamedEndpoint[];
};

export type ClusterReadingsOptions = {
  client: Pick<ApiClient, "get" | "document">;
  view: ClusterView;
  /** Whether kubelets are asked, which takes a permission of its own. */
  isKubeletAsked: boolean;
  /** Of this process; what it holds survives it. */
  settler: Settler;
  scrape: ScrapeChoice;
  nowMs?: () => number;
};

/** What was told of the cluster's objects when it is read. */
export type Told = { items: ClusterItems; reader: Reader };

export type ClusterReading = {
  samples: EntitySample[];
  /** What was read beside the watched resources, and how it went: items of kind `source`. */
  sources: ReadonlyMap<string, ItemOf<"source">>;
  /** What kubelets say of their nodes. */
  cpuManagers: CpuManagers;
};

/** Reads the figures of a cluster: from its objects, and from what measures them. No source waits for another. */
export class ClusterReadings {
  readonly #options: ClusterReadingsOptions;
  readonly #nowMs: () => number;
  readonly #notes = new SourceNotes();

  readonly #endpoints: EndpointReadings;
  readonly #kubelets: KubeletReadings;
  readonly #cpuManagers = new CpuManagers();

  constructor(options: ClusterReadingsOptions) {
    this.#options = options;
    this.#endpoints = new EndpointReadings(options.settler);
    this.#kubelets = new KubeletReadings(options.settler);
    this.#nowMs = options.nowMs ?? Date.now;
  }

  /**
   * One reading of everything. Never throws: what fails is unknown, and told as a source that fails.
   * @param limitMs by then it is over
   */
  async read(told: Told, limitMs: number, stop: AbortSignal): Promise<ClusterReading> {
    const { client, view } = this.#options;
    const silenceMs = Math.min(ANSWER_MS_MAX, limitMs);
    const signal = AbortSignal.any([stop, AbortSignal.timeout(silenceMs)]);
    const nowSeconds = Math.floor(this.#nowMs() / 1000);
    const [metrics, asked, stats] = await Promise.all([
      readMetricsApi(client, view.api, nowSeconds, signal, silenceMs),
      this.#scrape(told, silenceMs, signal),
      this.#askKubelets(told, silenceMs, signal),
    ]);
    const book = new SampleBook();
    putObjectFigures(book, view, told.items);
    this.#endpoints.put(book, asked, 1000 * nowSeconds);
    putUsage(book, told, metrics);
    if (stats) {
      this.#kubelets.put(book, told.reader, stats, nowSeconds);
      putUsage(book, told, usageOfKubelets(stats));
      for (const [node, outcome] of stats) this.#notes.noteOutcome(kubeletKey(node), outcome, nowSeconds);
    }
    this.#noteMetrics(metrics, nowSeconds);
    for (const one of asked) this.#noteEndpoint(book, one, nowSeconds);
    const { samples, leftOut } = book.samples();
    if (leftOut > 0) this.#notes.note("readings", { status: "synced", leftOut }, nowSeconds);
    return { samples, sources: this.#notes.take(), cpuManagers: this.#cpuManagers };
  }

  /** What failed the last time is asked last: the dead keep nobody waiting. */
  #lastFailedLast<T>(all: readonly T[], keyOf: (one: T) => string): T[] {
    const isFailing = (one: T) => this.#notes.isFailing(keyOf(one));
    return [...all.filter((one) => !isFailing(one)), ...all.filter(isFailing)];
  }

  async #askKubelets({ items }: Told, limitMs: number, signal: AbortSignal): Promise<KubeletStats | null> {
    const { client, isKubeletAsked } = this.#options;
    if (!isKubeletAsked) return null;
    const nodes = this.#lastFailedLast([...(items.node?.keys() ?? [])], kubeletKey);
    const [stats] = await Promise.all([
      readKubeletStats(client, nodes, limitMs, signal),
      this.#cpuManagers.read(client, nodes, this.#nowMs(), limitMs, signal),
    ]);
    return stats;
  }

  #scrape({ reader }: Told, limitMs: number, signal: AbortSignal): Promise<Asked[]> {
    const { isAnnotated, named } = this.#options.scrape;
    const endpoints = [...named.map(namedEndpoint), ...(isAnnotated ? annotatedEndpoints(reader) : [])];
    const ordered = this.#lastFailedLast(endpoints, endpointKey);
    return eachAtATime(ordered, SCRAPES_AT_A_TIME, async (endpoint) => {
      const { url, fault } = endpoint;
      const outcome = url
        ? await scrape(url, isExporterMetric, limitMs, signal)
        : unknown("not_supported", fault ?? "no address");
      return { endpoint, outcome };
    });
  }

  /** Each endpoint is a probe as well: how it answered before is as much worth as how it answers now. */
  #noteEndpoint(book: SampleBook, { endpoint, outcome }: Asked, nowSeconds: number): void {
    const key = endpointKey(endpoint);
    if ("unknown" in outcome) this.#notes.note(key, { status: "failing", reason: outcome.unknown.detail }, nowSeconds);
    else {
      const isOfUse = outcome.value.samples.length > 0;
      this.#notes.note(
        key,
        { status: "synced", ...(isOfUse ? {} : { reason: "none of its metrics is known" }) },
        nowSeconds,
      );
    }
    if (!endpoint.url) return;
    const isUp = known("value" in outcome ? 1 : 0);
    const latencySeconds = "value" in outcome ? known(outcome.value.seconds) : unknown(outcome.unknown.code, "");
    book.put("probe", key, { isUp, latencySeconds });
  }

  /** Like other resources, one that is not served is not told: the list of API groups says so. */
  #noteMetrics({ version, nodes, pods }: MetricsReading, nowSeconds: number): void {
    if (!this.#options.view.api.groups?.has(METRICS_GROUP)) return;
    const [ofNodes, ofPods] = METRICS_RESOURCES;
    this.#notes.noteOutcome(ofNodes, nodes, nowSeconds, version ?? undefined);
    this.#notes.noteOutcome(ofPods, pods, nowSeconds, version ?? undefined);
  }
}

const kubeletKey = (node: string) => `kubelet/${node}`;
const endpointKey = ({ key }: Pick<Endpoint, "key">) => `endpoint/${key}`;

function putUsage(book: SampleBook, { items, reader }: Told, metrics: MetricsReading): void {
  const nodes = items.node ?? new Map<string, ItemOf<"node">>();
  book.put("cluster", CLUSTER_KEY, usageFigures(usageOfNodes(metrics, [...nodes.keys()])));
  const applications = reader.get(applicationModel);
  for (const key of items.application?.keys() ?? []) {
    const pods = (applications.get(key) ?? []).flatMap((workload) => workload.pods);
    book.put("application", key, withoutWords(usageFigures(usageOfPods(metrics, pods))));
  }
  // Where nothing measures nodes, they have no readings at all.
  if (metrics.version === null) return;
  for (const [key, { capacity }] of nodes) book.put("machine", key, machineFigures(metrics, key, capacity.memory));
}

/** Of what is available a node keeps account as its capacity less the working set (Kubernetes, "Node-pressure Eviction"). */
function machineFigures(metrics: MetricsReading, name: string, capacityBytes: number | undefined): Figures<"machine"> {
  const { cpuUsedCores, memoryUsedBytes } = usageFigures(usageOfNode(metrics, name));
  if (capacityBytes === undefined) return { cpuUsedCores };
  const memoryAvailableBytes =
    "unknown" in memoryUsedBytes ? memoryUsedBytes : { value: capacityBytes - memoryUsedBytes.value };
  return withoutWords({ cpuUsedCores, memoryTotalBytes: { value: capacityBytes }, memoryAvailableBytes });
}

/** The code alone: the words stand once at the cluster and its sources, not at each of a thousand entities. */
function withoutWords<N extends string>(figures: Partial<Record<N, Known<number>>>): Partial<Record<N, Known<number>>> {
  const entries = Object.entries<Known<number> | undefined>(figures).map(([name, figure]) => [
    name,
    figure && "unknown" in figure ? { unknown: { code: figure.unknown.code, detail: "" } } : figure,
  ]);
  return Object.fromEntries(entries) as Partial<Record<N, Known<number>>>;
}
