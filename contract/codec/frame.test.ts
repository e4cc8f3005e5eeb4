import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type EntityKind, metricsOf } from "@/contract/metrics";
import { type Block, createBlock, ENTITY_ABSENT, PRESENT, selectMoments } from "./block";
import { decodeChunk, decodeChunkColumn, decodeChunkHead, encodeChunk } from "./chunk";
import { CodecError } from "./codec-error";
import { VALUE_MAX } from "./column-model";
import { decodeFrame, encodeFrame, encodeStoredFrame, SAMPLES_MAX, SessionState } from "./frame";
import { inLayout } from "./in-layout";
import { COLUMNS_MAX, createLayout, type Layout } from "./layout";
import { MOMENT_MAX, MOMENTS_MAX } from "./moments";
import { otherVersion } from "./testing/other-version";

const RUNS = { numRuns: 400, seed: 20_261_123 };
const KINDS: EntityKind[] = ["machine", "filesystem", "sensor", "link", "series"];

const layouts = fc
  .array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 6 })
  .map((kinds) => createLayout(kinds.map((kind, slot) => ({ kind, key: `entity ${slot}` }))));

/** Whole numbers of all sizes, the edges of the range among them. */
const steps = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.integer(),
  fc.double({ min: -VALUE_MAX, max: VALUE_MAX, noNaN: true }).map((value) => Math.round(value) + 0),
  fc.constantFrom(0, VALUE_MAX, -VALUE_MAX, VALUE_MAX - 1),
);
const doubles = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE, 0.1, 1e22),
  fc.integer({ min: -100_000, max: 100_000 }).map((value) => value / 100),
);
const absences = fc.oneof({ weight: 8, arbitrary: fc.constant(PRESENT) }, fc.constantFrom(1, 2, 7, 13, ENTITY_ABSENT));
const rhythms = fc.oneof(
  fc.array(fc.constant(60), { minLength: 1, maxLength: 40 }),
  fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 40 }),
);

function fill(
  layout: Layout,
  moments: number[],
  next: { step: () => number; double: () => number; gap: () => number },
) {
  const block = createBlock(layout, moments);
  for (let column = 0; column < layout.columns; column += 1) {
    let step = next.step();
    for (let at = 0; at < moments.length; at += 1) {
      const place = column * moments.length + at;
      block.absence[place] = next.gap();
      // Half of the columns hardly change: the coder has a way of its own for those.
      if (column % 2 === 0) step = next.step();
      if (block.absence[place] === PRESENT) block.values[place] = layout.isDouble[column] ? next.double() : step;
    }
  }
  return block;
}

const blocks = fc
  .tuple(layouts, rhythms, fc.integer({ min: 1, max: 2 ** 31 }), fc.gen())
  .map(([layout, gaps, start, g]) => {
    let moment = start;
    const moments = gaps.map((gap) => {
      moment += gap;
      return moment;
    });
    return fill(layout, moments, {
      step: () => g(() => steps),
      double: () => g(() => doubles),
      gap: () => g(() => absences),
    });
  });

/** Every value, reason and moment, so that −0 and NaN count. */
const contentOf = ({ moments, values, absence }: Block) => ({
  moments: [...moments],
  values: [...values],
  absence: [...absence],
});

