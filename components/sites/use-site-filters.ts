"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { type MapView, parseView, viewText } from "@/components/map/mercator";
import { SITE_STATES } from "@/server/sites/model";
import type { SiteFilter } from "./site-items";

/** Not with the schema library: it would be loaded for this alone. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export type SiteFilters = Omit<SiteFilter, "ids"> & {
  /** Only the sites where this outage is. */
  outageId: string | null;
  /** Null = all sites. */
  view: MapView | null;
  /** The list holds only what the map shows. */
  isMapOnly: boolean;
};

/** What the address says; a word that means nothing is dropped, so that an old link still opens. */
export function parseSiteFilters(parameters: URLSearchParams): SiteFilters {
  return {
    search: parameters.get("q")?.slice(0, 200) ?? "",
    state: SITE_STATES.find((state) => state === parameters.get("state")) ?? null,
    region: parameters.get("region")?.slice(0, 200) ?? null,
    outageId: parameters.get("outage")?.match(UUID)?.[0] ?? null,
    view: parseView(parameters.get("map")),
    isMapOnly: parameters.get("list") !== "all",
  };
}

/** The address for these filters; what is as at first is left out. */
export function siteFilterParameters(filters: SiteFilters): URLSearchParams {
  const { search, state, region, outageId, view, isMapOnly } = filters;
  const parameters = new URLSearchParams();
  if (search) parameters.set("q", search);
  if (state) parameters.set("state", state);
  if (region !== null) parameters.set("region", region);
  if (outageId) parameters.set("outage", outageId);
  if (view) parameters.set("map", viewText(view));
  if (!isMapOnly) parameters.set("list", "all");
  return parameters;
}

/** Search, filters and the map's view; they live in the address, so that a view can be sent to a colleague. */
export function useSiteFilters(): { filters: SiteFilters; update: (change: Partial<SiteFilters>) => void } {
  const parameters = useSearchParams();
  const pathname = usePathname();
  const filters = useMemo(() => parseSiteFilters(new URLSearchParams(parameters)), [parameters]);
  const update = useCallback(
    (change: Partial<SiteFilters>) => {
      // Not `filters`: a movement of the map that comes to rest may be told by a page that was drawn before.
      const now = parseSiteFilters(new URLSearchParams(window.location.search));
      const next = siteFilterParameters({ ...now, ...change }).toString();
      // Writing the same again would end a navigation that is under way.
      if (next === siteFilterParameters(now).toString()) return;
      window.history.replaceState(null, "", next ? `${pathname}?${next}` : pathname);
    },
    [pathname],
  );
  return { filters, update };
}
