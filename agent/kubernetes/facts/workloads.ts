import { isKnown } from "@/agent/kubernetes/cluster-view";
import { type ItemOf, QOS_CLASSES } from "@/contract/cluster/items";
import { applicationKeyOf } from "./application-of";
import { claimUse } from "./claim-use";
import { clip } from "./judge";
import { add, isOver, type Pod, requestsOf, sumOf } from "./pods";
import type { Section, Sight } from "./section";
import { readinessOf, workloadHealth } from "./workload-health";
import { type Workload, workloadModel } from "./workload-model";

const IMAGES_MAX = 20;
const IMAGE_MAX = 300;
const CLAIMS_MAX = 200;

export type WorkloadItem = ItemOf<"workload">;

/** What runs pods. */
export const workloadSection: Section = {
  reads: [...workloadModel.reads, ...claimUse.reads],
  describe: (sight) => {
    const workload = new Map<string, WorkloadItem>();
    for (const [key, one] of sight.get(workloadModel).workloads) workload.set(key, itemOf(one, sight));
    return { workload };
  },
};

function itemOf(workload: Workload, sight: Sight): WorkloadItem {
  const { kind, namespace, name } = workload;
  const pods = workload.pods.filter((pod) => !isOver(pod));
  return {
    kind,
    namespace,
    name,
    application: applicationKeyOf(workload),
    ...readinessOf(workload),
    images: workload.images.slice(0, IMAGES_MAX).map((image) => clip(image, IMAGE_MAX)),
    claims: [...(sight.get(claimUse).byWorkload.get(workload.key) ?? [])].sort().slice(0, CLAIMS_MAX),
    ...(isKnown(sight.view.state("pods")) ? sumsOf(pods) : {}),
    createdAt: workload.createdAt,
    ...workloadHealth(workload, sight),
  };
}

function sumsOf(pods: readonly Pod[]) {
  const containers = pods.flatMap(({ spec }) => spec?.containers ?? []);
  return {
    qosClass: leastQos(pods.map(({ status }) => status?.qosClass)),
    requests: add(...pods.map(requestsOf)),
    limits: add(...pods.map(({ spec }) => sumOf(spec?.containers, "limits"))),
    withoutRequests: containers.filter(({ resources: { requests } = {} }) => !requests?.cpu && !requests?.memory)
      .length,
    nodes: new Set(pods.flatMap(({ spec }) => spec?.nodeName ?? [])).size,
  };
}

/** The class that is put off a node first. */
export function leastQos(classes: readonly (string | undefined)[]): WorkloadItem["qosClass"] {
  return QOS_CLASSES.findLast((one) => classes.includes(one));
}
