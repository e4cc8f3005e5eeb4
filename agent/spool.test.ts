import { EventEmitter, once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { type PushBatch, WIRE_VERSION } from "@/contract/telemetry";
import { writeDurably } from "./durable-file";
import { Spool, type SpoolOptions } from "./spool";
import { StateFile } from "./state-file";

let dataPath: string;
let dropped: [number, string][];

beforeEach(() => {
  dataPath = mkdtempSync(join(tmpdir(), "fernblick-spool-"));
  dropped = [];
});

const open = (more: Partial<SpoolOptions> = {}) =>
  Spool.open({ dataPath, bytesMax: 64 * 1024, onDropped: (...drop) => dropped.push(drop), ...more });

const batch = (sequence: number, more: Partial<PushBatch> = {}): PushBatch => ({
  wireVersion: WIRE_VERSION,
  epoch: 7,
  sequence,
  sentAt: "2026-11-23T00:00:00.000Z",
  intervalSeconds: 60,
  agent: { version: "0", startedAt: "2026-11-23T00:00:00.000Z", spoolBatches: 0, spoolBytes: 0, droppedBatches: 0 },
  observations: [{ observedAt: "2026-11-23T00:00:00.000Z", entities: [] }],
  ...more,
});
/** Grows past what gzip can fold. */
const noise = (length: number) => Array.from({ length }, () => Math.random().toString(36)).join("");
const heavy = (sequence: number, kilobytes: number) =>
  batch(sequence, {
    agent: { ...batch(1).agent, spoolError: undefined },
    facts: { noise: { value: Array.from({ length: kilobytes * 8 }, () => noise(15).slice(0, 160)).slice(0, 256) } },
  });

const files = () =>
  readdirSync(join(dataPath, "spool"))
    .filter((name) => name.endsWith(".json.gz"))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
const drain = async (spool: Spool): Promise<string[]> => {
  const order: string[] = [];
  for (let name = spool.newest(); name; name = spool.newest()) {
    if (await spool.read(name)) order.push(`${name.epoch}.${name.sequence}`);
    await spool.remove(name);
  }
  return order;
};
const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });

