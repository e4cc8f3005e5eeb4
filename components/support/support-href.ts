import type { Route } from "next";
import { planFilterParameters } from "@/server/support/plan-filter";
import type { PlanFilter } from "@/server/support/shapes";

/** Address of the plan for some clusters. */
export const planHref = (filter: Partial<PlanFilter>): Route => {
  const parameters = planFilterParameters(filter).toString();
  // The types of routes know only literal addresses.
  return `/support?tab=plan${parameters ? `&${parameters}` : ""}` as Route;
};
