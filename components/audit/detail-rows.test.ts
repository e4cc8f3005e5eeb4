import { expect, test } from "vitest";
import { detailRows } from "./detail-rows";

test("of a change only what changed is shown, from what to what", () => {
  const details = {
    before: { role: "viewer", scopeSelector: null },
    after: { role: "viewer", scopeSelector: "region=north" },
  };
  expect(detailRows(details)).toEqual([{ name: "scopeSelector", before: null, after: "region=north" }]);
});

test("nothing of an entry is left out, also what this page does not know", () => {
  expect(detailRows({ site: "Kiel", odd: { a: 1 } })).toEqual([
    { name: "site", value: "Kiel" },
    { name: "odd", value: { a: 1 } },
  ]);
  expect(detailRows({ before: "x", after: { y: 1 } })).toEqual([
    { name: "before", value: "x" },
    { name: "after", value: { y: 1 } },
  ]);
  expect(detailRows({})).toEqual([]);
});
