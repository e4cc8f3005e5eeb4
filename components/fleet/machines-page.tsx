"use client";

import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { EmptyState } from "@/components/shell/empty-state";
import { PageHeader } from "@/components/shell/page-header";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { DataTable } from "@/components/table/data-table";
import { SearchField } from "@/components/table/search-field";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import { SimulatedCount } from "@/components/ui/simulated-mark";
import { Skeleton } from "@/components/ui/skeleton";
import { CONNECTIVITIES } from "@/server/fleet/model";
import { useMachineColumns } from "./machine-columns";
import { machineHref } from "./machine-href";
import { type MachineFilters, useMachineFilters } from "./use-machine-filters";

const PAGE_ROWS = 100;
const ANY = "any";

function Toolbar({ filters, update }: { filters: MachineFilters; update: (change: Partial<MachineFilters>) => void }) {
  const t = useTranslations("fleet");
  const trpc = useTRPC();
  const { data: sites = [] } = useQuery(trpc.fleet.sites.list.queryOptions());
  return (
    <>
      <SearchField label={t("machines.search")} value={filters.search} onSearch={(search) => update({ search })} />
      <Select
        className="w-44"
        label={t("machines.filterState")}
        value={filters.connectivity.length === 1 ? (filters.connectivity[0] ?? ANY) : ANY}
        onValueChange={(value) => update({ connectivity: CONNECTIVITIES.filter((state) => state === value) })}
        options={[
          { value: ANY, label: t("machines.filterState") },
          ...CONNECTIVITIES.map((state) => ({ value: state, label: t(`connectivity.${state}`) })),
        ]}
      />
      {sites.length > 1 ? (
        <Select
          className="w-52"
          label={t("machines.filterSite")}
          value={filters.siteId ?? ANY}
          onValueChange={(value) => update({ siteId: value === ANY ? null : value })}
          options={[
            { value: ANY, label: t("machines.allSites") },
            ...sites.map((site) => ({ value: site.id, label: site.name })),
          ]}
        />
      ) : null}
    </>
  );
}

/** Every machine that this person may see: one honest row each. */
export function MachinesPage() {
  const t = useTranslations("fleet.machines");
  const trpc = useTRPC();
  const columns = useMachineColumns();
  const { filters, update, sort, onSort } = useMachineFilters();
  const query = useInfiniteQuery(
    trpc.fleet.machines.list.infiniteQueryOptions(
      { ...filters, limit: PAGE_ROWS },
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
  const newest = query.data?.pages.at(-1);
  const isFiltered = filters.search !== "" || filters.siteId !== null || filters.connectivity.length > 0;
  const clear = () => update({ search: "", siteId: null, connectivity: [] });
  return (
    <>
      <PageHeader
        title={t("title")}
        description={newest?.simulated ? <SimulatedCount count={newest.simulated} /> : undefined}
        count={newest ? { known: newest.known, unknown: newest.total - newest.known } : undefined}
      />
      <QueryView
        query={query}
        skeleton={<Skeleton className="h-[60dvh]" />}
        isEmpty={(data) => !isFiltered && data.pages[0]?.total === 0}
        empty={
          <EmptyState
            title={t("empty")}
            missing={t("emptyMissing")}
            action={
              <Button variant="primary" asChild>
                <Link href="/agents">{t("enrol")}</Link>
              </Button>
            }
          />
        }
      >
        {(data) => (
          <DataTable
            id="machines"
            label={t("label")}
            columns={columns}
            rows={data.pages.flatMap((page) => page.rows)}
            total={newest?.total ?? 0}
            getRowId={(row) => row.id}
            getRowName={(row) => row.name}
            getRowHref={(row) => machineHref(row.id)}
            getRowVersion={(row) => row.connectivity}
            sort={sort}
            onSort={onSort}
            onEndReached={() => {
              if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
            }}
            isLoadingMore={query.isFetchingNextPage}
            toolbar={<Toolbar filters={filters} update={update} />}
            isFiltered={isFiltered}
            onClearFilters={clear}
          />
        )}
      </QueryView>
    </>
  );
}
