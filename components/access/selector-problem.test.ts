import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseSelector, SelectorError } from "@/contract/selector";
import { selectorProblem } from "./selector-problem";

test("a selector that can be saved has no problem, and an empty one is no mistake yet", () => {
  expect(selectorProblem("region=north, tier in (edge, core), !test")).toBeNull();
  expect(selectorProblem("  ")).toBe("empty");
});

const WRONG = [
  ["region=north;", 12, ";", "start"],
  ["tier in edge", 8, "edge", "open"],
  ["tier in (=)", 9, "=", "value"],
  ["tier in (edge", 13, null, "close"],
  ["region=north,", 13, null, "name"],
  ["region north", 7, "north", "operator"],
  ["!test region", 6, "region", "comma"],
  ["@helth=failed", 0, "@helth", "fact"],
  ["@nodes > many", 9, "many", "number"],
  ["@version < new", 11, "new", "version"],
  ["@version 1.31", 9, "1.31", "compare"],
  ['@owner="open', 7, '"', "quote"],
] as const;

test.each(WRONG)("%s is wrong at character %d, and what is expected has words", (text, position, found, expected) => {
  expect(selectorProblem(text, "cluster")).toEqual({ position, found, expected });
});

test("everything that the parser can expect is one of these, so that no reader gets the parser's English", () => {
  const said = new Set<string>();
  for (const [text] of WRONG) {
    try {
      parseSelector(text, "cluster");
    } catch (error) {
      if (error instanceof SelectorError) said.add(error.expected);
    }
  }
  const source = readFileSync(join(import.meta.dirname, "..", "..", "contract", "selector.ts"), "utf8");
  const fail = [...source.matchAll(/(?:fail\(|take\([^)]*?, )(?:"([^"]+)"|'([^']+)')/g)].map((m) => m[1] ?? m[2]);
  expect(fail.length).toBeGreaterThan(5);
  expect([...new Set(fail)].filter((text) => !said.has(text ?? ""))).toEqual([]);
});
