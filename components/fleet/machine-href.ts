import type { Route } from "next";

/** Address of a machine's page. */
export function machineHref(machineId: string): Route {
  // The types of routes know only literal segments; this one place says that an id is one.
  return `/fleet/machines/${machineId}` as Route;
}
