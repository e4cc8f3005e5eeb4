import fc from "fast-check";
import { expect, test } from "vitest";
import { capacityOf, FIGURES, FORMULAS, partSum, resultOf, type Told } from "./capacity";

const GIB = 1024 ** 3;
const bytes = fc.option(fc.nat({ max: 2 ** 40 }), { nil: undefined });
const told = fc.record({
  rawBytes: bytes,
  reservedBytes: bytes,
  provisionedBytes: bytes,
  usedBytes: bytes,
  freeBytes: bytes,
  availableBytes: bytes,
});

test("whatever is told, the five add up by the formula that is shown, or its result is unknown", () => {
  fc.assert(
    fc.property(told, (all) => {
      const capacity = capacityOf(all as Told);
      const { result, plus, minus } = FORMULAS[capacity.formula];
      const parts = [...plus, ...minus].map((name) => capacity[name]);
      if (parts.some((part) => part === null)) {
        // An available that was told stays; nothing else is filled in for what nobody knows.
        expect([null, all.availableBytes]).toContain(capacity[result]);
      } else expect(capacity[result]).toBe(resultOf(capacity.formula, capacity));
    }),
    { numRuns: 2000, seed: 5 },
  );
});

test("nothing told is five times unknown, never zero", () => {
  const capacity = capacityOf({});
  expect(FIGURES.map((name) => capacity[name])).toEqual([null, null, null, null, null]);
  expect(capacity.overProvisioning).toBeNull();
});

test("a disk of Longhorn: free is not available, what is kept back is neither", () => {
  const disk = { rawBytes: 100 * GIB, freeBytes: 60 * GIB, reservedBytes: 30 * GIB, provisionedBytes: 350 * GIB };
  expect(capacityOf(disk)).toEqual({
    rawBytes: 100 * GIB,
    reservedBytes: 30 * GIB,
    provisionedBytes: 350 * GIB,
    usedBytes: 40 * GIB,
    availableBytes: 30 * GIB,
    formula: "withReserve",
    overProvisioning: 5,
  });
});

test("a reserve that is written into shows as less than nothing available", () => {
  expect(capacityOf({ rawBytes: 100, reservedBytes: 30, usedBytes: 80 }).availableBytes).toBe(-10);
});

test("a filesystem keeps back what is neither in use nor available", () => {
  const ext4 = capacityOf({ rawBytes: 100, usedBytes: 60, availableBytes: 35 });
  expect(ext4).toMatchObject({ reservedBytes: 5, formula: "toldAvailable", overProvisioning: null });
});

test("a pool that tells of no reserve has one that is unknown", () => {
  expect(capacityOf({ rawBytes: 100, usedBytes: 60 })).toMatchObject({
    reservedBytes: null,
    availableBytes: 40,
    formula: "withoutReserve",
  });
});

test("a sum says of how many it is", () => {
  expect(partSum([1, null, undefined, 0])).toEqual({ bytes: 1, known: 2, total: 4 });
});
