"use client";

import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { properName } from "@/components/clusters/proper-names";
import { SupportMark } from "@/components/clusters/support-mark";
import { EntityTable } from "@/components/fleet/entity-table";
import { Quantity } from "@/components/shell/quantity";
import { StateMark } from "@/components/ui/state-mark";
import type { PlanFilter } from "@/server/support/plan-filter";
import { planHref } from "./support-href";
import type { FleetSupport } from "./support-page";
import { useDayText } from "./use-day-text";

type Version = FleetSupport["versions"][number];
type Component = FleetSupport["components"][number];
type Skew = FleetSupport["skew"][number];

function ClusterCount({ count, filter, of }: { count: number; filter: Partial<PlanFilter>; of: string }) {
  return (
    <Link href={planHref(filter)} className="text-accent-text hover:underline">
      <Quantity kind="count" value={count} />
      <span className="sr-only"> {of}</span>
    </Link>
  );
}

/** The dates' source beside what it holds for, with what they really are of. */
function Origin({ support }: { support: Version["support"] }) {
  const t = useTranslations("support.versions");
  const notes = useTranslations("support.notes");
  const day = useDayText();
  const { source, sourceUrl, asOf, isDerived, cycle, state } = support;
  if (source === null || sourceUrl === null || asOf === null) return null;
  return (
    <span className="text-caption text-ink-faint">
      <a href={sourceUrl} rel="noreferrer" target="_blank" className="underline hover:text-ink">
        {notes("source", { source, asOf: day(asOf) })}
      </a>
      {isDerived && state !== "unknown" ? ` · ${t("derived", { cycle: cycle ?? "" })}` : null}
    </span>
  );
}

const distributionName = (distribution: string | null, unknown: string) =>
  distribution === null ? unknown : properName(distribution);

function KubernetesTable({ versions }: { versions: readonly Version[] }) {
  const t = useTranslations("support");
  return (
    <EntityTable<Version>
      title={t("versions.title")}
      entities={versions}
      getKey={({ distribution, cycle }) => `${distribution} ${cycle}`}
      columns={[
        {
          id: "distribution",
          header: t("columns.distribution"),
          cell: ({ distribution }) => distributionName(distribution, t("states.unknown")),
        },
        {
          id: "version",
          header: t("columns.version"),
          cell: ({ cycle }) =>
            cycle === null ? <StateMark state="unknown" /> : <span className="font-mono text-caption">{cycle}</span>,
        },
        { id: "support", header: t("columns.support"), cell: ({ support }) => <SupportMark support={support} /> },
        { id: "source", header: t("columns.source"), cell: ({ support }) => <Origin support={support} /> },
        {
          id: "clusters",
          header: t("columns.clusters"),
          isFigure: true,
          cell: ({ distribution, cycle, clusters, support }) => (
            <ClusterCount
              count={clusters}
              filter={distribution === null ? { states: [support.state] } : { distribution, cycle }}
              of={`${distributionName(distribution, t("states.unknown"))} ${cycle ?? ""}`}
            />
          ),
        },
      ]}
    />
  );
}

function SkewTable({ fleet }: { fleet: FleetSupport }) {
  const t = useTranslations("support");
  const words = ({ minorsBehind, isAllowed }: Skew) => {
    if (minorsBehind === null || isAllowed === null) return <StateMark state="unknown" />;
    if (isAllowed) return <StateMark state="good" word={t("skew.allowed")} />;
    return <StateMark state="critical" word={minorsBehind < 0 ? t("skew.newer") : t("skew.tooOld")} />;
  };
  return (
    <EntityTable<Skew>
      title={t("skew.title")}
      help={t("skew.help")}
      isShort
      notice={
        <p className="mt-1 text-table">
          {fleet.skewClusters > 0 ? (
            <Link href={planHref({ isSkewed: true })} className="font-medium text-accent-text hover:underline">
              {t("skew.broken", { count: fleet.skewClusters })}
            </Link>
          ) : (
            <span className="text-ink-muted">{t("skew.none")}</span>
          )}
        </p>
      }
      entities={fleet.skew}
      getKey={({ minorsBehind, isAllowed }) => `${minorsBehind} ${isAllowed}`}
      columns={[
        {
          id: "behind",
          header: t("columns.behind"),
          cell: ({ minorsBehind }) => {
            if (minorsBehind === null) return t("skew.unknown");
            return minorsBehind === 0 ? t("skew.same") : t("skew.behind", { count: minorsBehind });
          },
        },
        { id: "verdict", header: t("columns.verdict"), cell: words },
        {
          id: "nodes",
          header: t("columns.nodes"),
          isFigure: true,
          cell: ({ nodes }) => <Quantity kind="count" value={nodes} />,
        },
      ]}
    />
  );
}

function ComponentTable({ fleet }: { fleet: FleetSupport }) {
  const t = useTranslations("support");
  const locale = useLocale();
  const undated = new Intl.ListFormat(locale).format(
    fleet.undated.map(({ component, clusters }) => `${properName(component)} (${clusters.toLocaleString(locale)})`),
  );
  return (
    <EntityTable<Component>
      title={t("versions.componentsTitle")}
      help={t("versions.componentsHelp")}
      notice={
        fleet.undated.length > 0 ? (
          <p className="mt-1 break-words text-table text-unknown">{t("versions.undated", { list: undated })}</p>
        ) : null
      }
      entities={fleet.components}
      getKey={({ component, cycle }) => `${component} ${cycle}`}
      columns={[
        { id: "component", header: t("columns.component"), cell: ({ component }) => properName(component) },
        {
          id: "version",
          header: t("columns.version"),
          cell: ({ cycle }) =>
            cycle === "" ? (
              <StateMark state="unknown" word={t("versions.notTold")} />
            ) : (
              <span className="font-mono text-caption">{cycle}</span>
            ),
        },
        { id: "support", header: t("columns.support"), cell: ({ support }) => <SupportMark support={support} /> },
        { id: "source", header: t("columns.source"), cell: ({ support }) => <Origin support={support} /> },
        {
          id: "clusters",
          header: t("columns.clusters"),
          isFigure: true,
          cell: ({ component, cycle, clusters }) => (
            <ClusterCount
              count={clusters}
              filter={{ product: component, cycle: cycle || null }}
              of={`${properName(component)} ${cycle}`}
            />
          ),
        },
      ]}
    />
  );
}

/** What runs where: Kubernetes, how far kubelets are behind, and what else has a version. */
export function FleetVersions({ fleet }: { fleet: FleetSupport }) {
  return (
    <div className="flex flex-col gap-8">
      <KubernetesTable versions={fleet.versions} />
      <SkewTable fleet={fleet} />
      <ComponentTable fleet={fleet} />
    </div>
  );
}
