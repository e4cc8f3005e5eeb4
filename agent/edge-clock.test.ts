import { describe, expect, test } from "vitest";
import { type ClockState, EdgeClock } from "./edge-clock";

const START = 1_800_000_000;
const YEAR = 365 * 86_400;

/** A machine whose clocks a test moves: `true` time goes on, the wall clock is off by `offset`. */
class Machine {
  now = START;
  offset = 0;
  bootedAt = START - 500;
  bootId = "boot-1";
  state: ClockState | null = null;

  clock(): EdgeClock {
    return new EdgeClock(
      { wallMs: () => 1000 * (this.now + this.offset), monotonicMs: () => 1000 * (this.now - this.bootedAt) },
      this.bootId,
      this.state,
      (state) => {
        this.state = state;
      },
    );
  }

  reboot(seconds: number, offset: number): EdgeClock {
    this.now += seconds;
    this.bootedAt = this.now;
    this.bootId = `boot-${this.now}`;
    this.offset = offset;
    return this.clock();
  }
}

/** Numbers that follow from a seed (Park and Miller's generator). */
function seeded(seed: number): () => number {
  let state = 48_271 * seed;
  return () => {
    state = (state * 48_271) % 0x7fffffff;
    return state / 0x7fffffff;
  };
}

const momentOf = (clock: EdgeClock, { generation, wall }: { generation: number; wall: number }) =>
  clock.correct(generation, wall).moment;

