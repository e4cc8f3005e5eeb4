import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  fold,
  foundIn,
  meantBy,
  nearKeys,
  partsOf,
  SEARCH_TEXT_MAX,
  scoreOf,
  typosBetween,
  versionOf,
  wordsOf,
} from "./model";

const lower = fc.string({ unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz"), minLength: 4, maxLength: 14 });

describe("folding", () => {
  test.each([
    ["Köln", "koeln", "koln"],
    ["Straße", "strasse", "strasse"],
    ["Malmö-01", "malmoe-01", "malmo-01"],
    ["ÉVRY", "evry", "evry"],
    ["Łódź", "lodz", "lodz"],
    ["Ku\u0308hl", "kuehl", "kuhl"],
    ["日本", "日本", "日本"],
  ])("of %s is %s, or %s", (text, long, short) => {
    expect([fold(text, true), fold(text, false)]).toEqual([long, short]);
  });

  test("of what is folded already changes nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.boolean(), (text, isLong) => {
        const once = fold(text, isLong);
        expect(fold(once, isLong)).toBe(once);
      }),
    );
  });

  test("does not care how an accent is written, nor for capitals of ASCII", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."aeiouäöüéñåçšzA-Z0 ") }), (text) => {
        expect(fold(text.normalize("NFD"), true)).toBe(fold(text, true));
        expect(fold(text.toUpperCase(), true)).toBe(fold(text, true));
      }),
    );
  });
});

test("words hold nothing empty, nothing twice, and are never too many", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), (text) => {
      const words = wordsOf(text);
      expect(words.length).toBeLessThanOrEqual(8);
      expect(new Set(words).size).toBe(words.length);
      expect(words.join("").length).toBeLessThanOrEqual(2 * SEARCH_TEXT_MAX);
      for (const word of words) expect(word).not.toMatch(/^$|[\s,;()"']/);
    }),
  );
  expect(partsOf("kiel-pg.prod")).toEqual(["kiel", "pg", "prod"]);
  for (const whole of ["10.2.3.4", "v1.29.4+k3s1", "pvc-4c4c4544-0042-4d10", "fe80::1", "02:fc:00"]) {
    expect(partsOf(whole)).toEqual([whole]);
  }
});

describe("typing errors", () => {
  const dropped = (word: string, at: number) => word.slice(0, at) + word.slice(at + 1);
  const swapped = (word: string, at: number) =>
    word.slice(0, at) + (word[at + 1] ?? "") + (word[at] ?? "") + word.slice(at + 2);
  const place = (word: string, at: number) => at % (word.length - 1);

  /** What `search_near` keeps of a word. */
  const kept = (word: string) => {
    const keys = new Set<string>();
    for (let size = Math.min(4, word.length); size <= Math.min(9, word.length); size += 1) {
      const start = word.slice(0, size);
      keys.add(start);
      for (let at = 0; at < size; at += 1) keys.add(dropped(start, at));
    }
    return keys;
  };

  test("one letter missing, too many, changed or swapped is one error, and shares a key with the word", () => {
    fc.assert(
      fc.property(lower, fc.nat(), fc.constantFrom(..."aeqxz"), (word, at, letter) => {
        const here = place(word, at);
        const typed = [
          dropped(word, here),
          word.slice(0, here) + letter + word.slice(here),
          word.slice(0, here) + letter + word.slice(here + 1),
          swapped(word, here),
        ];
        for (const mistyped of typed) {
          expect(typosBetween(mistyped, word)).toBeLessThanOrEqual(1);
          if (mistyped.length >= 4) expect(nearKeys(mistyped).some((key) => kept(word).has(key))).toBe(true);
        }
      }),
    );
  });

  test("the start of a word is no error, and the distance is that of the best start", () => {
    fc.assert(
      fc.property(lower, lower, (word, rest) => {
        expect(typosBetween(word, word + rest)).toBe(0);
        expect(typosBetween(word, rest)).toBeLessThanOrEqual(word.length);
      }),
    );
    expect(typosBetween("frnakf", "frankfurt")).toBe(1);
    expect(typosBetween("berlin", "kiel")).toBeGreaterThan(2);
  });

  test("of short words forgive one, of long words two; the nearest first", () => {
    expect(meantBy("kile", ["kiel", "kilo", "kola", "berlin"], 8)).toEqual(["kiel", "kilo"]);
    expect(meantBy("frnakfrut", ["frankfurt", "franken"], 8)).toEqual(["frankfurt"]);
    expect(meantBy("kxly", ["kiel"], 8)).toEqual([]);
  });
});

test("a better match goes before attention, attention before nothing", () => {
  const place = (title: string, match: "word" | "typo", needsAttention = false) =>
    scoreOf({ kind: "cluster", title, match, needsAttention }, "kiel");
  const places = [
    place("Kiel", "word"),
    place("kiel-1", "word", true),
    place("kiel-1", "word"),
    place("edge-kiel", "word", true),
    place("edge-kiel", "word"),
    place("keil", "typo", true),
    place("keil", "typo"),
  ];
  expect(places).toEqual([...places].sort((a, b) => b - a));
  expect(new Set(places).size).toBe(places.length);
});

test.each([
  ["1.29", "1.29"],
  ["v1.29.4", "1.29.4"],
  ["10.2.3.4", null],
  ["1.", null],
  ["edge", null],
])("the version in %s is %s", (question, version) => {
  expect(versionOf(question)).toBe(version);
});

describe("what was found in a title", () => {
  const marked = (title: string, question: string) =>
    foundIn(title, question)
      .map(({ start, end }) => title.slice(start, end))
      .join("|");

  test.each([
    ["kiel-pg-01", "pg kiel", "kiel|pg"],
    ["Straßburg", "strass", "Straß"],
    ["Köln-Süd", "koeln", "Köln"],
    ["Köln-Süd", "koln sud", "Köln|Süd"],
    ["kiel-pg-01", "kiel-pg", "kiel-pg"],
    ["postgres", "mysql", ""],
  ])("%s by %s is %s", (title, question, found) => {
    expect(marked(title, question)).toBe(found);
  });

  test("are stretches within it, in order and apart", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (title, question) => {
        let last = -1;
        for (const { start, end } of foundIn(title, question)) {
          expect(start).toBeGreaterThan(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(title.length);
          last = end;
        }
      }),
    );
  });
});
