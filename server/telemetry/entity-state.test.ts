import { expect, test } from "vitest";
import { absenceOf, createBlock, PRESENT } from "@/contract/codec/block";
import { createLayout } from "@/contract/codec/layout";
import { packState, unpackAbsence, unpackReadings } from "./entity-state";

const layout = createLayout([
  { kind: "fusionReactor", key: "core" },
  { kind: "sensor", key: "a" },
]);
const block = createBlock(layout, [1_790_000_000]);
block.absence.fill(absenceOf("not_offered")).set([PRESENT]);
block.values[0] = 412;

test("a state gives back the readings in their units, and why the others are missing", () => {
  const packed = packState(block, 1, 0);
  if (!packed) throw new Error("nothing was recorded");
  expect(unpackReadings("sensor", packed.state)).toEqual({ temperatureCelsius: 41.2 });
  expect(unpackAbsence("sensor", packed.absence)).toMatchObject({ criticalCelsius: "not_offered" });
});

test("a reading that is new since a state was stored is missing because of the older version, and never nought", () => {
  const packed = packState(block, 1, 0);
  if (!packed) throw new Error("nothing was recorded");
  const [state, absence] = [packed.state.subarray(0, 8), packed.absence.subarray(0, 1)];
  expect(unpackReadings("sensor", state)).toEqual({ temperatureCelsius: 41.2 });
  expect(unpackAbsence("sensor", absence)).toMatchObject({ criticalCelsius: "older_version" });
});

test("an entity of a kind that is not known here has no state", () => {
  expect(packState(block, 0, 0)).toBeNull();
});
