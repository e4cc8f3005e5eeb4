import type { ItemOf } from "@/contract/cluster/items";
import type { VersionRow } from "./shapes";
import type { SupportDates } from "./support";
import { clusterSupport, kubeletSkew, supportOf } from "./support-model";

type Told = {
  distribution: string | null;
  gitVersion: string | null;
  nodes: readonly ItemOf<"node">[];
  systems: readonly (ItemOf<"system"> & { key: string })[];
};

/** Versions of a cluster's parts with how long they are supported: the API server, the kubelets, what runs on them. */
export function versionsOf(dates: SupportDates, today: Date, told: Told): VersionRow[] {
  const { distribution, gitVersion, nodes, systems } = told;
  const server: VersionRow[] =
    gitVersion === null
      ? []
      : [
          {
            component: "kubernetes",
            version: gitVersion,
            nodes: null,
            support: clusterSupport(dates, { distribution, gitVersion }, today),
            skew: null,
          },
        ];
  const kubelets = counted(nodes.map(({ kubeletVersion }) => kubeletVersion)).map(([version, count]) => ({
    component: "kubelet",
    version,
    nodes: count,
    support: clusterSupport(dates, { distribution, gitVersion: version }, today),
    skew: kubeletSkew(gitVersion, version),
  }));
  // "containerd://2.0.4-k3s2": the runtime's name, and its version.
  const runtimes = counted(nodes.map(({ containerRuntime }) => containerRuntime)).map(([told, count]) => {
    const [component = told, version = ""] = told.split("://");
    return { component, version, nodes: count, support: supportOf(dates, component, version, today), skew: null };
  });
  const running = systems.flatMap(({ key, version }) =>
    version === undefined
      ? []
      : [{ component: key, version, nodes: null, support: supportOf(dates, key, version, today), skew: null }],
  );
  return [...server, ...kubelets, ...runtimes, ...running];
}

/** Each version with how often it is there, the most frequent first. */
function counted(versions: readonly (string | undefined)[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const version of versions) if (version !== undefined) counts.set(version, (counts.get(version) ?? 0) + 1);
  return [...counts].sort(([a, some], [b, others]) => others - some || a.localeCompare(b));
}
