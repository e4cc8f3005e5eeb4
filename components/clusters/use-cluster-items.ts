"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTRPC } from "@/components/shell/trpc-provider";
import type { ItemKind, ItemOf } from "@/contract/cluster/items";
import type { ItemReadings } from "@/server/clusters/readings";

const PAGE_ROWS = 100;

/** One item of a cluster with its key. */
export type ItemRow<K extends ItemKind> = {
  key: string;
  item: ItemOf<K>;
  machine: { id: string; name: string } | null;
  /** What was measured of it; null when nothing was. */
  readings: ItemReadings | null;
};

/** What is told of a cluster, one kind of it, page by page; those that are not well come first. */
export function useClusterItems<K extends ItemKind>(
  clusterId: string,
  kind: K,
  { search = "", system = null }: { search?: string; system?: string | null } = {},
) {
  const trpc = useTRPC();
  const query = useInfiniteQuery(
    trpc.clusters.items.infiniteQueryOptions(
      { clusterId, kind, search, system, limit: PAGE_ROWS },
      {
        initialCursor: 0,
        getNextPageParam: (last, pages) => {
          const loaded = pages.reduce((sum, page) => sum + page.rows.length + page.unreadable, 0);
          return loaded < last.total && last.rows.length + last.unreadable > 0 ? loaded : undefined;
        },
        placeholderData: keepPreviousData,
      },
    ),
  );
  const rows = useMemo(
    () =>
      (query.data?.pages ?? []).flatMap((page) =>
        // The server has read each item as one of this kind.
        page.rows.map(({ key, item }) => ({
          key,
          item: item as ItemOf<K>,
          machine: page.machines[key] ?? null,
          readings: page.readings[key] ?? null,
        })),
      ),
    [query.data],
  );
  return {
    query,
    rows,
    total: query.data?.pages.at(-1)?.total ?? 0,
    unreadable: (query.data?.pages ?? []).reduce((sum, page) => sum + page.unreadable, 0),
  };
}
