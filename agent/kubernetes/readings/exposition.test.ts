import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExpositionError, ExpositionReader, type ExpositionSample } from "./exposition";

function read(text: string | Buffer, isWanted: (name: string) => boolean = () => true): ExpositionSample[] {
  const reader = new ExpositionReader(isWanted);
  reader.push(Buffer.from(text));
  return reader.end();
}

const one = (line: string) => read(`${line}\n`)[0];

describe("the text format of exporters", () => {
  it("is read with comments, labels, escapes, odd spaces, special values and times", () => {
    const text = `# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000

msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9
metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045
spaced { a = "1" , b="2", } \t -.5e-3
not NaN
`;
    expect(read(text).map(({ name, labels, value, atMs }) => [name, Object.fromEntries(labels), value, atMs])).toEqual([
      ["http_requests_total", { method: "post", code: "200" }, 1027, 1_395_066_363_000],
      [
        "msdos_file_access_time_seconds",
        { path: "C:\\DIR\\FILE.TXT", error: 'Cannot find file:\n"FILE.TXT"' },
        1_458_255_915,
        null,
      ],
      ["metric_without_timestamp_and_labels", {}, 12.47, null],
      ["something_weird", { problem: "division by zero" }, Number.POSITIVE_INFINITY, -3_982_045],
      ["spaced", { a: "1", b: "2" }, -0.0005, null],
      ["not", {}, Number.NaN, null],
    ]);
  });

  it.each([
    ["a page of HTML", "<html>\n"],
    ["JSON", '{"status":"success"}\n'],
    ["a text that breaks off: 12 may be 1234", "a 12"],
    ["no value", "a\n"],
    ["no value after labels", 'a{b="c"}\n'],
    ["words for a value", "a one\n"],
    ["hexadecimal", "a 0x10\n"],
    ["something after the time", "a 1 2 3\n"],
    ["a time with a fraction", "a 1 2.5\n"],
    ["an open label", 'a{b="c 1\n'],
    ["an unknown escape", 'a{b="\\x"} 1\n'],
    ["a label without quotes", "a{b=c} 1\n"],
    ["a label twice", 'a{b="1",b="2"} 1\n'],
    ["no comma between labels", 'a{b="1"c="2"} 1\n'],
    ["a series twice", 'a{b="1",c="2"} 1\na{c="2",b="1"} 2\n'],
    ["a line without end in sight", `a ${"1".repeat(70_000)}\n`],
  ])("is refused as a whole with %s", (_, text) => {
    expect(() => read(text)).toThrow(ExpositionError);
  });

  it("tells the line that is wrong", () => {
    expect(() => read("a 1\nb 2\nc three\n")).toThrow("line 3 has a value that is no number");
  });

  it("looks at what is not wanted only as far as its name", () => {
    expect(read('a{b="\\x"} zero\nwanted 1\n', (name) => name === "wanted")).toHaveLength(1);
    expect(() => read("?? zero\nwanted 1\n", (name) => name === "wanted")).toThrow(ExpositionError);
  });

  it("comes back as it was written, wherever it is cut into pieces", () => {
    const name = fc.stringMatching(/^[a-z_:][a-z0-9_:]{0,8}$/);
    const labels = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/), fc.string({ unit: "grapheme" }), {
      maxKeys: 4,
    });
    const sample = fc.record({ name, labels, value: fc.double(), atMs: fc.option(fc.integer()) });
    const series = ({ name, labels }: { name: string; labels: object }) =>
      JSON.stringify([name, Object.entries(labels).sort()]);
    fc.assert(
      fc.property(fc.uniqueArray(sample, { selector: series }), fc.integer({ min: 1, max: 40 }), (samples, size) => {
        const bytes = Buffer.from(samples.map(line).join(""));
        const reader = new ExpositionReader(() => true);
        for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
        const told = reader.end().map((one) => ({ ...one, labels: Object.fromEntries(one.labels) }));
        expect(told).toEqual(samples.map((one) => ({ ...one, labels: { ...one.labels } })));
      }),
    );
  });

  it("never ends in another way than samples or its own error, whatever the bytes", () => {
    const seed = Buffer.from('node_cpu_seconds_total{cpu="0",mode="idle"} 12.5 1395066363000\n');
    const spoilt = fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 6 }).map((changes) => {
      const bytes = Buffer.from(seed);
      for (const [place, byte] of changes) bytes[place] = byte;
      return bytes;
    });
    const anything = fc.oneof(
      spoilt,
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        try {
          for (const { name, value } of read(bytes)) expect([typeof value, name.length > 0]).toEqual(["number", true]);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpositionError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("holds a value of minus nought and one of sixteen figures exactly", () => {
    expect(one("a 9007199254740993")?.value).toBe(9_007_199_254_740_992);
    expect(Object.is(one("a -0")?.value, -0)).toBe(true);
  });
});

function line({
  name,
  labels,
  value,
  atMs,
}: {
  name: string;
  labels: Record<string, string>;
  value: number;
  atMs: number | null;
}) {
  const escaped = (text: string) => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  const inner = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  const number = Object.is(value, -0)
    ? "-0"
    : Number.isFinite(value)
      ? String(value)
      : Number.isNaN(value)
        ? "NaN"
        : value > 0
          ? "+Inf"
          : "-Inf";
  return `${name}{${inner.join()}} ${number}${atMs === null ? "" : ` ${atMs}`}\n`;
}

const captures = new URL("../../../../shared/captures/", import.meta.url);
const files = [
  "node_exporter_1.5.0.prom.txt",
  "node_exporter_1.5.0_energy_fakesys.prom.txt",
  "collectd512_write_prometheus.txt",
];
const missing = existsSync(captures) ? null : "no captures beside the repository";

describe.skipIf(missing)(`what real exporters wrote${missing ? ` (skipped: ${missing})` : ""}`, () => {
  it.each(files)("is read whole: %s", (file) => {
    const text = readFileSync(new URL(file, captures), "utf8");
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(read(text)).toHaveLength(lines.length);
    expect(lines.length).toBeGreaterThan(15);
  });
});
