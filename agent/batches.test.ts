import { describe, expect, test } from "vitest";
import { PushBatch, WIRE_VERSION } from "@/contract/telemetry";
import packageJson from "@/package.json" with { type: "json" };
import { ChangedPart, canonicalJson } from "./changed-part";
import { type BatchDraft, packBatches } from "./pack-batches";
import { AGENT_VERSION } from "./version";

const name = (sequence: number, epoch = 1) => ({ epoch, sequence });

describe("a part that is sent when it changed", () => {
  test("goes with the first batch, and again only after a change", () => {
    const part = new ChangedPart();
    expect(part.isDue({ a: 1 })).toBe(true);
    part.sent({ a: 1, b: 2 }, name(1));
    expect(part.isDue({ b: 2, a: 1 })).toBe(false);
    expect(part.isDue({ b: 3, a: 1 })).toBe(true);
  });

  test("stays settled once its batch was acknowledged before any newer one", () => {
    const part = new ChangedPart();
    part.sent({ a: 1 }, name(1));
    part.acknowledged(name(1));
    part.acknowledged(name(2));
    expect(part.isDue({ a: 1 })).toBe(false);
  });

  test("is said again when a newer batch overtook it after an outage", () => {
    const part = new ChangedPart();
    part.sent({ a: 1 }, name(1));
    part.acknowledged(name(5));
    expect(part.isDue({ a: 1 })).toBe(true);
    part.sent({ a: 1 }, name(6));
    part.acknowledged(name(6));
    part.acknowledged(name(1));
    expect(part.isDue({ a: 1 })).toBe(false);
  });

  test("a backlog of an earlier epoch does not make it due again", () => {
    const part = new ChangedPart();
    part.sent({ a: 1 }, name(1, 2));
    part.acknowledged(name(900, 1));
    expect(part.isDue({ a: 1 })).toBe(false);
  });

  test("equal content is equal text, whatever the order of names", () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  });
});

describe("packing", () => {
  const entity = (n: number) => ({ kind: "disk", key: `disk${n}`, readings: { sizeBytes: n } });
  const draft = (entityCount: number): BatchDraft => ({
    wireVersion: WIRE_VERSION,
    epoch: 1,
    sentAt: "2026-11-23T00:00:00.000Z",
    intervalSeconds: 60,
    agent: { version: "0", startedAt: "2026-11-23T00:00:00.000Z", spoolBatches: 0, spoolBytes: 0, droppedBatches: 0 },
    observations: [
      { observedAt: "2026-11-23T00:00:00.000Z", entities: Array.from({ length: entityCount }, (_, n) => entity(n)) },
    ],
    descriptions: Array.from({ length: entityCount }, (_, n) => ({
      kind: "disk",
      key: `disk${n}`,
      attributes: { n: `${n}` },
    })),
    facts: { hostname: { value: "edge" } },
  });
  const counter = () => {
    let sequence = 0;
    return () => {
      sequence += 1;
      return sequence;
    };
  };

  test("an ordinary reading is one batch", () => {
    const batches = packBatches(draft(5), counter());
    expect(batches).toHaveLength(1);
    expect(PushBatch.parse(batches[0])).toEqual(batches[0]);
  });

  test("a reading above the limit becomes several, each within it, with every entity once and its description beside it", () => {
    const bytesMax = 8_000;
    const batches = packBatches(draft(300), counter(), bytesMax);
    expect(batches.length).toBeGreaterThan(2);
    for (const batch of batches) {
      expect(Buffer.byteLength(JSON.stringify(batch))).toBeLessThanOrEqual(bytesMax);
      const keys = batch.observations.flatMap(({ entities }) => entities.map(({ key }) => key));
      expect(batch.descriptions?.map(({ key }) => key)).toEqual(keys);
    }
    const keys = batches.flatMap((batch) =>
      batch.observations.flatMap(({ entities }) => entities.map(({ key }) => key)),
    );
    expect(keys).toEqual(Array.from({ length: 300 }, (_, n) => `disk${n}`));
    expect(batches.map(({ sequence }) => sequence)).toEqual(batches.map((_, index) => index + 1));
    expect(batches.filter(({ facts }) => facts).map(({ sequence }) => sequence)).toEqual([batches.length]);
  });
});

test("the agent's version is that of the package", () => {
  expect(AGENT_VERSION).toBe(packageJson.version);
});
