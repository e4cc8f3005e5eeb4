import { readFileSync } from "node:fs";
import { ApiAccess } from "@/agent/kubernetes/api-access";
import { ApiClient } from "@/agent/kubernetes/api-client";
import { ClusterWatch } from "@/agent/kubernetes/cluster-watch";
import { RESOURCE_NAMES } from "@/agent/kubernetes/resources";

/**
 * Follows a cluster in a process of its own, bundled as the agent is, and prints a line of JSON for each line on its
 * standard input: what it holds and what it costs.
 */
async function main(): Promise<void> {
  const access = await ApiAccess.open(process.argv[2] ?? null);
  const { view, run } = follow(access);
  void run;
  let messages = 0;
  view.onChange(() => {
    messages += 1;
  });
  process.stdin.on("data", () => {
    const { heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const line = {
      pods: view.list("pods").size,
      nodes: view.list("nodes").size,
      policies: view.list("networkpolicies.networking.k8s.io").size,
      waiting: RESOURCE_NAMES.filter((name) => view.state(name).status === "waiting").length,
      restarts: restarts(view),
      messages,
      residentMiB: mebibytes("VmRSS"),
      peakMiB: mebibytes("VmHWM"),
      heapMiB: Math.round(heapUsed / 2 ** 20),
      cpuSeconds: Math.round((user + system) / 1e4) / 100,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  });
}

function follow(access: ApiAccess) {
  const cluster = new ClusterWatch({ client: new ApiClient(access) });
  return { view: cluster.view, run: cluster.run(new AbortController().signal) };
}

/** Of all containers: tells whether the newest event has arrived. */
function restarts(view: ClusterWatch["view"]): number {
  let count = 0;
  for (const { status } of view.list("pods").values()) {
    for (const container of status?.containerStatuses ?? []) count += container.restartCount ?? 0;
  }
  return count;
}

/** Of /proc/self/status (proc(5)), which counts in KiB. */
function mebibytes(key: "VmRSS" | "VmHWM"): number {
  const kibibytes = new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return Math.round(Number(kibibytes) / 1024);
}

void main();
