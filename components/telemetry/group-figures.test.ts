import { expect, test } from "vitest";
import { metricsOf } from "@/contract/metrics";
import {
  GROUP_FIGURE_NAMES,
  GROUP_FIGURES,
  type Group,
  groupChoices,
  groupInput,
  largestGroups,
} from "./group-figures";

test("every figure is a reading of its kind, and all of them are offered", () => {
  for (const { kind, metric } of Object.values(GROUP_FIGURES)) {
    expect(metricsOf(kind).map(({ name }) => name)).toContain(metric);
  }
  expect([...GROUP_FIGURE_NAMES].sort()).toEqual(Object.keys(GROUP_FIGURES).sort());
});

test("sites are grouped by labels that there are, and each by itself only while they are few", () => {
  const sites: { labels: Record<string, string> }[] = [
    { labels: { tier: "1", region: "north" } },
    { labels: { region: "south" } },
  ];
  expect(groupChoices(sites)).toEqual(["none", "site", "label:region", "label:tier"]);
  expect(groupChoices(Array.from({ length: 51 }, () => ({ labels: {} })))).toEqual(["none"]);
});

test("a choice becomes a question over whole five minutes", () => {
  const choice = { figure: "power", window: "1h", selector: null, toMs: 7_200_000 } as const;
  expect(groupInput({ ...choice, groupBy: "label:region" })).toEqual({
    kind: "machine",
    metric: "energyJoules",
    from: new Date(3_600_000),
    to: new Date(7_200_000),
    groupBy: { label: "region" },
    selector: null,
  });
  expect([
    groupInput({ ...choice, groupBy: "site" }).groupBy,
    groupInput({ ...choice, groupBy: "none" }).groupBy,
  ]).toEqual(["site", "none"]);
});

test("the largest groups are drawn; one of which nothing is known is never taken for the smallest sum", () => {
  const group = (key: string, value: number | null): Group => ({
    key,
    name: key,
    sites: 1,
    entities: 1,
    machines: 1,
    neverReported: 0,
    points: value === null ? [] : [{ at: new Date(0), value, known: 1, unknown: 0 }],
  });
  const groups = [group("silent", null), group("below", -5), group("most", 9), group("dumb", null), group("some", 3)];
  expect(largestGroups(groups, 4).map(({ key }) => key)).toEqual(["most", "some", "below", "silent"]);
});
