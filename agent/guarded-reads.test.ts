import { execFileSync } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { GuardedReads, HungThreads } from "./guarded-reads";
import { makeHost } from "./testing/made-up-host";

const ANSWER_MS = 20;
const never = () => new Promise<string>(() => {});
const at = (text: string) => async () => text;

function guarded(): { reads: GuardedReads; threads: HungThreads } {
  const threads = new HungThreads();
  return { threads, reads: new GuardedReads(threads, ANSWER_MS) };
}

describe("a kernel file that does not answer", () => {
  test("costs its reading after the guard time, and neither other devices nor the agent wait for it", async () => {
    const { reads, threads } = guarded();
    const hung = reads.ask("/sys/class/hwmon/hwmon3/temp1_input", never);
    expect(await reads.ask("/sys/class/hwmon/hwmon1/temp1_input", at("42000"))).toBe("42000");
    await expect(hung).rejects.toThrow("did not answer within 0.02 s");
    expect(threads.count).toBe(1);
  });

  test("holds one thread for its whole device: no other file of it is asked while the question is open", async () => {
    const { reads, threads } = guarded();
    let asked = 0;
    const ask = (file: string) =>
      reads.ask(`/sys/class/hwmon/hwmon3/${file}`, () => {
        asked += 1;
        return never();
      });
    const results = await Promise.allSettled([ask("temp1_input"), ask("temp2_input"), ask("temp3_input")]);
    expect(results.map((result) => result.status)).toEqual(["rejected", "rejected", "rejected"]);
    await expect(ask("temp1_input")).rejects.toThrow("still does not answer");
    expect([asked, threads.count]).toEqual([1, 1]);
  });

  test("is asked again once the kernel has answered after all", async () => {
    const { reads, threads } = guarded();
    const kernel: { answer: (text: string) => void } = { answer: () => undefined };
    const late = reads.ask(
      "/sys/a/b",
      () => new Promise<string>((resolve) => Object.assign(kernel, { answer: resolve })),
    );
    await expect(late).rejects.toThrow();
    kernel.answer("late");
    await vi.waitFor(() => expect(threads.count).toBe(0));
    expect(await reads.ask("/sys/a/b", at("7"))).toBe("7");
  });

  test("with two of them only what has answered before is asked, so that a thread is left for the disk", async () => {
    const { reads } = guarded();
    await reads.ask("/sys/class/net/eth0/statistics/rx_bytes", at("1"));
    await Promise.allSettled([reads.ask("/sys/x/1", never), reads.ask("/sys/y/1", never)]);
    expect(await reads.ask("/sys/class/net/eth0/statistics/rx_bytes", at("2"))).toBe("2");
    await expect(reads.ask("/sys/z/1", at("3"))).rejects.toThrow("not asked: 2 others do not answer");
    await expect(reads.ask("/sys/class/net/eth0/statistics/tx_bytes", never)).rejects.toThrow("did not answer");
    await expect(reads.ask("/proc/stat", at("cpu"))).rejects.toThrow("not asked: 3 others");
  });

  test("twenty dead devices at once hold no more than two threads", async () => {
    const { reads, threads } = guarded();
    let asked = 0;
    const dead = Array.from({ length: 20 }, (_, device) =>
      reads.ask(`/sys/class/hwmon/hwmon${device}/temp1_input`, () => {
        asked += 1;
        return never();
      }),
    );
    await Promise.allSettled(dead);
    expect([asked, threads.count]).toEqual([2, 2]);
  });

  test("an error of the file system comes through as it is", async () => {
    const { reads, threads } = guarded();
    await expect(reads.ask("/nowhere/x", () => readFile("/nowhere/x", "utf8"))).rejects.toMatchObject({
      code: "ENOENT",
    });
    expect(threads.count).toBe(0);
  });
});

test("a real file whose reading blocks in the kernel is given up, and read once it answers", async () => {
  const { reads, threads } = guarded();
  const host = makeHost({ "sys/class/hwmon/hwmon0/name": "coretemp\n" });
  const path = join(host.roots.sys, "class/hwmon/hwmon0/temp1_input");
  // Opening a pipe that nobody writes into blocks, as a dead device does.
  execFileSync("sh", ["-c", 'mkfifo "$1"', "sh", path]);
  await expect(reads.ask(path, () => readFile(path, "utf8"))).rejects.toThrow("did not answer");
  expect(threads.count).toBe(1);
  const writer = openSync(path, "w");
  writeSync(writer, "41000\n");
  closeSync(writer);
  await vi.waitFor(() => expect(threads.count).toBe(0));
});
