import { type Known, known } from "@/agent/host-roots";
import type { ApiClient } from "@/agent/kubernetes/api-client";
import { list, moment, number, object, ownText } from "@/agent/kubernetes/fields";
import { eachAtATime } from "./at-a-time";
import type { MetricsReading, Usage } from "./metrics-api";
import type { Figures } from "./sample-book";
import { reasonOf } from "./source-notes";

/** Answers of a node with its full number of pods have half a megabyte. */
const NODES_AT_A_TIME = 4;
const NANO = 1e-9;

/** A kubelet looks at volumes once a minute and says again what it saw last, also of one that no longer answers. */
const AGE_S_MAX = 600;

/** What a filesystem or a volume says of itself; what it leaves out is undefined. */
const fill = {
  time: moment,
  capacityBytes: number,
  usedBytes: number,
  availableBytes: number,
  inodes: number,
  inodesFree: number,
};
const filesystem = object(fill);
const cpu = object({ usageNanoCores: number, usageCoreNanoSeconds: number });
const memory = object({ workingSetBytes: number });

/** The summary of a kubelet (kubelet stats/v1alpha1, `Summary`), as far as it is read. */
const summary = object({
  node: object({ cpu, memory, fs: filesystem, runtime: object({ imageFs: filesystem }) }),
  pods: list(
    object({
      podRef: object({ name: ownText, namespace: ownText, uid: ownText }),
      startTime: moment,
      cpu,
      memory,
      volume: list(object({ ...fill, name: ownText, pvcRef: object({ name: ownText, namespace: ownText }) })),
    }),
  ),
});

export type KubeletSummary = NonNullable<ReturnType<typeof summary>>;
export type KubeletPod = NonNullable<KubeletSummary["pods"]>[number];
/** Node → what its kubelet says, or why that could not be read. */
export type KubeletStats = ReadonlyMap<string, Known<KubeletSummary>>;
export type Fill = NonNullable<ReturnType<typeof filesystem>>;

/**
 * Asks the kubelets of these nodes through the API server, which needs `get` of `nodes/proxy`.
 * @param nodes in the order in which they are asked
 */
export async function readKubeletStats(
  client: Pick<ApiClient, "document">,
  nodes: readonly string[],
  silenceMs: number,
  signal: AbortSignal,
): Promise<KubeletStats> {
  const read = await eachAtATime(nodes, NODES_AT_A_TIME, async (name): Promise<[string, Known<KubeletSummary>]> => {
    const path = `/api/v1/nodes/${encodeURIComponent(name)}/proxy/stats/summary`;
    try {
      const { body } = await client.document({ path, silenceMs, signal });
      const read = summary(body);
      if (!read?.node) throw new Error("the answer is no summary of a node");
      return [name, known(read)];
    } catch (error) {
      return [name, reasonOf(`stats of node ${name}`, error)];
    }
  });
  return new Map(read);
}

/** The use of nodes and pods, as the metrics API would tell it. A node that could not be read is in none of both. */
export function usageOfKubelets(stats: KubeletStats): MetricsReading {
  const nodes = new Map<string, Usage>();
  const pods = new Map<string, Usage>();
  const put = (usages: Map<string, Usage>, key: string, { cpu, memory }: Pick<KubeletPod, "cpu" | "memory"> = {}) => {
    const [cores, bytes] = [cpu?.usageNanoCores, memory?.workingSetBytes];
    // Nothing that runs has no memory: a pod that was not looked at yet is told with noughts.
    if (cores !== undefined && bytes) usages.set(key, { cpuCores: NANO * cores, memoryBytes: bytes });
  };
  for (const [name, outcome] of stats) {
    if ("unknown" in outcome) continue;
    put(nodes, name, outcome.value.node);
    for (const pod of outcome.value.pods ?? []) put(pods, podKey(pod), pod);
  }
  return { version: "stats/v1alpha1", nodes: known(nodes), pods: known(pods) };
}

/** `namespace/name` */
export const podKey = ({ podRef }: KubeletPod): string => `${podRef?.namespace ?? ""}/${podRef?.name ?? ""}`;

/** True for what was seen too long ago to be so now. */
export function isStale(told: Fill | undefined, nowSeconds: number): boolean {
  return told?.time !== undefined && nowSeconds - told.time > AGE_S_MAX;
}

/**
 * How full a filesystem is. One without a size is none: drivers that do not know say nothing, or nought.
 * @returns null when nothing can be said of now
 */
export function fillFigures(told: Fill | undefined, nowSeconds: number): Figures<"filesystem"> | null {
  const { capacityBytes, usedBytes, availableBytes, inodes, inodesFree } = told ?? {};
  if (!capacityBytes || usedBytes === undefined || isStale(told, nowSeconds)) return null;
  return {
    sizeBytes: known(capacityBytes),
    usedBytes: known(usedBytes),
    ...(availableBytes === undefined ? {} : { availableBytes: known(availableBytes) }),
    // Filesystems that make inodes as they need them have no number of them and say 0.
    ...(inodes ? { inodesTotal: known(inodes) } : {}),
    ...(inodes && inodesFree !== undefined ? { inodesFree: known(inodesFree) } : {}),
  };
}
