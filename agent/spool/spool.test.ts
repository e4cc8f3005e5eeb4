import { beforeEach, describe, expect, test } from "vitest";
import { MemoryDisk } from "@/agent/testing/memory-disk";
import { type Block, createBlock, PRESENT } from "@/contract/codec/block";
import { createLayout, type Dictionary } from "@/contract/codec/layout";
import { otherVersion } from "@/contract/codec/testing/other-version";
import { metricIndex } from "@/contract/metrics";
import { SegmentWriter } from "./segment";
import { segmentName } from "./segment-files";
import { Spool } from "./spool";

const DICTIONARY: Dictionary = [{ kind: "energyZone", key: "package-0" }];
const LAYOUT = createLayout(DICTIONARY);
const SPAN = LAYOUT.columnOf(0, metricIndex("energyZone", "spanSeconds"));
const JOULES = LAYOUT.columnOf(0, metricIndex("energyZone", "energyJoules"));
const HEAD = { epoch: 7, generation: 1, dictionary: DICTIONARY };
const START = 1_800_000_000;
const LIMIT = 64 * 1024 * 1024;
const nothingIsBusy = () => false;

let dropped: { moments: number; reason: string }[];
let thinnedMoments: number;

beforeEach(() => {
  dropped = [];
  thinnedMoments = 0;
});

function openSpool(disk: MemoryDisk, bytesMax = LIMIT): Spool {
  const spool = new Spool({
    disk,
    bytesMax,
    onThinned: (moments) => {
      thinnedMoments += moments;
    },
    onDropped: (moments, reason) => dropped.push({ moments, reason }),
  });
  spool.open();
  return spool;
}

function momentOf(sequence: number): { sequence: number; wall: number; block: Block } {
  const wall = START + 60 * sequence;
  const block = createBlock(LAYOUT, [wall]);
  block.absence.fill(PRESENT);
  block.values[SPAN] = 60;
  block.values[JOULES] = 50_000 + ((sequence * 7919) % 9000);
  return { sequence, wall, block };
}

function fill(spool: Spool, from: number, to: number, isBusy: () => boolean = nothingIsBusy): void {
  for (let sequence = from; sequence <= to; sequence += 1) spool.add(HEAD, momentOf(sequence), isBusy);
}

/** Everything that waits, read back from where it lies. */
function contentOf(spool: Spool): { wall: number; span: number; joules: number }[] {
  return [...spool.segments].flatMap((segment) => {
    const block = spool.read(segment, new Set(segment.entries.map(({ sequence }) => sequence)));
    const width = block?.moments.length ?? 0;
    return (block?.moments ?? []).map((wall, at) => ({
      wall,
      span: block?.values[SPAN * width + at] ?? 0,
      joules: block?.values[JOULES * width + at] ?? 0,
    }));
  });
}

const expected = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => {
    const { wall, block } = momentOf(from + at);
    return { wall, span: block.values[SPAN] ?? 0, joules: block.values[JOULES] ?? 0 };
  });

const sumOf = (content: { span: number; joules: number }[]) => ({
  span: content.reduce((total, { span }) => total + span, 0),
  joules: content.reduce((total, { joules }) => total + joules, 0),
});

describe("a spool", () => {
  test("gives back after a restart exactly what was recorded", () => {
    const disk = new MemoryDisk();
    fill(openSpool(disk), 1, 150);
    const spool = openSpool(disk);
    expect(contentOf(spool)).toEqual(expected(1, 150));
    expect(spool.newest).toMatchObject({ epoch: 7, sequence: 150, wall: START + 9000 });
  });

  test("cut off at any byte of a write loses that record alone, and takes new ones", () => {
    const disk = new MemoryDisk();
    fill(openSpool(disk), 1, 20);
    const [name = ""] = disk.list();
    const before = disk.read(name).length;
    const longer = disk.copy();
    const whole = (() => {
      const spool = openSpool(longer.copy());
      return spool.moments;
    })();
    expect(whole).toBe(20);
    const one = disk.copy();
    const writer = new MemoryDisk();
    fill(openSpool(writer), 1, 21);
    const recordBytes = writer.read(name).length - before;
    for (let at = 0; at < recordBytes; at += 1) {
      const torn = one.copy();
      torn.files.set(name, writer.read(name).slice(0, before + at));
      const spool = openSpool(torn);
      expect(contentOf(spool)).toEqual(expected(1, 20));
      spool.add({ ...HEAD, epoch: 8 }, momentOf(22), nothingIsBusy);
      expect(contentOf(openSpool(torn))).toEqual([...expected(1, 20), ...expected(22, 22)]);
    }
    expect(dropped).toEqual([]);
  });

  test("with one bit wrong anywhere delivers all other segments, alters no value, and says what it lost", () => {
    const disk = new MemoryDisk();
    fill(openSpool(disk), 1, 180);
    const all = expected(1, 180);
    const known = new Set(all.map((entry) => JSON.stringify(entry)));
    const name = disk.list().find((each) => each.includes("-2-")) ?? "";
    const { length } = disk.read(name);
    for (let at = 0; at < length; at += 13) {
      const damaged = disk.copy();
      const bytes = damaged.read(name);
      bytes[at] = (bytes[at] ?? 0) ^ 4;
      dropped = [];
      const content = contentOf(openSpool(damaged));
      for (const entry of content) expect(known.has(JSON.stringify(entry))).toBe(true);
      expect(content).toEqual(expect.arrayContaining([...expected(1, 60), ...expected(121, 180)]));
      if (content.length < 180) expect(dropped.length).toBeGreaterThan(0);
    }
  });

  test("forgets what is acknowledged, and keeps its place for the next process", () => {
    const disk = new MemoryDisk();
    const spool = openSpool(disk);
    fill(spool, 1, 130);
    for (const segment of [...spool.segments]) {
      spool.acknowledge(segment, new Set(segment.entries.map(({ sequence }) => sequence)));
    }
    expect(spool.moments).toBe(0);
    expect(disk.list()).toHaveLength(1);
    expect(openSpool(disk).newest).toMatchObject({ epoch: 7, sequence: 130 });
  });

  test.each(["ENOSPC: the disk is full", "EROFS: the disk is read-only"])(
    "goes on in memory while it is refused (%s), and brings everything to disk afterwards",
    (refusal) => {
      const disk = new MemoryDisk();
      const spool = openSpool(disk);
      fill(spool, 1, 10);
      disk.refusal = refusal;
      fill(spool, 11, 200);
      expect(spool.error).toContain(refusal);
      expect(contentOf(spool)).toEqual(expected(1, 200));
      disk.refusal = null;
      fill(spool, 201, 201);
      expect(spool.error).toBeNull();
      expect(contentOf(openSpool(disk))).toEqual(expected(1, 201));
    },
  );

  test("that starts on a disk that cannot be written records from the first moment on", () => {
    const disk = new MemoryDisk();
    disk.refusal = "EROFS: the disk is read-only";
    const spool = openSpool(disk);
    fill(spool, 1, 70);
    expect(contentOf(spool)).toEqual(expected(1, 70));
  });
});

