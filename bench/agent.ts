import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AGENT_USER, grantRole, many } from "@/agent/testing/followed-plane";
import { KubePlane, planeMissing } from "@/agent/testing/kube-plane";
import { createJoinToken } from "@/e2e/system/join-token";
import { until } from "@/e2e/system/programs";
import { steadyFactsBytesPerDay } from "./agent/steady-facts";
import { node, pod, podStatus } from "./kubernetes/large-cluster";
import { readOptions, significant } from "./options";
import { cpuMicrosOf, residentBytesOf } from "./programs/cpu-time";
import { openStage, type Stage } from "./programs/stage";

/**
 * `npm run bench:agent`: what an agent costs where it runs and on its link: memory and processor time of the real
 * process on this machine and for a cluster of 100 nodes on a real API server, each with the real gateway, and the
 * bytes of facts a day of steady clusters. The last line is one JSON object. Needs the control plane of the system
 * tests.
 */

const options = readOptions({ "pods-per-node": 50, "settle-seconds": 60, "measured-seconds": 60, rounds: 24 });
const SIZES = [4, 20, 100];
const INTERVAL_SECONDS = 60;
/** As deploy/kubernetes/agent.yaml starts it. */
const NODE_OPTIONS = "--max-semi-space-size=2 --max-old-space-size=100";
const MEBIBYTE = 2 ** 20;

type Cost = { rssMb: number; cpuMsPerMinute: number };

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

/** Enrols and runs the real agent, waits until its readings arrive and it is at rest, and looks what it takes. */
async function costOf(stage: Stage, gatewayUrl: string, name: string, more: readonly string[]): Promise<Cost> {
  const dataFolder = join(stage.folder, name);
  mkdirSync(dataFolder);
  const variables = more.length > 0 ? { NODE_OPTIONS } : undefined;
  const token = await createJoinToken(stage.admin);
  const enrolment = ["enrol", "--gateway", gatewayUrl, "--token", token, ...more];
  await (await stage.startAgent(enrolment, dataFolder, INTERVAL_SECONDS, variables)).ended;
  const before = await inboxRows(stage);
  const agent = await stage.startAgent(["run", ...more], dataFolder, INTERVAL_SECONDS, variables);
  await until("its readings are stored", async () => (await inboxRows(stage)) > before);
  await delay(options["settle-seconds"] * 1000);
  const cpuBefore = cpuMicrosOf(agent.pid);
  await delay(options["measured-seconds"] * 1000);
  const cpuMs = (cpuMicrosOf(agent.pid) - cpuBefore) / 1000;
  const rssMb = significant(residentBytesOf(agent.pid) / MEBIBYTE, 3);
  await agent.end();
  return { rssMb, cpuMsPerMinute: significant((cpuMs * 60) / options["measured-seconds"], 3) };
}

async function inboxRows(stage: Stage): Promise<number> {
  const { rows } = await stage.admin.query<{ rows: number }>("select count(*)::int as rows from telemetry_inbox");
  return rows[0]?.rows ?? 0;
}

async function main(): Promise<void> {
  if (planeMissing) throw new Error(planeMissing);
  const stage = await openStage("agent");
  let plane: KubePlane | null = null;
  try {
    const gateway = await stage.startGateway();
    const host = await costOf(stage, gateway.url, "host", []);
    console.log("host", JSON.stringify(host));
    // The organisation of a token is the only one there is.
    await stage.admin.query("truncate organisations cascade");
    plane = await KubePlane.start("--max-requests-inflight=1000");
    await grantRole(plane);
    const factsBytesPerDay: Record<string, number> = {};
    let size = 0;
    for (const next of SIZES) {
      await grow(plane, size, next);
      size = next;
      factsBytesPerDay[next] = await steadyFactsBytesPerDay(plane, next, options.rounds);
      console.log("facts", JSON.stringify(factsBytesPerDay));
    }
    const kubeconfig = plane.kubeconfig({ user: AGENT_USER });
    const cluster = await costOf(stage, gateway.url, "cluster", ["--kubernetes", "--kubeconfig", kubeconfig]);
    console.log(
      JSON.stringify({
        hostRssMb: host.rssMb,
        clusterRssMb: cluster.rssMb,
        cpuMsPerMinute: host.cpuMsPerMinute,
        clusterCpuMsPerMinute: cluster.cpuMsPerMinute,
        factsBytesPerDay,
      }),
    );
  } finally {
    await plane?.close();
    await stage.close();
  }
}

await main();
