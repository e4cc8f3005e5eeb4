import { describe, expect, test } from "vitest";
import { absenceOf, type Block, createBlock, ENTITY_ABSENT, PRESENT } from "@/contract/codec/block";
import { createLayout, type Dictionary } from "@/contract/codec/layout";
import { metricsOf } from "@/contract/metrics";
import { seededRandom } from "@/server/testing/random";
import { openHours, packChunk, packHours, unpackChunk } from "./chunks";
import { aggregateDay, aggregateHours, differenceOf, fiveMinuteLayout, sumFiveMinutes } from "./rollups";

const START = 1_800_000_000 - (1_800_000_000 % 86_400);
const ENTRIES: Dictionary = [
  { kind: "machine", key: "machine" },
  { kind: "interface", key: "eth0" },
  { kind: "interface", key: "eth1" },
  { kind: "sensor", key: "cpu" },
  { kind: "series", key: "room_celsius" },
];

/** Moments at uneven distances; entities and readings that are missing now and then, and negative values. */
function randomBlock(seed: number, hours = 2): Block {
  const random = seededRandom(seed);
  const moments: number[] = [];
  for (let at = START + Math.floor(random() * 60); at < START + hours * 3600; at += 20 + Math.floor(random() * 200)) {
    moments.push(at);
  }
  const layout = createLayout(ENTRIES);
  const block = createBlock(layout, moments);
  ENTRIES.forEach(({ kind }, slot) => {
    moments.forEach((_, at) => {
      const isLeftOut = random() < 0.1;
      metricsOf(kind).forEach(({ name }, metric) => {
        const cell = layout.columnOf(slot, metric) * moments.length + at;
        if (isLeftOut) return;
        block.absence[cell] = random() < 0.1 ? absenceOf("read_failed") : PRESENT;
        if (block.absence[cell] !== PRESENT) return;
        const size = name.endsWith("Bytes") ? 1e12 : 1000;
        block.values[cell] = kind === "series" ? random() * 40 - 20 : Math.floor(random() * size) - 100;
      });
    });
  });
  return block;
}

/** Present values of a column with their moments. */
function valuesOf({ layout, moments, values, absence }: Block, slot: number, metric: number) {
  const from = layout.columnOf(slot, metric) * moments.length;
  return moments.flatMap((moment, at) =>
    absence[from + at] === PRESENT ? [{ moment, value: values[from + at] ?? Number.NaN }] : [],
  );
}

const SEEDS = Array.from({ length: 25 }, (_, seed) => seed);

