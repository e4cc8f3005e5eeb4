"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import type { TableSort } from "@/components/table/table-column";
import { HEALTHS, type Health } from "@/contract/cluster/health";
import { CLUSTER_SORTS } from "@/server/clusters/model";
import { CONNECTIVITIES, type Connectivity } from "@/server/fleet/model";
import type { ClusterSort } from "./cluster-columns";

export type ClusterFilters = {
  search: string;
  siteId: string | null;
  health: Health[];
  connectivity: Connectivity[];
  distribution: string | null;
  sort: ClusterSort;
  order: "asc" | "desc";
};

/** What the address says; a word that means nothing is dropped, so that an old link still opens. */
export function parseClusterFilters(parameters: URLSearchParams): ClusterFilters {
  const site = parameters.get("site");
  return {
    search: parameters.get("q")?.slice(0, 200) ?? "",
    siteId: site !== null && /^[0-9a-f-]{36}$/i.test(site) ? site : null,
    health: HEALTHS.filter((health) => parameters.getAll("health").includes(health)),
    connectivity: CONNECTIVITIES.filter((state) => parameters.getAll("state").includes(state)),
    distribution: parameters.get("distribution")?.slice(0, 60) ?? null,
    sort: CLUSTER_SORTS.find((candidate) => candidate === parameters.get("sort")) ?? "health",
    order: parameters.get("order") === "desc" ? "desc" : "asc",
  };
}

/** The address for these filters; what is as at first is left out. */
export function clusterFilterParameters(filters: ClusterFilters): URLSearchParams {
  const parameters = new URLSearchParams();
  if (filters.search) parameters.set("q", filters.search);
  if (filters.siteId) parameters.set("site", filters.siteId);
  for (const health of filters.health) parameters.append("health", health);
  for (const state of filters.connectivity) parameters.append("state", state);
  if (filters.distribution) parameters.set("distribution", filters.distribution);
  if (filters.sort !== "health") parameters.set("sort", filters.sort);
  if (filters.order !== "asc") parameters.set("order", filters.order);
  return parameters;
}

/** Search, filters and order of the cluster list; they live in the address, so that a view can be sent to a colleague. */
export function useClusterFilters(): {
  filters: ClusterFilters;
  update: (change: Partial<ClusterFilters>) => void;
  sort: TableSort;
  onSort: (sort: TableSort) => void;
} {
  const parameters = useSearchParams();
  const pathname = usePathname();
  const filters = useMemo(() => parseClusterFilters(new URLSearchParams(parameters)), [parameters]);
  const update = useCallback(
    (change: Partial<ClusterFilters>) => {
      const next = clusterFilterParameters({ ...filters, ...change }).toString();
      window.history.replaceState(null, "", next ? `${pathname}?${next}` : pathname);
    },
    [filters, pathname],
  );
  const onSort = useCallback(
    (sort: TableSort) => {
      const known = CLUSTER_SORTS.find((candidate) => candidate === sort.columnId);
      if (known) update({ sort: known, order: sort.isDescending ? "desc" : "asc" });
    },
    [update],
  );
  return { filters, update, sort: { columnId: filters.sort, isDescending: filters.order === "desc" }, onSort };
}
