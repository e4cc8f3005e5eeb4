// @vitest-environment jsdom
import { afterEach, expect, test } from "vitest";
import { type Found, foundHref, foundListHref } from "./found-href";
import { byRecent, nameOf, readRecent, rememberRecent } from "./recent";

afterEach(() => window.localStorage.clear());

const found = (title: string): Found => ({
  ...{ kind: "cluster", thingId: title, key: "", title, siteName: "Kiel", isSimulated: false, clusterName: null },
  ...{ detail: null, health: "failed", connectivity: "online", lastReceivedAt: new Date() },
});

test("what was opened is remembered once, the newest first, eight at most, for its owner alone and without its state", () => {
  for (const title of ["a", "b", "c", "d", "e", "f", "g", "h", "i", "b"]) rememberRecent("one", found(title));
  expect(readRecent("one").map(({ title }) => title)).toEqual(["b", "i", "h", "g", "f", "e", "d", "c"]);
  expect(readRecent("other")).toEqual([]);
  expect(window.localStorage.getItem("fernblick.recent.one")).not.toMatch(/failed|online/);
});

test("what the browser kept and cannot be read is nothing", () => {
  for (const kept of ["", "{", '{"a": 1}', '[{"kind": "spaceship"}]']) {
    window.localStorage.setItem("fernblick.recent.one", kept);
    expect(readRecent("one")).toEqual([]);
  }
});

test("what was opened goes first, but not before what is called exactly so; all else keeps its order", () => {
  const all = [found("kiel"), found("kiel-1"), found("kiel-2"), found("kiel-3")];
  rememberRecent("one", found("kiel-3"));
  const order = byRecent(all, readRecent("one"), "kiel").map(({ title }) => title);
  expect(order).toEqual(["kiel", "kiel-3", "kiel-1", "kiel-2"]);
});

test("each kind of thing has its place, and a minor version ends where it ends", () => {
  const hrefs = (["site", "cluster", "machine", "node", "claim"] as const).map((kind) =>
    foundHref({ kind, thingId: "x" }),
  );
  expect(hrefs).toEqual([
    "/sites/x",
    "/clusters/x",
    "/fleet/machines/x",
    "/clusters/x?tab=nodes",
    "/clusters/x?tab=storage",
  ]);
  expect(foundListHref({ by: "version", value: "1.29" })).toBe("/clusters?q=v1.29.");
  expect(foundListHref({ by: "version", value: "1.29.4" })).toBe("/clusters?q=v1.29.4");
  expect(foundListHref({ by: "label", value: "tier=edge" })).toBe("/clusters?q=tier%3Dedge");
  expect(nameOf({ kind: "claim", thingId: "x", key: "a/b" })).toBe("claim x a/b");
});
