import { expect, test } from "vitest";
import { withMissing, withValue } from "./facet-choice";

test.each([
  ["", "tier", "edge", "tier=edge"],
  ["tier=edge", "tier", "edge", ""],
  ["tier=edge, gpu", "tier", "far", "tier in (edge, far), gpu"],
  ["tier in (edge, far), gpu", "tier", "edge", "tier=far, gpu"],
  ["!tier, gpu", "tier", "edge", "tier=edge, gpu"],
  ["tier!=lab", "tier", "edge", "tier!=lab, tier=edge"],
  ["@version < 1.31", "@version", "1.30", '@version < 1.31, @version="1.30"'],
  ["", "@owner", "A B", '@owner="A B"'],
  ["", "@nodes", "3", "@nodes=3"],
  ["region=north", "@region", "north", "region=north, @region=north"],
])("%j with %s %j is %j", (selector, dimension, value, expected) => {
  expect(withValue(selector, "cluster", dimension, value)).toBe(expected);
});

test.each([
  ["tier in (edge, far)", "tier", "!tier"],
  ["!tier, gpu", "tier", "gpu"],
  ["gpu", "@carrier", "gpu, !@carrier"],
])("%j with what is not set of %s is %j", (selector, dimension, expected) => {
  expect(withMissing(selector, "cluster", dimension)).toBe(expected);
});

test("a selector that cannot be read is left to its writer", () => {
  expect(withValue("tier=(", "cluster", "tier", "edge")).toBeNull();
});
