import {
  condition,
  degraded,
  type Finding,
  failed,
  type Judgement,
  judge,
  notKnown,
  paused,
  unknown,
  words,
} from "./judge";
import { isOver, isReady, podFindings, START_GRACE_S } from "./pods";
import type { Sight } from "./section";
import type { Deployed, Workload } from "./workload-model";

export type Readiness = { wanted: number | undefined; ready: number | undefined };

/** How many pods there should be, and are ready. Undefined: the controller has not told, or there is no such number. */
export function readinessOf({ of, pods }: Workload): Readiness {
  if (of.kind === "Deployment" || of.kind === "StatefulSet") {
    return { wanted: of.object.spec?.replicas, ready: toldCount(of.object.status, of.object.status?.readyReplicas) };
  }
  if (of.kind === "DaemonSet") {
    const { status } = of.object;
    return { wanted: toldCount(status, status?.desiredNumberScheduled), ready: toldCount(status, status?.numberReady) };
  }
  if (of.kind === "pods") {
    const running = pods.filter((pod) => !isOver(pod));
    return { wanted: running.length, ready: running.filter(isReady).length };
  }
  return { wanted: undefined, ready: undefined };
}

/** Counts of zero are left out by the API: once a controller has written a status, a missing count is zero. */
function toldCount(status: { observedGeneration?: number | undefined } | undefined, count: number | undefined) {
  return status?.observedGeneration === undefined ? count : (count ?? 0);
}

export function workloadHealth(workload: Workload, sight: Sight): Judgement {
  const { of } = workload;
  if (of.kind === "CronJob") return judge(...cronJobFindings(workload, of, sight));
  if (of.kind === "Job") return judge(...jobFindings(workload, of, sight));
  const { wanted, ready } = readinessOf(workload);
  if (of.kind !== "pods" && of.kind !== "DaemonSet" && wanted === 0) return judge(paused("scaled_to_zero"));
  return judge(
    ...foldPods(workload, sight),
    endedInFailure(workload),
    wanted === undefined || ready === undefined ? unknown("not_told") : notReady(workload, wanted, ready, sight),
    ...controllerFindings(of),
    // Whether a container is in trouble is told by the pods alone.
    ...(of.kind === "pods" ? notKnown(sight, "pods") : []),
  );
}

/** Pods in one trouble are one reason: a hundred of them are not a hundred. */
function foldPods({ pods, of }: Workload, sight: Sight): Finding[] {
  const found = pods.filter((pod) => !isOver(pod)).flatMap((pod) => podFindings(pod, sight));
  const folded = new Map<string, Finding & { count: number }>();
  for (const finding of found) {
    const known = folded.get(finding.code);
    if (known) {
      known.count += 1;
      if (finding.health === "failed") known.health = "failed";
    } else folded.set(finding.code, { ...finding, count: 1 });
  }
  return [...folded.values()].map(({ health, code, detail, count }) => ({
    // The other pods of a controller do their work; `notReady` says when none does.
    health: of.kind === "pods" ? health : "degraded",
    code,
    detail: count > 1 ? `${detail} +${count - 1}` : detail,
  }));
}

function notReady(
  { pods }: Workload,
  wanted: number,
  ready: number,
  { nowSeconds, changesAt }: Sight,
): Finding | undefined {
  if (ready >= wanted) return undefined;
  const detail = `${ready}/${wanted}`;
  const running = pods.filter((pod) => !isOver(pod) && !isReady(pod));
  const graces = running.map(({ metadata }) => (metadata.creationTimestamp ?? 0) + START_GRACE_S);
  const until = Math.min(...graces);
  if (running.length > 0 && until > nowSeconds) {
    changesAt(until);
    return degraded("starting", detail);
  }
  return ready === 0 ? failed("not_ready", detail) : degraded("not_ready", detail);
}

/** Nothing starts a pod without a controller again; what is left of pods that have one says nothing. */
function endedInFailure({ of, pods }: Workload): Finding | undefined {
  if (of.kind !== "pods" || !pods.every(isOver)) return undefined;
  const bad = pods.find(({ status }) => status?.phase === "Failed");
  return bad && failed("pod_failed", [bad.metadata.name, bad.status?.reason].filter((part) => part).join(": "));
}

function controllerFindings(of: Deployed): Finding[] {
  if (of.kind === "pods" || of.kind === "Job" || of.kind === "CronJob") return [];
  const { metadata, status } = of.object;
  const found: Finding[] = [];
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) found.push(unknown("not_observed"));
  if (of.kind === "Deployment") {
    const progressing = condition(of.object.status?.conditions, "Progressing");
    if (progressing?.status === "False") found.push(degraded("rollout_stuck", words(progressing)));
  }
  return found;
}

function jobFindings(workload: Workload, of: Extract<Deployed, { kind: "Job" }>, sight: Sight): Finding[] {
  const { spec, status } = of.object;
  const failure = condition(status?.conditions, "Failed");
  if (failure?.status === "True") return [failed("job_failed", words(failure))];
  if (condition(status?.conditions, "Complete")?.status === "True") return [];
  if (spec?.suspend) return [paused("suspended")];
  if (!status) return [unknown("not_told")];
  return foldPods(workload, sight);
}

function cronJobFindings(workload: Workload, of: Extract<Deployed, { kind: "CronJob" }>, sight: Sight): Finding[] {
  if (of.object.spec?.suspend) return [paused("suspended")];
  if (!of.object.status) return [unknown("not_told")];
  const last = [...workload.jobs].sort((a, b) => (b.status?.startTime ?? 0) - (a.status?.startTime ?? 0))[0];
  const failure = condition(last?.status?.conditions, "Failed");
  if (failure?.status === "True") return [failed("last_run_failed", `${last?.metadata.name}: ${words(failure) ?? ""}`)];
  return foldPods(workload, sight);
}
