import { expect, test } from "vitest";
import { forecast } from "@/server/storage/forecast/forecast";
import { makeHistory, RECIPES } from "./histories";

const DAY = 86_400;

test("over every kind of history: edges in order, nothing below zero, the same answer twice, no matter the unit", () => {
  for (const [index, recipe] of [...RECIPES, ...RECIPES].entries()) {
    for (const days of [3, 9, 25, 90, 150]) {
      const points = makeHistory(recipe, 900 + index).points.slice(0, days * 24);
      const said = forecast(points);
      expect(forecast(points)).toMatchObject({
        fullFrom: said.fullFrom,
        fullLikely: said.fullLikely,
        fullTo: said.fullTo,
      });
      const times = [said.fullFrom, said.fullLikely, said.fullTo].filter((moment) => moment !== null);
      expect(times).toEqual([...times].sort((left, right) => left - right));
      for (const ahead of [0, 1, 30, 365]) {
        const band = said.at((said.basedAt ?? 0) + ahead * DAY);
        if (!band) continue;
        expect(band.low).toBeGreaterThanOrEqual(0);
        expect(band.low).toBeLessThanOrEqual(band.likely);
        expect(band.likely).toBeLessThanOrEqual(band.high);
      }
      const doubled = points.map((point) => ({
        at: point.at,
        usedBytes: point.usedBytes === null ? null : 2 * point.usedBytes,
        capacityBytes: point.capacityBytes === null ? null : 2 * point.capacityBytes,
      }));
      const again = forecast(doubled);
      expect(again.verdict).toBe(said.verdict);
      expect(Math.abs((again.fullLikely ?? 0) - (said.fullLikely ?? 0))).toBeLessThan(60);
    }
  }
});

test("a larger size is never said to be full sooner", () => {
  for (const [index, recipe] of RECIPES.entries()) {
    const points = makeHistory(recipe, 40 + index).points.slice(0, 80 * 24);
    const larger = points.map((point) => ({
      ...point,
      capacityBytes: point.capacityBytes === null ? null : 1.5 * point.capacityBytes,
    }));
    const [small, large] = [forecast(points), forecast(larger)];
    expect(large.fullLikely ?? Number.POSITIVE_INFINITY, recipe).toBeGreaterThanOrEqual(small.fullLikely ?? 0);
    if (small.fullLikely === null) expect(large.fullLikely).toBeNull();
  }
});
