import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChangeBatch } from "./change-batch";

describe("a batch of changes", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("tells thousands of changes as one, and nothing where nothing changed", () => {
    const batch = new ChangeBatch<string>(500);
    const told: string[][] = [];
    batch.listen((changed) => told.push([...changed]));
    for (let count = 0; count < 2000; count++) batch.add(count % 2 ? "pods" : "nodes");
    vi.advanceTimersByTime(499);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(10_000);
    expect(told).toEqual([["nodes", "pods"]]);
    batch.add("nodes");
    vi.advanceTimersByTime(500);
    expect(told).toEqual([["nodes", "pods"], ["nodes"]]);
  });

  it("is silent for who listens no longer, and after its end", () => {
    const batch = new ChangeBatch<string>(500);
    const told: string[] = [];
    const stop = batch.listen(() => told.push("first"));
    batch.listen(() => told.push("second"));
    stop();
    batch.add("pods");
    vi.advanceTimersByTime(500);
    batch.add("pods");
    batch.close();
    vi.advanceTimersByTime(5000);
    expect(told).toEqual(["second"]);
  });
});
