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
import { HEALTHS } from "@/contract/cluster/health";
import { CONNECTIVITIES } from "@/server/fleet/model";
import { useClusterColumns } from "./cluster-columns";
import { clusterHref } from "./cluster-href";
import { properName } from "./proper-names";
import { type ClusterFilters, useClusterFilters } from "./use-cluster-filters";

const PAGE_ROWS = 100;
const ANY = "any";

type ToolbarProps = {
  filters: ClusterFilters;
  update: (change: Partial<ClusterFilters>) => void;
  distributions: readonly string[];
};

function Toolbar({ filters, update, distributions }: ToolbarProps) {
  const t = useTranslations("clusters");
  const connectivity = useTranslations("fleet.connectivity");
  const trpc = useTRPC();
  const { data: sites = [] } = useQuery(trpc.fleet.sites.list.queryOptions());
  const only = <V extends string>(values: readonly V[]) => (values.length === 1 ? (values[0] ?? ANY) : ANY);
  return (
    <>
      <SearchField label={t("list.search")} value={filters.search} onSearch={(search) => update({ search })} />
      <Select
        className="w-40"
        label={t("list.filterHealth")}
        value={only(filters.health)}
        onValueChange={(value) => update({ health: HEALTHS.filter((health) => health === value) })}
        options={[
          { value: ANY, label: t("list.filterHealth") },
          ...HEALTHS.map((health) => ({ value: health, label: t(`health.${health}`) })),
        ]}
      />
      <Select
        className="w-44"
        label={t("list.filterState")}
        value={only(filters.connectivity)}
        onValueChange={(value) => update({ connectivity: CONNECTIVITIES.filter((state) => state === value) })}
        options={[
          { value: ANY, label: t("list.filterState") },
          ...CONNECTIVITIES.map((state) => ({ value: state, label: connectivity(state) })),
        ]}
      />
      {distributions.length > 1 || filters.distribution ? (
        <Select
          className="w-48"
          label={t("list.filterDistribution")}
          value={filters.distribution ?? ANY}
          onValueChange={(value) => update({ distribution: value === ANY ? null : value })}
          options={[
            { value: ANY, label: t("list.filterDistribution") },
            ...distributions.map((distribution) => ({ value: distribution, label: properName(distribution) })),
          ]}
        />
      ) : null}
      {sites.length > 1 ? (
        <Select
          className="w-52"
          label={t("list.filterSite")}
          value={filters.siteId ?? ANY}
          onValueChange={(value) => update({ siteId: value === ANY ? null : value })}
          options={[
            { value: ANY, label: t("list.allSites") },
            ...sites.map((site) => ({ value: site.id, label: site.name })),
          ]}
        />
      ) : null}
    </>
  );
}

/** Every cluster that this person may see: one honest row each, the worst first. */
export function ClustersPage() {
  const t = useTranslations("clusters.list");
  const trpc = useTRPC();
  const columns = useClusterColumns();
  const { filters, update, sort, onSort } = useClusterFilters();
  const query = useInfiniteQuery(
    trpc.clusters.list.infiniteQueryOptions(
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
  const { search, siteId, health, connectivity, distribution } = filters;
  const isFiltered =
    search !== "" || siteId !== null || distribution !== null || health.length + connectivity.length > 0;
  const clear = () => update({ search: "", siteId: null, health: [], connectivity: [], distribution: null });
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
            id="clusters"
            label={t("label")}
            columns={columns}
            rows={data.pages.flatMap((page) => page.rows)}
            total={newest?.total ?? 0}
            getRowId={(row) => row.id}
            getRowName={(row) => row.name}
            getRowHref={(row) => clusterHref(row.id)}
            getRowVersion={(row) => `${row.connectivity} ${row.health} ${row.gitVersion}`}
            sort={sort}
            onSort={onSort}
            onEndReached={() => {
              if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
            }}
            isLoadingMore={query.isFetchingNextPage}
            toolbar={<Toolbar filters={filters} update={update} distributions={newest?.distributions ?? []} />}
            isFiltered={isFiltered}
            onClearFilters={clear}
          />
        )}
      </QueryView>
    </>
  );
}
