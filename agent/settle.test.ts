import { describe, expect, test } from "vitest";
import type { RawCounter } from "./entity-reading";
import { type Known, known } from "./host-roots";
import { CounterState, type Moment, type Settled, Settler } from "./settle";

const BOOT_A = "aaaaaaaa-0000-4000-8000-000000000000";
const BOOT_B = "bbbbbbbb-0000-4000-8000-000000000000";
const RANGE = 262_143_328_850n;
const MICROJOULES = 1_000_000;

const bytes = (raw: number | bigint): Known<RawCounter> => known({ raw: BigInt(raw), perUnit: 1 });
const energy = (raw: bigint): Known<RawCounter> =>
  known({ raw, perUnit: MICROJOULES, wrap: { max: RANGE, secondsMin: 524 } });
const at = (bootId: string, uptimeSeconds: number): Moment => ({ bootId, uptimeSeconds });
const figure = (settled: Settled | Known<number>): number => ("value" in settled ? settled.value : Number.NaN);
const reborn = (settler: Settler): Settler =>
  new Settler(CounterState.parse(JSON.parse(JSON.stringify(settler.state()))));

/** Random numbers that are the same in each run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe("plain counters", () => {
  test("begin at what the kernel says and follow it", () => {
    const settler = new Settler();
    settler.begin(at(BOOT_A, 10));
    expect(settler.settle("a", bytes(100))).toMatchObject({ value: 100 });
    expect(settler.settle("a", bytes(130))).toMatchObject({ value: 130, grownRaw: 30n });
  });

  test("go on growing when the kernel's counter begins again", () => {
    const settler = new Settler();
    settler.begin(at(BOOT_A, 10));
    settler.settle("a", bytes(100));
    expect(figure(settler.settle("a", bytes(7)))).toBe(107);
  });

  test("count a reboot even when the new value is already larger than the old one", () => {
    const settler = new Settler();
    settler.begin(at(BOOT_A, 10));
    settler.settle("a", bytes(100));
    settler.begin(at(BOOT_B, 5));
    expect(figure(settler.settle("a", bytes(150)))).toBe(250);
  });

  test("remember a reboot for a counter that comes back only rounds later", () => {
    const settler = new Settler();
    settler.begin(at(BOOT_A, 10));
    settler.settle("usb", bytes(100));
    settler.begin(at(BOOT_B, 5));
    const again = reborn(settler);
    again.begin(at(BOOT_B, 15));
    expect(figure(again.settle("usb", bytes(150)))).toBe(250);
  });

  test("add nothing when one steps back that may, and everything after a reboot", () => {
    const iowait = (raw: bigint) => known({ raw, perUnit: 100, canStepBack: true });
    const settler = new Settler();
    settler.begin(at(BOOT_A, 10));
    settler.settle("iowait", iowait(5_000n));
    expect(figure(settler.settle("iowait", iowait(4_999n)))).toBe(50);
    expect(figure(settler.settle("iowait", iowait(5_009n)))).toBe(50.1);
    settler.begin(at(BOOT_B, 10));
    expect(figure(settler.settle("iowait", iowait(100n)))).toBe(51.1);
  });

  test("an unreadable round says why and costs nothing", () => {
    const settler = new Settler();
    settler.begin(at(BOOT_A, 10));
    settler.settle("a", bytes(100));
    const gap = { unknown: { code: "read_failed", detail: "made up" } } as const;
    expect(settler.settle("a", gap)).toMatchObject(gap);
    expect(figure(settler.settle("a", bytes(140)))).toBe(140);
  });

  test("keep every byte above the numbers that JSON can hold", () => {
    const settler = new Settler();
    settler.begin(at(BOOT_A, 10));
    settler.settle("a", bytes(2n ** 60n));
    const again = reborn(settler);
    again.begin(at(BOOT_A, 20));
    expect(again.settle("a", bytes(2n ** 60n + 1n))).toMatchObject({ grownRaw: 1n });
  });

  test.each(Array.from({ length: 50 }, (_, seed) => seed))(
    "random life %i: the settled value is the true total, over resets, reboots and restarts",
    (seed) => {
      const random = randomFrom(seed);
      let settler = new Settler();
      let boot = 0;
      let uptimeSeconds = 0;
      let raw = Math.floor(random() * 1000);
      let total = raw;
      settler.begin(at(`boot-${boot}`, uptimeSeconds));
      settler.settle("a", bytes(raw));
      for (let round = 0; round < 200; round += 1) {
        const growth = Math.floor(random() * 1000);
        if (random() < 0.1) {
          boot += 1;
          uptimeSeconds = 0;
          raw = 0;
        }
        if (random() < 0.2) settler = reborn(settler);
        uptimeSeconds += 1 + random() * 60;
        raw += growth;
        total += growth;
        settler.begin(at(`boot-${boot}`, uptimeSeconds));
        expect(figure(settler.settle("a", bytes(raw)))).toBe(total);
      }
    },
  );
});

describe("a crash between counters and spool", () => {
  /** What an agent does in a round: settle, write the counters, spool. */
  const round = (settler: Settler, moment: Moment, raw: number) => {
    settler.begin(moment);
    const value = figure(settler.settle("a", bytes(raw)));
    return { value, written: JSON.stringify(settler.state()) };
  };
  const restart = (written: string) => new Settler(CounterState.parse(JSON.parse(written)));

  test("counters written, batch lost: the next batch carries the growth of both, once", () => {
    const settler = new Settler();
    const spooled = round(settler, at(BOOT_A, 60), 100);
    const lost = round(settler, at(BOOT_A, 120), 160);
    const next = round(restart(lost.written), at(BOOT_A, 180), 200);
    expect(next.value - spooled.value).toBe(200 - 100);
  });

  test("counters written, batch lost, and a reboot on top: no fall, and only what nobody could read is missing", () => {
    const settler = new Settler();
    const spooled = round(settler, at(BOOT_A, 60), 100);
    const lost = round(settler, at(BOOT_A, 120), 160);
    const next = round(restart(lost.written), at(BOOT_B, 30), 20);
    expect(next.value).toBe(180);
    expect(next.value).toBeGreaterThan(spooled.value);
  });

  test("the last counters were not written (full disk): the same boot gives the same or a larger value, never doubled", () => {
    const settler = new Settler();
    const written = round(settler, at(BOOT_A, 60), 100);
    const spooled = round(settler, at(BOOT_A, 120), 160);
    const next = round(restart(written.written), at(BOOT_A, 180), 160);
    expect(next.value).toBe(spooled.value);
  });
});

