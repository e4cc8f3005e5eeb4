import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { forgetSharedAnswers, SharedAnswers, sharedAnswers } from "./shared-answers";

let nowMs = 0;
let counts = 0;
let answers: SharedAnswers<number>;
/** Over how many things the answers are. */
let size = 2000;
/** Counts that take so long; they end when somebody says so. */
let running: { end: () => void; fail: (error: Error) => void }[] = [];

beforeEach(() => {
  nowMs = 1_000_000;
  counts = 0;
  running = [];
  size = 2000;
  answers = new SharedAnswers(
    () => size,
    () => nowMs,
  );
});

afterEach(() => {
  vi.useRealTimers();
});

const count = () => {
  counts += 1;
  const own = counts;
  return new Promise<number>((resolve, reject) => running.push({ end: () => resolve(own), fail: reject }));
};
const ask = (key = "org everything") => answers.get(key, count);
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
/** Lets the oldest count that runs end after so long. */
async function end(milliseconds: number): Promise<void> {
  nowMs += milliseconds;
  running.shift()?.end();
  await settled();
}
async function counted(milliseconds: number, key?: string) {
  const asked = ask(key);
  await end(milliseconds);
  return asked;
}

describe("what is dear", () => {
  test("is counted once for all who wait, and they are told whether it began before they asked", async () => {
    const first = ask();
    nowMs += 100;
    const second = ask();
    await end(300);
    expect(await first).toEqual({ answer: 1, countedAt: new Date(1_000_000), isEarlier: false });
    expect(await second).toEqual({ answer: 1, countedAt: new Date(1_000_000), isEarlier: true });
    expect(counts).toBe(1);
  });

  test("serves for ten times what it took, and is counted anew in the second half while nobody waits", async () => {
    await counted(400);
    nowMs += 1500;
    expect(await ask()).toMatchObject({ answer: 1, isEarlier: true });
    expect(counts).toBe(1);
    nowMs += 200;
    expect(await ask()).toMatchObject({ answer: 1, countedAt: new Date(1_000_000) });
    expect(counts).toBe(2);
    await end(400);
    expect(await ask()).toMatchObject({ answer: 2 });
    expect(counts).toBe(2);
  });

  test("serves no longer than ten seconds, however long it took", async () => {
    await counted(5000);
    nowMs += 4999;
    expect(await ask()).toMatchObject({ answer: 1 });
    await end(5000);
    nowMs += 10_000;
    const asked = ask();
    expect(counts).toBe(3);
    await end(1);
    expect(await asked).toMatchObject({ answer: 3, isEarlier: false });
  });

  test("that cannot be counted fails who waits, and the next question tries anew", async () => {
    const asked = ask();
    running.shift()?.fail(new Error("the database is away"));
    await expect(asked).rejects.toThrow("the database is away");
    expect(await counted(100)).toMatchObject({ answer: 2 });
  });

  test("whose next count fails while it serves stays what it is until it is too old", async () => {
    await counted(400);
    nowMs += 3000;
    await ask();
    running.shift()?.fail(new Error("the database is away"));
    await settled();
    expect(await ask()).toMatchObject({ answer: 1 });
    nowMs += 5000;
    const asked = ask();
    for (const one of running) one.fail(new Error("still away"));
    await expect(asked).rejects.toThrow("still away");
  });
});

test("what is over few things is counted for everybody who asks, however long it takes", async () => {
  size = 1999;
  await counted(5000);
  expect(await counted(5000)).toMatchObject({ answer: 2, isEarlier: false });
  const [first, second] = [ask(), ask()];
  await end(10);
  await end(10);
  expect([(await first).answer, (await second).answer]).toEqual([3, 4]);
});

test("after a change of its organisation nothing from before is served, also not what was being counted", async () => {
  await counted(400);
  await counted(400, "other everything");
  nowMs += 2500;
  const before = await ask();
  expect(before.answer).toBe(1);
  answers.forget("org");
  const asked = ask();
  expect(counts).toBe(4);
  await end(400);
  await end(400);
  expect(await asked).toMatchObject({ answer: 4, isEarlier: false });
  expect(await ask("other everything")).toMatchObject({ answer: 2 });
});

test("of very many answers those that nobody asked for longest are forgotten", async () => {
  await counted(400, "org 0");
  for (let at = 1; at <= 200; at += 1) await counted(0, `org ${at}`);
  void ask("org 0");
  expect(counts).toBe(202);
});

test("a change is told to all answers of the process", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const dear = async () => {
    vi.advanceTimersByTime(100);
    counts += 1;
    return counts;
  };
  const many = () => 2000;
  const named = sharedAnswers<number>("of this test", many);
  expect(sharedAnswers("of this test", many)).toBe(named);
  await named.get("org everything", dear);
  expect(await named.get("org everything", dear)).toMatchObject({ answer: 1 });
  forgetSharedAnswers("org");
  expect(await named.get("org everything", dear)).toMatchObject({ answer: 2 });
});
