import { describe, expect, test } from "vitest";
import { formatInScale, QUANTITY_KINDS, quantityParts, quantityScale, quantityText } from "./units";

const GIB = 1024 ** 3;

describe("quantityParts", () => {
  test("bytes are binary, with three figures and the reader's decimal sign", () => {
    expect(quantityParts("bytes", 1.236 * 1024 ** 5, "en")).toEqual([{ value: "1.24", unit: "PiB" }]);
    expect(quantityParts("bytes", 1.236 * 1024 ** 5, "de")).toEqual([{ value: "1,24", unit: "PiB" }]);
    expect(quantityParts("bytes", 62.6 * GIB, "en")).toEqual([{ value: "62.6", unit: "GiB" }]);
    expect(quantityParts("bytes", 431.4 * GIB, "en")).toEqual([{ value: "431", unit: "GiB" }]);
    expect(quantityParts("bytes", 0, "en")).toEqual([{ value: "0", unit: "B" }]);
  });

  test("a value just below the next unit is written in the next unit, never as 1,024", () => {
    expect(quantityText("bytes", GIB - 1, "en")).toBe("1\u202fGiB");
    expect(quantityText("bytes", 1000 * 1024 ** 2, "en")).toBe("1,000\u202fMiB");
  });

  test("bits on a line and watts are decimal", () => {
    expect(quantityParts("bitsPerSecond", 2.5e9, "en")).toEqual([{ value: "2.5", unit: "Gbit/s" }]);
    expect(quantityParts("watts", 412_000, "de")).toEqual([{ value: "412", unit: "kW" }]);
    expect(quantityParts("bytesPerSecond", 3 * 1024 ** 2, "en")).toEqual([{ value: "3", unit: "MiB/s" }]);
  });

  test("joules are shown as watt-hours", () => {
    expect(quantityParts("joules", 3.6e6, "en")).toEqual([{ value: "1", unit: "kWh" }]);
    expect(quantityParts("joules", 1800, "en")).toEqual([{ value: "0.5", unit: "Wh" }]);
  });

  test("a share that is not quite all is never shown as 100 %, and a little is never shown as 0 %", () => {
    expect(quantityText("ratio", 0.99996, "en")).toBe("99.9\u202f%");
    expect(quantityText("ratio", 1, "en")).toBe("100\u202f%");
    expect(quantityText("ratio", 0.0004, "de")).toBe("<0,1\u202f%");
    expect(quantityText("ratio", 0, "en")).toBe("0\u202f%");
    expect(quantityText("ratio", 0.614, "en")).toBe("61\u202f%");
    expect(quantityText("ratio", 0.0614, "en")).toBe("6.1\u202f%");
  });

  test("a duration has at most two units, the smaller only where it is not zero", () => {
    expect(quantityText("seconds", 12.9, "en")).toBe("12\u202fs");
    expect(quantityText("seconds", 90, "en")).toBe("1\u202fmin 30\u202fs");
    expect(quantityText("seconds", 240, "en")).toBe("4\u202fmin");
    expect(quantityText("seconds", 7500, "en")).toBe("2\u202fh 5\u202fmin");
    expect(quantityText("seconds", 3 * 86_400 + 4 * 3600, "en")).toBe("3\u202fd 4\u202fh");
    expect(quantityText("seconds", 86_400, "en")).toBe("1\u202fd");
  });

  test("temperatures and counts keep their own digits", () => {
    expect(quantityText("celsius", -4.25, "de")).toBe("-4,3\u202f°C");
    expect(quantityText("count", 9712, "de")).toBe("9.712");
    expect(quantityText("perSecond", 1234, "en")).toBe("1,234\u202f/s");
  });

  test.each(QUANTITY_KINDS)("%s: what is not a number is refused instead of shown", (kind) => {
    expect(() => quantityParts(kind, Number.NaN, "en")).toThrow(RangeError);
    expect(() => quantityParts(kind, Number.POSITIVE_INFINITY, "en")).toThrow("expected a finite number");
  });
});

test("the ticks of one axis share the unit of its largest value", () => {
  const scale = quantityScale("bytes", 8 * GIB);
  expect(scale.unit).toBe("GiB");
  expect([0, 2, 4, 8].map((gib) => formatInScale("bytes", gib * GIB, scale, "en"))).toEqual(["0", "2", "4", "8"]);
  expect(formatInScale("bytes", GIB / 2, scale, "de")).toBe("0,5");
});