describe("counters that run over", () => {
  test("say nothing at first sight, then count from there", () => {
    const settler = new Settler();
    settler.begin(at(BOOT_A, 10));
    expect(settler.settle("z", energy(5_000_000n))).toMatchObject({ unknown: { code: "not_yet" } });
    settler.begin(at(BOOT_A, 70));
    expect(figure(settler.settle("z", energy(8_000_000n)))).toBe(3);
  });

  test("take one wrap as one wrap", () => {
    const settler = new Settler();
    settler.begin(at(BOOT_A, 10));
    settler.settle("z", energy(RANGE - 1_000_000n));
    settler.begin(at(BOOT_A, 70));
    expect(figure(settler.settle("z", energy(2_000_000n)))).toBe(3);
  });

  test("invent nothing when a wrap may have been missed: unknown once, counted on from there", () => {
    const settler = new Settler();
    settler.begin(at(BOOT_A, 10));
    settler.settle("z", energy(0n));
    settler.begin(at(BOOT_A, 70));
    settler.settle("z", energy(5_000_000n));
    settler.begin(at(BOOT_A, 70 + 600));
    const doubtful = settler.settle("z", energy(9_000_000n));
    expect(doubtful).toMatchObject({
      unknown: { code: "not_yet", detail: expect.stringContaining("not read for 600 s") },
    });
    settler.begin(at(BOOT_A, 730));
    expect(figure(settler.settle("z", energy(10_000_000n)))).toBe(6);
  });

  test("the span since the last reading counts over restarts of the agent too", () => {
    const settler = new Settler();
    settler.begin(at(BOOT_A, 10));
    settler.settle("z", energy(0n));
    const soon = reborn(settler);
    soon.begin(at(BOOT_A, 400));
    expect(soon.settle("z", energy(1_000_000n))).toMatchObject({ value: 1 });
    const late = reborn(settler);
    late.begin(at(BOOT_A, 4_000));
    expect(late.settle("z", energy(1_000_000n))).toMatchObject({ unknown: { code: "not_yet" } });
  });

  test("a reboot is unknown once: nobody saw where the register began", () => {
    const settler = new Settler();
    settler.begin(at(BOOT_A, 10));
    settler.settle("z", energy(0n));
    settler.begin(at(BOOT_A, 20));
    settler.settle("z", energy(7_000_000n));
    settler.begin(at(BOOT_B, 15));
    expect(settler.settle("z", energy(9_000_000n))).toMatchObject({ unknown: { code: "not_yet" } });
    settler.begin(at(BOOT_B, 25));
    expect(figure(settler.settle("z", energy(10_000_000n)))).toBe(8);
  });

  test.each(Array.from({ length: 30 }, (_, seed) => seed))(
    "random load %i below 500 W: every joule is counted over many wraps",
    (seed) => {
      const random = randomFrom(seed);
      let settler = new Settler();
      let uptimeSeconds = 0;
      let consumed = BigInt(Math.floor(random() * 1e9));
      const start = consumed;
      settler.begin(at(BOOT_A, uptimeSeconds));
      settler.settle("z", energy(consumed % RANGE));
      for (let round = 0; round < 300; round += 1) {
        const seconds = 1 + Math.floor(random() * 500);
        uptimeSeconds += seconds;
        consumed += BigInt(Math.floor(random() * 500 * seconds)) * BigInt(MICROJOULES);
        if (random() < 0.2) settler = reborn(settler);
        settler.begin(at(BOOT_A, uptimeSeconds));
        expect(figure(settler.settle("z", energy(consumed % RANGE)))).toBe(Number(consumed - start) / MICROJOULES);
      }
      expect(consumed).toBeGreaterThan(RANGE * 10n);
    },
  );
});