describe("a frame", () => {
  test("gives back every value, reason and moment that went in", () => {
    fc.assert(
      fc.property(blocks, (block) => {
        expect(contentOf(decodeFrame(block.layout, encodeFrame(block)))).toEqual(contentOf(block));
      }),
      RUNS,
    );
  });

  test("that is kept gives back the same too", () => {
    fc.assert(
      fc.property(blocks, (block) => {
        expect(contentOf(decodeFrame(block.layout, encodeStoredFrame(block)))).toEqual(contentOf(block));
      }),
      RUNS,
    );
  });

  test("that is kept tells once what all entities lack, gives it back, and never goes on in a session", () => {
    const layout = createLayout(Array.from({ length: 40 }, (_, at) => ({ kind: "machine", key: String(at) })));
    const block = createBlock(layout, [1_790_000_000, 1_790_000_060]);
    for (let place = 0; place < block.absence.length; place += 1) {
      const metric = layout.metricIndexes[place >> 1] ?? 0;
      block.absence[place] = metric < 4 ? PRESENT : metric % 9 === 0 ? 3 : ENTITY_ABSENT;
    }
    const kept = encodeStoredFrame(block);
    expect(contentOf(decodeFrame(layout, kept))).toEqual(contentOf(block));
    expect(kept.length).toBeLessThan(encodeFrame(block).length / 4);
    expect(() => decodeFrame(layout, kept, new SessionState(layout))).toThrow(CodecError);
  });

  test("in a session gives back the same, frame after frame, and both ends know the same afterwards", () => {
    fc.assert(
      fc.property(blocks, fc.integer({ min: 1, max: 7 }), (block, size) => {
        const sender = new SessionState(block.layout);
        const receiver = new SessionState(block.layout);
        for (let at = 0; at < block.moments.length; at += size) {
          const indexes = block.moments.map((_, index) => index).slice(at, at + size);
          const part = selectMoments(block, indexes);
          const decoded = decodeFrame(block.layout, encodeFrame(part, sender), receiver);
          expect(contentOf(decoded)).toEqual(contentOf(part));
        }
        expect(receiver).toEqual(sender);
      }),
      RUNS,
    );
  });

  test("of what stands still for long and then moves gives back the same, and so do those after it", () => {
    const layout = createLayout([{ kind: "machine", key: "machine" }]);
    const [writer, reader] = [new SessionState(layout), new SessionState(layout)];
    for (const [part, still] of [5, 15, 16, 17, 40, 300].entries()) {
      const moments = Array.from({ length: still + 20 }, (_, at) => 100_000 * (part + 1) + 60 * at);
      const block = createBlock(layout, moments);
      block.absence.fill(PRESENT);
      block.values.forEach((_, place) => {
        const [column, at] = [Math.floor(place / moments.length), place % moments.length];
        const moved = at < still ? 0 : at % (column + 2) === 0 ? at * 7919 : 0;
        block.values[place] = 1000 * column + moved;
      });
      const read = decodeFrame(layout, encodeFrame(block, writer), reader);
      expect(contentOf(read)).toEqual(contentOf(block));
      expect(reader).toEqual(writer);
      expect(contentOf(decodeChunk(layout, encodeChunk(block)))).toEqual(contentOf(block));
    }
  });

  test("that was not acknowledged can be made again: a clone of the session is not moved by it", () => {
    const layout = createLayout([{ kind: "machine", key: "machine" }]);
    const state = new SessionState(layout);
    const first = machineBlock(layout, 1_790_000_000);
    const once = encodeFrame(first, state.clone());
    expect(encodeFrame(first, state.clone())).toEqual(once);
  });

  test("against another state than it was made for is refused, not read as other values", () => {
    const layout = createLayout([{ kind: "machine", key: "machine" }]);
    const sender = new SessionState(layout);
    const receiver = new SessionState(layout);
    decodeFrame(layout, encodeFrame(machineBlock(layout, 1_790_000_000), sender), receiver);
    encodeFrame(machineBlock(layout, 1_790_000_060), sender);
    const third = encodeFrame(machineBlock(layout, 1_790_000_120), sender);
    expect(() => decodeFrame(layout, third, receiver)).toThrow(CodecError);
  });
});

describe("a chunk", () => {
  test("gives back the whole block, and each column alone", () => {
    fc.assert(
      fc.property(blocks, (block) => {
        const { layout, moments } = block;
        const chunk = encodeChunk(block);
        expect(contentOf(decodeChunk(layout, chunk))).toEqual(contentOf(block));
        const head = decodeChunkHead(layout, chunk.head);
        const column = layout.columns - 1;
        const bytes = chunk.body.subarray(chunk.toc[column], chunk.toc[column + 1]);
        const values = decodeChunkColumn(layout, head, column, bytes);
        expect([...values]).toEqual([...block.values.subarray(column * moments.length, (column + 1) * moments.length)]);
      }),
      RUNS,
    );
  });
});