describe("the spool", () => {
  test("a batch is on disk, whole, when it counts as kept", async () => {
    const spool = await open();
    await spool.add(batch(1));
    expect(files()).toEqual(["7-1.json.gz"]);
    expect(spool.bytes).toBe(readFileSync(join(dataPath, "spool/7-1.json.gz")).length);
    expect(readdirSync(join(dataPath, "spool")).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("gives the newest first, then older and older, over epochs", async () => {
    const spool = await open();
    for (const sequence of [1, 2, 10]) await spool.add(batch(sequence));
    await spool.add(batch(1, { epoch: 8 }));
    expect(await drain(spool)).toEqual(["8.1", "7.10", "7.2", "7.1"]);
    expect(files()).toEqual([]);
  });

  test("gives the bytes back exactly as they were written, also to the next process", async () => {
    await (await open()).add(batch(3));
    const written = readFileSync(join(dataPath, "spool/7-3.json.gz"));
    const next = await open();
    expect(next.epochMax).toBe(7);
    expect((await next.read({ epoch: 7, sequence: 3 }))?.body).toEqual(written);
  });

  test("a batch leaves only by its own name", async () => {
    const spool = await open();
    await spool.add(batch(1));
    await spool.remove({ epoch: 7, sequence: 2 });
    await spool.remove({ epoch: 6, sequence: 1 });
    expect(files()).toEqual(["7-1.json.gz"]);
  });

  test("a half-written file of a killed process is removed and never sent", async () => {
    mkdirSync(join(dataPath, "spool"));
    writeFileSync(join(dataPath, "spool/.tmp-99-7-1.json.gz"), gzipSync("{").subarray(0, 5));
    const spool = await open();
    expect(spool.batches).toBe(0);
    expect(readdirSync(join(dataPath, "spool"))).toEqual([]);
  });

  test.each([1, 20, 150])(
    "a file torn after %i bytes is set aside and counted, and does not stop the rest",
    async (size) => {
      const spool = await open();
      for (const sequence of [1, 2, 3]) await spool.add(batch(sequence));
      truncateSync(join(dataPath, "spool/7-2.json.gz"), size);
      expect(await drain(await open())).toEqual(["7.3", "7.1"]);
      expect(readdirSync(join(dataPath, "spool/corrupt"))).toEqual(["7-2.json.gz"]);
      expect(dropped).toEqual([[1, expect.stringContaining("batch 7.2: unreadable")]]);
    },
  );

  test("a file whose content has another name is not sent under this one", async () => {
    const spool = await open();
    await spool.add(batch(1));
    writeFileSync(join(dataPath, "spool/7-2.json.gz"), readFileSync(join(dataPath, "spool/7-1.json.gz")));
    expect(await drain(await open())).toEqual(["7.1"]);
  });

  test("a file that cannot even be looked at does not keep the others from being taken over", async () => {
    const spool = await open();
    for (const sequence of [1, 3]) await spool.add(batch(sequence));
    symlinkSync("/nowhere/at/all", join(dataPath, "spool/7-2.json.gz"));
    mkdirSync(join(dataPath, "spool/7-4.json.gz"));
    expect(await drain(await open())).toEqual(["7.3", "7.1"]);
    expect(dropped.map(([, reason]) => reason)).toEqual([
      expect.stringContaining("batch 7.4: unreadable"),
      expect.stringContaining("batch 7.2: unreadable"),
    ]);
    expect(files()).toEqual([]);
  });

  test("keeps the last twenty that were set aside", async () => {
    const spool = await open();
    for (let sequence = 1; sequence <= 25; sequence += 1) {
      await spool.add(batch(sequence));
      await spool.setAside({ epoch: 7, sequence }, "quarantine", "made up");
    }
    const names = readdirSync(join(dataPath, "spool/quarantine"));
    expect(names).toHaveLength(20);
    expect(names).not.toContain("7-5.json.gz");
    expect(names).toContain("7-25.json.gz");
    expect(dropped).toHaveLength(25);
  });
});

describe("the size limit", () => {
  test("gives up the oldest first and counts them; the newest always stays", async () => {
    const spool = await open({ bytesMax: 30_000 });
    for (let sequence = 1; sequence <= 12; sequence += 1) await spool.add(heavy(sequence, 4));
    expect(spool.bytes).toBeLessThanOrEqual(30_000);
    expect(spool.batches).toBeGreaterThan(1);
    const kept = files().length;
    expect(dropped.reduce((total, [count]) => total + count, 0)).toBe(12 - kept);
    expect(files().at(-1)).toBe("7-12.json.gz");
    expect(files()[0]).toBe(`7-${12 - kept + 1}.json.gz`);
  });

  test("one batch larger than the limit is kept rather than nothing", async () => {
    const spool = await open({ bytesMax: 100 });
    await spool.add(heavy(1, 4));
    expect(spool.batches).toBe(1);
  });

  test("a smaller limit after a restart holds at once", async () => {
    const spool = await open();
    for (let sequence = 1; sequence <= 6; sequence += 1) await spool.add(heavy(sequence, 4));
    const smaller = await open({ bytesMax: 10_000 });
    expect(smaller.bytes).toBeLessThanOrEqual(10_000);
    expect(files()).toHaveLength(smaller.batches);
  });
});

describe("a full or read-only disk", () => {
  test("batches wait in memory, the reason is told, and the disk takes them when it works again", async () => {
    let isFull = true;
    const spool = await open({
      write: (path, content) => (isFull ? Promise.reject(full) : writeDurably(path, content)),
    });
    await spool.add(batch(1));
    await spool.add(batch(2));
    expect(spool.error).toBe("ENOSPC: no space left on device");
    expect(files()).toEqual([]);
    expect((await spool.read({ epoch: 7, sequence: 1 }))?.batch.sequence).toBe(1);
    isFull = false;
    await spool.add(batch(3));
    expect(spool.error).toBeNull();
    expect(files()).toEqual(["7-1.json.gz", "7-2.json.gz", "7-3.json.gz"]);
    expect(dropped).toEqual([]);
  });

  test("an acknowledged batch of the memory does not come back with the disk", async () => {
    let isFull = true;
    const spool = await open({
      write: (path, content) => (isFull ? Promise.reject(full) : writeDurably(path, content)),
    });
    await spool.add(batch(1));
    await spool.remove({ epoch: 7, sequence: 1 });
    isFull = false;
    await spool.add(batch(2));
    expect(files()).toEqual(["7-2.json.gz"]);
  });

  test("a batch that is acknowledged while the disk still writes it leaves no file behind", async () => {
    const disk = new EventEmitter();
    const spool = await open({
      write: async (path, content) => {
        setImmediate(() => disk.emit("busy"));
        await once(disk, "ready");
        await writeDurably(path, content);
      },
    });
    const busy = once(disk, "busy");
    const added = spool.add(batch(1));
    await busy;
    expect(spool.newest()).toEqual({ epoch: 7, sequence: 1 });
    await spool.remove({ epoch: 7, sequence: 1 });
    disk.emit("ready");
    await added;
    expect(files()).toEqual([]);
    expect(spool.error).toBeNull();
  });

  test("the memory is bounded: the oldest are given up and counted", async () => {
    const spool = await open({ bytesMax: 1e9, write: () => Promise.reject(full) });
    for (let sequence = 1; sequence <= 250; sequence += 1) await spool.add(heavy(sequence, 32));
    expect(spool.bytes).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(dropped.length).toBeGreaterThan(0);
    expect(spool.newest()).toEqual({ epoch: 7, sequence: 250 });
  });

  test("a folder that cannot be made is told and worked around", async () => {
    writeFileSync(join(dataPath, "spool"), "a file in the way");
    const spool = await open();
    await spool.add(batch(1));
    expect(spool.error).toMatch(/EEXIST|ENOTDIR/);
    expect((await spool.read({ epoch: 7, sequence: 1 }))?.batch.sequence).toBe(1);
  });

  test("a reason as long as a deep path fits into the report of the next batch", async () => {
    dataPath = join(dataPath, "a".repeat(200), "b".repeat(200));
    mkdirSync(dataPath, { recursive: true });
    writeFileSync(join(dataPath, "spool"), "a file in the way");
    const spool = await open();
    expect(spool.error).toHaveLength(300);
    await spool.add(batch(1, { agent: { ...batch(1).agent, spoolError: spool.error ?? "" } }));
    expect(await spool.read({ epoch: 7, sequence: 1 })).not.toBeNull();
    expect(dropped).toEqual([]);
  });
});

describe("epochs", () => {
  test("only grow: over restarts, a clock that was set back, and a lost state file", async () => {
    const first = await (await StateFile.open(dataPath)).beginEpoch(0, 1_000);
    const second = await (await StateFile.open(dataPath)).beginEpoch(0, 500);
    expect(first).toBe(1_000);
    expect(second).toBe(1_001);
    writeFileSync(join(dataPath, "state.json"), "{torn");
    expect(await (await StateFile.open(dataPath)).beginEpoch(second, 500)).toBe(1_002);
  });

  test("differ also while the disk takes no state and the clock stands before the last one", async () => {
    await (await StateFile.open(dataPath)).beginEpoch(0, 9_000);
    const write = () => Promise.reject(full);
    const epochs = new Set<number>();
    for (let start = 0; start < 5; start += 1) {
      epochs.add(await (await StateFile.open(dataPath, write)).beginEpoch(0, 500));
    }
    expect(epochs.size).toBe(5);
    expect(Math.min(...epochs)).toBeGreaterThan(9_000);
    expect(Math.max(...epochs)).toBeLessThan(9_000 + 2 * 3_600_000);
  });

  test("the count of what was given up survives a restart", async () => {
    await (await StateFile.open(dataPath)).countDropped(3);
    const next = await StateFile.open(dataPath);
    await next.countDropped(2);
    expect((await StateFile.open(dataPath)).droppedBatches).toBe(5);
  });
});
