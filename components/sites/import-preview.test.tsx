import { afterEach, describe, expect, test } from "vitest";
import { type Stage, stage } from "@/components/shell/testing";
import { ImportPreviewView } from "./import-preview";

let page: Stage;
afterEach(() => page.remove());

const PREVIEW = {
  rows: 4,
  created: 1,
  changed: 1,
  left: 1,
  bad: 1,
  problems: [
    { line: 7, column: "latitude", found: "91", expected: { kind: "number" as const, min: -90, max: 90 } },
    { line: 7, column: "owner", found: "", expected: { kind: "unique" as const, line: 3 } },
  ],
  changes: [
    { line: 2, name: "North", isNew: false, fields: [{ column: "owner" as const, before: "", after: "Ada" }] },
    { line: 3, name: "East", isNew: true, fields: [] },
  ],
  ignoredColumns: ["notes"],
};

describe("the preview of an import", () => {
  test.each([
    ["en", ["1 bad", "a number from -90 to 90", "it is in line 3 already", "Columns that are not read: notes"]],
    ["de", ["1 fehlerhaft", "eine Zahl von -90 bis 90", "er steht schon in Zeile 3", "nicht gelesen werden: notes"]],
  ] as const)("names line, column, found and expected, and what changes (%s)", (locale, texts) => {
    page = stage(locale);
    page.draw(<ImportPreviewView preview={PREVIEW} />);
    const text = page.root.textContent ?? "";
    for (const part of ["7", "latitude", "91", "North", "Ada", "East", ...texts]) expect(text).toContain(part);
  });

  test("says when there is nothing to do", () => {
    page = stage("en");
    const nothing = { ...PREVIEW, created: 0, changed: 0, bad: 0, problems: [], changes: [], ignoredColumns: [] };
    page.draw(<ImportPreviewView preview={nothing} />);
    expect(page.root.textContent).toContain("Nothing to do");
    expect(page.root.querySelector("table")).toBeNull();
  });
});
