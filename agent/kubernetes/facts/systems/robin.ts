import { isKnown } from "@/agent/kubernetes/cluster-view";
import { degraded, type Finding, failed, unknown } from "@/agent/kubernetes/facts/judge";
import type { Sight } from "@/agent/kubernetes/facts/section";
import type { Kept } from "@/agent/kubernetes/resources";
import { partOf } from "./part";
import { anyOf, byDriver, byGroup, imageTag } from "./recognise";
import type { Part, SystemFacts } from "./system";

type Robin = Kept<"robinclusters.manage.robin.io">;
type RobinNode = NonNullable<NonNullable<Robin["status"]>["robin_node_status"]>[number];

const DOWN: ReadonlySet<string> = new Set(["OFFLINE", "Failed", "Faulted", "Error"]);

/** Under its group of today, and under the one of older releases. */
const GROUPS = ["robinclusters.manage.robin.io", "robinclusters.robin.io"] as const;

export const robin: SystemFacts = {
  system: "robin",
  needs: GROUPS,
  recognise: anyOf(byGroup("manage.robin.io"), byGroup("robin.io"), byDriver("robin")),
  leading: "RobinCluster",
  parts: (sight) => clusters(sight).flatMap((one) => [clusterPart(one), ...nodeParts(one)]),
  version: (sight) => imageTag([clusters(sight)[0]?.spec?.image_robin ?? ""]),
};

function clusters({ view }: Pick<Sight, "view">): Robin[] {
  const [known] = GROUPS.filter((name) => isKnown(view.state(name)) && view.list(name).size > 0);
  return known ? [...view.list(known).values()] : [];
}

function clusterPart({ metadata, spec, status }: Robin): Part {
  const nodes = status?.robin_node_status;
  return partOf("RobinCluster", metadata, phaseFindings(status?.phase), {
    figures: { nodes: nodes?.length, onlineNodes: nodes?.filter((node) => nodeFindings(node).length === 0).length },
    texts: {
      phase: status?.phase,
      master: status?.master_ip,
      provider: spec?.k8s_provider,
      hosts: spec?.host_type,
      image: spec?.image_robin,
    },
  });
}

function phaseFindings(phase: string | undefined): Finding[] {
  if (phase === "Ready") return [];
  if (phase === undefined) return [unknown("not_told", "phase")];
  return [(DOWN.has(phase) ? failed : degraded)("phase", phase)];
}

function nodeParts({ metadata, status }: Robin): Part[] {
  return (status?.robin_node_status ?? []).flatMap((node) => {
    if (!node.host_name) return [];
    return partOf("Node", { ...metadata, name: node.host_name }, nodeFindings(node), {
      texts: { state: node.state, status: node.status },
    });
  });
}

/** Both have to be good: a node can be ONLINE and not Ready. */
function nodeFindings({ state, status }: RobinNode): Finding[] {
  if (state === "ONLINE" && status === "Ready") return [];
  if (state === undefined || status === undefined)
    return [unknown("not_told", state === undefined ? "state" : "status")];
  return [(DOWN.has(state) || DOWN.has(status) ? failed : degraded)("not_ready", `${state}, ${status}`)];
}
