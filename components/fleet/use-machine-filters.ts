"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import type { TableSort } from "@/components/table/table-column";
import { CONNECTIVITIES, type Connectivity, MACHINE_SORTS } from "@/server/fleet/model";
import type { MachineSort } from "./machine-columns";

export type MachineFilters = {
  search: string;
  siteId: string | null;
  connectivity: Connectivity[];
  sort: MachineSort;
  order: "asc" | "desc";
};

/** What the address says; a word that means nothing is dropped, so that an old link still opens. */
export function parseMachineFilters(parameters: URLSearchParams): MachineFilters {
  const sort = MACHINE_SORTS.find((candidate) => candidate === parameters.get("sort")) ?? "name";
  const site = parameters.get("site");
  return {
    search: parameters.get("q")?.slice(0, 200) ?? "",
    siteId: site !== null && /^[0-9a-f-]{36}$/i.test(site) ? site : null,
    connectivity: CONNECTIVITIES.filter((state) => parameters.getAll("state").includes(state)),
    sort,
    order: parameters.get("order") === "desc" ? "desc" : "asc",
  };
}

/** The address for these filters; what is as at first is left out. */
export function machineFilterParameters(filters: MachineFilters): URLSearchParams {
  const parameters = new URLSearchParams();
  if (filters.search) parameters.set("q", filters.search);
  if (filters.siteId) parameters.set("site", filters.siteId);
  for (const state of filters.connectivity) parameters.append("state", state);
  if (filters.sort !== "name") parameters.set("sort", filters.sort);
  if (filters.order !== "asc") parameters.set("order", filters.order);
  return parameters;
}

/** Search, filters and order of the machine list; they live in the address, so that a view can be sent to a colleague. */
export function useMachineFilters(): {
  filters: MachineFilters;
  update: (change: Partial<MachineFilters>) => void;
  sort: TableSort;
  onSort: (sort: TableSort) => void;
} {
  const parameters = useSearchParams();
  const pathname = usePathname();
  const filters = useMemo(() => parseMachineFilters(new URLSearchParams(parameters)), [parameters]);
  const update = useCallback(
    (change: Partial<MachineFilters>) => {
      const next = machineFilterParameters({ ...filters, ...change }).toString();
      window.history.replaceState(null, "", next ? `${pathname}?${next}` : pathname);
    },
    [filters, pathname],
  );
  const onSort = useCallback(
    (sort: TableSort) => {
      const known = MACHINE_SORTS.find((candidate) => candidate === sort.columnId);
      if (known) update({ sort: known, order: sort.isDescending ? "desc" : "asc" });
    },
    [update],
  );
  return { filters, update, sort: { columnId: filters.sort, isDescending: filters.order === "desc" }, onSort };
}
