import { expect, test } from "vitest";
import { parseLabels } from "./parse-labels";

test("labels are read with and without spaces, and an empty value is a value", () => {
  expect(parseLabels(" region=north,tier = edge , spare=")).toEqual({
    labels: { region: "north", tier: "edge", spare: "" },
  });
  expect(parseLabels("")).toEqual({ labels: {} });
});

test("the part that is no label is named", () => {
  expect(parseLabels("region=north, tier")).toEqual({ problem: "tier" });
  expect(parseLabels("=north")).toEqual({ problem: "=north" });
  expect(parseLabels("region=no rth")).toEqual({ problem: "region=no rth" });
});
