import { expect, test } from "vitest";
import { listLines, nextCursor } from "./list-lines";

const group = (value: string | null, total: number) => ({ value, total, known: total, worst: "healthy" });
const GROUPS = [group("a", 2), group("b", 1), group(null, 2)];
const page = (rows: [string, string | null][], groups: typeof GROUPS | null = GROUPS) => ({
  rows: rows.map(([name]) => name),
  beside: rows.map(([, of]) => ({ group: of, values: {} })),
  groups,
});
const drawn = (...args: Parameters<typeof listLines<string>>) =>
  listLines(...args).map((line) =>
    line.kind === "row" ? line.row : `${line.isUnfolded ? "-" : "+"} ${line.group.value}`,
  );

test("without groups there are rows only", () => {
  expect(drawn([page([["x", null]], null), page([["y", null]], null)], [], false)).toEqual(["x", "y"]);
});

test("folded groups are lines alone, the rows of unfolded ones stand below theirs", () => {
  expect(
    drawn(
      [
        page([
          ["z", null],
          ["y", null],
        ]),
      ],
      [null],
      false,
    ),
  ).toEqual(["+ a", "+ b", "- null", "z", "y"]);
});

test("groups after one that is not whole yet are left out", () => {
  expect(drawn([page([["x", "a"]])], ["a", null], true)).toEqual(["- a", "x"]);
  expect(
    drawn(
      [
        page([["x", "a"]]),
        page([
          ["y", "a"],
          ["z", null],
        ]),
      ],
      ["a", null],
      true,
    ),
  ).toEqual([...["- a", "x", "y", "+ b", "- null", "z"]]);
});

test("what is to be loaded are the rows of the unfolded groups", () => {
  const first = { ...page([["x", "a"]]), total: 5, known: 5, simulated: 0 };
  expect(nextCursor([first], ["a", null])).toBe(1);
  expect(nextCursor([first], ["b"])).toBeUndefined();
  expect(nextCursor([{ ...first, groups: null }], [])).toBe(1);
  expect(nextCursor([{ ...first, rows: [] }], ["a"])).toBeUndefined();
});
