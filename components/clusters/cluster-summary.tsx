"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Hint } from "@/components/shell/hint";
import { useMomentText } from "@/components/shell/moment-text";
import { UnknownValue } from "@/components/shell/unknown-value";
import { StateMark } from "@/components/ui/state-mark";
import { ClusterAttention } from "./cluster-attention";
import { type Cluster, SourceNotice, troubleOf } from "./item-source";
import { properName } from "./proper-names";
import { SupportMark } from "./support-mark";

/** A word that something proves; without proof it is unknown, and never guessed. */
function Proven({ word, proof }: { word: string | null; proof: string | undefined }) {
  const t = useTranslations("clusters.cluster");
  if (word === null) {
    return (
      <Hint content={t("unproven")}>
        <StateMark state="unknown" />
      </Hint>
    );
  }
  return proof ? (
    <Hint content={<span className="break-words font-mono">{proof}</span>}>{properName(word)}</Hint>
  ) : (
    properName(word)
  );
}

function useFacts(cluster: Cluster): [string, ReactNode][] {
  const t = useTranslations("clusters.cluster");
  const controlPlane = useTranslations("clusters.controlPlane");
  const moment = useMomentText();
  const told = cluster.cluster;
  const unknown = <UnknownValue key="unknown" reason={null} />;
  const text = (value: string | number | undefined | null) => value ?? unknown;
  const mono = (value: string | null) =>
    value === null ? unknown : <span className="break-all font-mono text-caption">{value}</span>;
  const time = (at: Date | null) => (at ? moment.exact(at) : unknown);
  const name = (key: Parameters<typeof t>[0] & `factNames.${string}`) => t(key);
  return [
    [name("factNames.distribution"), <Proven key="d" word={cluster.distribution} proof={told?.distributionProof} />],
    [name("factNames.gitVersion"), mono(cluster.gitVersion)],
    [name("factNames.support"), <SupportMark key="s" support={cluster.support} />],
    [name("factNames.provider"), <Proven key="p" word={cluster.provider} proof={told?.providerProof} />],
    [name("factNames.region"), text(cluster.region)],
    ...(told?.zones ? ([[name("factNames.zones"), told.zones.join(", ")]] as [string, ReactNode][]) : []),
    [
      name("factNames.controlPlane"),
      told && told.controlPlane !== "unknown" ? (
        <StateMark
          key="c"
          state={told.controlPlane === "single" ? "warning" : "good"}
          word={controlPlane(told.controlPlane)}
          className="whitespace-normal"
        />
      ) : (
        unknown
      ),
    ],
    ...(told?.controlPlaneNodes === undefined
      ? []
      : ([[name("factNames.controlPlaneNodes"), told.controlPlaneNodes]] as [string, ReactNode][])),
    [
      name("factNames.ipFamilies"),
      told?.ipFamilies?.length ? told.ipFamilies.map((family) => `IPv${family}`).join(", ") : unknown,
    ],
    [
      name("factNames.apiGroups"),
      told?.apiGroups ? t("apiGroups", { count: Object.keys(told.apiGroups).length }) : unknown,
    ],
    [name("factNames.uid"), mono(cluster.uid)],
    [name("factNames.agentVersion"), text(cluster.agentVersion)],
    [name("factNames.toldAt"), time(cluster.toldAt)],
    [name("factNames.confirmedAt"), time(cluster.confirmedAt)],
    [name("factNames.createdAt"), time(cluster.createdAt)],
  ];
}

/** What of the API could not be read; figures that depend on it are unknown. */
function Sources({ cluster }: { cluster: Cluster }) {
  const t = useTranslations("clusters.cluster");
  const troubled = cluster.sources.flatMap((source) => troubleOf(cluster, source.key) ?? []);
  const short = cluster.sources.filter(({ leftOut = 0 }) => leftOut > 0);
  return (
    <section>
      <h2 className="font-semibold text-heading">{t("sources")}</h2>
      {troubled.length + short.length === 0 ? (
        <p className="mt-1 text-ink-faint text-table">{t("sourcesAll")}</p>
      ) : (
        <>
          <p className="text-caption text-ink-faint">{t("sourcesHelp")}</p>
          {troubled.map((source) => (
            <SourceNotice key={source.key} source={source} />
          ))}
          {short.map(({ key, leftOut = 0 }) => (
            <p key={key} className="mt-1 text-table">
              <StateMark
                state="unknown"
                word={`${key}: ${t("leftOut", { count: leftOut })}`}
                className="whitespace-normal"
              />
            </p>
          ))}
        </>
      )}
    </section>
  );
}

/** What needs a person in this cluster, what it is, and what is not known of it. */
export function ClusterSummary({ cluster }: { cluster: Cluster }) {
  const t = useTranslations("clusters.cluster");
  const facts = useFacts(cluster);
  return (
    <div className="grid gap-x-10 gap-y-8 xl:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-8">
        <ClusterAttention cluster={cluster} />
        <Sources cluster={cluster} />
      </div>
      <section className="min-w-0">
        <h2 className="mb-2 font-semibold text-heading">{t("facts")}</h2>
        <dl className="grid text-table sm:grid-cols-[12rem_1fr]">
          {facts.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="border-line text-ink-faint sm:border-t sm:py-1.5">{name}</dt>
              <dd className="min-w-0 border-line text-ink max-sm:mb-2 sm:border-t sm:py-1.5">{value}</dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}