describe("what a frame cannot hold", () => {
  const layout = createLayout([{ kind: "sensor", key: "a" }]);
  const withValue = (value: number) => {
    const block = createBlock(layout, [1]);
    block.absence[0] = PRESENT;
    block.values[0] = value;
    return block;
  };

  test.each([[VALUE_MAX + 1], [-VALUE_MAX - 1], [0.5], [NaN], [Infinity]])(
    "a value of %d is refused by name",
    (value) => {
      expect(() => encodeFrame(withValue(value))).toThrow(new RegExp(`found the value ${value}`));
    },
  );

  test.each([
    ["none", []],
    ["not ascending", [2, 1]],
    ["twice the same", [1, 1]],
    ["of nought", [0]],
    ["beyond the year 2106", [MOMENT_MAX + 1]],
    ["with a fraction", [1.5]],
    ["too many", Array.from({ length: MOMENTS_MAX + 1 }, (_, at) => at + 1)],
  ])("moments: %s", (_, moments) => {
    expect(() => encodeFrame(createBlock(layout, moments))).toThrow(CodecError);
  });

  test("more columns, or the same entity twice", () => {
    const many = Array.from({ length: COLUMNS_MAX / 2 + 1 }, (_, at) => ({ kind: "sensor" as const, key: String(at) }));
    expect(() => createLayout(many)).toThrow(/columns, expected 65536 at most/);
    expect(() => createLayout([...layout.entries, ...layout.entries])).toThrow(/twice/);
  });
});

describe("nonsense", () => {
  const layout = createLayout(KINDS.map((kind) => ({ kind, key: kind })));
  const block = (() => {
    const g = fc.sample(fc.gen(), { numRuns: 1, seed: 7 })[0];
    if (!g) throw new Error("no generator");
    const moments = Array.from({ length: 20 }, (_, at) => 1_790_000_000 + 60 * at);
    return fill(layout, moments, { step: () => g(() => steps), double: () => g(() => doubles), gap: () => PRESENT });
  })();
  const spoilable = [encodeFrame(block), encodeStoredFrame(block)].map((frame) => [[...frame]] as const);
  const readable = (bytes: Uint8Array, session?: SessionState) => {
    try {
      return decodeFrame(layout, bytes, session);
    } catch (error) {
      // Anything else is a crash.
      expect(error).toBeInstanceOf(CodecError);
      return null;
    }
  };

  test("random bytes are refused or read, never a crash", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        readable(bytes);
        readable(Uint8Array.from([1, ...bytes]));
        readable(Uint8Array.from([4, ...bytes]));
        readable(Uint8Array.from([3, ...bytes]), new SessionState(layout));
      }),
      { numRuns: 20_000, seed: 1 },
    );
  });

  test.each(spoilable)("a frame with a few bits turned is refused, never a crash (kind %#)", (bytes) => {
    const valid = Uint8Array.from(bytes);
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 8 * valid.length - 1 }), { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat({ max: valid.length - 1 })),
        (bits, length) => {
          const spoilt = valid.slice();
          for (const bit of bits) spoilt[bit >> 3] = (spoilt[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          readable(length === null ? spoilt : spoilt.subarray(0, length));
        },
      ),
      { numRuns: 10_000, seed: 2 },
    );
  });

  test.each(spoilable)(
    "a cut frame is refused at every length, and so is one with something behind it (kind %#)",
    (bytes) => {
      for (let length = 0; length < bytes.length; length += 1) {
        expect(() => decodeFrame(layout, Uint8Array.from(bytes.slice(0, length)))).toThrow(CodecError);
      }
      expect(() => decodeFrame(layout, Uint8Array.from([...bytes, 0]))).toThrow(/behind the end/);
    },
  );

  test("a header that declares more values than allowed is refused before they are allocated", () => {
    const wide = createLayout(Array.from({ length: 2000 }, (_, at) => ({ kind: "machine" as const, key: String(at) })));
    expect(wide.columns * 60).toBeGreaterThan(SAMPLES_MAX);
    const small = createLayout([{ kind: "sensor", key: "a" }]);
    const frame = encodeFrame(
      createBlock(
        small,
        Array.from({ length: 60 }, (_, at) => at + 1),
      ),
    );
    expect(() => decodeFrame(wide, frame)).toThrow(/values at most/);
  });
});

