import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { KIT, type KubePlane, planeMissing } from "./kube-plane";

const run = promisify(execFile);
/** A minute otherwise. */
const KUBELET_ARGS = "KUBELET_ARGS=--volume-stats-agg-period=1s";
const NETWORK_PROGRAMS = "/usr/lib/cni/bridge";

/** Why this machine cannot be made a node of a plane; null when it can. For the titles of tests that are skipped. */
export const nodeMissing = planeMissing ?? whyNoNode();

function whyNoNode(): string | null {
  if (process.getuid?.() !== 0) return "a node needs root";
  const isInstalled = spawnSync("sh", ["-c", "command -v containerd && command -v runc"]).status === 0;
  return isInstalled && existsSync(NETWORK_PROGRAMS) ? null : "no containerd with runc and network plugins here";
}

/** Makes this machine a node of a plane: a real kubelet, with the images that the kit has. One at a time. */
export async function startNode(plane: KubePlane, name: string): Promise<{ close(): Promise<void> }> {
  const node = join(KIT, "kube-node");
  await run("env", [KUBELET_ARGS, node, "up", "-n", name, "-i", join(KIT, "images"), plane.programs, plane.folder]);
  return { close: async () => void (await run(node, ["down", plane.folder])) };
}
