import { expect, test } from "vitest";
import { VirtualTime } from "./virtual-time";

test("a day passes in an instant, in order, and sleepers wake at their time", async () => {
  const time = new VirtualTime(0);
  const told: string[] = [];
  const sleeper = async (name: string, milliseconds: number) => {
    for (let round = 0; round < 2; round += 1) {
      await time.sleep(milliseconds);
      told.push(`${name} ${time.now}`);
    }
  };
  const all = Promise.all([sleeper("hour", 3_600_000), sleeper("half", 1_800_000)]);
  await time.runUntil(86_400_000);
  await all;
  expect(told).toEqual(["half 1800000", "hour 3600000", "half 3600000", "hour 7200000"]);
  expect(time.now).toBe(86_400_000);
});

test("what is cancelled or aborted does not happen", async () => {
  const time = new VirtualTime(0);
  const told: string[] = [];
  time.after(10, () => told.push("cancelled"))();
  const stop = new AbortController();
  const sleeping = time.sleep(1_000, stop.signal).catch(() => told.push(`aborted at ${time.now}`));
  time.after(500, () => stop.abort());
  await time.runUntil(2_000);
  await sleeping;
  expect(told).toEqual(["aborted at 500"]);
});

test("a run stops when it is said to be done", async () => {
  const time = new VirtualTime(0);
  let count = 0;
  const tick = () => {
    count += 1;
    time.after(100, tick);
  };
  tick();
  await time.runUntil(10_000, () => count === 5);
  expect([count, time.now]).toEqual([5, 400]);
});
