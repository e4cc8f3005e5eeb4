import { FACTS, type SubjectKind } from "@/contract/facts";
import { LABEL_KEY_PATTERN } from "@/contract/selector";

/** What lists are made of, and how their state is written into an address: shared by server and screens. */

export const LISTS = ["clusters", "machines", "applications", "storage"] as const;
export type ListName = (typeof LISTS)[number];

/** What the rows of a list are. */
export const KIND_OF = {
  clusters: "cluster",
  machines: "machine",
  applications: "application",
  storage: "storage",
} as const satisfies Record<ListName, SubjectKind>;

/** A label by its name, or a fact with `@` before its name: what one groups, sorts and counts by. */
export type Dimension = string;

export const DIMENSION_PATTERN = new RegExp(`${LABEL_KEY_PATTERN.source}|^@[A-Za-z]{1,40}$`);

/** The fact that a dimension is; null for a label. */
export const factOf = (dimension: Dimension): string | null => (dimension.startsWith("@") ? dimension.slice(1) : null);

/** Columns that show a label or a fact are named after it, so that none of the others has its name. */
export const columnOf = (dimension: Dimension): string =>
  factOf(dimension) === null ? `label:${dimension}` : dimension;

/** The label or fact that a column shows; null for every other column. */
export function dimensionOf(columnId: string): Dimension | null {
  if (columnId.startsWith("@")) return columnId;
  return columnId.startsWith("label:") ? columnId.slice("label:".length) : null;
}

/** True for labels, and for facts that this kind of thing has. */
export function isDimension(text: string, kind: SubjectKind): boolean {
  const fact = factOf(text);
  return fact === null ? text.length <= 100 && LABEL_KEY_PATTERN.test(text) : Object.hasOwn(FACTS[kind], fact);
}

export const FACETS_MAX = 12;
export const DIMENSIONS_MAX = 30;
/** Groups of one list; more would be no overview. */
export const GROUPS_MAX = 500;
export const UNFOLDED_MAX = 50;
/** Things whose labels are changed at once. */
export const BULK_MAX = 50_000;
/** Rows that are chosen one by one. */
export const CHOSEN_MAX = 5000;
export const VIEW_QUERY_MAX = 4000;

/** All that decides what a list shows. It lives in the address, so that a link shows its reader exactly the same. */
export type ListState = {
  selector: string;
  search: string;
  /** A column's id; null is the list's own first order. */
  sort: string | null;
  order: "asc" | "desc";
  groupBy: Dimension | null;
  /** Groups that are unfolded; null is the one of what is not set. */
  unfolded: (string | null)[];
  /** Columns beside the first; null are those that the list begins with. */
  columns: string[] | null;
  /** Facets that are unfolded; null are those that the list begins with. */
  facets: Dimension[] | null;
};

/** Words of addresses before there were selectors: links to them are still about. */
const OLDER = { state: "@connection", health: "@health", distribution: "@distribution" } as const;

const words = (parameters: URLSearchParams, name: string): string[] =>
  parameters.getAll(name).filter((word) => /^[a-z0-9_]{1,60}$/.test(word));

/** What an address says; a word that means nothing is dropped, so that an old link still opens. */
export function parseListState(list: ListName, parameters: URLSearchParams): ListState {
  const kind = KIND_OF[list];
  const own = parameters.get("selector")?.slice(0, 1000) ?? "";
  const older = Object.entries(OLDER).flatMap(([name, fact]) => {
    const values = Object.hasOwn(FACTS[kind], fact.slice(1)) ? words(parameters, name) : [];
    return values.length > 0 ? [`${fact} in (${values.join(", ")})`] : [];
  });
  const listOfWords = (name: string): string[] | null =>
    parameters
      .get(name)
      ?.split(" ")
      .filter((word) => word !== "")
      .slice(0, DIMENSIONS_MAX) ?? null;
  const groupBy = parameters.get("group");
  const sort = parameters.get("sort");
  const dimension = sort === null ? null : dimensionOf(sort);
  return {
    selector: [own, ...older].filter((text) => text !== "").join(", "),
    search: parameters.get("q")?.slice(0, 200) ?? "",
    sort: dimension !== null && !isDimension(dimension, kind) ? null : (sort?.slice(0, 120) ?? null),
    order: parameters.get("order") === "desc" ? "desc" : "asc",
    groupBy: groupBy !== null && isDimension(groupBy, kind) ? groupBy : null,
    unfolded: parameters
      .getAll("open")
      .slice(0, UNFOLDED_MAX)
      .map((text) => (text.startsWith("=") ? text.slice(1, 401) : null)),
    columns:
      listOfWords("columns")?.filter((id) => {
        const shown = dimensionOf(id);
        return shown === null || isDimension(shown, kind);
      }) ?? null,
    facets:
      listOfWords("facets")
        ?.filter((text) => isDimension(text, kind))
        .slice(0, FACETS_MAX) ?? null,
  };
}

/** The address of a state; what is as at first is left out. */
export function listStateParameters(state: ListState): URLSearchParams {
  const parameters = new URLSearchParams();
  if (state.selector) parameters.set("selector", state.selector);
  if (state.search) parameters.set("q", state.search);
  if (state.sort) parameters.set("sort", state.sort);
  if (state.order !== "asc") parameters.set("order", state.order);
  if (state.groupBy) {
    parameters.set("group", state.groupBy);
    for (const value of state.unfolded) parameters.append("open", value === null ? "none" : `=${value}`);
  }
  if (state.columns) parameters.set("columns", state.columns.join(" "));
  if (state.facets) parameters.set("facets", state.facets.join(" "));
  return parameters;
}
