import { isKnown, type ResourceState } from "@/agent/kubernetes/cluster-view";
import type { ItemOf } from "@/contract/cluster/items";
import { applicationKeyOf, belongingOf } from "./application-of";
import { claimUse } from "./claim-use";
import { clipped, type Judgement, worst } from "./judge";
import { add, isOver, requestsOf } from "./pods";
import type { Derived, Section, Sight } from "./section";
import { selects } from "./selector";
import { readinessOf, workloadHealth } from "./workload-health";
import { type Workload, type WorkloadModel, workloadModel } from "./workload-model";
import { leastQos } from "./workloads";

const REASONS_MAX = 20;

/** Key of the application → its workloads. */
export const applicationModel: Derived<ReadonlyMap<string, readonly Workload[]>> = {
  reads: workloadModel.reads,
  compute: ({ get }) => {
    const applications = new Map<string, Workload[]>();
    for (const workload of get(workloadModel).workloads.values()) {
      const key = applicationKeyOf(workload);
      const known = applications.get(key);
      if (known) known.push(workload);
      else applications.set(key, [workload]);
    }
    return applications;
  },
};

/** Disruption budget → workloads that have a pod that it selects. */
const budgetUse: Derived<ReadonlyMap<string, ReadonlySet<string>>> = {
  reads: [...workloadModel.reads, "poddisruptionbudgets.policy"],
  compute: ({ view, get }) => {
    const version = servedVersion(view.state("poddisruptionbudgets.policy"));
    const use = new Map<string, Set<string>>();
    for (const [key, { metadata, spec }] of view.list("poddisruptionbudgets.policy")) {
      const { selector } = spec ?? {};
      const isEmpty = !Object.keys(selector?.matchLabels ?? {}).length && !selector?.matchExpressions?.length;
      // An empty selector takes nothing in v1beta1, and every pod in v1.
      if (!selector || (isEmpty && version === "v1beta1")) continue;
      use.set(
        key,
        workloadsOf(get(workloadModel), metadata.namespace, (labels) => selects(selector, labels)),
      );
    }
    return use;
  },
};

function servedVersion(state: ResourceState): string | undefined {
  return state.status === "synced" ? state.version : undefined;
}

function workloadsOf(
  { workloads }: WorkloadModel,
  namespace: string | undefined,
  takes: (labels: Record<string, string>) => boolean,
) {
  const found = new Set<string>();
  for (const workload of workloads.values()) {
    if (workload.namespace === namespace && takes(workload.podLabels)) found.add(workload.key);
  }
  return found;
}

/** Workloads that belong together. */
export const applicationSection: Section = {
  reads: [...workloadModel.reads, ...claimUse.reads, ...budgetUse.reads],
  describe: (sight) => {
    const application = new Map<string, ItemOf<"application">>();
    for (const [key, workloads] of sight.get(applicationModel)) application.set(key, itemOf(workloads, sight));
    return { application };
  },
};

function itemOf(workloads: readonly Workload[], sight: Sight): ItemOf<"application"> {
  const [first] = workloads as [Workload];
  const { by, name, managedBy } = belongingOf(first);
  const pods = workloads.flatMap((workload) => workload.pods.filter((pod) => !isOver(pod)));
  const readiness = workloads.map(readinessOf);
  return {
    namespace: first.namespace,
    name,
    by,
    managedBy: clipped(managedBy),
    version: clipped(
      workloads.map(({ labels }) => labels["app.kubernetes.io/version"]).find((version) => version),
      120,
    ),
    workloads: workloads.length,
    wanted: sumKnown(readiness.map(({ wanted }) => wanted)),
    ready: sumKnown(readiness.map(({ ready }) => ready)),
    ...(isKnown(sight.view.state("pods"))
      ? { qosClass: leastQos(pods.map(({ status }) => status?.qosClass)), requests: add(...pods.map(requestsOf)) }
      : {}),
    ...claimsOf(workloads, sight),
    budgets: budgetsOf(workloads, sight),
    ...together(workloads.map((workload) => ({ workload, judgement: workloadHealth(workload, sight) }))),
  };
}

function claimsOf(workloads: readonly Workload[], { view, get }: Sight) {
  const { byWorkload } = get(claimUse);
  const claims = new Set(
    workloads.flatMap(({ key, namespace }) => [...(byWorkload.get(key) ?? [])].map((claim) => `${namespace}/${claim}`)),
  );
  const known = [...claims].map((key) => view.list("persistentvolumeclaims").get(key));
  const bytes = known.map((claim) => claim?.status?.capacity?.storage ?? claim?.spec?.resources?.requests?.storage);
  const areAllTold = bytes.every((one) => one !== undefined);
  return { claims: claims.size, claimedBytes: areAllTold ? sumKnown(bytes, 0) : undefined };
}

function budgetsOf(workloads: readonly Workload[], { view, get }: Sight): number | undefined {
  if (!isKnown(view.state("poddisruptionbudgets.policy"))) return undefined;
  return [...get(budgetUse).values()].filter((selected) => workloads.some(({ key }) => selected.has(key))).length;
}

/** Of numbers that some do not have; undefined when none has one. */
function sumKnown(values: readonly (number | undefined)[], none?: number): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? known.reduce((a, b) => a + b, 0) : none;
}

/** What is wrong with the workloads is wrong with the application; one of several that is down degrades it. */
function together(members: readonly { workload: Workload; judgement: Judgement }[]): Judgement {
  const active = members.filter(({ judgement }) => judgement.health !== "paused");
  const reasons = (active.length > 0 ? active : members)
    .filter(({ judgement }) => judgement.health !== "healthy")
    .flatMap(({ workload, judgement }) =>
      judgement.reasons
        .slice(0, 1)
        .map(({ code, detail }) => ({ code, detail: clipped(detail ? `${workload.name}: ${detail}` : workload.name) })),
    )
    .slice(0, REASONS_MAX);
  if (active.length === 0) return { health: "paused", reasons };
  const areAllFailed = active.every(({ judgement }) => judgement.health === "failed");
  const health = worst(active.map(({ judgement }) => judgement.health));
  return { health: health === "failed" && !areAllFailed ? "degraded" : health, reasons };
}
