import { z } from "zod";
import { SUPPORT_STATES } from "./model";

/** Which clusters a plan is for. With nothing set: all whose Kubernetes is not known to be supported for long. */
export const PlanFilter = z.object({
  states: z.array(z.enum(SUPPORT_STATES)).max(SUPPORT_STATES.length).default([]),
  /** Of Kubernetes or a distribution (its own version), or of what runs in the cluster; `cycle` may narrow it down. */
  product: z.string().max(800).nullable().default(null),
  cycle: z.string().max(60).nullable().default(null),
  distribution: z.string().max(60).nullable().default(null),
  /** Support of its Kubernetes ends within these days. */
  from: z.iso.date().nullable().default(null),
  until: z.iso.date().nullable().default(null),
  /** Only clusters with a kubelet that is newer or too old. */
  isSkewed: z.boolean().default(false),
  search: z.string().max(200).default(""),
});
export type PlanFilter = z.infer<typeof PlanFilter>;

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
