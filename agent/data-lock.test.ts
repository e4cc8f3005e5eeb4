import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { DataLockError, lockData } from "./data-lock";

let dataPath: string;
beforeEach(() => {
  dataPath = mkdtempSync(join(tmpdir(), "fernblick-lock-"));
});
afterEach(() => rmSync(dataPath, { recursive: true }));
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

  test("left by a killed process goes to exactly one of several that start at once", { timeout: 40_000 }, async () => {
    const starters = await Promise.all(Array.from({ length: 4 }, startProcess));
    for (let round = 0; round < 20; round += 1) {
      const folder = mkdtempSync(join(dataPath, "round-"));
      writeFileSync(join(folder, "agent.lock"), JSON.stringify({ pid: 2 ** 22 + 1, startTicks: null }));
      const answers = await Promise.all(starters.map((take) => take(folder)));
      expect(answers.sort()).toEqual(["DataLockError", "DataLockError", "DataLockError", "taken"]);
      expect(readdirSync(folder)).toEqual(["agent.lock"]);
    }
  });
});

/** Takes the locks of the folders that it is told, one a line, and holds them. */
const STARTER = `
  import { createInterface } from "node:readline";
  import { lockData } from "./agent/data-lock.ts";
  createInterface({ input: process.stdin }).on("line", (folder) => {
    lockData(folder).then(() => console.log("taken"), (error) => console.log(error.name));
  });
  console.log("ready");
`;

async function startProcess(): Promise<(folder: string) => Promise<string>> {
  const options = ["--import", "tsx", "--input-type=module", "--eval", STARTER];
  const child: ChildProcess = spawn(process.execPath, options, {
    cwd: join(import.meta.dirname, ".."),
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  if (!child.stdout) throw new Error("spawned without a pipe");
  const lines = createInterface({ input: child.stdout });
  const nextLine = async () => String((await once(lines, "line"))[0]);
  await nextLine();
  return (folder) => {
    child.stdin?.write(`${folder}\n`);
    return nextLine();
  };
}
