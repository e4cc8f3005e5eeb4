import type { Route } from "next";

/** Address of a cluster's page. */
export function clusterHref(clusterId: string): Route {
  // The types of routes know only literal segments; this one place says that an id is one.
  return `/clusters/${clusterId}` as Route;
}
