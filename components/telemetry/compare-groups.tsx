"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { TimeSeriesChart } from "@/components/chart/time-series-chart";
import { EntityTable } from "@/components/fleet/entity-table";
import { useClock } from "@/components/shell/clock";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { Quantity } from "@/components/shell/quantity";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { UnknownValue } from "@/components/shell/unknown-value";
import { useAddressChoice } from "@/components/shell/use-address-choice";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import type { Outputs } from "@/server/root";
import {
  GROUP_FIGURE_NAMES,
  GROUP_FIGURES,
  GROUP_WINDOWS,
  type Group,
  groupChoices,
  groupInput,
  largestGroups,
} from "./group-figures";
import { KnownCount } from "./known-count";

type Site = Pick<Outputs["fleet"]["sites"]["list"][number], "labels">;

/** More lines than this cannot be told apart by colour. */
const LINES_MAX = 6;
const FIVE_MINUTES_MS = 300_000;

/** What groups of sites do together over time, with how many of each were heard. */
export function CompareGroups({ selector, sites }: { selector: string | null; sites: readonly Site[] }) {
  const t = useTranslations("telemetry.compare");
  const trpc = useTRPC();
  const choices = useMemo(() => groupChoices(sites), [sites]);
  const [figure, setFigure] = useAddressChoice("sum", GROUP_FIGURE_NAMES);
  const [window, setWindow] = useAddressChoice("span", GROUP_WINDOWS);
  const [groupBy, setGroupBy] = useAddressChoice("by", choices);
  // Sums are of whole five minutes: asked for again when the next ones are there.
  const toMs = useClock((nowMs) => Math.floor(nowMs / FIVE_MINUTES_MS) * FIVE_MINUTES_MS);
  const input = groupInput({ figure, window, groupBy, selector, toMs });
  const query = useQuery(trpc.telemetry.groups.queryOptions(input, { placeholderData: keepPreviousData }));
  const nameOf = ({ name }: Group) => name ?? (groupBy === "none" ? t("groups.everything") : t("groups.without"));
  return (
    <section className="min-w-0">
      <h2 className="font-semibold text-heading">{t("groups.title")}</h2>
      <p className="text-caption text-ink-faint">{t("groups.help")}</p>
      <div className="my-3 grid gap-3 sm:grid-cols-3">
        <Select
          label={t("groups.figure")}
          value={figure}
          onValueChange={setFigure}
          options={GROUP_FIGURE_NAMES.map((value) => ({ value, label: t(`sums.${value}`) }))}
        />
        <Select
          label={t("groups.by")}
          value={groupBy}
          onValueChange={setGroupBy}
          options={choices.map((value) => ({
            value,
            label:
              value === "none"
                ? t("groups.byNone")
                : value === "site"
                  ? t("groups.bySite")
                  : t("groups.byLabel", { label: value.slice("label:".length) }),
          }))}
        />
        <Select
          label={t("groups.window")}
          value={window}
          onValueChange={setWindow}
          options={GROUP_WINDOWS.map((value) => ({ value, label: t(`spans.${value}`) }))}
        />
      </div>
      <QueryView query={query} skeleton={<Skeleton className="h-80" />}>
        {({ groups, stepSeconds }) => {
          const drawn = largestGroups(groups, LINES_MAX);
          const { unit, kind } = GROUP_FIGURES[figure];
          return (
            <div className="flex flex-col gap-6">
              <TimeSeriesChart
                question={t(`sums.${figure}`)}
                kind={unit}
                series={drawn.map((group) => ({
                  id: group.key ?? "",
                  label: nameOf(group),
                  points: group.points.map(({ at, value }) => ({ at: at.getTime(), value })),
                }))}
                fromMs={input.from.getTime()}
                toMs={input.to.getTime()}
                bucketSeconds={stepSeconds}
                gapSeconds={2 * stepSeconds}
                fileName={`groups-${figure}-${window}`}
                aside={
                  drawn.length < groups.length ? (
                    <span className="text-caption text-ink-faint">
                      {t("groups.largest", { shown: drawn.length, count: groups.length })}
                    </span>
                  ) : undefined
                }
              />
              <GroupTable groups={groups} nameOf={nameOf} figure={figure} stepSeconds={stepSeconds} kind={kind} />
            </div>
          );
        }}
      </QueryView>
    </section>
  );
}

type GroupTableProps = {
  groups: readonly Group[];
  nameOf: (group: Group) => string;
  figure: (typeof GROUP_FIGURE_NAMES)[number];
  kind: (typeof GROUP_FIGURES)[(typeof GROUP_FIGURE_NAMES)[number]]["kind"];
  stepSeconds: number;
};

function GroupTable({ groups, nameOf, figure, kind, stepSeconds }: GroupTableProps) {
  const t = useTranslations("telemetry.compare");
  const { unit } = GROUP_FIGURES[figure];
  return (
    <EntityTable
      title={t("groups.listTitle")}
      help={t("groups.listHelp", { parts: t(`parts.${kind}`) })}
      entities={groups}
      getKey={({ key }) => key ?? ""}
      columns={[
        {
          id: "group",
          header: t("columns.group"),
          cell: (group) => (
            <span className="block max-w-32 truncate font-medium sm:max-w-96" title={nameOf(group)}>
              {nameOf(group)}
            </span>
          ),
        },
        {
          id: "value",
          header: t("columns.newest"),
          isFigure: true,
          cell: ({ points }) => <Quantity kind={unit} value={points.at(-1)?.value ?? null} />,
        },
        {
          id: "known",
          header: t(`parts.${kind}`),
          isFigure: true,
          cell: ({ points, entities, machines, neverReported }) => {
            const newest = points.at(-1);
            return (
              <span className="inline-flex flex-col items-end">
                <KnownCount known={newest?.known ?? 0} unknown={newest?.unknown ?? entities} />
                {neverReported > 0 ? (
                  <span className="text-caption text-ink-faint">
                    {t("groups.neverReported", { machines, never: neverReported })}
                  </span>
                ) : null}
              </span>
            );
          },
        },
        {
          id: "sites",
          header: t("columns.sites"),
          isFigure: true,
          cell: ({ sites }) => <Quantity kind="count" value={sites} />,
        },
        {
          id: "age",
          header: t("columns.age"),
          isFigure: true,
          cell: (group) => {
            const newest = group.points.at(-1);
            if (!newest) return <UnknownValue reason={null} isShort />;
            return (
              <FreshnessMark
                observedAt={new Date(newest.at.getTime() + stepSeconds * 1000)}
                staleAfterSeconds={2 * stepSeconds + 900}
                provenance={{ origin: "measured", source: nameOf(group), formula: t("groups.formula") }}
                isShort
              />
            );
          },
        },
      ]}
    />
  );
}
