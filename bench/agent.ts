import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { deflateRawSync } from "node:zlib";
import { FakeGateway } from "@/agent/testing/fake-gateway";
import { grantRole, many } from "@/agent/testing/followed-plane";
import { KubePlane, planeMissing } from "@/agent/testing/kube-plane";
import { encodeMessage } from "@/contract/messages";
import { AGENT_FILE, until } from "@/e2e/system/programs";
import { node, pod, podStatus } from "./kubernetes/large-cluster";
import { readOptions } from "./options";
import { type StartedProgram, startProgram } from "./programs/debian-program";

/**
 * `npm run bench:agent`: what the built agent costs a machine and a cluster, in memory, processor time and facts over the
 * link. The cluster is a real API server with 4, then 20, then 100 nodes of 50 pods each. The last line is one JSON
 * object:
 *
 * - `hostRssMb`, `clusterRssMb`: resident memory (VmRSS, in 10^6 bytes) after the time of measuring, the cluster's at
 *   the largest size; `clusterPeakMb` is its highest (VmHWM).
 * - `cpuMsPerMinute`: of the host's agent at an interval of 60 s; `clusterCpuMsPerMinute` of the other.
 * - `factsBytesPerDay`: what a steady cluster costs beyond its metrics, by nodes: the hourly word that nothing changed,
 *   the report each quarter of an hour, and what heartbeats of nodes (one in five minutes each) make the agent tell.
 *   The whole, told once, is `wholeBytes`.
 */

const options = readOptions({ sizes: "4,20,100", "pods-per-node": 50, "measure-seconds": 180, "heartbeat-rounds": 12 });
/** As the agent is started in a cluster (decision 0021). */
const NODE_OPTIONS = "--max-semi-space-size=2 --max-old-space-size=100";
const HEARTBEATS_PER_DAY = 288;
const CONFIRMATIONS_PER_DAY = 24;
const REPORTS_PER_DAY = 96;
/** Changes are gathered for 15 s before they are told. */
const GATHER_MS = 20_000;
/** USER_HZ of Linux on every platform that Node runs on (proc_pid_stat(5), sysconf(_SC_CLK_TCK)). */
const TICK_MS = 10;
/** Of a short masked WebSocket frame (RFC 6455, 5.2). */
const FRAME_HEADER_BYTES = 8;

const mebi = (pid: number, key: "VmRSS" | "VmHWM"): number => {
  const kibibytes = new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round((Number(kibibytes) * 1024) / 1e5) / 10;
};

/** Processor time so far, in milliseconds: fields 14 and 15 of /proc/pid/stat. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return TICK_MS * (Number(fields[11]) + Number(fields[12]));
}

/** Milliseconds of processor time in a minute, over the time of measuring. */
async function cpuMsPerMinute(pid: number): Promise<number> {
  const [beforeMs, atMs] = [cpuMs(pid), performance.now()];
  await delay(1000 * options["measure-seconds"]);
  return Math.round((60_000 * (cpuMs(pid) - beforeMs)) / (performance.now() - atMs));
}

/** An enrolled agent of its own gateway. */
async function startAgent(
  gateway: FakeGateway,
  folder: string,
  { parameters = [], environment = {} }: { parameters?: string[]; environment?: Record<string, string> },
): Promise<StartedProgram> {
  const where = ["--gateway", gateway.url, "--token", `fbj_${"A".repeat(43)}`, "--data", folder];
  const named = parameters.length > 0 ? ["--cluster-name", "bench"] : [];
  await startProgram(
    process.execPath,
    [AGENT_FILE, "enrol", ...where, ...parameters, ...named],
    join(folder, "enrol.log"),
  ).ended;
  const run = [AGENT_FILE, "run", ...parameters, "--data", folder];
  return startProgram(process.execPath, run, join(folder, "run.log"), environment);
}

async function measureHost(folder: string): Promise<{ hostRssMb: number; cpuMsPerMinute: number }> {
  const gateway = new FakeGateway();
  await gateway.start();
  const agent = await startAgent(gateway, folder, {});
  try {
    await until("the agent of the machine reports", () => gateway.frames.length > 0);
    const cpu = await cpuMsPerMinute(agent.pid);
    return { hostRssMb: mebi(agent.pid, "VmRSS"), cpuMsPerMinute: cpu };
  } finally {
    await agent.end();
    await gateway.stop();
  }
}

/** Nodes and pods from one size to the next. */
async function grow(plane: KubePlane, from: number, to: number): Promise<void> {
  await many(to - from, async (index) => {
    const { object, status } = node(from + index);
    await plane.create("nodes", object);
    await plane.setStatus("nodes", object, status);
  });
  const perNode = options["pods-per-node"];
  await many((to - from) * perNode, async (index) => {
    const object = pod(from * perNode + index, to);
    await plane.create("pods", object);
    await plane.setStatus("pods", object, podStatus(0));
  });
}

