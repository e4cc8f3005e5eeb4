"use client";

import { useLocale, useTranslations } from "next-intl";
import { useMemo } from "react";
import { properName } from "@/components/clusters/proper-names";
import { SupportMark } from "@/components/clusters/support-mark";
import { Hint } from "@/components/shell/hint";
import { Quantity } from "@/components/shell/quantity";
import { UnknownValue } from "@/components/shell/unknown-value";
import type { TableColumn } from "@/components/table/table-column";
import { StateMark } from "@/components/ui/state-mark";
import type { Outputs } from "@/server/root";
import { useBlockerText } from "./use-blocker-text";
import { useDayText } from "./use-day-text";

export type PlanRow = Outputs["support"]["plan"]["list"]["rows"][number];
export type PlanBasis = Outputs["support"]["fleet"]["notes"]["plan"];

/** An estimate is shown as one, with what it stands on. */
export function Evenings({ evenings, basis }: { evenings: number | null; basis: PlanBasis }) {
  const t = useTranslations("support.plan");
  const locale = useLocale();
  const day = useDayText();
  if (evenings === null) return <UnknownValue reason={null} isShort />;
  const { eveningsPerHop, nodesPerEvening, asOf } = basis;
  const source = basis.source === "entered" ? t("entered") : basis.source;
  return (
    <Hint content={t("eveningsHelp", { hop: eveningsPerHop, nodes: nodesPerEvening, source, asOf: day(asOf) })}>
      <span className="tabular-nums">{t("evenings", { count: evenings.toLocaleString(locale) })}</span>
    </Hint>
  );
}

function Blockers({ row }: { row: PlanRow }) {
  const t = useTranslations("support.plan");
  const text = useBlockerText();
  const { blockers, rangesUnknown } = row;
  const [first, ...more] = blockers;
  const ranges = rangesUnknown.length > 0 ? t("ranges", { count: rangesUnknown.length }) : null;
  if (!first) {
    if (ranges) return <StateMark state="unknown" word={ranges} className="min-w-0" />;
    return <span className="text-ink-faint">{t("clear")}</span>;
  }
  const isUnknown = first.kind === "unknown" || first.kind === "noTarget" || first.kind === "kubeletsUnknown";
  const word = `${text(first)}${more.length > 0 ? ` +${more.length}` : ""}`;
  return (
    <span className="flex min-w-0 overflow-hidden" title={[...blockers.map(text), ranges].filter(Boolean).join("\n")}>
      <StateMark state={isUnknown ? "unknown" : "critical"} word={word} />
    </span>
  );
}

/** Columns of the plan. */
export function usePlanColumns(basis: PlanBasis): TableColumn<PlanRow>[] {
  const t = useTranslations("support.plan");
  return useMemo(
    () => [
      { id: "cluster", header: t("columns.cluster"), widthPx: 160, canGrow: true, cell: ({ name }) => name },
      { id: "site", header: t("columns.site"), widthPx: 110, priority: 2, cell: ({ siteName }) => siteName },
      {
        id: "version",
        header: t("columns.version"),
        widthPx: 180,
        priority: 2,
        cell: ({ distribution, gitVersion }) =>
          gitVersion === null ? (
            <UnknownValue reason={null} isShort />
          ) : (
            <span className="truncate">
              {distribution ? `${properName(distribution)} ` : null}
              <span className="font-mono text-caption">{gitVersion}</span>
            </span>
          ),
      },
      {
        id: "support",
        header: t("columns.support"),
        widthPx: 180,
        priority: 1,
        cell: ({ support }) => <SupportMark support={support} />,
      },
      {
        id: "hops",
        header: t("columns.hops"),
        widthPx: 85,
        align: "end",
        priority: 2,
        cell: ({ hops }) =>
          hops === null ? <UnknownValue reason={null} isShort /> : <Quantity kind="count" value={hops.length} />,
      },
      {
        id: "target",
        header: t("columns.target"),
        widthPx: 85,
        priority: 3,
        cell: ({ target, hops }) => {
          if (hops === null) return <UnknownValue reason={null} isShort />;
          return target === null ? t("stays") : <span className="font-mono text-caption">{target}</span>;
        },
      },
      {
        id: "nodes",
        header: t("columns.nodes"),
        widthPx: 105,
        align: "end",
        priority: 3,
        cell: ({ nodesToDo }) => <Quantity kind="count" value={nodesToDo} />,
      },
      {
        id: "evenings",
        header: t("columns.evenings"),
        widthPx: 85,
        align: "end",
        priority: 3,
        cell: ({ evenings }) => <Evenings evenings={evenings} basis={basis} />,
      },
      {
        id: "blockers",
        header: t("columns.blockers"),
        widthPx: 230,
        canGrow: true,
        priority: 3,
        cell: (row) => <Blockers row={row} />,
      },
    ],
    [t, basis],
  );
}
