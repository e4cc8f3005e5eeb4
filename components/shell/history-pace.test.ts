import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HistoryPace } from "./history-pace";

let client: QueryClient;
let pace: HistoryPace;
const leave: (() => void)[] = [];

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  client = new QueryClient();
  pace = new HistoryPace(client, [["telemetry"]]);
});
afterEach(() => {
  pace.stop();
  for (const one of leave.splice(0)) one();
  client.clear();
  vi.useRealTimers();
});

/** A chart on the screen with steps of so many seconds; how often it has been asked for. */
async function show(name: string, stepSeconds?: number): Promise<() => number> {
  const ask = vi.fn(async () => ({ stepSeconds }));
  const observer = new QueryObserver(client, { queryKey: [["telemetry", name]], queryFn: ask, staleTime: 30_000 });
  leave.push(observer.subscribe(() => {}));
  await vi.advanceTimersByTimeAsync(0);
  return () => ask.mock.calls.length;
}

test("readings every second ask for a chart once in its own step, and never more often than each 15 seconds", async () => {
  const [fine, wide, links] = [await show("hour", 5), await show("day", 120), await show("links")];
  for (let second = 1; second <= 120; second += 1) {
    pace.note();
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect([fine(), wide(), links()]).toEqual([9, 2, 9]);
});

test("the last readings are shown even when none follow", async () => {
  const asked = await show("hour", 15);
  await vi.advanceTimersByTimeAsync(1000);
  pace.note();
  expect(asked()).toBe(1);
  await vi.advanceTimersByTimeAsync(14_000);
  expect(asked()).toBe(2);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked()).toBe(2);
});

test("what was not asked for in a long time is asked for at once", async () => {
  const asked = await show("hour", 15);
  await vi.advanceTimersByTimeAsync(3_600_000);
  pace.note();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked()).toBe(2);
});
