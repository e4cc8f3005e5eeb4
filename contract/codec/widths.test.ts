import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { metricsOf } from "@/contract/metrics";
import { BitReader, BitWriter } from "./bits";
import { absenceOf, type Block, createBlock, ENTITY_ABSENT, PRESENT, selectMoments } from "./block";
import { decodeChunk, decodeChunkColumn, decodeChunkHead, encodeChunk, writtenColumn } from "./chunk";
import { CodecError } from "./codec-error";
import { decodeFrame, encodeFrame, SAMPLES_MAX, SessionState } from "./frame";
import { COLUMNS_MAX, createLayout, type DictionaryEntry, type Layout } from "./layout";
import { lettersOf, otherVersion } from "./testing/other-version";
import { decodeWidths, encodeWidths, WIDTH_MAX } from "./widths";

const RUNS = { numRuns: 300, seed: 20_261_123 };
const OLDER = absenceOf("older_version");
const START = 1_790_000_000;
/** Those of this version with 1 to 20 metrics, and one that it does not know. */
const KINDS = ["machine", "filesystem", "sensor", "series", "fusionReactor"];

const entriesOf = (kinds: readonly string[]): DictionaryEntry[] =>
  kinds.map((kind, slot) => ({ kind, key: `${slot}` }));

/** Of each kind from no metric at all to three more than this version has; what is more is doubles as well as steps. */
const widths = fc.record(
  Object.fromEntries(
    KINDS.map((kind) => [
      kind,
      fc
        .tuple(
          fc.nat({ max: metricsOf(kind).length }),
          fc.array(fc.constantFrom("i", "d"), { maxLength: 3 }).map((letters) => letters.join("")),
        )
        .map(([fewer, more]) => (fewer > 0 ? lettersOf(kind, -fewer) : lettersOf(kind, 0) + more)),
    ]),
  ),
);

/** A block as a version with other metrics writes it, and the layout that this version has for the same dictionary. */
const blocks = fc
  .tuple(
    fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 7 }),
    widths,
    fc.integer({ min: 1, max: 12 }),
    fc.gen(),
  )
  .map(([kinds, letters, count, g]) => {
    const entries = entriesOf(kinds);
    const written = createLayout(entries, otherVersion(letters));
    const moments = Array.from({ length: count }, (_, at) => START + 60 * at);
    const block = createBlock(written, moments);
    for (let column = 0; column < written.columns; column += 1) {
      for (let at = column * count; at < (column + 1) * count; at += 1) {
        block.absence[at] = g(() => fc.constantFrom(PRESENT, PRESENT, PRESENT, 2, 13, ENTITY_ABSENT));
        if (block.absence[at] !== PRESENT) continue;
        block.values[at] = written.isDouble[column] ? g(fc.double) : g(() => fc.integer());
      }
    }
    return { block, own: createLayout(entries) };
  });

const contentOf = ({ moments, values, absence }: Block) => ({
  moments: [...moments],
  values: [...values],
  absence: [...absence],
});

/** What this version is to make of a block, worked out reading by reading. */
function expectedOf(block: Block, own: Layout): Block {
  const { layout, moments } = block;
  const expected = createBlock(own, moments);
  const place = (of: Layout, slot: number, index: number, at: number) => of.columnOf(slot, index) * moments.length + at;
  own.entries.forEach(({ kind }, slot) => {
    const width = layout.kinds.find((known) => known.kind === kind)?.metrics.length ?? 0;
    const told = Array.from({ length: width }, (_, index) => index);
    metricsOf(kind).forEach((_, index) => {
      moments.forEach((_, at) => {
        const to = place(own, slot, index, at);
        const isRecorded = told.some((other) => block.absence[place(layout, slot, other, at)] !== ENTITY_ABSENT);
        if (index >= width) expected.absence[to] = isRecorded ? OLDER : ENTITY_ABSENT;
        else {
          expected.absence[to] = block.absence[place(layout, slot, index, at)] ?? 0;
          expected.values[to] = block.values[place(layout, slot, index, at)] ?? 0;
        }
      });
    });
  });
  return expected;
}

