"use client";

import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { QueryView } from "@/components/shell/query-view";
import { DataTable } from "@/components/table/data-table";
import { SearchField } from "@/components/table/search-field";
import type { TableColumn } from "@/components/table/table-column";
import { Skeleton } from "@/components/ui/skeleton";
import { StateMark } from "@/components/ui/state-mark";
import type { ItemKind } from "@/contract/cluster/items";
import { ItemPanel } from "./item-panel";
import { type Cluster, RESOURCES, SourceNotice, troubleOf } from "./item-source";
import { type ItemRow, useClusterItems } from "./use-cluster-items";

/** Fewer rows than this are seen at a glance. */
const SEARCH_FROM = 12;

export type ItemTableProps<K extends ItemKind> = {
  cluster: Cluster;
  kind: K;
  title: string;
  columns: readonly TableColumn<ItemRow<K>>[];
  nameOf?: (row: ItemRow<K>) => string;
  /** Only parts of this system. */
  system?: string;
  /** What the panel of a row shows beside what was told. */
  moreOf?: (row: ItemRow<K>) => ReactNode;
};

/** What is told of a cluster, one kind of it. A row opens to all that was told. */
export function ItemTable<K extends ItemKind>(props: ItemTableProps<K>) {
  const { cluster, kind, title, columns, nameOf = ({ key }) => key, system, moreOf } = props;
  const t = useTranslations("clusters.items");
  const [search, setSearch] = useState("");
  const [openKey, setOpenKey] = useState<string | null>(null);
  const { query, rows, total, unreadable } = useClusterItems(cluster.id, kind, { search, system });
  const trouble = troubleOf(cluster, RESOURCES[kind]);
  const open = rows.find(({ key }) => key === openKey);
  const isNothingKnown = trouble !== null && trouble.status !== "failing";
  const isListed = rows.length > 0 || search !== "";
  return (
    <section aria-label={title}>
      {isListed ? null : <h2 className="mb-2 font-semibold text-heading">{title}</h2>}
      {trouble ? <SourceNotice source={trouble} /> : null}
      {unreadable > 0 ? (
        <p className="mb-2 text-table">
          <StateMark state="unknown" word={t("unreadable", { count: unreadable })} className="whitespace-normal" />
        </p>
      ) : null}
      {(isNothingKnown || unreadable > 0) && !isListed ? null : (
        <QueryView
          query={query}
          skeleton={<Skeleton className="h-40" />}
          isEmpty={() => !isListed}
          empty={<p className="text-ink-faint text-table">{t("empty")}</p>}
        >
          {() => (
            <DataTable
              id={`cluster-${kind}`}
              label={title}
              columns={columns}
              rows={rows}
              total={total}
              getRowId={({ key }) => key}
              getRowName={nameOf}
              onOpen={({ key }) => setOpenKey(key)}
              currentRowId={openKey}
              onEndReached={() => {
                if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
              }}
              isLoadingMore={query.isFetchingNextPage}
              toolbar={
                <>
                  <h2 className="mr-3 font-semibold text-heading">{title}</h2>
                  {total >= SEARCH_FROM || search !== "" ? (
                    <SearchField label={t("search")} value={search} onSearch={setSearch} />
                  ) : null}
                </>
              }
              isFiltered={search !== ""}
              onClearFilters={() => setSearch("")}
              className="max-h-[max(16rem,calc(100dvh-22rem))]"
            />
          )}
        </QueryView>
      )}
      {open ? (
        <ItemPanel
          title={nameOf(open)}
          item={open.item}
          cluster={cluster}
          more={moreOf?.(open)}
          onClose={() => setOpenKey(null)}
        />
      ) : null}
    </section>
  );
}