describe("a round between two observations", () => {
  const doubtful = { unknown: { code: "not_yet", detail: expect.stringContaining("not read for 600 s") } };

  test("what is lost in it is told with the next observation, once, and counted on from there", () => {
    const settler = new Settler();
    settler.begin(at(BOOT_A, 10));
    settler.settle("z", energy(0n));
    settler.begin(at(BOOT_A, 610), false);
    settler.settle("z", energy(5_000_000n));
    settler.begin(at(BOOT_A, 700));
    expect(settler.settle("z", energy(7_000_000n))).toMatchObject({ ...doubtful, grownRaw: 2_000_000n });
    settler.begin(at(BOOT_A, 760));
    expect(figure(settler.settle("z", energy(8_000_000n)))).toBe(3);
  });

  test("a failed read in it loses nothing, so nothing is told", () => {
    const settler = new Settler();
    settler.begin(at(BOOT_A, 10));
    settler.settle("z", energy(0n));
    settler.begin(at(BOOT_A, 200), false);
    settler.settle("z", { unknown: { code: "read_failed", detail: "made up" } });
    settler.begin(at(BOOT_A, 400));
    expect(figure(settler.settle("z", energy(7_000_000n)))).toBe(7);
  });

  test("zones that changed in it make the machine's sum unknown in the next observation, once", () => {
    const part: Settled = { value: 0, grownRaw: 5n };
    const settler = new Settler();
    settler.begin(at(BOOT_A, 10));
    settler.settleSum("m", "package", [part], 1);
    settler.begin(at(BOOT_A, 20), false);
    settler.settleSum("m", "package+dram", [part, part], 1);
    settler.begin(at(BOOT_A, 30));
    expect(settler.settleSum("m", "package+dram", [part, part], 1)).toMatchObject({ unknown: { code: "not_yet" } });
    expect(figure(settler.settleSum("m", "package+dram", [part, part], 1))).toBe(20);
  });
});

describe("the machine's sum", () => {
  const grown = (raw: bigint): Settled => ({ value: 0, grownRaw: raw });
  const reason = { unknown: { code: "read_failed", detail: "made up" } } as const;
  const gap: Settled = { ...reason, grownRaw: 0n };

  test("adds the growth of its parts", () => {
    const settler = new Settler();
    settler.settleSum("m", "packages", [gap, gap], 1);
    expect(figure(settler.settleSum("m", "packages", [grown(3n), grown(4n)], 1))).toBe(7);
    expect(figure(reborn(settler).settleSum("m", "packages", [grown(1n), grown(1n)], 1))).toBe(9);
  });

  test("is unknown while one part is, and keeps what the others grew by meanwhile", () => {
    const settler = new Settler();
    settler.settleSum("m", "packages", [gap], 1);
    settler.settleSum("m", "packages", [grown(3n)], 1);
    expect(settler.settleSum("m", "packages", [grown(3n), gap], 1)).toEqual(reason);
    expect(figure(settler.settleSum("m", "packages", [grown(1n), grown(2n)], 1))).toBe(9);
  });

  test("makes no jump when other zones are added than before", () => {
    const settler = new Settler();
    settler.settleSum("m", "packages", [gap], 1);
    settler.settleSum("m", "packages", [grown(3n)], 1);
    expect(settler.settleSum("m", "psys", [grown(1_000n)], 1)).toMatchObject({ unknown: { code: "not_yet" } });
    expect(figure(settler.settleSum("m", "psys", [grown(2n)], 1))).toBe(5);
  });

  test.each(Array.from({ length: 20 }, (_, seed) => seed))(
    "random life %i of two packages: after any mix of failed reads, restarts and rounds between, every joule is in it",
    (seed) => {
      const random = randomFrom(seed);
      let settler = new Settler();
      let uptimeSeconds = 0;
      const consumed = [0n, 0n];
      const round = (mayFail: boolean) => {
        const parts = consumed.map((microjoules, index) => {
          const isReadable = !mayFail || random() < 0.7;
          return settler.settle(`z${index}`, isReadable ? energy(microjoules % RANGE) : reason);
        });
        return settler.settleSum("m", "packages", parts, MICROJOULES);
      };
      settler.begin(at(BOOT_A, uptimeSeconds));
      round(false);
      for (let step = 0; step < 200; step += 1) {
        uptimeSeconds += 50;
        consumed.forEach((microjoules, index) => {
          consumed[index] = microjoules + BigInt(Math.floor(random() * 25_000)) * BigInt(MICROJOULES);
        });
        if (random() < 0.2) settler = reborn(settler);
        // One good reading in eight: the longest span without any stays below the time of one wrap.
        const isGood = step % 8 === 7;
        settler.begin(at(BOOT_A, uptimeSeconds), isGood || random() < 0.5);
        const sum = round(!isGood);
        if (isGood) expect(figure(sum)).toBe(Number((consumed[0] ?? 0n) + (consumed[1] ?? 0n)) / MICROJOULES);
      }
      expect(consumed[0]).toBeGreaterThan(RANGE * 5n);
    },
  );
});
