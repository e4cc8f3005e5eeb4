import { describe, expect, test } from "vitest";
import { type Block, codeOfAbsence, PRESENT } from "@/contract/codec/block";
import { type EntityKind, fromSteps, metricIndex, metricsOf } from "@/contract/metrics";
import type { EntitySample } from "./entity-reading";
import { Recorder } from "./recorder";

const START = 1_800_000_000;

const disk = (key: string, readings: Record<string, number>): EntitySample => ({ kind: "disk", key, readings });
const at = (seconds: number, generation = 1) => ({ generation, wall: START + seconds, uptimeSeconds: 500 + seconds });

/** A reading in its unit, or the code of why it is missing. */
function readingOf(block: Block, kind: EntityKind, key: string, name: string): number | string | null {
  const slot = block.layout.entries.findIndex((entry) => entry.kind === kind && entry.key === key);
  const index = metricIndex(kind, name as never);
  const column = block.layout.columnOf(slot, index);
  const metric = metricsOf(kind)[index];
  if (!metric) throw new Error(`no metric ${name}`);
  if (block.absence[column] === PRESENT) return fromSteps(metric, block.values[column] ?? 0);
  return codeOfAbsence(block.absence[column] ?? 0);
}

describe("a record", () => {
  test("carries gauges as they are, and of counters what they grew by since the one before, with its span", () => {
    const recorder = new Recorder("boot", null, null);
    const first = recorder.record([disk("sda", { sizeBytes: 51_200, readBytes: 1024 })], at(0)).block;
    expect(readingOf(first, "disk", "sda", "sizeBytes")).toBe(51_200);
    expect(readingOf(first, "disk", "sda", "readBytes")).toBe("not_yet");
    expect(readingOf(first, "disk", "sda", "spanSeconds")).toBe("not_yet");
    const second = recorder.record([disk("sda", { sizeBytes: 51_200, readBytes: 4096 })], at(60)).block;
    expect(readingOf(second, "disk", "sda", "readBytes")).toBe(3072);
    expect(readingOf(second, "disk", "sda", "spanSeconds")).toBe(60);
  });

  test("loses nothing to rounding: the growths of ten thousand add up to the growth of the total", () => {
    const recorder = new Recorder("boot", null, null);
    let total = 0;
    let sum = 0;
    recorder.record([disk("sda", { busySeconds: 0 })], at(0));
    for (let count = 1; count <= 10_000; count += 1) {
      total += 0.00037;
      const { block } = recorder.record([disk("sda", { busySeconds: total })], at(count));
      sum += Number(readingOf(block, "disk", "sda", "busySeconds"));
    }
    expect(Math.abs(sum - total)).toBeLessThanOrEqual(0.001);
  });

  test("leaves the growth of a counter that cannot be read to the next one that can", () => {
    const recorder = new Recorder("boot", null, null);
    recorder.record([disk("sda", { readBytes: 1024 })], at(0));
    const failed: EntitySample = {
      ...disk("sda", {}),
      unknown: { readBytes: { code: "read_failed", detail: "EIO" } },
    };
    const { block, unknown } = recorder.record([failed], at(60));
    expect(readingOf(block, "disk", "sda", "readBytes")).toBe("read_failed");
    expect(unknown["disk\nsda"]?.readBytes).toEqual({ code: "read_failed", detail: "EIO" });
    const next = recorder.record([disk("sda", { readBytes: 5120 })], at(120)).block;
    expect(readingOf(next, "disk", "sda", "readBytes")).toBe(4096);
  });

  test("covers the whole time that an entity was away", () => {
    const recorder = new Recorder("boot", null, null);
    recorder.record([disk("sda", { readBytes: 0 }), disk("sdb", { readBytes: 512 })], at(0));
    recorder.record([disk("sda", { readBytes: 0 })], at(60));
    const { block } = recorder.record([disk("sda", { readBytes: 0 }), disk("sdb", { readBytes: 2048 })], at(120));
    expect(readingOf(block, "disk", "sdb", "readBytes")).toBe(1536);
    expect(readingOf(block, "disk", "sdb", "spanSeconds")).toBe(120);
    expect(readingOf(block, "disk", "sda", "spanSeconds")).toBe(60);
  });

  test("measures its span over a step of the clock by the one that only runs", () => {
    const recorder = new Recorder("boot", null, null);
    recorder.record([disk("sda", { readBytes: 0 })], at(0));
    const stepped = { generation: 2, wall: START + 86_460, uptimeSeconds: 560 };
    const { block } = recorder.record([disk("sda", { readBytes: 512 })], stepped);
    expect(readingOf(block, "disk", "sda", "spanSeconds")).toBe(60);
  });

  test("has a new dictionary when an entity comes, and the same one while nothing changes", () => {
    const recorder = new Recorder("boot", null, null);
    const one = recorder.record([disk("sda", {})], at(0));
    const same = recorder.record([disk("sda", {})], at(60));
    const other = recorder.record([disk("sda", {}), disk("sdb", {})], at(120));
    expect(same.dictionary).toBe(one.dictionary);
    expect(other.dictionary).toEqual([
      { kind: "disk", key: "sda" },
      { kind: "disk", key: "sdb" },
    ]);
  });
});

describe("a recorder after a restart", () => {
  const begun = () => {
    const recorder = new Recorder("boot", null, null);
    recorder.record([disk("sda", { readBytes: 0 })], at(0));
    const first = recorder.state(9, 1);
    recorder.record([disk("sda", { readBytes: 1024 })], at(60));
    return { first, second: recorder.state(9, 2) };
  };

  test("goes on from the record that the spool has", () => {
    const recorder = new Recorder("boot", begun().second, { epoch: 9, sequence: 2 });
    const { block } = recorder.record([disk("sda", { readBytes: 1536 })], at(120));
    expect(readingOf(block, "disk", "sda", "readBytes")).toBe(512);
    expect(readingOf(block, "disk", "sda", "spanSeconds")).toBe(60);
  });

  test("counts the growth of a record that never reached the spool again, once", () => {
    const recorder = new Recorder("boot", begun().second, { epoch: 9, sequence: 1 });
    const { block } = recorder.record([disk("sda", { readBytes: 1536 })], at(120));
    expect(readingOf(block, "disk", "sda", "readBytes")).toBe(1536);
    expect(readingOf(block, "disk", "sda", "spanSeconds")).toBe(120);
  });

  test("covers the time since a reboot, whatever the clock says: growth before it is lost", () => {
    for (const wall of [START + 200, START - 9000]) {
      const recorder = new Recorder("other boot", begun().second, { epoch: 9, sequence: 2 });
      const first = recorder.record([], { generation: 2, wall, uptimeSeconds: 20 });
      expect(first.block.layout.columns).toBe(0);
      const kept = new Recorder("other boot", recorder.state(9, 3), { epoch: 9, sequence: 3 });
      const time = { generation: 2, wall: wall + 60, uptimeSeconds: 80 };
      const { block } = kept.record([disk("sda", { readBytes: 1536 })], time);
      expect(readingOf(block, "disk", "sda", "spanSeconds")).toBe(80);
    }
  });
});
