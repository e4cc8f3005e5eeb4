"use client";

import { useTranslations } from "next-intl";
import { EntityTable } from "@/components/fleet/entity-table";
import { Quantity } from "@/components/shell/quantity";
import { StateMark } from "@/components/ui/state-mark";
import type { Cluster } from "./item-source";
import { properName } from "./proper-names";
import { SupportMark } from "./support-mark";

type Version = Cluster["versions"][number];

function Skew({ skew }: { skew: NonNullable<Version["skew"]> }) {
  const t = useTranslations("clusters.items");
  const { minorsBehind, isAllowed } = skew;
  if (minorsBehind < 0) return <StateMark state="critical" word={t("newer")} />;
  if (!isAllowed) return <StateMark state="critical" word={t("tooOld", { count: minorsBehind })} />;
  return <>{t("minors", { count: minorsBehind })}</>;
}

/** Versions of the cluster's parts: how long each is supported, and how far the kubelets are behind. */
export function ClusterVersions({ cluster }: { cluster: Cluster }) {
  const t = useTranslations("clusters.items");
  const tabs = useTranslations("clusters.cluster.tabs");
  return (
    <EntityTable<Version>
      title={tabs("versions")}
      entities={cluster.versions}
      getKey={({ component, version }) => `${component} ${version}`}
      columns={[
        { id: "component", header: t("columns.component"), cell: ({ component }) => properName(component) },
        {
          id: "version",
          header: t("columns.version"),
          cell: ({ version }) => <span className="font-mono text-caption">{version}</span>,
        },
        { id: "support", header: t("columns.support"), cell: ({ support }) => <SupportMark support={support} /> },
        {
          id: "skew",
          header: t("columns.skew"),
          cell: ({ component, skew }) =>
            skew ? <Skew skew={skew} /> : component === "kubelet" ? <StateMark state="unknown" /> : null,
        },
        {
          id: "nodes",
          header: t("columns.nodes"),
          isFigure: true,
          cell: ({ nodes }) =>
            nodes === null ? (
              <span className="text-ink-faint">{t("wholeCluster")}</span>
            ) : (
              <Quantity kind="count" value={nodes} />
            ),
        },
      ]}
    />
  );
}
