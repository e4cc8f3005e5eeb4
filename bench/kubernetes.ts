import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { build, stop as stopBundler } from "esbuild";
import { AGENT_USER, grantRole, many } from "@/agent/testing/followed-plane";
import { KubePlane, planeMissing } from "@/agent/testing/kube-plane";
import { node, pod, podStatus } from "./kubernetes/large-cluster";
import { readOptions } from "./options";

/**
 * `npm run bench:kubernetes`: what following a cluster costs the agent in memory, against a real API server with
 * objects of real size: after reading all, after many events, after many were deleted at once. The last line is one
 * JSON object. Needs the control plane that the system tests use.
 */

const options = readOptions({ nodes: 100, pods: 5000, events: 20_000, deleted: 2000 });
/** As the agent is started in a cluster (decision 0021). */
const NODE_OPTIONS = "--max-semi-space-size=2 --max-old-space-size=100";

type Figures = { pods: number; nodes: number; waiting: number; restarts: number; residentMiB: number; peakMiB: number };

/** The follower, asked for its figures a line at a time. */
class Follower {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(program: string, kubeconfig: string) {
    this.#child = spawn("env", [`NODE_OPTIONS=${NODE_OPTIONS}`, process.execPath, program, kubeconfig], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    if (!this.#child.stdout) throw new Error("the follower has no output");
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async figures(): Promise<Figures> {
    this.#child.stdin?.write("?\n");
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("the follower ended");
    return JSON.parse(value) as Figures;
  }

  async until(isTrue: (figures: Figures) => boolean): Promise<Figures> {
    for (;;) {
      const figures = await this.figures();
      if (isTrue(figures)) return figures;
      await delay(250);
    }
  }

  end(): void {
    this.#child.kill();
  }
}

async function fill(plane: KubePlane): Promise<void> {
  await many(options.nodes, async (index) => {
    const { object, status } = node(index);
    await plane.create("nodes", object);
    await plane.setStatus("nodes", object, status);
  });
  await many(options.pods, async (index) => {
    const object = pod(index, options.nodes);
    await plane.create("pods", object);
    await plane.setStatus("pods", object, podStatus(0));
  });
}

async function measure(plane: KubePlane, follower: Follower): Promise<object> {
  const all = ({ pods, nodes, waiting }: Figures) => waiting === 0 && pods === options.pods && nodes === options.nodes;
  const afterReading = await follower.until(all);
  console.log("read", JSON.stringify(afterReading));
  await many(options.events, async (index) => {
    const restarts = 1 + Math.floor(index / options.pods);
    await plane.setStatus("pods", pod(index % options.pods, options.nodes), podStatus(restarts));
  });
  const afterEvents = await follower.until(({ restarts }) => restarts >= options.events);
  console.log("events", JSON.stringify(afterEvents));
  const left = options.pods - options.deleted;
  await many(options.deleted, (index) => plane.delete("pods", pod(left + index, options.nodes)));
  const afterDeleting = await follower.until(({ pods }) => pods === left);
  return { afterReading, afterEvents, afterDeleting };
}

async function main(): Promise<void> {
  if (planeMissing) throw new Error(planeMissing);
  const folder = mkdtempSync(join(tmpdir(), "fernblick-bench-"));
  const program = join(folder, "follower.cjs");
  await build({
    entryPoints: ["bench/kubernetes/follower-process.ts"],
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    outfile: program,
    logLevel: "silent",
  });
  await stopBundler();
  const plane = await KubePlane.start("--max-requests-inflight=1000");
  let follower: Follower | null = null;
  try {
    await grantRole(plane);
    await fill(plane);
    console.log("filled");
    follower = new Follower(program, plane.kubeconfig({ user: AGENT_USER }));
    console.log(JSON.stringify({ ...options, nodeOptions: NODE_OPTIONS, ...(await measure(plane, follower)) }));
  } finally {
    follower?.end();
    await plane.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
