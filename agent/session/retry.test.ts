import { expect, test } from "vitest";
import { refusedSeconds, retrySeconds } from "./retry";

test.each([
  [1, 1],
  [2, 2],
  [5, 16],
  [9, 256],
  [10, 300],
  [400, 300],
])("after %i failures in a row the wait is anywhere below %i seconds", (failures, ceiling) => {
  expect(retrySeconds(failures, () => 0)).toBe(0);
  expect(retrySeconds(failures, () => 0.5)).toBe(ceiling / 2);
});

test("what the gateway asked for is waited at least, and agents that were told the same do not come together", () => {
  expect(refusedSeconds(60, 3, () => 0)).toBe(60);
  expect(refusedSeconds(60, 3, () => 0.5)).toBe(75);
  expect(refusedSeconds(2, 5, () => 0.5)).toBe(10);
  expect(refusedSeconds(0, 5, () => 0.5)).toBe(8);
});
