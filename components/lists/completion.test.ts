import { expect, test } from "vitest";
import { beginningAt, factsLike, writtenValue } from "./completion";

test.each([
  ["", { dimension: null, from: 0, text: "" }],
  ["reg", { dimension: null, from: 0, text: "reg" }],
  ["tier=edge, @ver", { dimension: null, from: 11, text: "@ver" }],
  ["!@car", { dimension: null, from: 1, text: "@car" }],
  ["tier=", { dimension: "tier", from: 5, text: "" }],
  ["tier != ed", { dimension: "tier", from: 8, text: "ed" }],
  ['@owner="Stadt, ', { dimension: "@owner", from: 7, text: "Stadt, " }],
  ["tier in (edge, f", { dimension: "tier", from: 15, text: "f" }],
  ["tier notin (", { dimension: "tier", from: 12, text: "" }],
  ["@version < 1.", null],
  ["tier in (edge) ", null],
])("before the caret of %j one can complete %j", (before, expected) => {
  expect(beginningAt(before)).toEqual(expected);
});

test("facts are found by a part of their name", () => {
  expect(factsLike("cluster", "@nodes")).toEqual(["@nodes", "@nodesReady"]);
  expect(factsLike("cluster", "carr")).toEqual(["@carrier"]);
});

test("values are written so that they mean themselves", () => {
  expect(writtenValue("cluster", "@version", "1.31")).toBe('"1.31"');
  expect(writtenValue("cluster", "@owner", "A B")).toBe('"A B"');
  expect(writtenValue("cluster", "tier", "")).toBe('""');
});