type Vector = {
  title: string;
  kinds: string[];
  /** How many metrics the writer had of each kind, and which were doubles (see `otherVersion`). */
  widths: Record<string, string>;
  moments: number[];
  /** By column of the writer. A text is the number of a reason. */
  values: (number | string | null)[][];
};
type FrameVector = Vector & {
  /** With one frame it stands alone; else they are the frames of a session, with as many moments each. */
  frames: string[];
};
type ChunkVector = Vector & { head: string; columns: string[] };

function vectorsOf<V extends Vector>(file: string): (readonly [string, V])[] {
  const vectors: V[] = JSON.parse(readFileSync(join(import.meta.dirname, "..", "fixtures", "v2", file), "utf8"));
  return vectors.map((vector) => [vector.title, vector] as const);
}

/** What a vector's writer knew, and what this version makes of it. */
function readVector({ kinds, widths, moments, values }: Vector): { own: Layout; written: Block; expected: Block } {
  const entries = kinds.map((kind, slot) => ({ kind, key: String(slot) }));
  const own = createLayout(entries);
  const isOwn = own.kinds.every(({ kind, metrics }) => metrics.length === widths[kind]?.length);
  const written = createBlock(isOwn ? own : createLayout(entries, otherVersion(widths)), moments);
  values.forEach((column, at) => {
    column.forEach((value, place) => {
      const index = at * moments.length + place;
      written.absence[index] = typeof value === "string" ? Number(value) : value === null ? ENTITY_ABSENT : PRESENT;
      written.values[index] = typeof value === "number" ? value : 0;
    });
  });
  return { own, written, expected: isOwn ? written : inLayout(written, own) };
}

describe("the published vectors", () => {
  const frames = vectorsOf<FrameVector>("frames.json");

  test.each(frames)("%s", (_, vector) => {
    const { own, written, expected } = readVector(vector);
    const isAlone = vector.frames.length === 1;
    const sender = isAlone ? undefined : new SessionState(written.layout);
    const receiver = isAlone ? undefined : new SessionState(own);
    const size = written.moments.length / vector.frames.length;
    vector.frames.forEach((frame, part) => {
      const indexes = Array.from({ length: size }, (_, at) => part * size + at);
      expect(Buffer.from(encodeFrame(selectMoments(written, indexes), sender)).toString("hex")).toBe(frame);
      const decoded = decodeFrame(own, Buffer.from(frame, "hex"), receiver);
      expect(contentOf(decoded)).toEqual(contentOf(selectMoments(expected, indexes)));
    });
  });

  test("cover every way of coding: dense, runs, doubles as decimals and as bits, reasons, gaps, other versions", () => {
    expect(frames).toHaveLength(11);
  });

  test.each(vectorsOf<ChunkVector>("chunks.json"))("a chunk: %s", (_, vector) => {
    const { own, written, expected } = readVector(vector);
    const { head, toc, body } = encodeChunk(written);
    expect(Buffer.from(head).toString("hex")).toBe(vector.head);
    const columns = vector.columns.map((column) => Buffer.from(column, "hex"));
    expect(Buffer.from(body)).toEqual(Buffer.concat(columns));
    expect([...toc.subarray(1)].map((end, at) => end - (toc[at] ?? 0))).toEqual(columns.map(({ length }) => length));
    expect(contentOf(decodeChunk(own, { head, toc, body }))).toEqual(contentOf(expected));
  });
});

function machineBlock(layout: Layout, moment: number): Block {
  const block = createBlock(layout, [moment]);
  metricsOf("machine").forEach((_, at) => {
    block.absence[at] = PRESENT;
    block.values[at] = (moment % 1000) * (at + 1);
  });
  return block;
}
