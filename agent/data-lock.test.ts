import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { DataLockError, lockData } from "./data-lock";

let dataPath: string;
beforeEach(() => {
  dataPath = mkdtempSync(join(tmpdir(), "fernblick-lock-"));
});
const leave = (content: string) => writeFileSync(join(dataPath, "agent.lock"), content);
const owner = () => JSON.parse(readFileSync(join(dataPath, "agent.lock"), "utf8")) as { pid: number };

describe("the lock on the data folder", () => {
  test("names its owner and leaves nothing behind", async () => {
    const unlock = await lockData(dataPath);
    expect(owner().pid).toBe(process.pid);
    expect(readdirSync(dataPath)).toEqual(["agent.lock"]);
    await unlock();
    expect(readdirSync(dataPath)).toEqual([]);
  });

  test("of a living process is respected", async () => {
    leave(JSON.stringify({ pid: process.ppid, startTicks: null }));
    await expect(lockData(dataPath)).rejects.toThrow(DataLockError);
    expect(owner().pid).toBe(process.ppid);
  });

  test.each([
    ["of a process that is gone", JSON.stringify({ pid: 2 ** 22 + 1, startTicks: null })],
    ["of an earlier process with the same id", JSON.stringify({ pid: process.ppid, startTicks: "1" })],
    ["of this very id, as every start in a container has it", JSON.stringify({ pid: process.pid, startTicks: null })],
    ["that is torn", "{"],
  ])("%s is taken over", async (_, content) => {
    leave(content);
    await lockData(dataPath);
    expect(owner().pid).toBe(process.pid);
  });
});
