import { expect, test } from "vitest";
import { parseLimit } from "./link-settings-form";

test("a limit is a number above nought with a point or a comma; nothing means not limited", () => {
  expect(["5", " 2.5 ", "0,25", "1000000"].map((text) => parseLimit(text, 1_000_000))).toEqual([
    5_000_000, 2_500_000, 250_000, 1_000_000_000_000,
  ]);
  expect([parseLimit("", 1000), parseLimit("  ", 1000)]).toEqual([null, null]);
  for (const text of ["0", "-1", "five", "1e9", "1.2.3", "0.0000001", "=1"]) {
    expect([text, parseLimit(text, 1000)]).toEqual([text, Number.NaN]);
  }
});
