import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Revival } from "./revival";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const never = new AbortController().signal;

/** Which of these pauses are over after the given milliseconds. */
async function over(pauses: Promise<void>[], milliseconds: number): Promise<boolean[]> {
  const done = pauses.map(() => false);
  pauses.forEach((pause, index) => {
    void pause.then(() => {
      done[index] = true;
    });
  });
  await vi.advanceTimersByTimeAsync(milliseconds);
  return done;
}

describe("pauses while a server is away", () => {
  test("end soon after it is heard again, and not all at once", async () => {
    const spreads = [0, 0.9];
    const revival = new Revival(() => spreads.shift() ?? 0);
    revival.missed();
    const pauses = [revival.pause(60_000, never), revival.pause(60_000, never)];
    expect(await over(pauses, 10_000)).toEqual([false, false]);
    revival.heard();
    expect(await over(pauses, 1000)).toEqual([true, false]);
    expect(await over(pauses, 1000)).toEqual([true, true]);
  });

  test("last as long as they should when it was never away: one failing resource is not asked for all the time", async () => {
    const revival = new Revival(() => 0);
    const pauses = [revival.pause(60_000, never)];
    revival.heard();
    expect(await over(pauses, 59_000)).toEqual([false]);
    expect(await over(pauses, 1000)).toEqual([true]);
  });

  test("are not made longer, and end with the signal", async () => {
    const revival = new Revival(() => 1);
    const ending = new AbortController();
    revival.missed();
    const pauses = [revival.pause(500, never), revival.pause(60_000, ending.signal)];
    revival.heard();
    expect(await over(pauses, 500)).toEqual([true, false]);
    ending.abort();
    expect(await over(pauses, 0)).toEqual([true, true]);
  });
});
