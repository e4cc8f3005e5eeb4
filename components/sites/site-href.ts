import type { Route } from "next";

/** Address of a site's page. */
export function siteHref(siteId: string): Route {
  // The types of routes know only literal segments; this one place says that an id is one.
  return `/sites/${siteId}` as Route;
}

/** Address of the map with the sites of one outage. */
export const outageSitesHref = (outageId: string): Route => `/sites?outage=${outageId}` as Route;

/** Address of the list with the sites of one region; without a region, of those that have none. */
export function regionHref(region: string | null): Route {
  return `/sites?region=${encodeURIComponent(region ?? "")}` as Route;
}
