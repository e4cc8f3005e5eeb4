import { expect, test } from "vitest";
import { csvHead, csvLine, csvRow } from "./csv";

test.each([
  ["=1+1", "'=1+1"],
  ["+49 431", "'+49 431"],
  ["-x", "'-x"],
  ["@here", "'@here"],
  ["\tx", "'\tx"],
  ['=cmd|"a",b', `"'=cmd|""a"",b"`],
  ["two\r\nlines", '"two\r\nlines"'],
  ["Köln; am Rhein", "Köln; am Rhein"],
  ["", ""],
])("the text %j is written so that no sheet runs or splits it", (text, written) => {
  expect(csvLine([text])).toBe(`${written}\r\n`);
});

test("a figure stays a figure, also below zero, and a moment is in UTC", () => {
  expect(csvLine([-2, 0, 1.5, true, new Date("2026-01-02T03:04:05Z")])).toBe(
    "-2,0,1.5,true,2026-01-02T03:04:05.000Z\r\n",
  );
});

test("what is unknown is an empty cell, and the last column names it", () => {
  expect(csvHead(["name", "nodes"])).toBe("name,nodes,unknown\r\n");
  expect(csvRow(["name", "nodes"], { name: "a", nodes: null })).toBe("a,,nodes\r\n");
  expect(csvRow(["name", "nodes"], { name: "a", nodes: 0 })).toBe("a,0,\r\n");
});
