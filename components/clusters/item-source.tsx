"use client";

import { useTranslations } from "next-intl";
import { StateMark } from "@/components/ui/state-mark";
import type { ItemKind } from "@/contract/cluster/items";
import type { Outputs } from "@/server/root";

export type Cluster = Outputs["clusters"]["get"];
type Source = Cluster["sources"][number];

/** The resource of the API that items of a kind come from. */
export const RESOURCES: Partial<Record<ItemKind, string>> = {
  node: "nodes",
  namespace: "namespaces",
  application: "pods",
  workload: "pods",
  claim: "persistentvolumeclaims",
  volume: "persistentvolumes",
  storageClass: "storageclasses.storage.k8s.io",
  csiDriver: "csidrivers.storage.k8s.io",
  capacity: "csistoragecapacities.storage.k8s.io",
  snapshot: "volumesnapshots.snapshot.storage.k8s.io",
  budget: "poddisruptionbudgets.policy",
  quota: "resourcequotas",
  service: "services",
  warning: "events",
};

/** Null where the resource is read as it should be, or is not there at all. */
export function troubleOf(cluster: Cluster, resource: string | undefined): Source | null {
  const source = cluster.sources.find(({ key }) => key === resource);
  return source && source.status !== "synced" && source.status !== "absent" ? source : null;
}

/** How much of a resource is known, in words. */
export function useSourceText(): (source: Source) => string {
  const t = useTranslations("clusters.cluster.sourceStatus");
  return ({ status, served = [] }) =>
    status === "synced" || status === "absent" ? "" : t(status, { served: served.join(", ") });
}

/** Says that items of a kind are not known, or only as they were. */
export function SourceNotice({ source }: { source: Source }) {
  const t = useTranslations("clusters.items");
  const textOf = useSourceText();
  return (
    <div role="status" className="mt-1 text-table">
      <StateMark
        state="unknown"
        word={t("unknown", { resource: source.key, status: textOf(source) })}
        className="whitespace-normal"
      />
      {source.reason ? <p className="break-words font-mono text-caption text-ink-faint">{source.reason}</p> : null}
    </div>
  );
}