describe("a spool of another version", () => {
  const NEWER: Dictionary = [{ kind: "fusionReactor", key: "core" }, ...DICTIONARY];

  test("with a kind that is not known here gives back what is known, and loses no moment", () => {
    const layout = createLayout(NEWER, otherVersion({ fusionReactor: "idi" }));
    const writer = new SegmentWriter({ epoch: 7, generation: 1, level: 0, dictionary: NEWER }, layout);
    const parts = [writer.headBytes()];
    for (let sequence = 1; sequence <= 20; sequence += 1) {
      const { wall, block } = momentOf(sequence);
      const written = createBlock(layout, [wall]);
      written.absence.fill(PRESENT);
      // The second of them is a double.
      for (const metric of [0, 1, 2]) written.values[layout.columnOf(0, metric)] = metric === 1 ? 0.25 : sequence;
      for (const metric of [SPAN, JOULES]) written.values[layout.columnOf(1, metric)] = block.values[metric] ?? 0;
      const { bytes, commit } = writer.record({ sequence, wall, block: written });
      commit();
      parts.push(bytes);
    }
    const disk = new MemoryDisk();
    disk.write(segmentName(7, 1, 0), Buffer.concat(parts));
    const spool = openSpool(disk);
    expect(dropped).toEqual([]);
    expect(spool.segments.map(({ head }) => head.dictionary)).toEqual([NEWER]);
    expect(contentOf(spool)).toEqual(expected(1, 20));
    fill(spool, 21, 25);
    expect(contentOf(openSpool(disk))).toEqual(expected(1, 25));
  });
});

describe("a spool without room", () => {
  test("thins the oldest first and keeps every sum, and the newest as they are", () => {
    const spool = openSpool(new MemoryDisk(), 9_000);
    fill(spool, 1, 1_500);
    const content = contentOf(spool);
    expect(dropped).toEqual([]);
    expect(spool.bytes).toBeLessThanOrEqual(9_000);
    expect(content.length).toBeLessThan(1_500);
    expect(thinnedMoments).toBe(1_500 - content.length);
    expect(sumOf(content)).toEqual(sumOf(expected(1, 1_500)));
    expect(content.slice(-60)).toEqual(expected(1_441, 1_500));
    expect(spool.thinnedSince).toBe(content[0]?.wall);
    const levels = spool.segments.map(({ head }) => head.level);
    expect(levels).toEqual([...levels].sort((a, b) => b - a));
  });

  test("thins over a restart as before", () => {
    const disk = new MemoryDisk();
    fill(openSpool(disk), 1, 1_000);
    const content = contentOf(openSpool(disk, 5_100));
    expect(sumOf(content)).toEqual(sumOf(expected(1, 1_000)));
    expect(content.slice(-60)).toEqual(expected(941, 1_000));
  });

  test("gives up the oldest only when nothing is left to thin, says how many, and never the newest", () => {
    const spool = openSpool(new MemoryDisk(), 4_000);
    fill(spool, 1, 6_000);
    expect(spool.bytes).toBeLessThanOrEqual(4_000);
    expect(dropped.length).toBeGreaterThan(0);
    expect(contentOf(spool).slice(-60)).toEqual(expected(5_941, 6_000));
  });

  test("leaves alone what is just under way", () => {
    const spool = openSpool(new MemoryDisk(), 3_000);
    fill(spool, 1, 600, () => true);
    expect(contentOf(spool)).toEqual(expected(1, 600));
  });
});

test("a segment of which everything was set aside alone is gone with the next start, and what was set aside stays", () => {
  const disk = new MemoryDisk();
  const spool = openSpool(disk);
  fill(spool, 1, 2);
  const [segment] = spool.segments;
  if (!segment) throw new Error("nothing was kept");
  // The process ends between setting aside and removing: both records lie aside, and still in their segment.
  const before = disk.copy();
  for (const sequence of [1, 2]) spool.setAside(segment, new Set([sequence]), "malformed");
  const aside = disk.list().filter((name) => name.endsWith(".aside"));
  for (const name of aside) before.write(name, disk.read(name));
  const next = openSpool(before);
  expect(next.moments).toBe(0);
  expect(before.list().sort()).toEqual(aside.sort());
});
