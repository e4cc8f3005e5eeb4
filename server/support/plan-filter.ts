import { PlanFilter } from "./shapes";

/** Names in an address ↔ what a plan is filtered by. */
const list = (parameters: URLSearchParams) => ({
  states: parameters.getAll("state"),
  product: parameters.get("product"),
  cycle: parameters.get("cycle"),
  distribution: parameters.get("distribution"),
  from: parameters.get("from"),
  until: parameters.get("until"),
  isSkewed: parameters.get("skew") === "broken",
  search: parameters.get("q")?.slice(0, 200) ?? "",
});

/** What an address says; one part that means nothing is dropped, so that an old link still opens. */
export function parsePlanFilter(parameters: URLSearchParams): PlanFilter {
  const said = list(parameters);
  const known = Object.fromEntries(
    Object.entries(said).filter(
      ([name, value]) => PlanFilter.shape[name as keyof typeof said].safeParse(value).success,
    ),
  );
  return PlanFilter.parse(known);
}

/** The address of a filter; what is as at first is left out. */
export function planFilterParameters(filter: Partial<PlanFilter>): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const state of filter.states ?? []) parameters.append("state", state);
  for (const name of ["product", "cycle", "distribution", "from", "until"] as const) {
    const value = filter[name];
    if (value) parameters.set(name, value);
  }
  if (filter.isSkewed) parameters.set("skew", "broken");
  if (filter.search) parameters.set("q", filter.search);
  return parameters;
}
