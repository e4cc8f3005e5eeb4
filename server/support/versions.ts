import type { ItemOf } from "@/contract/cluster/items";
import type { VersionRow } from "@/server/clusters/shapes";
import { clusterSupport, kubeletSkew, supportOf } from "./model";
import { ruleOf, type SupportData } from "./support-data";

type Told = {
  distribution: string | null;
  gitVersion: string | null;
  nodes: readonly ItemOf<"node">[];
  systems: readonly (ItemOf<"system"> & { key: string })[];
  /** Major versions of PostgreSQL that its databases run. */
  databases: readonly string[];
};

/** Versions of a cluster's parts with how long they are supported: the API server, the kubelets, what runs on them. */
export function versionsOf(data: SupportData, today: Date, told: Told): VersionRow[] {
  const { distribution, gitVersion, nodes, systems, databases } = told;
  const server: VersionRow[] =
    gitVersion === null
      ? []
      : [
          {
            component: "kubernetes",
            version: gitVersion,
            nodes: null,
            support: clusterSupport(data, { distribution, gitVersion }, today),
            skew: null,
          },
        ];
  const kubelets = counted(nodes.map(({ kubeletVersion }) => kubeletVersion)).map(([version, count]) => ({
    component: "kubelet",
    version,
    nodes: count,
    support: clusterSupport(data, { distribution, gitVersion: version }, today),
    skew: kubeletSkew(gitVersion, version, ruleOf(data, distribution).kubeletBehindMax),
  }));
  // "containerd://2.0.4-k3s2": the runtime's name, and its version.
  const runtimes = counted(nodes.map(({ containerRuntime }) => containerRuntime)).map(([told, count]) => {
    const [component = told, version = ""] = told.split("://");
    return { component, version, nodes: count, support: supportOf(data, component, version, today), skew: null };
  });
  const running = systems.flatMap(({ key, version }) =>
    version === undefined
      ? []
      : [{ component: key, version, nodes: null, support: supportOf(data, key, version, today), skew: null }],
  );
  const postgres = databases.map((version) => ({
    ...{ component: "postgresql", version, nodes: null, skew: null },
    support: supportOf(data, "postgresql", version, today),
  }));
  return [...server, ...kubelets, ...runtimes, ...running, ...postgres];
}

/** Each version with how often it is there, the most frequent first. */
function counted(versions: readonly (string | undefined)[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const version of versions) if (version !== undefined) counts.set(version, (counts.get(version) ?? 0) + 1);
  return [...counts].sort(([a, some], [b, others]) => others - some || a.localeCompare(b));
}