const told = (gateway: FakeGateway) => gateway.traffic.get("inventory") ?? { messages: 0, bytes: 0 };

/** Facts are quiet: nothing was told for longer than changes are gathered. */
async function quiet(gateway: FakeGateway): Promise<void> {
  for (let before = -1; before !== told(gateway).bytes; ) {
    before = told(gateway).bytes;
    await delay(GATHER_MS);
  }
}

type Cost = { factsBytesPerDay: number; wholeBytes: number; rssMb: number; peakMb: number; cpu: number };

async function measureCluster(plane: KubePlane, folder: string, nodes: number): Promise<Cost> {
  const gateway = new FakeGateway();
  await gateway.start();
  const kubeconfig = plane.kubeconfig({ user: "fernblick-agent" });
  const agent = await startAgent(gateway, folder, {
    parameters: ["--kubernetes", "--kubeconfig", kubeconfig],
    environment: { NODE_OPTIONS },
  });
  try {
    await until("the cluster is told", () => told(gateway).messages >= 1, 120_000);
    await quiet(gateway);
    const wholeBytes = told(gateway).bytes;
    const atMs = performance.now();
    const beforeCpuMs = cpuMs(agent.pid);
    for (let round = 0; round < options["heartbeat-rounds"]; round += 1) {
      await many(nodes, async (index) => {
        const { object, status } = node(index);
        await plane.setStatus("nodes", object, status);
      });
      await delay((1000 * options["measure-seconds"]) / options["heartbeat-rounds"]);
    }
    await quiet(gateway);
    const cpu = Math.round((60_000 * (cpuMs(agent.pid) - beforeCpuMs)) / (performance.now() - atMs));
    const heartbeats = (told(gateway).bytes - wholeBytes) / options["heartbeat-rounds"];
    const [rssMb, peakMb] = [mebi(agent.pid, "VmRSS"), mebi(agent.pid, "VmHWM")];
    const factsBytesPerDay =
      HEARTBEATS_PER_DAY * heartbeats +
      CONFIRMATIONS_PER_DAY * (await confirmationBytes(gateway)) +
      REPORTS_PER_DAY * steadyReportBytes(gateway);
    return { factsBytesPerDay: Math.round(factsBytesPerDay), wholeBytes, rssMb, peakMb, cpu };
  } finally {
    await agent.end();
    await gateway.stop();
  }
}

/** Of a report in which nothing but the agent's own health stands, as most of them. */
function steadyReportBytes(gateway: FakeGateway): number {
  const payload = deflateRawSync(JSON.stringify({ agent: gateway.reports.at(-1)?.agent }));
  return encodeMessage({ type: "report", id: 1_000_000, sequence: 1_000_000, payload }).length + FRAME_HEADER_BYTES;
}

/** After a new connection the agent says that what is there is still all, as it does each hour. */
async function confirmationBytes(gateway: FakeGateway): Promise<number> {
  const before = told(gateway);
  gateway.disconnect();
  await until("the agent confirms", () => told(gateway).messages > before.messages, 120_000);
  return told(gateway).bytes - before.bytes;
}

async function main(): Promise<void> {
  if (planeMissing) throw new Error(planeMissing);
  const folder = mkdtempSync(join(tmpdir(), "fernblick-bench-"));
  const plane = await KubePlane.start("--max-requests-inflight=1000");
  try {
    await grantRole(plane);
    const host = await measureHost(mkdtempSync(join(folder, "host-")));
    console.log(JSON.stringify(host));
    const costs: Record<string, Cost> = {};
    let from = 0;
    for (const nodes of options.sizes.split(",").map(Number)) {
      await grow(plane, from, nodes);
      from = nodes;
      costs[nodes] = await measureCluster(plane, mkdtempSync(join(folder, "cluster-")), nodes);
      console.log(nodes, JSON.stringify(costs[nodes]));
    }
    const largest = costs[from] as Cost;
    const of = (name: "factsBytesPerDay" | "wholeBytes") =>
      Object.fromEntries(Object.entries(costs).map(([nodes, cost]) => [nodes, cost[name]]));
    console.log(
      JSON.stringify({
        ...host,
        clusterRssMb: largest.rssMb,
        clusterPeakMb: largest.peakMb,
        clusterCpuMsPerMinute: largest.cpu,
        factsBytesPerDay: of("factsBytesPerDay"),
        wholeBytes: of("wholeBytes"),
        nodes: from,
        pods: from * options["pods-per-node"],
      }),
    );
  } finally {
    await plane.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
