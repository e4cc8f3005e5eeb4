import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  boundsOf,
  fitBounds,
  isWithin,
  type MapView,
  panBy,
  parseView,
  project,
  toScreen,
  unproject,
  viewBounds,
  viewText,
  zoomAt,
} from "./mercator";

const size = { width: 800, height: 600 };
const degrees = fc.record({
  longitude: fc.double({ min: -179, max: 179, noNaN: true }),
  latitude: fc.double({ min: -80, max: 80, noNaN: true }),
});
const anyView = fc
  .record({ place: degrees, zoom: fc.double({ min: 3, max: 12, noNaN: true }) })
  .map(({ place, zoom }): MapView => ({ ...project(place.longitude, place.latitude), zoom }));

describe("the projection", () => {
  test("goes there and back, north is up and west is left", () => {
    fc.assert(
      fc.property(degrees, ({ longitude, latitude }) => {
        const back = unproject(project(longitude, latitude));
        expect(back.longitude).toBeCloseTo(longitude, 8);
        expect(back.latitude).toBeCloseTo(latitude, 8);
      }),
    );
    expect(project(0, 0)).toEqual({ x: 0.5, y: 0.5 });
    expect(project(10, 54).y).toBeLessThan(project(10, 48).y);
    expect(project(5, 50).x).toBeLessThan(project(15, 50).x);
  });
});

describe("a view", () => {
  test("keeps what is under the pointer under it while it zooms", () => {
    fc.assert(
      fc.property(anyView, degrees, fc.double({ min: -2, max: 2, noNaN: true }), (view, place, steps) => {
        const point = project(place.longitude, place.latitude);
        const before = toScreen(view, size, point);
        // Only what is on the screen can be under the pointer; at the map's edge the middle has to stay on the map.
        fc.pre(before.x > 0 && before.x < size.width && before.y > 0 && before.y < size.height);
        const after = zoomAt(view, steps, { x: before.x - size.width / 2, y: before.y - size.height / 2 });
        fc.pre(after.x > 0 && after.x < 1 && after.y > 0 && after.y < 1);
        const moved = toScreen(after, size, point);
        expect(moved.x).toBeCloseTo(before.x, 3);
        expect(moved.y).toBeCloseTo(before.y, 3);
      }),
    );
  });

  test("is moved by the pixels that the pointer moved", () => {
    const view = { ...project(10, 50), zoom: 6 };
    const point = project(11, 51);
    const before = toScreen(view, size, point);
    const after = toScreen(panBy(view, 30, -20), size, point);
    expect([after.x, after.y]).toEqual([expect.closeTo(before.x - 30, 6), expect.closeTo(before.y + 20, 6)]);
  });

  test("that fits some places shows all of them", () => {
    fc.assert(
      fc.property(fc.array(degrees, { minLength: 1, maxLength: 20 }), (places) => {
        const bounds = boundsOf(places);
        if (!bounds) throw new Error("there are places");
        const view = fitBounds(bounds, size);
        fc.pre(view.zoom > 0);
        const shown = viewBounds(view, size);
        for (const { longitude, latitude } of places) expect(isWithin(shown, longitude, latitude)).toBe(true);
      }),
    );
  });

  test("stands in the address and is read again; anything else is no view", () => {
    const view = { ...project(9.9937, 53.5511), zoom: 6.25 };
    expect(viewText(view)).toBe("53.5511,9.9937,6.25");
    expect(viewText(parseView(viewText(view)) ?? view)).toBe("53.5511,9.9937,6.25");
    for (const text of [null, "", "x", "1,2", "1,2,3,4", "1e3,2,3", "1,2,NaN"]) expect(parseView(text)).toBeNull();
  });
});
