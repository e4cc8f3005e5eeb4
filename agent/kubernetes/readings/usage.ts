import { type Known, known, unknown } from "@/agent/host-roots";
import type { Pod } from "@/agent/kubernetes/facts/pods";
import type { MetricsReading, Usage, Usages } from "./metrics-api";

/** Missing ones that are named. */
const NAMED_MAX = 3;

/** The use of one node, or why it is not known. */
export function usageOfNode({ nodes }: MetricsReading, name: string): Known<Usage> {
  if ("unknown" in nodes) return nodes;
  const usage = nodes.value.get(name);
  return usage ? known(usage) : unknown("read_failed", `no fresh figure of node ${name}`);
}

/** The use of all nodes together. While one is missing it is unknown: a part is not the whole. */
export function usageOfNodes({ nodes }: MetricsReading, names: readonly string[]): Known<Usage> {
  if ("unknown" in nodes) return nodes;
  return sumOf(nodes.value, names, "nodes");
}

/** The use of an application: of its pods that run. One that was just started has no figure yet. */
export function usageOfPods({ pods }: MetricsReading, all: readonly Pod[]): Known<Usage> {
  if ("unknown" in pods) return pods;
  const running = all.filter(({ status }) => status?.phase === "Running");
  return sumOf(
    pods.value,
    running.map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`),
    "running pods",
  );
}

function sumOf(usages: Usages, keys: readonly string[], what: string): Known<Usage> {
  const missing = keys.filter((key) => !usages.has(key));
  if (missing.length > 0) {
    const named = missing.slice(0, NAMED_MAX).join(", ");
    return unknown("not_yet", `no fresh figure of ${missing.length} of ${keys.length} ${what}: ${named}`);
  }
  const sum: Usage = { cpuCores: 0, memoryBytes: 0 };
  for (const key of keys) {
    sum.cpuCores += usages.get(key)?.cpuCores ?? 0;
    sum.memoryBytes += usages.get(key)?.memoryBytes ?? 0;
  }
  return known(sum);
}

/** As the readings of the metric sets `cluster` and `application`. */
export function usageFigures(usage: Known<Usage>): Record<"cpuUsedCores" | "memoryUsedBytes", Known<number>> {
  return "unknown" in usage
    ? { cpuUsedCores: usage, memoryUsedBytes: usage }
    : { cpuUsedCores: known(usage.value.cpuCores), memoryUsedBytes: known(usage.value.memoryBytes) };
}
