import { cycleRank, dayAfter, kubeletBehindMax, supportOf } from "./model";
import type { PlanBasis, SupportData, UpgradeRule } from "./support-data";
import type { Support } from "./support-schema";

/** Nodes whose kubelets are of one minor of Kubernetes 1, those of the control plane apart from the others. */
export type NodeGroup = { minor: number; nodes: number; isControlPlane: boolean };
/** One piece of work: the control plane, or some nodes, from one minor to a later one. */
export type Step = { part: "controlPlane" | "nodes"; from: number; to: number; nodes: number };

export type Hops = {
  steps: Step[];
  /** Minors that the control plane comes to, one after the other. */
  minors: number[];
  /** Nodes that have to be touched at least once. */
  nodesToDo: number;
  /** What is wrong with the kubelets now, before any step. */
  breaches: ("tooOld" | "newer")[];
};

type Way = {
  from: number;
  to: number;
  kubelets: readonly NodeGroup[];
  rule: Pick<UpgradeRule, "nodeStepMinors" | "areNodesWithEachHop" | "isKubeletInControlPlane" | "kubeletBehindMax">;
  /** Kubelets of this minor may stay as they are at the end. */
  mayStay: (minor: number) => boolean;
};

/**
 * The way of a control plane to a later minor: one minor at a time, the kubelets before it where they would fall too far
 * behind (Kubernetes' version skew policy), and at the end those that are not supported themselves. Nothing goes down,
 * and no kubelet is ever newer than the control plane by a step of this.
 */
export function hopsTo({ from, to, kubelets, rule, mayStay }: Way): Hops {
  const steps: Step[] = [];
  const minors: number[] = [];
  const groups = kubelets.map((group) => ({ ...group, isTouched: false }));
  const limit = (server: number) => kubeletBehindMax(server, rule.kubeletBehindMax);
  const raise = (goal: number, isDue: (minor: number) => boolean) => {
    for (const group of groups) {
      if (!isDue(group.minor)) continue;
      while (group.minor < goal) {
        const next = Math.min(goal, group.minor + rule.nodeStepMinors);
        steps.push({ part: "nodes", from: group.minor, to: next, nodes: group.nodes });
        group.minor = next;
        group.isTouched = true;
      }
    }
  };
  const breaches: Hops["breaches"] = [];
  if (groups.some(({ minor }) => from - minor > limit(from))) breaches.push("tooOld");
  if (groups.some(({ minor }) => minor > from)) breaches.push("newer");
  let at = from;
  raise(at, (minor) => at - minor > limit(at));
  while (at < to) {
    raise(at, (minor) => at + 1 - minor > limit(at + 1));
    steps.push({ part: "controlPlane", from: at, to: at + 1, nodes: 0 });
    at += 1;
    minors.push(at);
    for (const group of groups) {
      if (!rule.isKubeletInControlPlane || !group.isControlPlane || group.minor >= at) continue;
      group.minor = at;
      group.isTouched = true;
    }
    if (rule.areNodesWithEachHop) raise(at, () => true);
  }
  raise(at, (minor) => !mayStay(minor));
  const nodesToDo = groups.reduce((sum, { isTouched, nodes }) => sum + (isTouched ? nodes : 0), 0);
  return { steps, minors, nodesToDo, breaches };
}

/** Minor of a cycle of Kubernetes 1; null for every other. */
export function minorOf(cycle: string | null): number | null {
  const [major, minor] = cycle?.split(".") ?? [];
  return major === "1" && minor !== undefined ? Number(minor) : null;
}

/**
 * The nearest later minor that is supported for long enough (`plan.targetDaysMin`), else the one that is supported the
 * longest; null where no later one is supported or nothing is known.
 */
export function targetOf(data: SupportData, support: Support, today: Date): number | null {
  const { cycle, product } = support;
  if (cycle === null) return null;
  const later = Object.keys(data.products[product]?.cycles ?? {})
    .filter((candidate) => cycleRank(candidate) > cycleRank(cycle))
    .sort((a, b) => cycleRank(a) - cycleRank(b))
    .map((candidate) => supportOf(data, product, candidate, today))
    .filter(({ state }) => state === "supported" || state === "ending");
  const far = dayAfter(today, data.plan.targetDaysMin);
  const best =
    later.find(({ ends }) => ends === null || ends >= far) ??
    later.sort((a, b) => (a.ends ?? "").localeCompare(b.ends ?? "")).at(-1);
  return minorOf(best?.cycle ?? null);
}

/** Evenings of one engineer, rounded up: so many a hop of the control plane, and the nodes by how many go in one. */
export function eveningsOf({ steps, minors }: Pick<Hops, "steps" | "minors">, basis: PlanBasis): number {
  const nodes = steps.reduce((sum, step) => sum + step.nodes, 0);
  return Math.ceil(minors.length * basis.eveningsPerHop + nodes / basis.nodesPerEvening);
}
