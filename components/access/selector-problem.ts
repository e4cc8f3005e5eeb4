import type { SubjectKind } from "@/contract/facts";
import { parseSelector, SelectorError } from "@/contract/selector";

/** What the parser can expect, as it says it, and the key of the same in the reader's language. */
const EXPECTED = {
  "a label, an operator or a comma": "start",
  '"("': "open",
  "a value": "value",
  '"," or ")"': "close",
  "a label name": "name",
  '"=", "!=", "in", "notin" or ","': "operator",
  '","': "comma",
  "a known fact": "fact",
  "a number": "number",
  "a version like 1.31": "version",
  '"=", "!=", "<", "<=", ">", ">=", "in", "notin" or ","': "compare",
  "a closing quote": "quote",
} as const;
type Expected = (typeof EXPECTED)[keyof typeof EXPECTED];

export type SelectorProblem = {
  /** From 0. */
  position: number;
  /** What stands there; null at the end of the text. */
  found: string | null;
  expected: Expected;
};

const isKnown = (text: string): text is keyof typeof EXPECTED => Object.hasOwn(EXPECTED, text);

/** Why a selector cannot be saved; `empty` while nothing is written, null when it is right. */
export function selectorProblem(text: string, kind: SubjectKind = "site"): SelectorProblem | "empty" | null {
  if (text.trim() === "") return "empty";
  try {
    parseSelector(text, kind);
    return null;
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    const { position, found, expected } = error;
    return {
      position,
      found: found === "the end" ? null : found.slice(1, -1),
      expected: isKnown(expected) ? EXPECTED[expected] : "start",
    };
  }
}
