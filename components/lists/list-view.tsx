"use client";

import { useQuery } from "@tanstack/react-query";
import type { Route } from "next";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { useMay } from "@/components/access/use-may";
import { PageHeader } from "@/components/shell/page-header";
import { type QueryLike, QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { UnknownValue } from "@/components/shell/unknown-value";
import { DataTable } from "@/components/table/data-table";
import type { TableColumn } from "@/components/table/table-column";
import { useNarrowScreen } from "@/components/table/use-narrow-screen";
import { Button } from "@/components/ui/button";
import { SimulatedCount } from "@/components/ui/simulated-mark";
import { Skeleton } from "@/components/ui/skeleton";
import { CHOSEN_MAX, columnOf, type Dimension, dimensionOf, factOf, KIND_OF, UNFOLDED_MAX } from "@/server/lists/model";
import { FacetPanel, useFacets } from "./facet-panel";
import { LabelsDialog } from "./labels-dialog";
import { type ListGroup, type ListLine, type ListPage, listLines } from "./list-lines";
import { ListToolbar } from "./list-toolbar";
import { SelectorBar } from "./selector-bar";
import { useDimensionWords } from "./use-dimension-words";
import type { ListControl } from "./use-list-state";

type RowOf = { id: string; name: string };

export type ListViewProps<Row extends RowOf> = {
  control: ListControl;
  title: string;
  label: string;
  searchLabel: string;
  columns: readonly TableColumn<Row>[];
  /** The column that a list is ordered by at first. */
  firstSort: string;
  query: QueryLike<{ pages: ListPage<Row>[] }> & {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    fetchNextPage: () => unknown;
  };
  hrefOf: (row: Row) => Route;
  versionOf: (row: Row) => string;
  /** The worst state of a group, as it is shown. */
  worstMark: (worst: string) => ReactNode;
  empty: ReactNode;
};

/** Labels and facts as columns: hidden at first, shown beside what a list has of its own. */
function useDimensionColumns<Row>(dimensions: readonly Dimension[]): TableColumn<ListLine<Row>>[] {
  const t = useTranslations("lists.values");
  const words = useDimensionWords();
  return dimensions.map((dimension) => ({
    id: columnOf(dimension),
    header: words.nameOf(dimension),
    widthPx: 130,
    isSortable: true,
    isHiddenAtFirst: true,
    priority: 2,
    cell: (line) => {
      const value = line.kind === "row" ? (line.beside.values[dimension] ?? null) : null;
      if (value !== null) return <span className="truncate">{words.wordOf(dimension, value)}</span>;
      if (factOf(dimension) !== null) return <UnknownValue reason={null} isShort />;
      return <span className="text-ink-faint">{t("notSet")}</span>;
    },
  }));
}

/** One list of the fleet: selector, facets, groups, views, export, labels of many; all of it in the address. */
export function ListView<Row extends RowOf>(props: ListViewProps<Row>) {
  const { control, query, columns } = props;
  const { list, state, update } = control;
  const t = useTranslations("lists");
  const trpc = useTRPC();
  const words = useDimensionWords();
  const isNarrow = useNarrowScreen();
  const kind = KIND_OF[list];
  const labelled = kind === "application" || kind === "storage" ? null : kind;
  const mayLabel = useMay()("fleet:update") && labelled !== null;
  const [selectedIds, setSelectedIds] = useState<ReadonlySet<string>>(new Set());
  const [areAllMeant, setAllMeant] = useState(false);
  const [isLabelling, setLabelling] = useState(false);
  const { data: known = [] } = useQuery(
    trpc.lists.complete.queryOptions({ kind, dimension: null }, { staleTime: 60_000 }),
  );
  const labels = known.map(({ value }) => value);
  const { all } = useFacets(control, labels);
  const asked = (state.columns ?? []).filter((id) => !columns.some((column) => column.id === id));
  const own = columns.map(
    (column): TableColumn<ListLine<Row>> => ({
      ...column,
      cell: (line) => (line.kind === "row" ? column.cell(line.row) : null),
    }),
  );
  // What a list shows of its own is not offered a second time as a fact.
  const offered = all.filter((dimension) => !columns.some(({ id }) => `@${id}` === dimension));
  const extra = [...new Set([...offered, ...asked.flatMap((id) => dimensionOf(id) ?? [])])];
  const shown = [...own, ...useDimensionColumns<Row>(extra)];
  const shownColumns = shown
    .slice(1)
    .flatMap(({ id, isHiddenAtFirst }) =>
      (state.columns ? state.columns.includes(id) : !isHiddenAtFirst) ? [id] : [],
    );

  const newest = query.data?.pages.at(-1);
  const isFiltered = state.search !== "" || state.selector !== "";
  const clear = () => update({ search: "", selector: "" });
  const select = (ids: ReadonlySet<string>) => {
    setAllMeant(false);
    setSelectedIds(ids);
  };
  const toggle = ({ value }: ListGroup) =>
    update({
      unfolded: state.unfolded.includes(value)
        ? state.unfolded.filter((one) => one !== value)
        : [...state.unfolded, value].slice(-UNFOLDED_MAX),
    });
  const groupName = (value: string | null): string => {
    const dimension = state.groupBy ?? "";
    if (value !== null) return words.wordOf(dimension, value);
    const name = words.nameOf(dimension);
    return factOf(dimension) === null ? t("group.none", { dimension: name }) : t("group.unknown", { dimension: name });
  };

  return (
    <>
      <PageHeader
        title={props.title}
        description={newest?.simulated ? <SimulatedCount count={newest.simulated} /> : undefined}
        count={newest ? { known: newest.known, unknown: newest.total - newest.known } : undefined}
      />
      <SelectorBar kind={kind} selector={state.selector} onSelector={(selector) => update({ selector })} />
      <div className="mt-3 flex items-start gap-6">
        {isNarrow || state.facets?.length === 0 ? null : (
          <aside
            aria-label={t("facets.title")}
            className="max-h-[calc(100dvh-12rem)] w-52 shrink-0 overflow-y-auto max-md:hidden"
          >
            <FacetPanel control={control} labels={labels} />
            <Button variant="ghost" size="small" className="mt-2" onClick={() => update({ facets: [] })}>
              {t("facets.hide")}
            </Button>
          </aside>
        )}
        <QueryView
          query={query}
          className="min-w-0 flex-1"
          skeleton={<Skeleton className="h-[60dvh]" />}
          isEmpty={(data) => !isFiltered && data.pages[0]?.total === 0}
          empty={props.empty}
        >
          {(data) => {
            const lines = listLines(data.pages, state.unfolded, query.hasNextPage);
            const loadedCount = data.pages.reduce((sum, page) => sum + page.rows.length, 0);
            return (
              <>
                <DataTable
                  id={list}
                  label={props.label}
                  columns={shown}
                  columnChoice={{ shown: state.columns, onShown: (ids) => update({ columns: ids }) }}
                  rows={lines}
                  total={newest?.total ?? 0}
                  loadedCount={loadedCount}
                  hasMore={query.hasNextPage}
                  getGroup={(line) =>
                    line.kind === "row"
                      ? null
                      : {
                          name: groupName(line.group.value),
                          summary: (
                            <span className="flex items-center gap-3 whitespace-nowrap text-ink-muted tabular-nums">
                              {t("group.rows", { count: line.group.total })}
                              <span className="text-ink-faint">{t("group.known", { count: line.group.known })}</span>
                              {props.worstMark(line.group.worst)}
                            </span>
                          ),
                          isUnfolded: line.isUnfolded,
                          onToggle: () => toggle(line.group),
                        }
                  }
                  getRowId={(line) => (line.kind === "row" ? line.row.id : `group ${line.group.value ?? ""}`)}
                  getRowName={(line) => (line.kind === "row" ? line.row.name : groupName(line.group.value))}
                  getRowHref={(line) => (line.kind === "row" ? props.hrefOf(line.row) : ("/" as Route))}
                  getRowVersion={(line) => (line.kind === "row" ? props.versionOf(line.row) : "")}
                  sort={{ columnId: state.sort ?? props.firstSort, isDescending: state.order === "desc" }}
                  onSort={(sort) => update({ sort: sort.columnId, order: sort.isDescending ? "desc" : "asc" })}
                  selection={mayLabel ? { selectedIds, onSelect: select } : undefined}
                  onEndReached={() => {
                    if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
                  }}
                  isLoadingMore={query.isFetchingNextPage}
                  toolbar={
                    <ListToolbar
                      control={control}
                      labels={labels}
                      searchLabel={props.searchLabel}
                      shownColumns={shownColumns}
                      isNarrow={isNarrow}
                    />
                  }
                  isFiltered={isFiltered}
                  onClearFilters={clear}
                />
                {mayLabel && selectedIds.size > 0 ? (
                  <div role="status" className="mt-2 flex flex-wrap items-center gap-2 text-table">
                    {t("bulk.selected", { count: areAllMeant ? (newest?.total ?? 0) : selectedIds.size })}
                    <Button
                      size="small"
                      variant="primary"
                      disabled={!areAllMeant && selectedIds.size > CHOSEN_MAX}
                      onClick={() => setLabelling(true)}
                    >
                      {t("bulk.action")}
                    </Button>
                    {areAllMeant || (newest?.total ?? 0) <= selectedIds.size ? null : (
                      <Button size="small" onClick={() => setAllMeant(true)}>
                        {t("bulk.all", { total: newest?.total ?? 0 })}
                      </Button>
                    )}
                    <Button size="small" variant="ghost" onClick={() => select(new Set())}>
                      {t("bulk.clear")}
                    </Button>
                  </div>
                ) : null}
              </>
            );
          }}
        </QueryView>
      </div>
      {mayLabel && labelled && isLabelling ? (
        <LabelsDialog
          kind={labelled}
          target={areAllMeant ? { selector: state.selector, search: state.search } : { ids: [...selectedIds] }}
          isOpen={isLabelling}
          onOpenChange={setLabelling}
          onDone={() => select(new Set())}
        />
      ) : null}
    </>
  );
}
