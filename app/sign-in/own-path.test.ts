import { expect, test } from "vitest";
import { ownPath } from "./own-path";

test("after signing in a path of our own is followed", () => {
  expect(ownPath("/fleet/machines?search=kiel#top")).toBe("/fleet/machines?search=kiel#top");
});

test.each(["https://evil.test/", "//evil.test", "/\\evil.test", "/\t/evil.test", "/\n/evil.test", "evil", "", null, 7])(
  "%j leads to the overview, not to another site",
  (next) => {
    expect(ownPath(next)).toBe("/fleet");
  },
);
