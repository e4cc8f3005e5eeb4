import { describe, expect, test } from "vitest";
import { type AgentProcess, judgeProcess } from "./process-verdict";

const START = Date.parse("2026-11-22T12:00:00Z");
const at = (seconds: number) => new Date(START + seconds * 1000);
const process = (
  epoch: number,
  bootId: string | null,
  [first, heard]: [first: number, heard: number],
  isRejected = false,
): AgentProcess => ({ epoch, bootId, firstSeenAt: at(first), heardAt: at(heard), isRejected });
const ALIVE_SECONDS = 180;
const judge = (epoch: number, processes: AgentProcess[], now: number) =>
  judgeProcess(epoch, processes, ALIVE_SECONDS, at(now));

describe("the processes of one key", () => {
  test("that follow each other are one agent that began anew, also when the machine was booted", () => {
    const restarted = [process(1, "a", [0, 600]), process(2, "a", [602, 900]), process(3, "b", [960, 1200])];
    for (const epoch of [1, 2, 3])
      expect(judge(epoch, restarted, 1200)).toEqual({ verdict: "speaks", isShared: false });
  });

  test("a last word of the old that arrives late makes no clone", () => {
    const late = [process(1, "a", [0, 609]), process(2, "a", [602, 700])];
    expect(judge(2, late, 700)).toEqual({ verdict: "speaks", isShared: false });
  });

  test("that are heard side by side are two machines: the first goes on, the second waits", () => {
    const clones = [process(1, "a", [0, 700]), process(2, "b", [600, 690])];
    expect(judge(1, clones, 700)).toEqual({ verdict: "speaks", isShared: true });
    expect(judge(2, clones, 700)).toEqual({ verdict: "waits", isShared: true });
  });

  test("two on one boot, as containers of one image are, are told apart as well", () => {
    const containers = [process(1, "a", [0, 700]), process(2, "a", [600, 690])];
    expect(judge(1, containers, 700).verdict).toBe("speaks");
    expect(judge(2, containers, 700).verdict).toBe("waits");
  });

  test("where the machine tells no boot id, the first one heard goes on", () => {
    const nameless = [process(9, null, [0, 700]), process(5, null, [600, 690])];
    expect(judge(9, nameless, 700).verdict).toBe("speaks");
    expect(judge(5, nameless, 700).verdict).toBe("waits");
  });

  test("a restart of the first one's program costs it nothing: its boot was there first", () => {
    const clones = [process(1, "a", [0, 700]), process(2, "b", [600, 790]), process(3, "a", [710, 800])];
    expect(judge(3, clones, 800)).toEqual({ verdict: "speaks", isShared: true });
    expect(judge(2, clones, 800).verdict).toBe("waits");
  });

  test("the second may speak once the first is silent, and the matter stays told", () => {
    const clones = [process(1, "a", [0, 700]), process(2, "b", [600, 890])];
    expect(judge(2, clones, 700 + ALIVE_SECONDS + 1)).toEqual({ verdict: "speaks", isShared: true });
  });

  test("the one that a person decided against is refused, after a restart of its program too", () => {
    const decided = [process(1, "a", [0, 900]), process(2, "b", [600, 890], true), process(3, "b", [910, 910])];
    expect(judge(2, decided, 920)).toEqual({ verdict: "refused", isShared: false });
    expect(judge(3, decided, 920)).toEqual({ verdict: "refused", isShared: false });
    expect(judge(1, decided, 920)).toEqual({ verdict: "speaks", isShared: false });
  });

  test("a process that was never heard before speaks", () => {
    expect(judge(7, [], 0)).toEqual({ verdict: "speaks", isShared: false });
  });
});
