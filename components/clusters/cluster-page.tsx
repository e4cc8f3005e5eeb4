"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { ConnectivityMark } from "@/components/fleet/connectivity-mark";
import { DetailView } from "@/components/shell/detail-view";
import { ErrorState } from "@/components/shell/error-state";
import { PageHeader } from "@/components/shell/page-header";
import { useTRPC } from "@/components/shell/trpc-provider";
import { useAddressChoice } from "@/components/shell/use-address-choice";
import { SimulatedMark } from "@/components/ui/simulated-mark";
import { StateMark } from "@/components/ui/state-mark";
import { Tabs } from "@/components/ui/tabs";
import { ClusterApplications } from "./cluster-applications";
import { ClusterChangeList } from "./cluster-change-list";
import { isPast } from "./cluster-columns";
import { ClusterFigures } from "./cluster-figures";
import { clusterHref } from "./cluster-href";
import { ClusterNetwork } from "./cluster-network";
import { ClusterNodes } from "./cluster-nodes";
import { ClusterStorage } from "./cluster-storage";
import { ClusterSummary } from "./cluster-summary";
import { ClusterSystems } from "./cluster-systems";
import { ClusterVersions } from "./cluster-versions";
import { ClusterWarnings } from "./cluster-warnings";
import { HealthMark } from "./health-mark";
import type { Cluster } from "./item-source";
import { properName } from "./proper-names";
import { SupportMark } from "./support-mark";

const TABS = ["overview", "nodes", "applications", "systems", "storage", "network", "versions", "warnings"] as const;

function FactsLine({ cluster }: { cluster: Cluster }) {
  const t = useTranslations("clusters.cluster");
  const facts = [
    cluster.distribution && properName(cluster.distribution),
    cluster.gitVersion,
    cluster.provider && properName(cluster.provider),
    cluster.region,
    cluster.agentVersion && t("agentVersion", { version: cluster.agentVersion }),
  ].filter((fact) => fact !== null);
  return (
    <span className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
      <HealthMark health={cluster.health} isPast={isPast(cluster)} />
      <ConnectivityMark connectivity={cluster.connectivity} intervalSeconds={cluster.intervalSeconds} />
      {facts.map((text) => (
        <span key={text} className="min-w-0 max-w-full break-words">
          {text}
        </span>
      ))}
      {cluster.gitVersion ? <SupportMark support={cluster.support} isNamed /> : null}
    </span>
  );
}

/** Two clusters with one identity: said once, where one looks. */
function Collision({ cluster }: { cluster: Cluster }) {
  const t = useTranslations("clusters.cluster");
  if (!cluster.isContested) return null;
  const { collision } = cluster;
  return (
    <div className="mb-5 flex items-baseline gap-2 rounded-md bg-critical-soft px-3 py-2 text-table">
      <StateMark state="critical" isWordHidden />
      {collision ? (
        <Link href={clusterHref(collision.clusterId)} className="underline">
          {t("collision", { name: collision.name, site: collision.siteName })}
        </Link>
      ) : (
        <p>{t("collisionElsewhere")}</p>
      )}
    </div>
  );
}

function ClusterTabs({ cluster }: { cluster: Cluster }) {
  const t = useTranslations("clusters.cluster.tabs");
  const [tab, setTab] = useAddressChoice("tab", TABS);
  const contents = {
    overview: ClusterSummary,
    nodes: ClusterNodes,
    applications: ClusterApplications,
    systems: ClusterSystems,
    storage: ClusterStorage,
    network: ClusterNetwork,
    versions: ClusterVersions,
    warnings: ClusterWarnings,
  };
  return (
    <Tabs
      label={cluster.name}
      value={tab}
      onValueChange={setTab}
      tabs={TABS.map((value) => {
        const Content = contents[value];
        return { value, label: t(value), content: <Content cluster={cluster} /> };
      })}
    />
  );
}

/** One cluster: how it is and why, what it consists of, what of it is not known, what changed. */
export function ClusterPage({ clusterId }: { clusterId: string }) {
  const t = useTranslations("clusters.cluster");
  const trpc = useTRPC();
  const query = useQuery(trpc.clusters.get.queryOptions({ clusterId }));
  return (
    <DetailView
      query={query}
      list={{ href: "/clusters", label: t("breadcrumb") }}
      notFound={{ title: t("notFound"), help: t("notFoundHelp") }}
      silentSince={(cluster) => (cluster.connectivity === "offline" ? cluster.lastReceivedAt : null)}
    >
      {(cluster, breadcrumb) => (
        <>
          <PageHeader
            title={cluster.name}
            breadcrumb={
              <>
                {breadcrumb} <span aria-hidden>›</span> {cluster.siteName}{" "}
                {cluster.isSimulated ? <SimulatedMark /> : null}
              </>
            }
            description={<FactsLine cluster={cluster} />}
          />
          <Collision cluster={cluster} />
          {cluster.confirmedAt === null ? (
            <ErrorState state="unknown" title={t("nothingTold")} help={t("nothingToldHelp")} />
          ) : (
            <div className="grid gap-10 2xl:grid-cols-[1fr_20rem]">
              <div className="min-w-0">
                <ClusterFigures cluster={cluster} />
                <div className="h-8" />
                <ClusterTabs cluster={cluster} />
              </div>
              <aside className="min-w-0 2xl:border-line 2xl:border-l 2xl:pl-6" aria-label={t("timeline")}>
                <h2 className="mb-2 font-semibold text-heading">{t("timeline")}</h2>
                {cluster.changes.length > 0 ? (
                  <ClusterChangeList changes={cluster.changes} />
                ) : (
                  <p className="text-ink-faint text-table">{t("noChanges")}</p>
                )}
              </aside>
            </div>
          )}
        </>
      )}
    </DetailView>
  );
}
