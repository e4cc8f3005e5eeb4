import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type * as z from "zod";
import { EnrolRequest, JoinToken, SequenceHeader, signedText } from "./agents";
import {
  AgentSettings,
  Challenge,
  GatewayWord,
  Hello,
  HelloMessage,
  MessagesAnswer,
  Report,
  sessionText,
} from "./session";
import { UNKNOWN_CODES, UnknownReason } from "./unknown";

const FIXTURES = join(import.meta.dirname, "fixtures");
const readFixture = (name: string): unknown => JSON.parse(readFileSync(join(FIXTURES, name), "utf8"));

/** By the first word of the file's name: `report-server.json` is a report. Frames and chunks have a test of their own. */
const SCHEMAS: Record<string, z.ZodType> = {
  enrol: EnrolRequest,
  challenge: Challenge,
  hello: HelloMessage,
  word: GatewayWord,
  report: Report,
  answer: MessagesAnswer,
};

describe("what agents and gateways in the field say", () => {
  const versions = readdirSync(FIXTURES);
  const paths = versions
    .flatMap((version) => readdirSync(join(FIXTURES, version)).map((file) => `${version}/${file}`))
    .filter((path) => !/\/(frames|chunks)\.json$/.test(path));

  test.each(paths)("%s parses for ever, and nothing of it is lost", (path) => {
    const schema = SCHEMAS[/\/([a-z]+)[^/]*\.json$/.exec(path)?.[1] ?? ""];
    const fixture = readFixture(path);
    expect(schema?.parse(fixture)).toEqual(fixture);
  });

  test("every kind of word is among them", () => {
    const words = new Set(paths.map((path) => /\/([a-z]+)[^/]*\.json$/.exec(path)?.[1]));
    expect(words).toEqual(new Set(Object.keys(SCHEMAS)));
  });
});

describe("the other side may be newer", () => {
  test("fields that this side does not know are left out", () => {
    const report = readFixture("v2/report.json");
    expect(Report.parse({ ...(report as object), futureField: { a: 1 } })).toEqual(report);
  });

  test("a reason that this side does not know reads as a failed reading, with the agent's words", () => {
    expect(UnknownReason.parse({ code: "too_cold", detail: "below -40 °C" })).toEqual({
      code: "read_failed",
      detail: "below -40 °C",
    });
  });

  test("a profile that this side does not know is taken for the richest", () => {
    const settings = { intervalSeconds: 60, batchSeconds: 60, profile: "whisper", budget: null };
    expect(AgentSettings.parse(settings).profile).toBe("full");
  });

  test("facts of its own are kept", () => {
    const report = readFixture("v2/report.json") as Report;
    expect(Report.parse({ ...report, facts: { rackUnit: { value: 12 } } }).facts?.rackUnit).toEqual({ value: 12 });
  });

  test("the number of a reason on the wire is its place, which never changes", () => {
    expect(UNKNOWN_CODES).toEqual([
      "not_offered",
      "not_permitted",
      "read_failed",
      "implausible",
      "not_supported",
      "not_yet",
      "not_sent",
      "older_version",
    ]);
  });
});

describe("what is refused", () => {
  const report = () => readFixture("v2/report.json") as Record<string, unknown>;

  test.each([
    ["a fact that is neither known nor unknown", { facts: { hostname: {} } }],
    ["a report without the agent's health", { agent: undefined }],
    ["a description without a key", { descriptions: [{ kind: "disk", key: "", attributes: {} }] }],
  ])("%s", (_, change) => {
    expect(Report.safeParse({ ...report(), ...change }).success).toBe(false);
  });

  test("a hello with a time without a zone, or a signature of another length", () => {
    const { hello } = readFixture("v2/hello.json") as { hello: Hello };
    expect(Hello.safeParse({ ...hello, time: "2026-11-23 01:02:03" }).success).toBe(false);
    expect(Hello.safeParse({ ...hello, signature: hello.signature.slice(1) }).success).toBe(false);
  });
});

describe("identity on the wire", () => {
  test("the signed texts are one line for each part, in this order", () => {
    const text = signedText({
      method: "POST",
      path: "/v1/agents/push",
      keyId: "k",
      sequence: "1.2",
      time: "2026-11-23T00:00:00.000Z",
      bodySha256: "ab",
    });
    expect(text).toBe("fernblick-request-1\nPOST\n/v1/agents/push\nk\n1.2\n2026-11-23T00:00:00.000Z\nab");
    expect(sessionText({ challenge: "c", keyId: "k", epoch: 7, time: "t" })).toBe(
      "fernblick-session-1\n/v1/agents/session\nc\nk\n7\nt",
    );
  });

  test("tokens and sequences of another form are refused", () => {
    expect(JoinToken.safeParse(`fbj_${"a".repeat(43)}`).success).toBe(true);
    expect(JoinToken.safeParse(`fbk_${"a".repeat(43)}`).success).toBe(false);
    expect(SequenceHeader.safeParse("1795391966000.17").success).toBe(true);
    expect(SequenceHeader.safeParse("1.2\n").success).toBe(false);
  });
});
