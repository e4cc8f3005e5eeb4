import type { ItemOf } from "@/contract/cluster/items";
import type { Workload } from "./workload-model";

type Belonging = Pick<ItemOf<"application">, "by" | "managedBy"> & { name: string };
type Marks = { labels: Record<string, string>; annotations: Record<string, string> };

/** What says that workloads belong together, the strongest first; a workload without any belongs to its namespace. */
const RULES: readonly ((marks: Marks) => Belonging | undefined)[] = [
  ({ labels }) => named("part_of", labels["app.kubernetes.io/part-of"]),
  ({ labels, annotations }) => {
    const isHelm = labels["app.kubernetes.io/managed-by"] === "Helm";
    const release =
      annotations["meta.helm.sh/release-name"] ?? (isHelm ? labels["app.kubernetes.io/instance"] : undefined);
    return named("helm", release, "Helm");
  },
  ({ labels }) =>
    named("flux", labels["helm.toolkit.fluxcd.io/name"], "HelmRelease", labels["helm.toolkit.fluxcd.io/namespace"]),
  ({ labels }) => named("instance", labels["app.kubernetes.io/instance"]),
  // Last of the marks: one Kustomization often applies a whole cluster.
  ({ labels }) =>
    named(
      "flux",
      labels["kustomize.toolkit.fluxcd.io/name"],
      "Kustomization",
      labels["kustomize.toolkit.fluxcd.io/namespace"],
    ),
];

export function belongingOf({ labels, podLabels, annotations, namespace }: Workload): Belonging {
  const marks = { labels: { ...podLabels, ...labels }, annotations };
  for (const rule of RULES) {
    const found = rule(marks);
    if (found) return found;
  }
  return { by: "namespace", name: namespace };
}

export const applicationKeyOf = (workload: Workload) => `${workload.namespace}/${belongingOf(workload).name}`;

function named(
  by: Belonging["by"],
  name: string | undefined,
  manager?: string,
  namespace?: string,
): Belonging | undefined {
  if (!name) return undefined;
  return { by, name, ...(manager ? { managedBy: `${manager} ${namespace ? `${namespace}/` : ""}${name}` } : {}) };
}
