import { describe, expect, test } from "vitest";
import { LINK_PROFILES } from "@/contract/link-profiles";
import { addTotals, LINK_READINGS, type LinkHabit, type LinkSums, linkTotals, projectedBytesPerDay } from "./link-cost";

const sums = (change: Partial<LinkSums>): LinkSums => ({
  ...(Object.fromEntries(LINK_READINGS.map((name) => [name, 0])) as LinkSums),
  ...change,
});
const HABIT: LinkHabit = {
  profile: "full",
  intervalSeconds: 60,
  batchSeconds: 60,
  readings: { machine: 20, filesystem: 10, disk: 60, link: 10 },
};
/** A day in the full profile: 1,440 messages of 100 readings, 1 byte a reading and 170 bytes a message around it. */
const DAY = linkTotals(
  sums({
    spanSeconds: 86_400,
    samples: 144_000,
    liveBytes: 144_000,
    framingSentBytes: 144_000,
    framingReceivedBytes: 72_000,
    controlReceivedBytes: 28_800,
    reportBytes: 2000,
  }),
);

test("every byte is counted once: the purposes add up to the total", () => {
  const each = sums(Object.fromEntries(LINK_READINGS.map((name, index) => [name, 10 ** Math.min(index, 7)])));
  const totals = linkTotals(each);
  const { liveBytes, backlogBytes, reportBytes, controlBytes, framingBytes, totalBytes } = totals;
  expect(liveBytes + backlogBytes + reportBytes + controlBytes + framingBytes).toBe(totalBytes);
  const bytes = LINK_READINGS.filter((name) => name.endsWith("Bytes"));
  expect(bytes.reduce((sum, name) => sum + each[name], 0)).toBe(totalBytes);
});

test("links together add their bytes, not their time; of no link nothing is known", () => {
  expect(addTotals([DAY, DAY])).toMatchObject({ totalBytes: 2 * DAY.totalBytes, seconds: 86_400, samples: 288_000 });
  expect(addTotals([])).toBeNull();
});

describe("the cost of a day in a profile", () => {
  test("is in the link's own profile what was measured, by the day", () => {
    expect(projectedBytesPerDay(DAY, HABIT, "full")).toBe(DAY.totalBytes);
    const week = linkTotals(sums({ spanSeconds: 7 * 86_400, samples: 7, liveBytes: 7000 }));
    expect(projectedBytesPerDay(week, HABIT, "full")).toBe(1000);
  });

  test("falls with the readings and the messages that a leaner profile sends", () => {
    // 40 of 100 readings each minute, 288 messages; 20 readings and one message every 15 minutes.
    expect(projectedBytesPerDay(DAY, HABIT, "lean")).toBeCloseTo(40 * 1440 + 170 * 288 + 2000);
    expect(projectedBytesPerDay(DAY, HABIT, "heartbeat")).toBeCloseTo(20 * 96 + 170 * 96 + 2000);
    const costs = LINK_PROFILES.map((profile) => projectedBytesPerDay(DAY, HABIT, profile) ?? 0);
    expect(costs).toEqual([...costs].sort((a, b) => b - a));
  });

  test("from a lean link tells what full would cost", () => {
    const lean = linkTotals(
      sums({ spanSeconds: 86_400, samples: 57_600, liveBytes: 57_600, framingSentBytes: 170 * 288 }),
    );
    const full = projectedBytesPerDay(lean, { ...HABIT, profile: "lean" }, "full");
    expect(full).toBeCloseTo(144_000 + 170 * 1440);
  });

  test("is unknown while too little was measured", () => {
    expect(projectedBytesPerDay({ ...DAY, seconds: 300 }, HABIT, "full")).toBeNull();
    expect(projectedBytesPerDay({ ...DAY, samples: 0 }, HABIT, "lean")).toBeNull();
  });
});
