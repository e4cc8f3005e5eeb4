import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type * as z from "zod";
import { EnrolRequest, JoinToken, SequenceHeader, signedText } from "./agents";
import { ENTITY_KINDS, packReadings, unpackReadings } from "./metrics";
import { isEntityKind, PUSH_BYTES_MAX, PushBatch, UnknownReason } from "./telemetry";

const FIXTURES = join(import.meta.dirname, "fixtures");
const readFixture = (name: string): Record<string, unknown> => JSON.parse(readFileSync(join(FIXTURES, name), "utf8"));

/** By the first word of the file's name: `push-server.json` is a push. */
const SCHEMAS: Record<string, z.ZodType> = { push: PushBatch, enrol: EnrolRequest };

describe("what agents in the field send", () => {
  const versions = readdirSync(FIXTURES);
  const paths = versions.flatMap((version) => readdirSync(join(FIXTURES, version)).map((file) => `${version}/${file}`));

  test.each(paths)("%s parses for ever, and nothing of it is lost", (path) => {
    const schema = SCHEMAS[/\/([a-z]+)[^/]*\.json$/.exec(path)?.[1] ?? ""];
    const fixture = readFixture(path);
    expect(schema?.parse(fixture)).toEqual(fixture);
  });

  test("every kind of entity is among them, with readings that this side has a place for", () => {
    const entities = paths
      .filter((path) => path.includes("/push"))
      .flatMap((path) => PushBatch.parse(readFixture(path)).observations)
      .flatMap((observation) => observation.entities);
    expect(new Set(entities.map(({ kind }) => kind))).toEqual(new Set(ENTITY_KINDS));
    for (const { kind, readings } of entities) {
      if (!isEntityKind(kind)) throw new Error(`no metric set for ${kind}`);
      expect(unpackReadings(kind, packReadings(kind, readings))).toEqual(readings);
    }
  });

  test("the first wire version is among them", () => {
    expect(versions).toContain("v1");
  });
});

describe("a newer agent", () => {
  const fixture = readFixture("v1/push.json");
  const batch = () => structuredClone(fixture) as PushBatch;

  test("may send fields that this side does not know: they are left out", () => {
    const newer = { ...batch(), futureField: { a: 1 } };
    expect(PushBatch.parse(newer)).toEqual(fixture);
  });

  test("may send kinds and readings that this side does not know: they survive, to be counted", () => {
    const newer = batch();
    newer.observations[0]?.entities.push({ kind: "tapeRobot", key: "robot0", readings: { slotsFree: 3 } });
    const entity = PushBatch.parse(newer).observations[0]?.entities.at(-1);
    expect(entity).toEqual({ kind: "tapeRobot", key: "robot0", readings: { slotsFree: 3 } });
    expect(isEntityKind("tapeRobot")).toBe(false);
    expect(isEntityKind("disk")).toBe(true);
  });

  test("may give a reason that this side does not know: it reads as a failed reading, with the agent's words", () => {
    expect(UnknownReason.parse({ code: "too_cold", detail: "below -40 °C" })).toEqual({
      code: "read_failed",
      detail: "below -40 °C",
    });
  });

  test("may send facts of its own", () => {
    const newer = batch();
    newer.facts = { ...newer.facts, rackUnit: { value: 12 } };
    expect(PushBatch.parse(newer).facts?.rackUnit).toEqual({ value: 12 });
  });
});

describe("what is refused", () => {
  const batch = () => readFixture("v1/push.json") as PushBatch;

  test.each([
    [
      "a reading that is no number",
      (b: PushBatch) => Object.assign(b.observations[0]?.entities[0]?.readings ?? {}, { load1: null }),
    ],
    ["a batch without observations", (b: PushBatch) => Object.assign(b, { observations: [] })],
    ["a time without a zone", (b: PushBatch) => Object.assign(b, { sentAt: "2026-11-23 01:02:03" })],
    ["a sequence of nought", (b: PushBatch) => Object.assign(b, { sequence: 0 })],
    ["a fact that is neither known nor unknown", (b: PushBatch) => Object.assign(b, { facts: { hostname: {} } })],
  ])("%s", (_, spoil) => {
    const spoilt = batch();
    spoil(spoilt);
    expect(PushBatch.safeParse(spoilt).success).toBe(false);
  });
});

describe("identity on the wire", () => {
  test("the signed text is one line for each part, in this order", () => {
    const text = signedText({
      method: "POST",
      path: "/v1/agents/push",
      keyId: "k",
      sequence: "1.2",
      time: "2026-11-23T00:00:00.000Z",
      bodySha256: "ab",
    });
    expect(text).toBe("fernblick-request-1\nPOST\n/v1/agents/push\nk\n1.2\n2026-11-23T00:00:00.000Z\nab");
  });

  test("tokens and sequences of another form are refused", () => {
    expect(JoinToken.safeParse(`fbj_${"a".repeat(43)}`).success).toBe(true);
    expect(JoinToken.safeParse(`fbk_${"a".repeat(43)}`).success).toBe(false);
    expect(SequenceHeader.safeParse("1795391966000.17").success).toBe(true);
    expect(SequenceHeader.safeParse("1.2\n").success).toBe(false);
  });

  test("a real batch is far below what one push may carry", () => {
    expect(JSON.stringify(readFixture("v1/push.json")).length * 50).toBeLessThan(PUSH_BYTES_MAX);
  });
});
