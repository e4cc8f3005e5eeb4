import { describe, expect, test } from "vitest";
import { type Block, createBlock, ENTITY_ABSENT, PRESENT, selectMoments } from "@/contract/codec/block";
import { createLayout, type DictionaryEntry } from "@/contract/codec/layout";
import { metricsOf } from "@/contract/metrics";
import { seededRandom } from "@/server/testing/random";
import { type Incoming, type Merged, mergeRecords, type Recorded } from "./merge";

/** A record of the zone `id`: (moment − span, moment] in seconds, increments in steps. */
type Record = { id: number; moment: number; span: number; joules: number; isThinned?: boolean };

const ENTRIES: DictionaryEntry[] = [1, 2, 3].map((id) => ({ kind: "energyZone", key: `zone ${id}` }));
const START = 1_800_000_000;

/** Records as they come in one frame: all thinned or none. */
function frameOf(records: Record[]): Incoming {
  const entityIds = [...new Set(records.map(({ id }) => id))];
  const layout = createLayout(entityIds.map((id) => ENTRIES[id - 1] as DictionaryEntry));
  const moments = [...new Set(records.map(({ moment }) => START + moment))].sort((a, b) => a - b);
  const block = createBlock(layout, moments);
  for (const { id, moment, span, joules } of records) {
    const at = moments.indexOf(START + moment);
    [span, joules].forEach((value, metric) => {
      const cell = layout.columnOf(entityIds.indexOf(id), metric) * moments.length + at;
      block.values[cell] = value;
      block.absence[cell] = PRESENT;
    });
  }
  return { block, entityIds, isThinned: records.some(({ isThinned }) => isThinned) };
}

function readRecords({ block, entityIds }: Recorded): Record[] {
  const { layout, moments, values, absence } = block;
  return entityIds
    .flatMap((id, slot) =>
      moments.flatMap((moment, at) => {
        const cells = [0, 1].map((metric) => layout.columnOf(slot, metric) * moments.length + at);
        if (cells.some((cell) => absence[cell] === ENTITY_ABSENT)) return [];
        const [span, joules] = cells.map((cell) => values[cell] ?? 0);
        return { id, moment: moment - START, span: span ?? 0, joules: joules ?? 0 };
      }),
    )
    .sort((a, b) => a.id - b.id || a.moment - b.moment);
}

/** Merges one after the other, as compactions do; whether thinned records are stored is remembered. */
function mergeAll(frames: Incoming[], stored: Recorded | null = null): Merged {
  let hasThinned = stored !== null;
  let merged: Merged | null = null;
  for (const frame of frames) {
    const copy = { ...frame, block: selectMoments(frame.block, [...frame.block.moments.keys()]) };
    merged = mergeRecords(merged ?? stored, [copy], hasThinned);
    hasThinned ||= frame.isThinned;
  }
  if (!merged) throw new Error("nothing was merged");
  return merged;
}

const totalsOf = (records: Record[]) =>
  [1, 2, 3].map((id) => {
    const own = records.filter((record) => record.id === id);
    return [own.reduce((sum, { span }) => sum + span, 0), own.reduce((sum, { joules }) => sum + joules, 0)];
  });

/** Minutes of three zones, some of which were down for a while: the record after that covers the whole time. */
function minutesOf(random: () => number, minutes: number): Record[] {
  return [1, 2, 3].flatMap((id) => {
    const records: Record[] = [];
    let last = 0;
    for (let minute = 1; minute <= minutes; minute += 1) {
      if (random() < 0.1) continue;
      records.push({ id, moment: 60 * minute, span: 60 * (minute - last), joules: Math.floor(random() * 1e6) });
      last = minute;
    }
    return records;
  });
}

/** What an edge makes of records when its disk is full: one for each group of `seconds`, at the group's last moment. */
function thin(records: Record[], seconds: number): Record[] {
  const groups = new Map<string, Record>();
  for (const record of records) {
    const name = `${record.id} ${Math.ceil(record.moment / seconds)}`;
    const group = groups.get(name);
    groups.set(name, {
      ...record,
      isThinned: true,
      span: record.span + (group?.span ?? 0),
      joules: record.joules + (group?.joules ?? 0),
    });
  }
  return [...groups.values()];
}

