import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CalendarEvent, escapeText, foldLine, writeCalendar } from "./ical";
import { readCalendar, textOf, wordOf } from "./testing/read-calendar";

const event: CalendarEvent = {
  uid: "kubernetes-1.35-end@example.org",
  day: "2027-02-28",
  summary: "Support of Kubernetes 1.35 ends",
  description: "12 clusters; Zürich, Köln\nSource: C:\\dates",
  url: "https://example.org/support?product=kubernetes&cycle=1.35",
  alarm: { daysBefore: 30, text: "Kubernetes 1.35: in 30 days" },
};
const calendar = (events: readonly CalendarEvent[]) =>
  writeCalendar({
    name: "Support",
    language: "en",
    events,
    madeAt: new Date("2026-11-23T13:14:15.678Z"),
    refreshHours: 12,
  });

describe("a calendar", () => {
  test("is what RFC 5545 asks for, with whole days, a stable name and an alarm", () => {
    const read = readCalendar(calendar([event]));
    const [only] = read.children;
    if (!only) throw new Error("no event");
    expect(Object.fromEntries(only.properties.map(({ name, value }) => [name, value]))).toMatchObject({
      UID: event.uid,
      DTSTAMP: "20261123T131415Z",
      DTSTART: "20270228",
      DTEND: "20270301",
      URL: event.url,
    });
    expect(wordOf(only, "DESCRIPTION")).toBe(event.description);
    expect(only.children.map(({ name, properties }) => [name, properties.at(-1)?.value])).toEqual([
      ["VALARM", "-P30D"],
    ]);
  });

  test("without events is still one", () => {
    expect(readCalendar(calendar([])).children).toEqual([]);
  });

  test("holds any text and any day, and gives it back", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 200 });
    const anyEvent = fc.record({ summary: text, description: text, offset: fc.integer({ min: 0, max: 4000 }) });
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 5 }), (events) => {
        const written = events.map(({ summary, description, offset }) => ({
          ...{ ...event, summary, description },
          day: new Date(Date.UTC(2024, 0, 1 + offset)).toISOString().slice(0, 10),
        }));
        const read = readCalendar(calendar(written));
        expect(read.children.map((one) => [wordOf(one, "SUMMARY"), wordOf(one, "DESCRIPTION")])).toEqual(
          written.map(({ summary, description }) => [textOf(escapeText(summary)), textOf(escapeText(description))]),
        );
      }),
    );
  });

  test("escapes what has a meaning, and cannot be left by a text", () => {
    expect(escapeText("a,b;c\\d\r\ne\rf\u0007")).toBe("a\\,b\\;c\\\\d\\ne\\nf ");
    const evil = { ...event, summary: "x\r\nEND:VEVENT\r\nBEGIN:VEVENT" };
    expect(readCalendar(calendar([evil])).children).toHaveLength(1);
  });

  test("folds at 75 octets and not within a character", () => {
    const line = `SUMMARY:${"ü".repeat(100)}😀`;
    const folded = foldLine(line).split("\r\n");
    expect(folded.map((part) => Buffer.byteLength(part)).every((octets) => octets <= 75)).toBe(true);
    expect(folded.map((part, at) => (at === 0 ? part : part.slice(1))).join("")).toBe(line);
    expect(foldLine("x".repeat(75))).not.toContain("\r\n");
  });
});

describe("the reader of these tests", () => {
  test.each([
    ["a long line", (text: string) => text.replace("SUMMARY:", `SUMMARY:${"x".repeat(80)}`)],
    ["a bare line feed", (text: string) => text.replace("\r\n", "\n")],
    ["no stamp", (text: string) => text.replace(/DTSTAMP:.*\r\n/, "")],
    ["a comma that is not escaped", (text: string) => text.replace("\\,", ",")],
    ["a component that is not closed", (text: string) => text.replace("END:VALARM\r\n", "")],
    ["a day with a time", (text: string) => text.replace("DTSTART;VALUE=DATE:20270228", "DTSTART:20270228T000000Z")],
  ])("refuses %s", (_, spoil) => {
    const good = calendar([event]);
    expect(spoil(good)).not.toBe(good);
    expect(() => readCalendar(spoil(good))).toThrow(Error);
  });
});
