import { FACTS, type FactType, type SubjectKind } from "@/contract/facts";
import { factValueOf, formatValue } from "@/contract/selector";
import { type Dimension, factOf } from "@/server/lists/model";

/** What stands before the caret of a selector: the beginning of a name, or of a value of a label or fact. */
export type Beginning = { dimension: Dimension | null; from: number; text: string };

const NAME = /(?:^|!)\s*(@?[A-Za-z0-9_./-]*)$/;
const EQUAL = /^\s*(@?[A-Za-z0-9_./-]+)\s*(?:==?|!=)\s*("?[^"]*)$/;
const LIST = /^\s*(@?[A-Za-z0-9_./-]+)\s+(?:in|notin)\s*\((?:.*,)?\s*("?[^",]*)$/s;

/** What can be completed at the end of this text; null where nothing can. */
export function beginningAt(before: string): Beginning | null {
  let start = 0;
  let isQuoted = false;
  let depth = 0;
  for (const [index, character] of [...before].entries()) {
    if (character === '"' && before[index - 1] !== "\\") isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (character === "(") depth += 1;
    else if (character === ")") depth -= 1;
    else if (character === "," && depth === 0) start = index + 1;
  }
  const part = before.slice(start);
  const value = depth > 0 ? LIST.exec(part) : EQUAL.exec(part);
  if (value?.[1] !== undefined && value[2] !== undefined) {
    return { dimension: value[1], from: before.length - value[2].length, text: value[2].replace(/^"/, "") };
  }
  const name = depth > 0 ? null : NAME.exec(part.trimStart());
  return name?.[1] === undefined ? null : { dimension: null, from: before.length - name[1].length, text: name[1] };
}

/** Facts of this kind of thing that the text is a part of. */
export function factsLike(kind: SubjectKind, text: string): Dimension[] {
  const part = text.replace(/^@/, "").toLowerCase();
  if (text !== "" && !text.startsWith("@") && part === "") return [];
  return Object.keys(FACTS[kind])
    .filter((name) => name.toLowerCase().includes(part))
    .map((name) => `@${name}`);
}

/** A value as it is written in a selector. */
export function writtenValue(kind: SubjectKind, dimension: Dimension, value: string): string {
  const key = factOf(dimension);
  if (key === null) return formatValue(value);
  const types: Readonly<Record<string, FactType>> = FACTS[kind];
  return formatValue(factValueOf(value, types[key] ?? "text"));
}
