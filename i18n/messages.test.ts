import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadMessages, NAMESPACES } from "./messages";
import { LOCALES } from "./preferences";

type Tree = { [key: string]: string | Tree };

function flatten(tree: Tree, path = ""): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") texts.set(path + key, value);
    else for (const [inner, text] of flatten(value, `${path}${key}.`)) texts.set(inner, text);
  }
  return texts;
}

/** Names and kinds of the ICU placeholders, for example `count:number`; plural branches may differ by language. */
function placeholders(text: string): string[] {
  // The words of a plural branch stand in braces too, and are no placeholders.
  const outside = text.replaceAll(/(?:zero|one|two|few|many|other|=\d+)\s*\{/g, "");
  const names = [...outside.matchAll(/\{\s*([a-zA-Z]\w*)\s*(?:,\s*(\w+))?\s*[,}]/g)];
  // One language may need a plural where the other only writes the number.
  const kindOf = (kind: string | undefined) => (kind === "plural" ? "number" : (kind ?? "value"));
  return [...new Set(names.map((match) => `${match[1]}:${kindOf(match[2])}`))].sort();
}

const files = (locale: string) => readdirSync(join(import.meta.dirname, "messages", locale)).sort();

test.each(LOCALES)("every file of messages/%s is loaded under its own name, and none is missing", (locale) => {
  expect(files(locale)).toEqual(NAMESPACES.map((namespace) => `${namespace}.json`));
});

describe.each(NAMESPACES)("namespace %s", (namespace) => {
  test("says the same things in English and German, with the same placeholders", async () => {
    const [en, de] = await Promise.all([loadMessages("en"), loadMessages("de")]);
    const english = flatten(en[namespace] as Tree);
    const german = flatten(de[namespace] as Tree);
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [key, text] of english) {
      expect(placeholders(german.get(key) ?? ""), `${namespace}.${key}`).toEqual(placeholders(text));
      expect(text.trim(), `${namespace}.${key} is empty`).not.toBe("");
      expect(german.get(key)?.trim(), `${namespace}.${key} is empty in German`).not.toBe("");
    }
  });
});
