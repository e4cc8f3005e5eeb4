import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FolderLockedError, lockFolder } from "./folder-lock";

let folder = "";
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fernblick-lock-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** A process of its own that tries to take the lock, says "held" or "refused", and then stays. */
async function lockInChild(): Promise<{ child: ChildProcess; word: string }> {
  const code = `import { lockFolder } from ${JSON.stringify(join(import.meta.dirname, "folder-lock.ts"))};
    try { lockFolder(${JSON.stringify(folder)}); process.stdout.write("held"); } catch { process.stdout.write("refused"); }
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const word = await new Promise<string>((done) => child.stdout.once("data", (bytes) => done(String(bytes))));
  return { child, word };
}

async function killAndWait(child: ChildProcess): Promise<void> {
  const gone = new Promise((done) => child.once("exit", done));
  child.kill("SIGKILL");
  await gone;
}

test("a folder held by another living process is refused, and that process is named", async () => {
  const { child, word } = await lockInChild();
  expect(word).toBe("held");
  expect(() => lockFolder(folder)).toThrow(FolderLockedError);
  expect(() => lockFolder(folder)).toThrow(`${folder} is in use by process ${child.pid}`);
});

test("the lock of a killed process is taken over", async () => {
  const { child } = await lockInChild();
  await killAndWait(child);
  const lock = lockFolder(folder);
  expect(JSON.parse(readFileSync(join(folder, "lock"), "utf8"))).toMatchObject({ pid: process.pid });
  lock.release();
});

test("of several processes that take over one stale lock at the same time, exactly one gets it", async () => {
  const { child } = await lockInChild();
  await killAndWait(child);
  const words = (await Promise.all([lockInChild(), lockInChild(), lockInChild(), lockInChild()])).map(
    ({ word }) => word,
  );
  expect(words.sort()).toEqual(["held", "refused", "refused", "refused"]);
}, 30_000);

test("a pid that now belongs to another process does not keep the folder locked", () => {
  writeFileSync(
    join(folder, "lock"),
    JSON.stringify({ pid: process.pid, processStart: "another boot/1", since: "then" }),
  );
  expect(() => lockFolder(folder).release()).not.toThrow();
});

test("a lock file cut short by a power failure does not keep the folder locked", () => {
  writeFileSync(join(folder, "lock"), '{"pid":');
  expect(() => lockFolder(folder).release()).not.toThrow();
});

test("after the release nothing is left in the folder", () => {
  lockFolder(folder).release();
  expect(readdirSync(folder)).toEqual([]);
});
