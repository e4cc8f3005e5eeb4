import { describe, expect, test } from "vitest";
import { factValueOf, formatSelector, matchesSelector, parseSelector, SelectorError } from "./selector";

const matches = (text: string, labels: Record<string, string>) => matchesSelector(parseSelector(text), { labels });

function errorOf(
  text: string,
  kind: "site" | "cluster" = "site",
): Pick<SelectorError, "position" | "found" | "expected"> {
  try {
    parseSelector(text, kind);
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

describe("facts", () => {
  const holds = (text: string, facts: Record<string, string | number | null>) =>
    matchesSelector(parseSelector(text, "cluster"), { labels: {}, facts });

  test.each([
    ["@health=failed", { health: "failed" }, true],
    ["@health!=failed", { health: "healthy" }, true],
    ["@distribution in (k3s, rke2)", { distribution: "rke2" }, true],
    ["@distribution notin (k3s, rke2)", { distribution: "rke2" }, false],
    ["@version < 1.31", { version: "v1.30.14+k3s1" }, true],
    ["@version < 1.31", { version: "v1.31.0" }, false],
    ["@version <= 1.31", { version: "v1.31.9" }, true],
    ["@version > 1.31", { version: "v1.31.9" }, false],
    ["@version > 1.31.2", { version: "v1.31.9" }, true],
    ["@version >= v1.9", { version: "1.31.0" }, true],
    ["@version=1.31", { version: "v1.31.9+k3s1" }, true],
    ["@version=v1.31.9", { version: "v1.31.9+k3s1" }, true],
    ["@version=v1.31.9+k3s1", { version: "v1.31.9+rke2r1" }, false],
    ['@version="v1.31.9"', { version: "v1.31.9+k3s1" }, false],
    ["@nodes >= 3", { nodes: 3 }, true],
    ["@nodes in (1, 3)", { nodes: 3 }, true],
    ["@cpuRequested > 80%", { cpuRequested: 0.81 }, true],
    ["@memory >= 16Gi", { memory: 16 * 2 ** 30 }, true],
    ["@memory >= 16G", { memory: 15_999_999_999 }, false],
    ['@owner="Stadtwerke \\"Kiel\\""', { owner: 'Stadtwerke "Kiel"' }, true],
    ["@carrier", { carrier: "o2" }, true],
    ["!@carrier", { carrier: null }, true],
  ])("%s over %j is %j", (text, facts, expected) => {
    expect(holds(text, facts)).toBe(expected);
  });

  test.each([
    "@version=1.31",
    "@version < 9",
    "@version >= 0",
    "@nodes >= 0",
    "@nodes=0",
    "@health=unknown",
    "@health",
  ])("what is unknown does not match %s", (text) => {
    expect(holds(text, {})).toBe(false);
    expect(holds(text, { version: null, nodes: null, health: null })).toBe(false);
  });

  test.each(["@version!=1.31", "@nodes notin (0)", "!@health"])("what is unknown matches %s", (text) => {
    expect(holds(text, {})).toBe(true);
  });

  test("a fact is never a label of that name, and a label never a fact", () => {
    const thing = { labels: { region: "label" }, facts: { region: "fact" } };
    expect(matchesSelector(parseSelector("region=label, @region=fact"), thing)).toBe(true);
    expect(matchesSelector(parseSelector("@region=label"), thing)).toBe(false);
  });

  test.each([
    ["@helth=failed", 0, '"@helth"', "a known fact"],
    ["@=failed", 0, '"@"', "a label, an operator or a comma"],
    ["!@helth", 1, '"@helth"', "a known fact"],
    ["@constructor", 0, '"@constructor"', "a known fact"],
    ["@health < failed", 8, '"<"', '"=", "!=", "in", "notin" or ","'],
    ["@nodes ~ 3", 7, '"~"', "a label, an operator or a comma"],
    ["@nodes 3", 7, '"3"', '"=", "!=", "<", "<=", ">", ">=", "in", "notin" or ","'],
    ["@nodes >= many", 10, '"many"', "a number"],
    ["@nodes >=", 9, "the end", "a number"],
    ["@version < new", 11, '"new"', "a version like 1.31"],
    ['@owner="open', 7, '"""', "a closing quote"],
    ["region < 3", 7, '"<"', '"=", "!=", "in", "notin" or ","'],
  ])("%s says what is wrong", (text, position, found, expected) => {
    expect(errorOf(text, "cluster")).toEqual({ position, found, expected });
  });

  test("facts of another kind of thing are not known", () => {
    expect(errorOf("@version < 1.31").expected).toBe("a known fact");
  });

  test.each(["v1.31.9+k3s1", "1.31", 'a "b"', "back\\slash", "Köln, am Rhein", "", "3", "in"])(
    "a value %j that was picked from a list is written so that it means itself",
    (text) => {
      const picked = [
        { fact: "version" as const, key: "version", operator: "in" as const, values: [factValueOf(text, "version")] },
      ];
      expect(parseSelector(formatSelector(picked), "cluster")).toEqual(picked);
      expect(matchesSelector(picked, { labels: {}, facts: { version: text } })).toBe(true);
    },
  );

  test.each([
    "region=north, tier in (edge, far), !test, gpu, tier!=lab",
    '@health in (failed, degraded), @version < 1.31, @owner="A B", !@carrier, @nodes >= 3, empty=""',
  ])("%s is written as it is read", (text) => {
    expect(formatSelector(parseSelector(text, "cluster"))).toBe(text);
  });
});
