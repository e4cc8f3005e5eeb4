import type { Route } from "next";
import { type PlanFilter, planFilterParameters } from "@/server/support/plan-filter";

/** Address of the plan for some clusters. */
export const planHref = (filter: Partial<PlanFilter>): Route => {
  const parameters = planFilterParameters(filter).toString();
  // The types of routes know only literal addresses.
  return `/support?tab=plan${parameters ? `&${parameters}` : ""}` as Route;
};
