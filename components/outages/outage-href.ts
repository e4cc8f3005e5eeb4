import type { Route } from "next";

/** Address of an outage's page; it stays the same while the outage grows and after it. */
export function outageHref(outageId: string): Route {
  // The types of routes know only literal segments; this one place says that an id is one.
  return `/outages/${outageId}` as Route;
}
