import { type Known, known, unknown } from "@/agent/host-roots";
import type { ApiClient } from "@/agent/kubernetes/api-client";
import type { ApiState } from "@/agent/kubernetes/cluster-view";
import { list, moment, object, ownText, quantity } from "@/agent/kubernetes/fields";
import { ItemCutter } from "@/agent/kubernetes/json-stream";
import { reasonOf } from "./source-notes";

/** What of the metrics API is read, by Kubernetes' own names; `deploy/kubernetes/` permits it. */
export const METRICS_RESOURCES = ["nodes.metrics.k8s.io", "pods.metrics.k8s.io"] as const;

export const METRICS_GROUP = "metrics.k8s.io";
const VERSIONS = ["v1beta1"];
/** A figure that is older is not what is used now: metrics servers read every 15 to 60 s. */
const AGE_S_MAX = 300;
const BYTES_MAX = 32 * 1024 * 1024;

/** Cores, as a mean over the source's own window; bytes of the working set. */
export type Usage = { cpuCores: number; memoryBytes: number };
/** Node, or `namespace/name` of a pod → its use. What has no fresh figure is not in it. */
export type Usages = ReadonlyMap<string, Usage>;
export type MetricsReading = { version: string | null; nodes: Known<Usages>; pods: Known<Usages> };

const usage = object({ cpu: quantity, memory: quantity });
const metadata = object({ name: ownText, namespace: ownText });
const nodeMetrics = object({ metadata, timestamp: moment, usage });
const podMetrics = object({ metadata, timestamp: moment, containers: list(object({ usage })) });

/**
 * Reads the use of all nodes and pods from the metrics API (metrics.k8s.io), where the cluster serves it.
 * @param nowSeconds since 1970
 */
export async function readMetricsApi(
  client: Pick<ApiClient, "get">,
  { groups }: Pick<ApiState, "groups">,
  nowSeconds: number,
  signal: AbortSignal,
  silenceMs: number,
): Promise<MetricsReading> {
  const served = groups?.get(METRICS_GROUP);
  const version = VERSIONS.find((one) => served?.includes(one)) ?? null;
  if (!groups) return none(unknown("not_yet", "what the API server serves is being asked"));
  if (!served) return none(unknown("not_offered", `the cluster serves no ${METRICS_GROUP}: no metrics server`));
  if (!version) return none(unknown("not_supported", `${METRICS_GROUP} is served as ${served.join(", ")}`));
  const read = (plural: string, take: (item: unknown) => Figure | undefined) =>
    readUsages(
      client,
      { path: `/apis/${METRICS_GROUP}/${version}/${plural}`, silenceMs, signal },
      take,
      nowSeconds,
    ).catch((error: unknown) => reasonOf(`${plural}.${METRICS_GROUP}`, error));
  const [nodes, pods] = await Promise.all([read("nodes", nodeFigure), read("pods", podFigure)]);
  return { version, nodes, pods };
}

const none = (reason: ReturnType<typeof unknown>): MetricsReading => ({ version: null, nodes: reason, pods: reason });

type Figure = { key: string; at: number | undefined; usage: Usage };

async function readUsages(
  client: Pick<ApiClient, "get">,
  request: Parameters<ApiClient["get"]>[0],
  take: (item: unknown) => Figure | undefined,
  nowSeconds: number,
): Promise<Known<Usages>> {
  const response = await client.get(request);
  const usages = new Map<string, Usage>();
  const cutter = new ItemCutter((item) => {
    const figure = item && take(JSON.parse(item.toString("utf8")));
    if (figure?.at !== undefined && nowSeconds - figure.at <= AGE_S_MAX) usages.set(figure.key, figure.usage);
  });
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BYTES_MAX) throw new Error(`an answer of more than ${BYTES_MAX} bytes`);
    request.signal.throwIfAborted();
    cutter.push(chunk);
  }
  cutter.end();
  return known(usages);
}

function nodeFigure(item: unknown): Figure | undefined {
  const { metadata, timestamp, usage } = nodeMetrics(item) ?? {};
  const { cpu, memory } = usage ?? {};
  if (!metadata?.name || cpu === undefined || memory === undefined) return undefined;
  return { key: metadata.name, at: timestamp, usage: { cpuCores: cpu, memoryBytes: memory } };
}

/** A pod of which one container is not told has no figure: a part is not the whole. */
function podFigure(item: unknown): Figure | undefined {
  const { metadata, timestamp, containers } = podMetrics(item) ?? {};
  if (!metadata?.name || !containers?.length) return undefined;
  const sum: Usage = { cpuCores: 0, memoryBytes: 0 };
  for (const { usage } of containers) {
    if (usage?.cpu === undefined || usage.memory === undefined) return undefined;
    sum.cpuCores += usage.cpu;
    sum.memoryBytes += usage.memory;
  }
  return { key: `${metadata.namespace ?? ""}/${metadata.name}`, at: timestamp, usage: sum };
}