describe("five-minute sums", () => {
  test.each(SEEDS)("are what adding up entity by entity gives (seed %i)", (seed) => {
    const block = randomBlock(seed);
    const sums = new Map<string, { sum: bigint; entities: number }>();
    ENTRIES.forEach(({ kind }, slot) => {
      if (kind === "series") return;
      metricsOf(kind).forEach((metric, index) => {
        const read = valuesOf(block, slot, index);
        for (const at of new Set(read.map(({ moment }) => moment - (moment % 300)))) {
          const own = read.filter(({ moment }) => moment - (moment % 300) === at);
          const total = own.reduce((sum, { value }) => sum + value, 0);
          const isSummed = metric.kind === "counter" || metric.name === "spanSeconds";
          const name = `${kind} ${index} ${at}`;
          const known = sums.get(name) ?? { sum: 0n, entities: 0 };
          const figure = BigInt(isSummed ? total : Math.round(total / own.length));
          sums.set(name, { sum: known.sum + figure, entities: known.entities + 1 });
        }
      });
    });
    const figures = [...differenceOf(null, sumFiveMinutes(block))];
    const told = figures.map(({ kind, metric, at, sum, entities }) => [`${kind} ${metric} ${at}`, { sum, entities }]);
    expect(new Map(told as [string, { sum: bigint; entities: number }][])).toEqual(sums);
  });

  test.each(SEEDS)("move by differences that lead from one block to the other (seed %i)", (seed) => {
    const [before, after] = [sumFiveMinutes(randomBlock(seed, 1)), sumFiveMinutes(randomBlock(seed + 100, 2))];
    const at = (figures: ReturnType<typeof differenceOf>) => {
      const totals = new Map<string, { sum: bigint; entities: number }>();
      for (const { kind, metric, at: moment, sum, entities } of figures) {
        totals.set(`${kind} ${metric} ${moment}`, { sum, entities });
      }
      return totals;
    };
    const moved = at(differenceOf(null, before));
    for (const [name, { sum, entities }] of at(differenceOf(before, after))) {
      const known = moved.get(name) ?? { sum: 0n, entities: 0 };
      moved.set(name, { sum: known.sum + sum, entities: known.entities + entities });
    }
    for (const [name, { sum, entities }] of moved) if (sum === 0n && entities === 0) moved.delete(name);
    expect(moved).toEqual(at(differenceOf(null, after)));
    expect([...differenceOf(after, after)]).toEqual([]);
  });

  test("come back from a chunk as they were", () => {
    const sums = sumFiveMinutes(randomBlock(1));
    if (!sums) throw new Error("there is something to add up");
    expect(sums.kinds).toEqual(["machine", "interface", "sensor"]);
    expect(unpackChunk(fiveMinuteLayout(sums.kinds), packChunk(sums.block))).toEqual(sums.block);
  });

  test("of kept series alone, or of nothing that was recorded, are none", () => {
    const series = createBlock(createLayout([{ kind: "series", key: "x" }]), [START]);
    expect(sumFiveMinutes(series)).toBeNull();
    const empty = createBlock(createLayout(ENTRIES), [START]);
    expect([...differenceOf(null, sumFiveMinutes(empty))]).toEqual([]);
  });

  test("leave out the machines that an agent of a cluster tells of: they speak for themselves", () => {
    const layout = createLayout([
      { kind: "cluster", key: "cluster" },
      { kind: "machine", key: "node-a" },
      { kind: "filesystem", key: "node-a/nodefs" },
      { kind: "volume", key: "shop/data" },
    ]);
    const block = createBlock(layout, [START]);
    block.absence.fill(PRESENT);
    const kinds = new Set([...differenceOf(null, sumFiveMinutes(block))].map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(["cluster", "volume"]);
  });
});

describe("hours", () => {
  test.each(SEEDS)("keep number, sum, least and greatest through packing, exactly (seed %i)", (seed) => {
    const block = randomBlock(seed, 5);
    const aggregates = aggregateHours(block);
    const { hours, readColumn } = openHours(block.layout, packHours(aggregates));
    const day = aggregateDay(aggregates);
    ENTRIES.forEach(({ kind }, slot) => {
      metricsOf(kind).forEach((_, metric) => {
        const column = block.layout.columnOf(slot, metric);
        const own = valuesOf(block, slot, metric);
        const read = readColumn(column);
        hours.forEach((hour, at) => {
          const values = own.filter(({ moment }) => moment - (moment % 3600) === hour).map(({ value }) => value);
          const told = [read.n[at], read.sum[at], read.min[at], read.max[at]];
          const expected = [
            values.length,
            values.reduce((sum, value) => sum + value, 0),
            values.length > 0 ? Math.min(...values) : 0,
            values.length > 0 ? Math.max(...values) : 0,
          ];
          expect(told).toEqual(expected);
        });
        expect([day.n[column], day.min[column], day.max[column]]).toEqual([
          own.length,
          Math.min(...own.map(({ value }) => value)),
          Math.max(...own.map(({ value }) => value)),
        ]);
      });
    });
  });

  test("of an entity that was never recorded are empty, not zero", () => {
    const block = createBlock(createLayout(ENTRIES), [START]);
    expect(block.absence[0]).toBe(ENTITY_ABSENT);
    const { readColumn } = openHours(block.layout, packHours(aggregateHours(block)));
    expect([...readColumn(0).n]).toEqual([0]);
  });
});
