import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PushBatch } from "@/contract/telemetry";
import { Collection } from "./collection";
import { Spool } from "./spool";
import { type MadeUpHost, makeHost } from "./testing/made-up-host";

const EPOCH = 5;
const PATIENCE = { timeout: 5_000, interval: 5 };

let host: MadeUpHost;
let dataPath: string;
let stop: AbortController;
let work: Promise<void>;
let logged: string[];

beforeEach(() => {
  logged = [];
  dataPath = mkdtempSync(join(tmpdir(), "fernblick-collection-"));
  stop = new AbortController();
  work = Promise.resolve();
  host = makeHost({
    "proc/uptime": "1000.0 1.0",
    "proc/sys/kernel/random/boot_id": "boot-a",
    "proc/stat": "cpu  100 0 0 1000 0 0 0 0 0 0\nbtime 1794528000\n",
    "proc/self/mountinfo": "",
    "sys/block/sda/size": "2048",
  });
});
afterEach(async () => {
  stop.abort();
  await work;
});

async function start(intervalSeconds: number) {
  let sequence = 0;
  const spool = await Spool.open({ dataPath, bytesMax: 1e7, onDropped: () => undefined });
  const collection = await Collection.open({
    config: { dataPath, intervalSeconds: null, spoolBytesMax: 1e7, logLevel: "silent", roots: host.roots },
    log: pino({ level: "info" }, { write: (line) => void logged.push(JSON.parse(line).msg) }),
    spool,
    epoch: EPOCH,
    takeSequence: () => {
      sequence += 1;
      return sequence;
    },
    droppedBatches: () => 0,
    intervalSeconds,
    onSpooled: () => undefined,
  });
  work = collection.run(stop.signal);
  const batch = async (number: number): Promise<PushBatch> => {
    await vi.waitFor(() => expect(spool.batches).toBeGreaterThanOrEqual(number), PATIENCE);
    await vi.waitFor(() => expect(existsSync(join(dataPath, `spool/${EPOCH}-${number}.json.gz`))).toBe(true), PATIENCE);
    // The file itself: the short intervals of these tests are below what the wire allows.
    const file = readFileSync(join(dataPath, `spool/${EPOCH}-${number}.json.gz`));
    return JSON.parse(gunzipSync(file).toString("utf8"));
  };
  return { spool, collection, batch };
}

const cpuOf = (batch: PushBatch) => batch.observations[0]?.entities[0]?.readings.cpuUserSeconds;

describe("collecting", () => {
  test("says everything first, then facts and descriptions only when they change", async () => {
    const { batch } = await start(0.02);
    expect((await batch(1)).facts).toHaveProperty("coresLogical");
    expect((await batch(1)).descriptions).toEqual([{ kind: "disk", key: "sda", attributes: { kind: "physical" } }]);
    expect(await batch(2)).not.toHaveProperty("facts");
    expect(await batch(2)).not.toHaveProperty("descriptions");
    host.write({ "sys/block/sdb/size": "4096" });
    const later = await Promise.all(Array.from({ length: 30 }, (_, n) => batch(n + 3)));
    expect(later.filter(({ descriptions }) => descriptions)).toHaveLength(1);
  });

  test("says facts again when a newer batch overtook the one that carried them", async () => {
    const { collection, batch } = await start(0.02);
    await batch(2);
    collection.acknowledged({ epoch: EPOCH, sequence: 2 });
    const later = await Promise.all([3, 4, 5].map(batch));
    expect(later.filter(({ facts }) => facts)).toHaveLength(1);
  });

  test("a new interval counts from the moment it is known, not after the old one", async () => {
    const { collection, batch } = await start(3600);
    expect((await batch(1)).intervalSeconds).toBe(3600);
    collection.adoptInterval(0.02);
    expect((await batch(3)).sequence).toBe(3);
    expect(collection.intervalSeconds).toBe(0.02);
  });

  test("settled counters go on over a restart of the agent and a reboot of the machine", async () => {
    const first = await start(3600);
    expect(cpuOf(await first.batch(1))).toBe(1);
    stop.abort();
    await work;
    stop = new AbortController();
    rmSync(join(dataPath, "spool"), { recursive: true });
    host.write({
      "proc/uptime": "5.0 1.0",
      "proc/sys/kernel/random/boot_id": "boot-b",
      "proc/stat": "cpu  50 0 0 10 0 0 0 0 0 0\n",
    });
    const second = await start(3600);
    expect(cpuOf(await second.batch(1))).toBe(1.5);
  });

  test("the counters on disk are never behind the batch in the spool", async () => {
    const { batch } = await start(3600);
    await batch(1);
    const state = JSON.parse(readFileSync(join(dataPath, "counters.json"), "utf8")) as {
      counters: Record<string, { settled: string }>;
    };
    expect(state.counters["machine/machine/cpuUserSeconds"]?.settled).toBe("100");
  });

  test("broken counters begin again instead of stopping the agent", async () => {
    writeFileSync(join(dataPath, "counters.json"), "{torn");
    const { batch } = await start(3600);
    expect(cpuOf(await batch(1))).toBe(1);
  });

  test("counters that cannot be written stop nothing; the trouble and its end are told once each", async () => {
    const { collection, batch } = await start(3600);
    const told = () => logged.filter((message) => message.startsWith("counters"));
    await batch(1);
    rmSync(join(dataPath, "counters.json"));
    mkdirSync(join(dataPath, "counters.json"));
    collection.adoptInterval(0.02);
    await batch(10);
    rmdirSync(join(dataPath, "counters.json"));
    await vi.waitFor(() => expect(told()).toHaveLength(2), PATIENCE);
    await batch(20);
    expect(told()).toEqual(["counters cannot be written; going on from memory", "counters are written again"]);
    expect(readFileSync(join(dataPath, "counters.json"), "utf8")).toContain("cpuUserSeconds");
  });

  test("what a broken host does not tell is unknown for a reason, for every reading of the machine", async () => {
    host.delete("proc/stat");
    const { batch } = await start(3600);
    const machine = (await batch(1)).observations[0]?.entities[0];
    expect(machine?.readings).toEqual({ uptimeSeconds: 1000 });
    expect(Object.keys(machine?.unknown ?? {})).toHaveLength(18);
  });
});
