"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { clusterHref } from "@/components/clusters/cluster-href";
import { properName } from "@/components/clusters/proper-names";
import { SupportMark } from "@/components/clusters/support-mark";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { UnknownValue } from "@/components/shell/unknown-value";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { StateMark } from "@/components/ui/state-mark";
import type { Outputs } from "@/server/root";
import { Evenings, type PlanBasis, type PlanRow } from "./plan-columns";
import { useBlockerText } from "./use-blocker-text";
import { useDayText } from "./use-day-text";

type Detail = Outputs["support"]["plan"]["get"];

function Steps({ row }: { row: PlanRow }) {
  const t = useTranslations("support.plan");
  const minor = (number: number) => `1.${number}`;
  if (row.hops === null) return <StateMark state="unknown" word={t("noWay")} />;
  if (row.steps.length === 0) return <p className="text-table">{t("detail.noSteps")}</p>;
  return (
    <ol className="ml-5 flex list-decimal flex-col gap-1 text-table">
      {row.steps.map(({ part, from, to, nodes }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
        <li key={at}>
          {part === "controlPlane"
            ? t("detail.controlPlane", { from: minor(from), to: minor(to) })
            : t("detail.nodesStep", { count: nodes, from: minor(from), to: minor(to) })}
        </li>
      ))}
    </ol>
  );
}

function Nodes({ nodes }: Pick<Detail, "nodes">) {
  const t = useTranslations("support.plan.detail");
  return (
    <ul className="flex flex-col gap-2 text-table">
      {nodes.map(({ version, total, names }) => (
        <li key={version} className="min-w-0 break-words">
          {version === null ? (
            <UnknownValue reason={null} isShort />
          ) : (
            <span className="font-mono text-caption">{version}</span>
          )}
          <span className="text-ink-faint"> · </span>
          {names.join(", ")}
          {total > names.length ? ` ${t("more", { count: total - names.length })}` : null}
        </li>
      ))}
    </ul>
  );
}

function Blockers({ row }: { row: PlanRow }) {
  const t = useTranslations("support.plan");
  const locale = useLocale();
  const text = useBlockerText();
  const list = new Intl.ListFormat(locale).format(row.rangesUnknown.map(properName));
  return (
    <div className="flex flex-col gap-1 text-table">
      {row.blockers.map((blocker) => (
        <p key={text(blocker)} className="break-words">
          {text(blocker)}
        </p>
      ))}
      {row.blockers.length === 0 && list === "" ? <p className="text-ink-faint">{t("clear")}</p> : null}
      {list === "" ? null : <p className="break-words text-unknown">{t("detail.rangesUnknown", { list })}</p>}
    </div>
  );
}

/** One cluster's way: step by step, with the nodes, what blocks, whose rule it is and what the estimate stands on. */
export function PlanPanel(props: { clusterId: string; name: string; basis: PlanBasis; onClose: () => void }) {
  const { clusterId, name, basis, onClose } = props;
  const t = useTranslations("support.plan");
  const notes = useTranslations("support.notes");
  const trpc = useTRPC();
  const day = useDayText();
  const query = useQuery(trpc.support.plan.get.queryOptions({ clusterId }));
  const heading = (text: string) => <h3 className="mt-4 mb-1 font-medium text-caption text-ink-muted">{text}</h3>;
  return (
    <Dialog isOpen shape="panel" title={name} onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}>
      <QueryView query={query} skeleton={<Skeleton className="h-64" />}>
        {({ row, rule, nodes }) => (
          <>
            <p className="flex flex-wrap items-baseline gap-x-3 text-table">
              <span className="font-mono text-caption">{row.gitVersion}</span>
              <SupportMark support={row.support} isNamed />
            </p>
            {heading(t("detail.steps"))}
            <Steps row={row} />
            {heading(t("columns.blockers"))}
            <Blockers row={row} />
            {heading(t("detail.nodes"))}
            <Nodes nodes={nodes} />
            {heading(t("detail.estimate"))}
            <p className="flex items-baseline gap-2 text-table">
              <Evenings evenings={row.evenings} basis={basis} />
              <span className="text-ink-faint">{t("columns.evenings")}</span>
            </p>
            {heading(t("detail.rule"))}
            <p className="text-table">
              <a href={rule.sourceUrl} rel="noreferrer" target="_blank" className="underline">
                {notes("rule", { source: rule.source, asOf: day(rule.asOf) })}
              </a>
            </p>
            <Button asChild className="mt-5">
              <Link href={clusterHref(clusterId)}>{t("detail.toCluster")}</Link>
            </Button>
          </>
        )}
      </QueryView>
    </Dialog>
  );
}