describe("an edge clock", () => {
  test("set by too little to be noticed, and then by much, goes on: what records cover does not overlap", () => {
    const machine = new Machine();
    const clock = machine.clock();
    clock.contact(1000 * machine.now);
    const moments: number[] = [];
    for (const offset of [0, 0, 29, 29, -7200, -7200]) {
      machine.now += 60;
      machine.offset = offset;
      moments.push(momentOf(clock, clock.stamp()));
    }
    expect(moments.map((moment, at) => moment - (moments[at - 1] ?? START))).toEqual([60, 60, 89, 60, 60, 60]);
  });

  test.each([-50 * YEAR, -YEAR, YEAR, 3600, -3600])(
    "wrong by %d s is put right at the first contact, also for what was recorded before",
    (offset) => {
      const machine = new Machine();
      machine.offset = offset;
      const clock = machine.clock();
      const stamps = [0, 60, 120].map((seconds) => {
        machine.now = START + seconds;
        return clock.stamp();
      });
      clock.contact(1000 * machine.now);
      expect(stamps.map((stamp) => momentOf(clock, stamp))).toEqual([START, START + 60, START + 120]);
      expect(clock.correct(stamps[0]?.generation ?? 0, START).isUnsure).toBe(false);
    },
  );

  test("off by less than two minutes is left alone: the difference is mostly the way", () => {
    const machine = new Machine();
    machine.offset = 90;
    const clock = machine.clock();
    const stamp = clock.stamp();
    clock.contact(1000 * machine.now);
    expect(momentOf(clock, stamp)).toBe(START + 90);
  });

  test("keeps its correction for a run once it is fixed: the same record is sent with the same moment for ever", () => {
    const machine = new Machine();
    machine.offset = -YEAR;
    const clock = machine.clock();
    const stamp = clock.stamp();
    clock.contact(1000 * machine.now);
    const moment = momentOf(clock, stamp);
    machine.now += 3600;
    clock.contact(1000 * (machine.now + 500));
    expect(momentOf(clock, stamp)).toBe(moment);
    expect(momentOf(machine.clock(), stamp)).toBe(moment);
  });

  test("that is set forwards and backwards within a boot gives true moments, each once", () => {
    const machine = new Machine();
    const clock = machine.clock();
    clock.contact(1000 * machine.now);
    const moments: number[] = [];
    for (const step of [0, 7200, -7200, -86_400, YEAR, 0]) {
      machine.offset = step;
      machine.now += 60;
      moments.push(momentOf(clock, clock.stamp()));
    }
    moments.forEach((moment, at) => {
      expect(Math.abs(moment - (START + 60 * (at + 1)))).toBeLessThanOrEqual(2);
    });
    expect(new Set(moments).size).toBe(moments.length);
  });

  test.each([-40, -100, -119])("that is set back by %d s keeps the distance between moments", (step) => {
    const machine = new Machine();
    const clock = machine.clock();
    clock.contact(1000 * machine.now);
    const first = momentOf(clock, clock.stamp());
    machine.offset = step;
    const moments = [60, 120, 180].map((seconds) => {
      machine.now = START + seconds;
      return momentOf(clock, clock.stamp()) - first;
    });
    expect(moments).toEqual([60, 120, 180]);
  });

  test("says that it is unsure of a boot that ended without contact", () => {
    const machine = new Machine();
    const stamp = machine.clock().stamp();
    const later = machine.reboot(3600, 0);
    later.contact(1000 * machine.now);
    expect(later.correct(stamp.generation, stamp.wall)).toEqual({ moment: stamp.wall, isUnsure: true });
  });

  test.each([-50 * YEAR, -46_979, -12_000, -600, 600, 12_000, YEAR])(
    "places a boot that ended without contact, wrong by %d s, between what came before and what came after",
    (offset) => {
      const machine = new Machine();
      let clock = machine.clock();
      clock.contact(1000 * machine.now);
      const records: { stamp: { generation: number; wall: number }; begin: number }[] = [];
      const record = (sinceBoot: boolean) => {
        const before = machine.now;
        machine.now += 60;
        records.push({
          stamp: clock.stamp(),
          begin: sinceBoot ? machine.bootedAt - machine.now : before - machine.now,
        });
        machine.state = clock.state();
      };
      for (let at = 0; at < 100; at += 1) record(false);
      for (const seconds of [30, 45]) {
        clock = machine.reboot(seconds, offset);
        for (let at = 0; at < 20; at += 1) record(at === 0);
        machine.offset += 5000;
        for (let at = 0; at < 20; at += 1) record(false);
      }
      const [lost] = records.slice(-1);
      clock = machine.reboot(20, -100);
      record(true);
      clock.contact(1000 * machine.now);
      record(false);
      const times = records.map(({ stamp, begin }) => {
        const moment = momentOf(clock, stamp);
        return { moment, begin: moment + begin };
      });
      times.forEach(({ begin }, at) => {
        if (at > 0) expect(begin, `record ${at}`).toBeGreaterThanOrEqual(times[at - 1]?.moment ?? 0);
      });
      expect(clock.correct(lost?.stamp.generation ?? 0, 0).isUnsure).toBe(true);
      expect(Math.abs((times.at(-1)?.moment ?? 0) - machine.now)).toBeLessThanOrEqual(120);
    },
  );

  test("that falls back by little over a reboot covers no time twice, also when the first contact is before the first record", () => {
    const machine = new Machine();
    let clock = machine.clock();
    machine.now += 60;
    const before = clock.stamp();
    clock.contact(1000 * machine.now);
    machine.state = clock.state();
    clock = machine.reboot(5, -90);
    machine.now += 30;
    clock.contact(1000 * machine.now);
    expect(momentOf(clock, clock.stamp()) - 30).toBeGreaterThanOrEqual(momentOf(clock, before));
  });

  test("that falls back a minute over a reboot gives no moment twice", () => {
    const machine = new Machine();
    const clock = machine.clock();
    clock.contact(1000 * machine.now);
    const moments = new Set<number>();
    let newest = { generation: 0, wall: 0 };
    for (let count = 0; count < 100; count += 1) {
      machine.now += 1;
      newest = clock.stamp();
      moments.add(momentOf(clock, newest));
    }
    const later = machine.reboot(5, -60);
    later.continueAfter(newest);
    later.contact(1000 * machine.now);
    for (let count = 0; count < 100; count += 1) {
      machine.now += 1;
      moments.add(momentOf(later, later.stamp()));
    }
    expect(moments.size).toBe(200);
  });

  test("never gives two records one moment, and the moments only grow, whatever happens to it", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = seeded(seed);
      const machine = new Machine();
      let clock = machine.clock();
      const stamps: { generation: number; wall: number }[] = [];
      for (let step = 0; step < 120; step += 1) {
        const chance = random();
        if (chance < 0.04) machine.offset += Math.round((2 * random() - 1) * 10 ** (1 + 6 * random()));
        else if (chance < 0.2) clock.contact(1000 * machine.now);
        else if (chance < 0.24) {
          clock = machine.clock();
          clock.continueAfter(stamps.at(-1) ?? null);
        }
        machine.now += Math.floor(3 * random());
        stamps.push(clock.stamp());
      }
      clock.contact(1000 * machine.now);
      const moments = stamps.map((stamp) => momentOf(clock, stamp));
      moments.forEach((moment, at) => {
        if (at > 0) expect(moment, `seed ${seed}, record ${at}`).toBeGreaterThan(moments[at - 1] ?? 0);
      });
    }
  });
});
