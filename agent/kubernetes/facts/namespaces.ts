import { isKnown } from "@/agent/kubernetes/cluster-view";
import type { ResourceName } from "@/agent/kubernetes/resources";
import type { ItemOf } from "@/contract/cluster/items";
import type { Section, Sight } from "./section";

/** Policies of Kubernetes and of Cilium both shut a namespace. */
const POLICIES = ["networkpolicies.networking.k8s.io", "ciliumnetworkpolicies.cilium.io"] as const;

export const namespaceSection: Section = {
  reads: ["namespaces", "resourcequotas", ...POLICIES],
  describe: (sight) => {
    const policies = countByNamespace(sight, POLICIES);
    const quotas = countByNamespace(sight, ["resourcequotas"]);
    const namespace = new Map<string, ItemOf<"namespace">>();
    for (const [key, { metadata, status }] of sight.view.list("namespaces")) {
      namespace.set(key, {
        phase: status?.phase,
        networkPolicies: policies && (policies.get(key) ?? 0),
        quotas: quotas && (quotas.get(key) ?? 0),
        createdAt: metadata.creationTimestamp,
      });
    }
    return { namespace };
  },
};

/** @returns undefined when one of the resources is not known: a count without it would be too small */
function countByNamespace({ view }: Sight, names: readonly ResourceName[]): Map<string, number> | undefined {
  if (!names.every((name) => isKnown(view.state(name)))) return undefined;
  const counts = new Map<string, number>();
  for (const name of names) {
    for (const { metadata } of view.list(name).values()) {
      const { namespace = "" } = metadata;
      counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
    }
  }
  return counts;
}