describe("what a version with other metrics wrote is read by this one", () => {
  test("a frame that stands alone: what both know as it was, what is new here absent with its reason, the rest left out", () => {
    fc.assert(
      fc.property(blocks, ({ block, own }) => {
        const decoded = decodeFrame(own, encodeFrame(block));
        expect(decoded.layout).toBe(own);
        expect(contentOf(decoded)).toEqual(contentOf(expectedOf(block, own)));
      }),
      RUNS,
    );
  });

  test("a session, frame after frame, and both ends know the same of it", () => {
    fc.assert(
      fc.property(blocks, fc.integer({ min: 1, max: 5 }), ({ block, own }, size) => {
        const sender = new SessionState(block.layout);
        const receiver = new SessionState(own);
        for (let at = 0; at < block.moments.length; at += size) {
          const indexes = block.moments.map((_, index) => index).slice(at, at + size);
          const part = selectMoments(block, indexes);
          const decoded = decodeFrame(own, encodeFrame(part, sender), receiver);
          expect(contentOf(decoded)).toEqual(contentOf(expectedOf(part, own)));
        }
        expect(receiver.models).toEqual(sender.models);
        expect(receiver.absence).toEqual(sender.absence);
        expect(receiver.clone().written.columns).toBe(block.layout.columns);
      }),
      RUNS,
    );
  });

  test("a chunk, whole and one column without the others", () => {
    fc.assert(
      fc.property(blocks, ({ block, own }) => {
        const { head: bytes, toc, body } = encodeChunk(block);
        const expected = expectedOf(block, own);
        expect(contentOf(decodeChunk(own, { head: bytes, toc, body }))).toEqual(contentOf(expected));
        const head = decodeChunkHead(own, bytes);
        expect([...head.absence]).toEqual([...expected.absence]);
        const count = block.moments.length;
        for (let column = 0; column < own.columns; column += 1) {
          const at = writtenColumn(own, head, column);
          const part = at === null ? new Uint8Array() : body.subarray(toc[at], toc[at + 1]);
          const values = decodeChunkColumn(own, head, column, part);
          expect([...values]).toEqual([...expected.values.subarray(column * count, (column + 1) * count)]);
        }
      }),
      RUNS,
    );
  });

  test("what was read so is written again with the metrics of this version, and nothing of it becomes nought", () => {
    const entries = entriesOf(["machine"]);
    const written = createLayout(entries, otherVersion({ machine: lettersOf("machine", -1) }));
    const block = createBlock(written, [START]);
    block.absence.fill(PRESENT);
    block.values.fill(7);
    const own = createLayout(entries);
    const again = decodeFrame(own, encodeFrame(decodeFrame(own, encodeFrame(block))));
    expect([...again.absence]).toEqual(metricsOf("machine").map((_, at) => (at < written.columns ? PRESENT : OLDER)));
  });
});

describe("widths", () => {
  const bytesOf = (layout: Layout) => {
    const writer = new BitWriter();
    encodeWidths(writer, layout);
    return writer.finish();
  };

  test("that are those of this version give its own layout, in a byte or two a kind", () => {
    const own = createLayout(entriesOf(["machine", "filesystem", "disk", "interface", "series"]));
    expect(bytesOf(own)).toHaveLength(5);
    expect(decodeWidths(new BitReader(bytesOf(own)), own)).toBe(own);
  });

  test("of the same other version give the same layout again", () => {
    const own = createLayout(entriesOf(["machine", "sensor"]));
    const bytes = bytesOf(createLayout(own.entries, otherVersion({ sensor: "i" })));
    expect(decodeWidths(new BitReader(bytes), own)).toBe(decodeWidths(new BitReader(bytes), own));
  });

  const told = (width: number) => {
    const writer = new BitWriter();
    writer.putGamma(width + 1);
    writer.put(0, 1);
    return new BitReader(writer.finish());
  };

  test("beyond the limit are refused", () => {
    const own = createLayout(entriesOf(["sensor"]));
    expect(decodeWidths(told(WIDTH_MAX), own).columns).toBe(WIDTH_MAX);
    expect(() => decodeWidths(told(WIDTH_MAX + 1), own)).toThrow(/1025 metrics of the kind sensor/);
    expect(() => decodeWidths(told(2 ** 24), own)).toThrow(CodecError);
  });

  test("that would be too many columns together are refused", () => {
    const own = createLayout(entriesOf(Array.from({ length: COLUMNS_MAX / WIDTH_MAX + 1 }, () => "sensor")));
    expect(() => decodeWidths(told(WIDTH_MAX), own)).toThrow(/65536 columns at most/);
  });

  test("that say a known metric is coded in another way are refused: a set never changes that", () => {
    const own = createLayout(entriesOf(["sensor"]));
    const lying = createLayout(own.entries, () => [
      { name: "temperatureCelsius", kind: "double", step: 1 },
      { name: "criticalCelsius", kind: "gauge", step: 0.1 },
    ]);
    expect(() => decodeWidths(new BitReader(bytesOf(lying)), own)).toThrow(/temperatureCelsius coded as doubles/);
  });
});

