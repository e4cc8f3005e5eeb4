import type { Kept } from "@/agent/kubernetes/resources";
import type { ReasonCode } from "@/contract/cluster/reasons";
import { condition, degraded, type Finding, failed } from "./judge";
import type { Sight } from "./section";

export type Pod = Kept<"pods">;
type Containers = NonNullable<NonNullable<Pod["spec"]>["containers"]>;
type Status = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number];

export type Amounts = { cpuCores: number; memoryBytes: number };

/** A container that was killed for its memory is told of for so long after it came back. */
const OUT_OF_MEMORY_TOLD_S = 3600;
/** A pod may take so long to become ready before it is told as not ready. */
export const START_GRACE_S = 120;

const CODES: Record<string, ReasonCode> = {
  CrashLoopBackOff: "crash_looping",
  ImagePullBackOff: "image_pull",
  ErrImagePull: "image_pull",
  ErrImageNeverPull: "image_pull",
  InvalidImageName: "image_pull",
  RegistryUnavailable: "image_pull",
  CreateContainerConfigError: "cannot_start",
  CreateContainerError: "cannot_start",
  RunContainerError: "cannot_start",
  StartError: "cannot_start",
};

/** A pod that is over takes nothing of its node, and is no longer what its workload runs. */
export const isOver = ({ status }: Pod) => status?.phase === "Succeeded" || status?.phase === "Failed";

export function isReady({ status }: Pod): boolean {
  return condition(status?.conditions, "Ready")?.status === "True";
}

/**
 * What a pod reserves of its node: the sum of its containers, or its greatest container of the start where that is
 * more (Kubernetes, "resource sharing within containers"). Without the overhead of a runtime class, which is not read.
 */
export function requestsOf({ spec }: Pod): Amounts {
  const sum = sumOf(spec?.containers, "requests");
  const first = (spec?.initContainers ?? []).map((container) => sumOf([container], "requests"));
  return {
    cpuCores: Math.max(sum.cpuCores, ...first.map(({ cpuCores }) => cpuCores)),
    memoryBytes: Math.max(sum.memoryBytes, ...first.map(({ memoryBytes }) => memoryBytes)),
  };
}

export function sumOf(containers: Containers | undefined, which: "requests" | "limits"): Amounts {
  const sum = { cpuCores: 0, memoryBytes: 0 };
  for (const { resources } of containers ?? []) {
    sum.cpuCores += resources?.[which]?.cpu ?? 0;
    sum.memoryBytes += resources?.[which]?.memory ?? 0;
  }
  return rounded(sum);
}

export function add(...amounts: readonly Amounts[]): Amounts {
  const sum = { cpuCores: 0, memoryBytes: 0 };
  for (const one of amounts) {
    sum.cpuCores += one.cpuCores;
    sum.memoryBytes += one.memoryBytes;
  }
  return rounded(sum);
}

/** To thousandths of a core: the order in which numbers are added must not make another item. */
const rounded = ({ cpuCores, memoryBytes }: Amounts): Amounts => ({
  cpuCores: Math.round(cpuCores * 1000) / 1000,
  memoryBytes: Math.round(memoryBytes),
});

/** What keeps a pod from its work, with the name of the container or the pod. */
export function podFindings(pod: Pod, sight: Pick<Sight, "nowSeconds" | "changesAt">): Finding[] {
  const { status, metadata } = pod;
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const found = containers.flatMap((container) => containerFinding(container, metadata.name, sight) ?? []);
  const scheduled = condition(status?.conditions, "PodScheduled");
  if (scheduled?.status === "False") found.push(failed("unschedulable", metadata.name));
  return found;
}

function containerFinding(
  container: Status,
  pod: string,
  { nowSeconds, changesAt }: Pick<Sight, "nowSeconds" | "changesAt">,
) {
  const where = `${pod}: ${container.name}`;
  const waiting = CODES[container.state?.waiting?.reason ?? ""];
  const last = container.state?.terminated ?? container.lastState?.terminated;
  if (last?.reason === "OOMKilled") {
    const until = (last.finishedAt ?? nowSeconds) + OUT_OF_MEMORY_TOLD_S;
    if (waiting || container.state?.terminated) return failed("out_of_memory", where);
    if (until > nowSeconds) {
      changesAt(until);
      return degraded("out_of_memory", where);
    }
  }
  return waiting ? failed(waiting, where) : undefined;
}
