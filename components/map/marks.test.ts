import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MarkState } from "@/components/ui/state-mark";
import { indexMarks, type MapPoint, markAt, marksIn } from "./marks";

const SEVERITY: MarkState[] = ["critical", "warning", "offline", "unknown", "maintenance", "good"];
const WORLD = { west: -180, south: -85, east: 180, north: 85 };
const anyPoints = fc
  .array(
    fc.record({
      longitude: fc.double({ min: 5, max: 15, noNaN: true }),
      latitude: fc.double({ min: 47, max: 55, noNaN: true }),
      state: fc.constantFrom(...SEVERITY),
      isSimulated: fc.boolean(),
    }),
    { maxLength: 60 },
  )
  .map((points) => points.map((point, at): MapPoint => ({ ...point, at })));

describe("the marks of a view", () => {
  test("stand for every point once, at any zoom", () => {
    fc.assert(
      fc.property(anyPoints, fc.integer({ min: 0, max: 14 }), (points, zoom) => {
        const marks = marksIn(indexMarks(points, SEVERITY), WORLD, zoom, SEVERITY);
        expect(marks.reduce((sum, mark) => sum + (mark.kind === "bubble" ? mark.count : 1), 0)).toBe(points.length);
      }),
    );
  });

  test("have the state of the worst that they stand for, at any zoom", () => {
    fc.assert(
      fc.property(anyPoints, (points) => {
        const index = indexMarks(points, SEVERITY);
        for (const zoom of [0, 3, 5, 8]) {
          for (const mark of marksIn(index, WORLD, zoom, SEVERITY)) {
            const states =
              mark.kind === "single"
                ? [points[mark.at]?.state]
                : index.getLeaves(mark.clusterId, Number.POSITIVE_INFINITY).map((leaf) => leaf.properties.state);
            expect(mark.state).toBe(SEVERITY.find((state) => states.includes(state)));
          }
        }
      }),
    );
  });
});

test("the mark under the pointer is the nearest in reach, and a bubble reaches as far as it is large", () => {
  const single = { kind: "single", at: 1, state: "good", isSimulated: false, x: 0, y: 0 } as const;
  const bubble = { kind: "bubble", count: 5000, clusterId: 9, state: "good", x: 0, y: 0 } as const;
  const marks = [
    { ...single, screen: { x: 10, y: 10 } },
    { ...single, at: 2, screen: { x: 16, y: 10 } },
    { ...bubble, screen: { x: 100, y: 100 } },
  ];
  expect(markAt(marks, { x: 14, y: 10 }, 12)).toMatchObject({ at: 2 });
  expect(markAt(marks, { x: 40, y: 10 }, 12)).toBeNull();
  expect(markAt(marks, { x: 122, y: 100 }, 12)).toMatchObject({ clusterId: 9 });
});