describe("nonsense of another version", () => {
  const own = createLayout(entriesOf(KINDS));
  const written = createLayout(
    own.entries,
    otherVersion({ machine: lettersOf("machine", 2), sensor: "i", fusionReactor: "idi" }),
  );
  const block = createBlock(
    written,
    Array.from({ length: 20 }, (_, at) => START + 60 * at),
  );
  block.absence.fill(PRESENT);
  block.values.forEach((_, at) => {
    block.values[at] = (at * 7919) % 1000;
  });
  const frame = encodeFrame(block);
  const { head, toc, body } = encodeChunk(block);
  const refusedOrRead = (read: () => unknown) => {
    try {
      read();
    } catch (error) {
      // Anything else is a crash.
      expect(error).toBeInstanceOf(CodecError);
    }
  };
  const turned = (bytes: Uint8Array, bits: readonly number[]) => {
    const spoilt = bytes.slice();
    for (const bit of bits) spoilt[bit >> 3] = (spoilt[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return spoilt;
  };
  // Most of them among the first bytes, where the widths are.
  const bitsOf = (bytes: Uint8Array) =>
    fc.array(fc.oneof(fc.nat({ max: 160 }), fc.nat({ max: 8 * bytes.length - 1 })), { minLength: 1, maxLength: 4 });

  test("a frame with a few bits turned is refused or read, never a crash", () => {
    fc.assert(
      fc.property(bitsOf(frame), (bits) => refusedOrRead(() => decodeFrame(own, turned(frame, bits)))),
      { numRuns: 10_000, seed: 3 },
    );
  });

  test("a chunk with a few bits of its head turned is refused or read, never a crash", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 8 * head.length - 1 }), { minLength: 1, maxLength: 4 }), (bits) =>
        refusedOrRead(() => decodeChunk(own, { head: turned(head, bits), toc, body })),
      ),
      { numRuns: 10_000, seed: 4 },
    );
  });

  test("few columns that would be many here are refused before they are allocated", () => {
    const wide = createLayout(entriesOf(Array.from({ length: 3000 }, () => "machine")));
    const narrow = createLayout(wide.entries, otherVersion({ machine: "" }));
    const moments = Array.from({ length: 4000 }, (_, at) => START + at);
    const frame = encodeFrame(createBlock(narrow, moments));
    expect(frame.length).toBeLessThan(600);
    expect(() => decodeFrame(wide, frame)).toThrow(new RegExp(`expected ${2 * SAMPLES_MAX} values at most`));
    expect(() => decodeChunk(wide, encodeChunk(createBlock(narrow, moments)))).toThrow(/values at most/);
  });

  test("a key frame in a session that has begun, and any other in one that has not, are refused", () => {
    const sender = new SessionState(written);
    const key = encodeFrame(selectMoments(block, [0]), sender);
    const next = encodeFrame(selectMoments(block, [1]), sender);
    expect(() => decodeFrame(own, next, new SessionState(own))).toThrow(/kind 2, expected 3/);
    const receiver = new SessionState(own);
    decodeFrame(own, key, receiver);
    expect(() => decodeFrame(own, key, receiver)).toThrow(/kind 3, expected 2/);
    expect(decodeFrame(own, next, receiver).moments).toEqual([START + 60]);
  });

  test("a chunk of another format is refused by its number", () => {
    expect(() => decodeChunkHead(own, Uint8Array.from([1, ...head.subarray(1)]))).toThrow(/format 1, expected 2/);
  });
});
