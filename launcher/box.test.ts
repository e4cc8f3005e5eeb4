import { expect, test } from "vitest";
import { formatBox, formatColumns } from "./box";

test("the frame is as wide as the longest line, also with letters outside ASCII", () => {
  const lines = formatBox(["Fernblick läuft", "", "→ 𝄞"]).split("\n");
  expect(lines).toEqual([
    "╭───────────────────╮",
    "│  Fernblick läuft  │",
    "│                   │",
    "│  → 𝄞              │",
    "╰───────────────────╯",
  ]);
});

test("columns line up and carry no blanks at the end", () => {
  expect(
    formatColumns([
      ["owner", "o@x", "secret"],
      ["administrator", "a@x"],
    ]),
  ).toEqual(["owner           o@x   secret", "administrator   a@x"]);
});
