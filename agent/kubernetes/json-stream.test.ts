import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ItemCutter, LineCutter } from "./json-stream";

/** The bytes in pieces that end anywhere, also within a character. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length));
}

function cut(parts: readonly Buffer[], bytesMax?: number): { items: unknown[]; envelope: unknown } {
  const items: unknown[] = [];
  const cutter = new ItemCutter((item) => items.push(item && JSON.parse(item.toString("utf8"))), bytesMax);
  for (const part of parts) cutter.push(part);
  return { items, envelope: cutter.end() };
}

const item = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 });

describe("a list cut into its items", () => {
  it("has the same items and the same rest as when it is read whole, wherever it arrives in pieces", () => {
    const order = fc.shuffledSubarray(["apiVersion", "items", "kind", "metadata"], { minLength: 4 });
    const cuts = fc.array(fc.nat(), { maxLength: 12 });
    const spaces = fc.constantFrom(undefined, 2);
    fc.assert(
      fc.property(fc.array(item), item, order, cuts, spaces, (items, metadata, names, places, space) => {
        const whole: Record<string, unknown> = { apiVersion: 'v1 "items":[', items, kind: "PodList", metadata };
        const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, whole[name]])), null, space);
        const read = cut(pieces(Buffer.from(text), places));
        const expected = JSON.parse(text) as { items: unknown[] };
        expect(read.items).toEqual(expected.items);
        expect(read.envelope).toEqual({ ...expected, items: [] });
      }),
    );
  });

  it("has none where there are none, or null", () => {
    for (const items of ["[]", "null", "[ \n ]"]) {
      expect(cut([Buffer.from(`{"items":${items},"metadata":{"resourceVersion":"7"}}`)]).items).toEqual([]);
    }
  });

  it("does not take another array for its items", () => {
    expect(cut([Buffer.from('{"warnings":[{"a":1}],"items":[{"b":2}],"metadata":{"x":[{"c":3}]}}')]).items).toEqual([
      { b: 2 },
    ]);
  });

  it("gives an item over the bound as null and goes on after it", () => {
    const large = { value: "x".repeat(100) };
    const bytes = Buffer.from(JSON.stringify({ items: [{ a: 1 }, large, { b: 2 }] }));
    expect(cut(pieces(bytes, [20, 40, 60, 90]), 50).items).toEqual([{ a: 1 }, null, { b: 2 }]);
  });

  it("that broke off is an error, and not a short list", () => {
    const bytes = Buffer.from(JSON.stringify({ items: [{ a: 1 }, { b: 2 }], metadata: { resourceVersion: "1" } }));
    for (let length = 0; length < bytes.length; length++) {
      expect(() => cut([bytes.subarray(0, length)])).toThrow(SyntaxError);
    }
  });
});

describe("a watch cut into its lines", () => {
  it("has the same lines wherever it arrives in pieces", () => {
    fc.assert(
      fc.property(fc.array(item), fc.array(fc.nat(), { maxLength: 12 }), (events, places) => {
        const lines: unknown[] = [];
        const cutter = new LineCutter((line) => lines.push(line && JSON.parse(line.toString("utf8"))));
        const texts = events.map((event) => JSON.stringify(event));
        for (const part of pieces(Buffer.from(texts.map((text) => `${text}\n`).join("")), places)) cutter.push(part);
        // Not the events themselves: JSON has one zero, JavaScript has two.
        expect(lines).toEqual(texts.map((text) => JSON.parse(text)));
      }),
    );
  });

  it("gives a line over the bound as null and goes on after it", () => {
    const lines: unknown[] = [];
    const cutter = new LineCutter((line) => lines.push(line?.toString() ?? null), 10);
    for (const part of ["12345", "67890", "1\nshort\n", "1234567890123", "\nnext\n"]) cutter.push(Buffer.from(part));
    expect(lines).toEqual([null, "short", null, "next"]);
  });
});
