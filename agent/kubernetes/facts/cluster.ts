import { isKnown } from "@/agent/kubernetes/cluster-view";
import type { ItemOf } from "@/contract/cluster/items";
import { controlPlaneOf } from "./control-plane";
import { distributionOf, type Node, providerOf } from "./distribution";
import { clipped } from "./judge";
import type { Reader, Section } from "./section";

const ZONES_MAX = 50;
const VERSIONS_MAX = 20;

const REGION_LABELS = [
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/region",
  "topology.linode.com/region",
];
const ZONE_LABELS = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];

export const firstLabel = ({ metadata: { labels } }: Node, keys: readonly string[]): string | undefined =>
  keys.map((key) => labels?.[key]).find((value) => value);
export const zoneOf = (node: Node) => firstLabel(node, ZONE_LABELS);

/** What the cluster is as a whole. */
export const clusterSection: Section = {
  reads: ["api", "nodes", "pods", "services"],
  describe: (reader) => ({ cluster: new Map([["cluster", itemOf(reader)]]) }),
};

function itemOf(reader: Reader): ItemOf<"cluster"> {
  const { view } = reader;
  const distribution = distributionOf(reader);
  const provider = providerOf(reader);
  const nodes = [...view.list("nodes").values()];
  const hasNodes = isKnown(view.state("nodes"));
  return {
    gitVersion: view.api.gitVersion ?? undefined,
    distribution: distribution?.is,
    distributionProof: clipped(distribution?.proof),
    provider: provider?.is,
    providerProof: clipped(provider?.proof),
    region: mostFrequent(nodes.map((node) => firstLabel(node, REGION_LABELS))),
    zones: hasNodes ? distinct(nodes.map(zoneOf)).slice(0, ZONES_MAX) : undefined,
    ...controlPlaneOf(reader, distribution?.is),
    apiGroups: view.api.groups
      ? Object.fromEntries([...view.api.groups].map(([group, versions]) => [group, versions.slice(0, VERSIONS_MAX)]))
      : undefined,
    ipFamilies: ipFamilies(reader, nodes),
  };
}

function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values)].filter((value) => value !== undefined).sort();
}

function mostFrequent(values: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0];
}

/** Of the service that every cluster has, what the cluster prefers; both only when pods get addresses of both. */
function ipFamilies({ view }: Reader, nodes: readonly Node[]): (4 | 6)[] | undefined {
  const podCidrs = nodes.find(({ spec }) => (spec?.podCIDRs?.length ?? 0) > 0)?.spec?.podCIDRs;
  const fromNodes = podCidrs?.map((cidr) => (cidr.includes(":") ? 6 : 4));
  if (fromNodes) return [...new Set<4 | 6>(fromNodes)].slice(0, 2);
  const service = view.list("services").get("default/kubernetes")?.spec?.ipFamilies;
  return service?.flatMap((family) => (family === "IPv4" ? [4] : family === "IPv6" ? [6] : []));
}
