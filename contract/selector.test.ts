import { describe, expect, test } from "vitest";
import { matchesSelector, parseSelector, SelectorError } from "./selector";

const matches = (text: string, labels: Record<string, string>) => matchesSelector(parseSelector(text), labels);

function errorOf(text: string): Pick<SelectorError, "position" | "found" | "expected"> {
  try {
    parseSelector(text);
  } catch (error) {
    if (error instanceof SelectorError) {
      return { position: error.position, found: error.found, expected: error.expected };
    }
  }
  throw new Error(`"${text}" was read without complaint`);
}

describe("the grammar", () => {
  test.each([
    ["region=north", [{ key: "region", operator: "in", values: ["north"] }]],
    ["region==north", [{ key: "region", operator: "in", values: ["north"] }]],
    ["region!=north", [{ key: "region", operator: "notin", values: ["north"] }]],
    ["tier in (edge, far)", [{ key: "tier", operator: "in", values: ["edge", "far"] }]],
    ["tier notin (lab)", [{ key: "tier", operator: "notin", values: ["lab"] }]],
    ["gpu", [{ key: "gpu", operator: "exists" }]],
    ["!test", [{ key: "test", operator: "absent" }]],
    [
      "  a = 1 ,\tb,!c ",
      [
        { key: "a", operator: "in", values: ["1"] },
        { key: "b", operator: "exists" },
        { key: "c", operator: "absent" },
      ],
    ],
    ["in in (in,notin)", [{ key: "in", operator: "in", values: ["in", "notin"] }]],
    ["example.com/role=db_1", [{ key: "example.com/role", operator: "in", values: ["db_1"] }]],
  ])("%s is read as written", (text, expected) => {
    expect(parseSelector(text)).toEqual(expected);
  });

  test.each(["", "   ", "\n"])("an empty text %j has no requirements and matches everything", (text) => {
    expect(parseSelector(text)).toEqual([]);
    expect(matches(text, {})).toBe(true);
  });
});

describe("an error says where, what was found and what was expected", () => {
  test.each([
    ["region=", 7, "the end", "a value"],
    ["region=north,", 13, "the end", "a label name"],
    [",a", 0, '","', "a label name"],
    ["a b", 2, '"b"', '"=", "!=", "in", "notin" or ","'],
    ["a=b c", 4, '"c"', '","'],
    ["a in b", 5, '"b"', '"("'],
    ["a in (b", 7, "the end", '"," or ")"'],
    ["a in ()", 6, '")"', "a value"],
    ["a in (b c)", 8, '"c"', '"," or ")"'],
    ["!", 1, "the end", "a label name"],
    ["!=a", 0, '"!="', "a label name"],
    ["-a=b", 0, '"-a"', "a label name"],
    ["a=b/c", 2, '"b/c"', "a value"],
    ["a=bé", 3, '"é"', "a label, an operator or a comma"],
    ["a=$b", 2, '"$"', "a label, an operator or a comma"],
  ])("%s", (text, position, found, expected) => {
    expect(errorOf(text)).toEqual({ position, found, expected });
  });

  test("names longer than 100 characters are refused", () => {
    expect(errorOf("a".repeat(101)).expected).toBe("a label name");
    expect(parseSelector("a".repeat(100))).toHaveLength(1);
  });

  test("the sentence counts characters from 1", () => {
    expect(() => parseSelector("a b")).toThrow('Selector: found "b" at character 3, expected');
  });
});

describe("the meaning", () => {
  test.each([
    ["region=north", { region: "north" }, true],
    ["region=north", { region: "south" }, false],
    ["region=north", {}, false],
    ["region!=north", { region: "south" }, true],
    ["region!=north", { region: "north" }, false],
    ["region!=north", {}, true],
    ["tier in (a,b)", { tier: "b" }, true],
    ["tier in (a,b)", {}, false],
    ["tier notin (a,b)", { tier: "c" }, true],
    ["tier notin (a,b)", { tier: "a" }, false],
    ["tier notin (a,b)", {}, true],
    ["gpu", { gpu: "" }, true],
    ["gpu", {}, false],
    ["!gpu", {}, true],
    ["!gpu", { gpu: "" }, false],
    ["a=1,b=2", { a: "1", b: "2" }, true],
    ["a=1,b=2", { a: "1" }, false],
    ["constructor", {}, false],
    ["toString!=x", {}, true],
  ])("%s over %j is %j", (text, labels, expected) => {
    expect(matches(text, labels)).toBe(expected);
  });
});