function shuffle<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((value) => ({ value, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
}

/** Cuts a list into frames of random lengths. */
function framesOf(records: Record[], random: () => number): Incoming[] {
  const frames: Incoming[] = [];
  for (let at = 0; at < records.length; ) {
    const length = 1 + Math.floor(random() * 7);
    frames.push(frameOf(records.slice(at, at + length)));
    at += length;
  }
  return frames;
}

describe("merging is a union of sets", () => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed))(
    "in any order and any cut, with repeats (seed %i)",
    (seed) => {
      const random = seededRandom(seed);
      const records = minutesOf(random, 30);
      const expected = readRecords(mergeAll([frameOf(records)]));
      const repeated = shuffle([...records, ...records.slice(0, 20)], random);
      const merged = mergeAll(framesOf(repeated, random));
      expect(readRecords(merged)).toEqual(expected);
      expect(expected).toHaveLength(records.length);
    },
  );

  test("what is there already changes nothing and is not written again", () => {
    const frames = framesOf(minutesOf(seededRandom(1), 30), seededRandom(2));
    const stored = mergeAll(frames);
    const again = mergeRecords(stored, frames, false);
    expect([again.isChanged, again.added]).toEqual([false, 0]);
    expect(again.block).toEqual(stored.block);
  });

  test("the first writer of an entity's moment wins, as a whole", () => {
    const first = { id: 1, moment: 60, span: 60, joules: 5 };
    const merged = mergeAll([
      frameOf([first]),
      frameOf([
        { ...first, joules: 7 },
        { id: 2, moment: 60, span: 60, joules: 1 },
      ]),
    ]);
    expect(readRecords(merged)).toEqual([first, { id: 2, moment: 60, span: 60, joules: 1 }]);
  });

  test("a reading with a reason for its absence counts as recorded, an entity that is left out does not", () => {
    const known = frameOf([{ id: 1, moment: 60, span: 60, joules: 5 }]);
    const unread = frameOf([{ id: 1, moment: 60, span: 60, joules: 5 }]);
    unread.block.absence[1] = 2;
    unread.block.values[1] = 0;
    const left = frameOf([{ id: 1, moment: 60, span: 60, joules: 5 }]);
    left.block.absence.fill(ENTITY_ABSENT);
    expect(readRecords(mergeAll([left, known]))).toHaveLength(1);
    const merged = mergeAll([unread, known]);
    expect(merged.block.absence[1]).toBe(2);
  });

  test("a new entity of a kind that sorts before keeps every value with its own entity", () => {
    const zone = frameOf([{ id: 1, moment: 60, span: 60, joules: 5 }]);
    const layout = createLayout([{ kind: "machine", key: "machine" }, ENTRIES[0] as DictionaryEntry]);
    const block = createBlock(layout, [START + 120]);
    block.absence.fill(PRESENT);
    block.values.set(Array.from(block.values.keys(), (place) => 10 + place));
    const { block: merged, entityIds } = mergeRecords(zone, [{ block, entityIds: [9, 1], isThinned: false }], false);
    expect(entityIds).toEqual([1, 9]);
    const width = metricsOf("machine").length;
    const valuesAt = (slot: number, at: number, metrics: number) =>
      Array.from({ length: metrics }, (_, metric) => merged.values[merged.layout.columnOf(slot, metric) * 2 + at]);
    expect(valuesAt(0, 0, 2)).toEqual([60, 5]);
    expect(valuesAt(0, 1, 2)).toEqual([10 + width, 11 + width]);
    expect(valuesAt(1, 1, width)).toEqual(Array.from({ length: width }, (_, metric) => 10 + metric));
  });
});

describe("time that two records cover", () => {
  /** Originals that arrived, and groups of five minutes and of an hour that hold them too. */
  test.each(Array.from({ length: 200 }, (_, seed) => seed))(
    "is counted once in any order of arrival (seed %i)",
    (seed) => {
      const random = seededRandom(seed);
      const records = minutesOf(random, 120);
      const groups = thin(records, 300);
      const hours = thin(groups, 3600);
      // Each minute arrives at least once: in its hour, in its five minutes, or by itself.
      const arriving = [
        ...hours.filter(() => random() < 0.9),
        ...groups.filter(() => random() < 0.4),
        ...records.filter(() => random() < 0.4),
      ];
      const covered = new Set(arriving.flatMap(({ id, moment, isThinned }) => (isThinned ? [] : [`${id} ${moment}`])));
      for (const group of hours.filter((hour) => !arriving.includes(hour))) {
        for (const record of records) {
          const isOfGroup =
            record.id === group.id && Math.ceil(record.moment / 3600) === Math.ceil(group.moment / 3600);
          if (isOfGroup && !covered.has(`${record.id} ${record.moment}`)) arriving.push(record);
        }
      }
      const order = shuffle(arriving, random);
      const merged = mergeAll(order.map((record) => frameOf([record])));
      expect(totalsOf(readRecords(merged))).toEqual(totalsOf(records));

      const again = mergeAll(
        shuffle(order, random).map((record) => frameOf([record])),
        merged,
      );
      expect(totalsOf(readRecords(again))).toEqual(totalsOf(records));
    },
  );

  test("a mean that covers recorded minutes holds only what they do not", () => {
    const minute = { id: 1, moment: 180, span: 60, joules: 10 };
    const mean = { id: 1, moment: 300, span: 300, joules: 100, isThinned: true };
    const expected = [minute, { id: 1, moment: 300, span: 240, joules: 90 }];
    expect(readRecords(mergeAll([frameOf([minute]), frameOf([mean])]))).toEqual(expected);
    expect(readRecords(mergeAll([frameOf([mean]), frameOf([minute])]))).toEqual(expected);
  });

  test("a second of rounding between neighbours is no overlap", () => {
    const records = [60, 121, 180].map((moment) => ({ id: 1, moment, span: 61, joules: 10 }));
    expect(readRecords(mergeAll(records.map((record) => frameOf([record]))))).toEqual(records);
    expect(readRecords(mergeAll(records.reverse().map((record) => frameOf([record]))))).toEqual(records.reverse());
  });
});

test("twice as many minutes of ten machines are twice the work and not more", () => {
  /** Look-ups of columns, which every step of a merge makes, in a merge of so many frames of one minute. */
  const workOf = (minutes: number) => {
    let work = 0;
    const made = createLayout(Array.from({ length: 10 }, (_, index) => ({ kind: "machine", key: `${index}` })));
    const layout = {
      ...made,
      columnOf: (slot: number, metric: number) => {
        work += 1;
        return made.columnOf(slot, metric);
      },
    };
    const entityIds = layout.entries.map((_, slot) => slot);
    const frames = Array.from({ length: minutes }, (_, minute): Incoming => {
      const block: Block = createBlock(layout, [START + 60 * minute]);
      block.absence.fill(PRESENT);
      block.values.fill(60);
      return { block, entityIds, isThinned: false };
    });
    mergeRecords(null, frames, false);
    return work;
  };
  expect(workOf(30)).toBeGreaterThan(30 * 10);
  expect(workOf(60)).toBeLessThanOrEqual(2 * workOf(30));
});
