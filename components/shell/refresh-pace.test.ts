import { focusManager, QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HISTORY_PACE_MS, RefreshPace } from "./refresh-pace";

let client: QueryClient;
let pace: RefreshPace;
const leave: (() => void)[] = [];

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  client = new QueryClient();
  client.mount();
  pace = new RefreshPace(client);
});
afterEach(() => {
  pace.stop();
  for (const one of leave.splice(0)) one();
  client.clear();
  client.unmount();
  focusManager.setFocused(undefined);
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
    pace.note([["telemetry"]], HISTORY_PACE_MS);
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect([fine(), wide(), links()]).toEqual([9, 2, 9]);
});

test("the last readings are shown even when none follow", async () => {
  const asked = await show("hour", 15);
  await vi.advanceTimersByTimeAsync(1000);
  pace.note([["telemetry"]], HISTORY_PACE_MS);
  expect(asked()).toBe(1);
  await vi.advanceTimersByTimeAsync(14_000);
  expect(asked()).toBe(2);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked()).toBe(2);
});

test("what was not asked for in a long time is asked for at once", async () => {
  const asked = await show("hour", 15);
  await vi.advanceTimersByTimeAsync(3_600_000);
  pace.note([["telemetry"]], HISTORY_PACE_MS);
  await vi.advanceTimersByTimeAsync(0);
  expect(asked()).toBe(2);
});

/** A list on the screen that takes so long to read; how often it was begun, and to the end. */
async function showList(tookMs: number, answer: () => Promise<void> = async () => {}, updatedAt?: number) {
  const counts = { begun: 0, ended: 0, broken: 0 };
  const observer = new QueryObserver(client, {
    queryKey: [["fleet", "list"]],
    queryFn: async ({ signal }) => {
      counts.begun += 1;
      signal.addEventListener("abort", () => (counts.broken += 1));
      if (tookMs > 0) await new Promise((resolve) => setTimeout(resolve, tookMs));
      await answer();
      counts.ended += 1;
      return counts.ended;
    },
    staleTime: 30_000,
    retry: false,
    ...(updatedAt === undefined ? {} : { initialData: 0, initialDataUpdatedAt: updatedAt }),
  });
  leave.push(observer.subscribe(() => {}));
  await vi.advanceTimersByTimeAsync(tookMs);
  return counts;
}

async function newsEachSecond(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    pace.note([["fleet"]]);
    await vi.advanceTimersByTimeAsync(1000);
  }
}

test("a list that takes longer to read than news take to come is read to its end, and once more after the last", async () => {
  const counts = await showList(2500);
  await newsEachSecond(21);
  expect(counts).toEqual({ begun: 5, ended: 4, broken: 0 });
  await vi.advanceTimersByTimeAsync(600_000);
  expect(counts).toEqual({ begun: 6, ended: 6, broken: 0 });
});

test("news every second ask for a quick list at once, then every three seconds", async () => {
  const counts = await showList(0);
  await vi.advanceTimersByTimeAsync(10_000);
  pace.note([["fleet"]]);
  await vi.advanceTimersByTimeAsync(0);
  expect(counts.begun).toBe(2);
  await newsEachSecond(30);
  expect(counts.begun).toBe(12);
});

test("a list that fails is asked for at the same pace", async () => {
  const counts = await showList(0, () => Promise.reject(new Error("down")));
  await newsEachSecond(30);
  expect(counts.begun).toBe(11);
});

test("a server's clock that runs ahead does not hold news back", async () => {
  const counts = await showList(0, undefined, 3_600_000);
  pace.note([["fleet"]]);
  await vi.advanceTimersByTimeAsync(3000);
  expect(counts.begun).toBe(1);
});

test("a page that nobody sees asks for nothing, and once when it is seen again", async () => {
  const counts = await showList(500);
  await vi.advanceTimersByTimeAsync(1000);
  pace.note([["fleet"]]);
  focusManager.setFocused(false);
  await newsEachSecond(60);
  expect(counts.begun).toBe(1);
  focusManager.setFocused(true);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(counts.begun).toBe(2);
});

test("what left the screen before its turn is read when it comes back", async () => {
  const counts = await showList(0);
  pace.note([["fleet"]]);
  leave.pop()?.();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(counts.begun).toBe(1);
  await showList(0);
  expect(client.getQueryState([["fleet", "list"]])?.dataUpdateCount).toBe(2);
});

test("a wish for the present overtakes one for history", async () => {
  const asked = await show("quarantine");
  pace.note([["telemetry"]], HISTORY_PACE_MS);
  pace.note([["telemetry", "quarantine"]]);
  await vi.advanceTimersByTimeAsync(3000);
  expect(asked()).toBe(2);
});
