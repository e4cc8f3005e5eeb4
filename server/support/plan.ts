import { SYSTEMS } from "@/contract/cluster/systems";
import { componentOf } from "./component-counts";
import { eveningsOf, type Hops, hopsTo, minorOf, targetOf } from "./hops";
import { cycleOf, cycleRank, supportOf } from "./model";
import type { Blocker, PlanRow } from "./shapes";
import { ruleOf, type SupportData } from "./support-data";
import type { Support } from "./support-schema";

/** Kubelets of one support period, as they were kept. */
export type KeptKubelet = { cycle: string; nodes: number; controlPlaneNodes: number };
/** What else was kept of a cluster, as `flux 2.5`. */
export type KeptVersions = { kubelets: readonly KeptKubelet[]; running: readonly string[] };

type Told = KeptVersions & { distribution: string | null; gitVersion: string | null; support: Support };
type Component = { component: string; cycle: string };
/** The part of a row that is a plan. */
export type Plan = Pick<PlanRow, "target" | "hops" | "steps" | "nodesToDo" | "evenings" | "blockers" | "rangesUnknown">;

const NO_WAY = { target: null, hops: null, steps: [], nodesToDo: null, evenings: null };
const cycle = (minor: number) => `1.${minor}`;

/**
 * The way of one cluster to a version that is supported, with what stands in it. A cluster that is supported stays where
 * it is; only its kubelets may have to follow.
 */
export function planOf(data: SupportData, told: Told, today: Date): Plan {
  const { distribution, gitVersion, support, kubelets, running } = told;
  const from = minorOf(cycleOf(gitVersion));
  if (from === null || support.state === "unknown") {
    return { ...NO_WAY, blockers: [{ kind: "unknown" }], rangesUnknown: [] };
  }
  const isFine = support.state === "supported";
  const to = isFine ? from : targetOf(data, support, today);
  if (to === null) return { ...NO_WAY, blockers: [{ kind: "noTarget" }], rangesUnknown: [] };
  const hops = hopsTo({
    from,
    to,
    kubelets: kubelets.flatMap((kubelet) => groupsOf(kubelet)),
    rule: ruleOf(data, distribution),
    mayStay: (minor) => minor >= to || supportOf(data, support.product, cycle(minor), today).state === "supported",
  });
  const systems = running.map(componentOf).filter(({ component }) => component in SYSTEMS);
  return {
    target: to > from ? cycle(to) : null,
    hops: hops.minors.map(cycle),
    steps: hops.steps,
    nodesToDo: hops.nodesToDo,
    evenings: eveningsOf(hops, data.plan),
    blockers: [...kubeletBlockers(hops, kubelets), ...(to > from ? systemBlockers(data, systems, from, to) : [])],
    rangesUnknown:
      to > from ? systems.filter((system) => rangeOf(data, system) === null).map(({ component }) => component) : [],
  };
}

function groupsOf({ cycle: of, nodes, controlPlaneNodes }: KeptKubelet) {
  const minor = minorOf(of);
  if (minor === null) return [];
  return [
    { minor, nodes: controlPlaneNodes, isControlPlane: true },
    { minor, nodes: nodes - controlPlaneNodes, isControlPlane: false },
  ].filter((group) => group.nodes > 0);
}

function kubeletBlockers({ breaches }: Hops, kubelets: readonly KeptKubelet[]): Blocker[] {
  const unknown = kubelets.filter(({ cycle: of }) => minorOf(of) === null);
  const nodes = unknown.reduce((sum, { nodes: count }) => sum + count, 0);
  return [
    ...(breaches.includes("tooOld") ? [{ kind: "kubeletsTooOld" } as const] : []),
    ...(breaches.includes("newer") ? [{ kind: "kubeletsNewer" } as const] : []),
    ...(nodes > 0 ? [{ kind: "kubeletsUnknown", nodes } as const] : []),
  ];
}

const rangeOf = ({ products }: SupportData, { component, cycle: of }: Component) =>
  products[component]?.cycles[of]?.kubernetes ?? null;

/** Systems that do not run on one of the minors on the way; the first such minor matters, so the target is enough. */
function systemBlockers(data: SupportData, systems: readonly Component[], from: number, to: number): Blocker[] {
  return systems.flatMap((system) => {
    const range = rangeOf(data, system);
    if (
      !range ||
      (cycleRank(range.from) <= cycleRank(cycle(from + 1)) && cycleRank(cycle(to)) <= cycleRank(range.to))
    ) {
      return [];
    }
    return [{ kind: "system", component: system.component, cycle: system.cycle, ...range } as const];
  });
}
