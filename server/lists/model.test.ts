import { describe, expect, test } from "vitest";
import { columnOf, dimensionOf, type ListState, listStateParameters, parseListState } from "./model";

const read = (query: string) => parseListState("clusters", new URLSearchParams(query));
const FIRST: ListState = {
  ...{ selector: "", search: "", sort: null, order: "asc", groupBy: null },
  ...{ unfolded: [], columns: null, facets: null },
};

describe("the address of a list", () => {
  test.each<Partial<ListState>>([
    {},
    { selector: '@owner="A & B", tier in (edge, far)', search: "50% = half" },
    { sort: "label:example.com/tier", order: "desc" },
    { sort: "health" },
    { groupBy: "@version", unfolded: ["v1.33.1+k3s1", null, ""] },
    { columns: [] },
    { columns: ["health", "@carrier", "label:tier"], facets: ["tier", "@country"] },
  ])("%j is read as it was written", (change) => {
    const state = { ...FIRST, ...change };
    expect(read(listStateParameters(state).toString())).toEqual(state);
  });

  test("says nothing of what is as at first", () => {
    expect(listStateParameters(FIRST).toString()).toBe("");
  });

  test.each(["group=@nothing", "group=a%20b", "sort=@nothing", "order=sideways"])(
    "%s means nothing and is dropped",
    (query) => {
      expect(read(query)).toEqual(FIRST);
    },
  );

  test.each([
    ["health=failed&health=degraded", "@health in (failed, degraded)"],
    ["selector=tier%3Dedge&state=online", "tier=edge, @connection in (online)"],
    ["distribution=k3s", "@distribution in (k3s)"],
    ["state=on%29line", ""],
  ])("%s of an older link is the selector %j", (query, selector) => {
    expect(read(query).selector).toBe(selector);
  });

  test("of machines knows no health", () => {
    expect(parseListState("machines", new URLSearchParams("health=failed&state=online")).selector).toBe(
      "@connection in (online)",
    );
  });
});

test.each(["tier", "example.com/tier", "@carrier"])("the column of %s shows it", (dimension) => {
  expect(dimensionOf(columnOf(dimension))).toBe(dimension);
});

test.each(["health", "name"])("%s is a column of its own", (columnId) => {
  expect(dimensionOf(columnId)).toBeNull();
});
