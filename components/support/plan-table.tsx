"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { properName } from "@/components/clusters/proper-names";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { DataTable } from "@/components/table/data-table";
import { SearchField } from "@/components/table/search-field";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { SUPPORT_STATES } from "@/server/support/model";
import { type PlanFilter, planFilterParameters } from "@/server/support/plan-filter";
import { type PlanBasis, type PlanRow, usePlanColumns } from "./plan-columns";
import { PlanPanel } from "./plan-panel";
import { useDayText } from "./use-day-text";
import { usePlanFilter } from "./use-plan-filter";

const PAGE_ROWS = 100;
const ALL = "all";

/** What a link narrowed the plan to, beside the state that has a field of its own. */
function useNarrowed(): (filter: PlanFilter) => string[] {
  const t = useTranslations("support.plan");
  const day = useDayText();
  return ({ product, cycle, distribution, from, until, isSkewed }) => [
    ...(distribution ? [`${properName(distribution)} ${cycle ?? ""}`.trim()] : []),
    ...(product ? [`${properName(product)} ${cycle ?? ""}`.trim()] : []),
    ...(from && until ? [t("window", { from: day(from), until: day(until) })] : []),
    ...(isSkewed ? [t("skewed")] : []),
  ];
}

const NOTHING: Omit<PlanFilter, "search"> = {
  ...{ states: [], product: null, cycle: null, distribution: null, from: null, until: null, isSkewed: false },
};

function Toolbar({ filter, update }: ReturnType<typeof usePlanFilter>) {
  const t = useTranslations("support");
  const narrowed = useNarrowed()(filter);
  const [state] = filter.states;
  return (
    <>
      <SearchField label={t("plan.search")} value={filter.search} onSearch={(search) => update({ search })} />
      <Select
        className="w-56"
        label={t("plan.filterState")}
        value={filter.states.length === 1 && state ? state : ALL}
        onValueChange={(value) => update({ states: SUPPORT_STATES.filter((candidate) => candidate === value) })}
        options={[
          { value: ALL, label: narrowed.length > 0 ? t("plan.filterState") : t("plan.all") },
          ...SUPPORT_STATES.map((candidate) => ({ value: candidate, label: t(`states.${candidate}`) })),
        ]}
      />
      {narrowed.map((text) => (
        <Badge key={text} tone="accent">
          {t("plan.narrowed", { text })}
        </Badge>
      ))}
      <Button asChild>
        <a href={`/api/support.csv?${planFilterParameters(filter)}`} download>
          <Download aria-hidden />
          {t("plan.csv")}
        </a>
      </Button>
    </>
  );
}

/** Clusters by urgency, each with its way to a supported version; one opens beside the table. */
export function PlanTable({ basis }: { basis: PlanBasis }) {
  const t = useTranslations("support.plan");
  const trpc = useTRPC();
  const columns = usePlanColumns(basis);
  const { filter, update } = usePlanFilter();
  const [open, setOpen] = useState<PlanRow | null>(null);
  const query = useInfiniteQuery(
    trpc.support.plan.list.infiniteQueryOptions(
      { ...filter, limit: PAGE_ROWS },
      {
        initialCursor: 0,
        getNextPageParam: (last, pages) => {
          const loaded = pages.reduce((sum, page) => sum + page.rows.length, 0);
          return loaded < last.total && last.rows.length > 0 ? loaded : undefined;
        },
        placeholderData: keepPreviousData,
      },
    ),
  );
  const isFiltered = planFilterParameters(filter).size > 0;
  return (
    <QueryView query={query} skeleton={<Skeleton className="h-[50dvh]" />}>
      {(data) => (
        <>
          <DataTable
            id="support-plan"
            label={t("label")}
            columns={columns}
            rows={data.pages.flatMap((page) => page.rows)}
            total={data.pages.at(-1)?.total ?? 0}
            getRowId={(row) => row.id}
            getRowName={(row) => t("open", { name: row.name })}
            onOpen={setOpen}
            currentRowId={open?.id ?? null}
            onEndReached={() => {
              if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
            }}
            isLoadingMore={query.isFetchingNextPage}
            toolbar={<Toolbar filter={filter} update={update} />}
            isFiltered={isFiltered}
            onClearFilters={() => update({ ...NOTHING, search: "" })}
            empty={t("empty")}
          />
          {open ? <PlanPanel clusterId={open.id} name={open.name} basis={basis} onClose={() => setOpen(null)} /> : null}
        </>
      )}
    </QueryView>
  );
}
