import { SUPPORT_STATES, type SupportState } from "./model";

/** Which clusters a plan is for. With nothing set: all whose Kubernetes is not known to be supported for long. */
export type PlanFilter = {
  states: SupportState[];
  /** Of Kubernetes or a distribution (its own version), or of what runs in the cluster; `cycle` may narrow it down. */
  product: string | null;
  cycle: string | null;
  distribution: string | null;
  /** Support of its Kubernetes ends within these days. */
  from: string | null;
  until: string | null;
  /** Only clusters with a kubelet that is newer or too old. */
  isSkewed: boolean;
  search: string;
};

/** Most characters of each part; the procedures hold by the same. */
export const PLAN_FILTER_MAX = { product: 800, cycle: 60, distribution: 60, search: 200 } as const;

const isState = (text: string): text is SupportState => (SUPPORT_STATES as readonly string[]).includes(text);

/** A day that there is, as ISO writes it. */
function dayOf(text: string | null): string | null {
  const at = text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === text ? text : null;
}

/**
 * What an address says; one part that means nothing is dropped, so that an old link still opens. Without the schema of
 * the procedures: a screen that reads an address should not load the library for it.
 */
export function parsePlanFilter(parameters: URLSearchParams): PlanFilter {
  const states = parameters.getAll("state");
  const short = (name: "product" | "cycle" | "distribution"): string | null => {
    const text = parameters.get(name);
    return text !== null && text.length <= PLAN_FILTER_MAX[name] ? text : null;
  };
  return {
    states: states.length <= SUPPORT_STATES.length && states.every(isState) ? states : [],
    product: short("product"),
    cycle: short("cycle"),
    distribution: short("distribution"),
    from: dayOf(parameters.get("from")),
    until: dayOf(parameters.get("until")),
    isSkewed: parameters.get("skew") === "broken",
    search: parameters.get("q")?.slice(0, PLAN_FILTER_MAX.search) ?? "",
  };
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
