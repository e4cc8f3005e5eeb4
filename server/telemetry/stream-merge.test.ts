import { describe, expect, test } from "vitest";
import { createBlock, PRESENT, selectMoments } from "@/contract/codec/block";
import { createLayout, type DictionaryEntry } from "@/contract/codec/layout";
import type { Incoming } from "./merge";
import { hoursCovered, mergeStream, type StoredHour } from "./stream-merge";

/** A record of a zone's energy: (moment − span, moment] in seconds after a full hour, joules in steps. */
type Record = { moment: number; span: number; joules: number };

const LAYOUT = createLayout([{ kind: "energyZone", key: "package" } satisfies DictionaryEntry]);
const HOUR = 3600;
const START = 500_000 * HOUR;

function frameOf(...records: Record[]): Incoming {
  const block = createBlock(
    LAYOUT,
    records.map(({ moment }) => START + moment),
  );
  records.forEach(({ span, joules }, at) => {
    block.values[at] = span;
    block.values[records.length + at] = joules;
    block.absence[at] = PRESENT;
    block.absence[records.length + at] = PRESENT;
  });
  return { block, entityIds: [1], isThinned: false };
}

/** Takes frames in one after the other, as compactions do, with the hours that each of them asks for. */
function storeOf(frames: Incoming[]): Map<number, StoredHour> {
  const hours = new Map<number, StoredHour>();
  for (const frame of frames) {
    const copy = { ...frame, block: selectMoments(frame.block, [...frame.block.moments.keys()]) };
    const covered = hoursCovered([copy]);
    const stored = [...hours.values()].filter(({ hour }) => covered && hour >= covered.first && hour <= covered.last);
    for (const { hour, after } of mergeStream(stored, [copy])) {
      hours.set(hour, { hour, recorded: after, isThinned: false, groups: [], revision: 1, isSealed: false });
    }
  }
  return hours;
}

const recordsOf = (hours: Map<number, StoredHour>): Record[] =>
  [...hours.values()]
    .flatMap(({ recorded: { block } }) =>
      block.moments.map((moment, at) => ({
        moment: moment - START,
        span: block.values[at] ?? 0,
        joules: block.values[block.moments.length + at] ?? 0,
      })),
    )
    .sort((a, b) => a.moment - b.moment);

describe("records beside the border of an hour", () => {
  const minutes = [3480, 3540, 3600, 3660].map((moment) => ({ moment, span: 60, joules: 100 }));

  test("that follow each other ask for no hour but their own where nothing is shared", () => {
    expect(hoursCovered([frameOf({ moment: 3658, span: 60, joules: 1 })])).toEqual({
      first: START / HOUR,
      last: START / HOUR + 1,
    });
    expect(hoursCovered([frameOf({ moment: 3659, span: 60, joules: 1 })])).toEqual({
      first: START / HOUR + 1,
      last: START / HOUR + 1,
    });
  });

  test("are counted once where one of them covers again what an hour before already holds", () => {
    const again = { moment: 3720, span: 240, joules: 400 };
    const stored = recordsOf(storeOf([...minutes.map((record) => frameOf(record)), frameOf(again)]));
    expect(stored).toEqual([...minutes, { moment: 3720, span: 60, joules: 100 }]);
  });

  test("keep what they covered where nothing else was recorded, however many hours that are", () => {
    const [first] = minutes;
    const long = { moment: 30 * HOUR, span: 30 * HOUR - 3480, joules: 7 };
    expect(recordsOf(storeOf([frameOf(first as Record), frameOf(long)]))).toEqual([first, long]);
  });

  test("that reach back over whole days ask for three of them at most", () => {
    const covered = hoursCovered([frameOf({ moment: 240 * HOUR, span: 200 * HOUR, joules: 7 })]);
    expect(covered).toEqual({ first: START / HOUR + 168, last: START / HOUR + 240 });
  });
});
