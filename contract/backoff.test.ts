import { afterEach, expect, test, vi } from "vitest";
import { Backoff } from "./backoff";

afterEach(() => vi.restoreAllMocks());

test("the ceiling doubles with each failure up to the longest wait, and a connection that stands begins anew", () => {
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  const backoff = new Backoff(1000, 6000);
  expect([1, 2, 3, 4, 5].map(() => backoff.nextMs())).toEqual([500, 1000, 2000, 3000, 3000]);
  backoff.reset();
  expect(backoff.nextMs()).toBe(500);
});

test("the wait is anywhere below the ceiling", () => {
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  expect(new Backoff(1000, 6000).nextMs()).toBe(0);
  random.mockReturnValue(0.9);
  expect(new Backoff(1000, 6000).nextMs()).toBe(900);
});
