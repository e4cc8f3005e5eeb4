import { describe, expect, it } from "vitest";
import { address, list, map, moment, number, object, quantity, size, text, textMapOf } from "./fields";
import { kind, withLabels } from "./kind";

describe("a quantity", () => {
  it.each([
    ["10Gi", 10 * 2 ** 30],
    ["1.5Gi", 1.5 * 2 ** 30],
    ["250m", 0.25],
    ["100n", 1e-7],
    ["128974848", 128974848],
    ["129e6", 129e6],
    ["129M", 129e6],
    ["12E", 12e18],
    ["1E3", 1000],
    [".5", 0.5],
    [3, 3],
    ["-1", -1],
  ])("%s is %d", (written, meant) => {
    expect(quantity(written)).toBeCloseTo(meant, 9);
  });

  it.each(["", "ten", "10 Gi", "10GiB", "1.2.3", "0x10", null, undefined, {}, Number.NaN])(
    "%s is unknown",
    (written) => {
      expect(quantity(written)).toBeUndefined();
    },
  );
});

describe("a kept part", () => {
  it("is unknown when it is not of the type that is known, and what stands beside it is kept", () => {
    const read = object({ a: number, b: text, c: list(text), d: map(number), e: object({ f: text }), g: moment });
    expect(read({ a: "1", b: 2, c: {}, d: [], e: null, g: "soon", h: 1 })).toEqual({});
    expect(read({ a: 1, b: null, c: ["x", 3, "y"], d: { p: 1, q: "2" }, e: {}, g: "1970-01-01T00:01:00Z" })).toEqual({
      a: 1,
      c: ["x", "y"],
      d: { p: 1 },
      e: {},
      g: 60,
    });
    expect(read("no object")).toBeUndefined();
  });

  it("of a map is only what was asked for", () => {
    const read = textMapOf("kubernetes.io/arch", "talos.dev/", "cpu-model.");
    expect(
      read({
        "kubernetes.io/arch": "arm64",
        "kubernetes.io/archive": "x",
        "talos.dev/": "a",
        "talos.dev/x": "b",
        "cpu-model.id": "7",
      }),
    ).toEqual({ "kubernetes.io/arch": "arm64", "talos.dev/": "a", "talos.dev/x": "b", "cpu-model.id": "7" });
  });

  it("of an address has no user and no password", () => {
    expect(address("https://user:ghp_secret@git.example.org/a@b.git")).toBe("https://git.example.org/a@b.git");
    expect(address("s3://bucket/path")).toBe("s3://bucket/path");
    expect(address("git@git.example.org:a/b.git")).toBe("git@git.example.org:a/b.git");
  });

  it("of a long text is its beginning, and of many entries their number", () => {
    expect(text("x".repeat(10_000))).toHaveLength(513);
    expect(size([1, 2, 3])).toBe(3);
    expect(size({ a: 1 })).toBe(1);
    expect(size(undefined)).toBeUndefined();
  });

  it("of an object without a name is none", () => {
    const { reduce } = kind(["v1"], { spec: object({ a: number }) }, withLabels);
    for (const value of [null, [], "x", {}, { metadata: {} }, { metadata: { name: 7 } }, { metadata: { name: "" } }]) {
      expect(reduce(value)).toBeUndefined();
    }
    expect(
      reduce({ metadata: { name: "n", labels: { a: "b" }, annotations: { c: "d" } }, spec: { a: 1, b: 2 } }),
    ).toEqual({
      metadata: { name: "n", labels: { a: "b" } },
      spec: { a: 1 },
    });
  });

  it("cannot reach what all objects share, by whatever key", () => {
    const kept = map(object({ a: number }))(JSON.parse('{"__proto__":{"a":1},"constructor":{"a":2}}'));
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
    expect(kept?.constructor).toEqual({ a: 2 });
  });
});
