import { describe, expect, test } from "vitest";
import { type MetricName, metricIndex } from "@/contract/metrics";
import { Planner } from "./plan";
import type { SenderSample } from "./samples";
import { addContributions, type Contribution, GRACE_MS, type SettledMoment, settleReady } from "./settle";
import { createTargetState, packTargetState, type TargetState, unpackTargetState } from "./target-state";
import { scrape } from "./testing/exposition";

const T0 = 1_795_379_100;
const planner = new Planner(null);

function contributionsOf(samples: readonly SenderSample[]): Contribution[] {
  return samples.flatMap(({ series, atMs, startMs, value, type }) =>
    planner
      .plan(series)
      .readings.map(({ id, reading }) => ({ id, reading, atMs, startMs, value, isDelta: type === "delta" })),
  );
}

/** A target that is scraped, with its state written down and read again each time as the database would. */
class Target {
  state: TargetState = createTargetState();
  settled: SettledMoment[] = [];

  send(
    seconds: number,
    text: string,
    options: { nowMs?: number; part?: (samples: SenderSample[]) => SenderSample[] } = {},
  ): void {
    const atMs = (T0 + seconds) * 1000;
    const nowMs = options.nowMs ?? atMs + 500;
    const samples = scrape(text, atMs);
    addContributions(this.state, contributionsOf(options.part?.(samples) ?? samples), nowMs);
    this.settled.push(...settleReady(this.state, nowMs));
    this.state = unpackTargetState(packTargetState(this.state));
  }

  finish(): this {
    this.settled.push(...settleReady(this.state, (T0 + 1e6) * 1000));
    return this;
  }

  /** [second, reading] of each moment that has the entity. */
  values<K extends "machine" | "disk" | "energyZone" | "filesystem" | "interface">(
    kind: K,
    key: string,
    name: MetricName<K>,
  ): [number, unknown][] {
    const place = this.state.entities.findIndex((entity) => entity.kind === kind && entity.key === key);
    return this.settled.flatMap(({ moment, entities }): [number, unknown][] => {
      const readings = entities.get(place);
      return readings ? [[moment - T0, readings.get(metricIndex(kind, name))]] : [];
    });
  }
}

const cpu = (...seconds: number[]) =>
  seconds.map((value, n) => `node_cpu_seconds_total{cpu="${n}",mode="user"} ${value}`).join("\n");

describe("counters that only know their total", () => {
  test("become the growth since the moment before, over all processors, in whole hundredths that never drift", () => {
    const target = new Target();
    for (let step = 0; step <= 100; step += 1) target.send(15 * step, cpu(10 + step * 0.0037, 20 + step * 0.0041));
    target.finish();
    const grown = target
      .values("machine", "machine", "cpuUserSeconds")
      .slice(1)
      .map(([, value]) => Number(value));
    expect(grown).toHaveLength(100);
    const sum = grown.reduce((total, value) => total + value, 0);
    expect(sum).toBe(37 + 41);
    expect(target.values("machine", "machine", "spanSeconds").slice(0, 2)).toEqual([
      [0, "not_yet"],
      [15, 15],
    ]);
  });

  test("count from nought after a reset, and a gap is one long span", () => {
    const target = new Target();
    target.send(0, cpu(100));
    target.send(15, cpu(110));
    target.send(30, cpu(5));
    target.send(3630, cpu(65));
    expect(target.finish().values("machine", "machine", "cpuUserSeconds")).toEqual([
      [0, "not_yet"],
      [15, 1000],
      [30, 500],
      [3630, 6000],
    ]);
    expect(target.values("machine", "machine", "spanSeconds").at(-1)).toEqual([3630, 3600]);
  });

  test("that restarted and are larger than before count from nought, because the sender said since when they count", () => {
    const state = createTargetState();
    const reading = planner.plan(scrape(cpu(1), 0)[0]?.series as SenderSample["series"]).readings[0];
    if (!reading) throw new Error("no reading");
    const send = (second: number, value: number, startSecond: number) =>
      addContributions(
        state,
        [{ ...reading, atMs: (T0 + second) * 1000, startMs: (T0 + startSecond) * 1000, value, isDelta: false }],
        0,
      );
    send(0, 100, -500);
    send(60, 130, 20);
    const [, second] = settleReady(state, GRACE_MS, true);
    expect(second?.entities.get(0)?.get(metricIndex("machine", "cpuUserSeconds"))).toBe(13_000);
  });

  test("of energy wrap at their range while the machine runs on, and begin again when it was started anew", () => {
    const rapl = (joules: number, boot: number) =>
      `node_boot_time_seconds ${boot}\nnode_rapl_package_joules_total{index="0",path="/sys/class/powercap/intel-rapl:0"} ${joules}`;
    const target = new Target();
    target.send(0, rapl(262_000, 1000));
    target.send(60, rapl(1_856.67115, 1000));
    target.send(120, rapl(500, 5000));
    target.finish();
    // 262,143.32885 − 262,000 + 1,856.67115 = 2,000 J in tenths.
    expect(target.values("energyZone", "intel-rapl:0", "energyJoules")).toEqual([
      [0, "not_yet"],
      [60, 20_000],
      [120, 5_000],
    ]);
    expect(target.values("machine", "machine", "energyJoules")).toEqual([
      [0, "not_yet"],
      [60, 20_000],
      [120, 5_000],
    ]);
  });
});

describe("a host that tells of its energy in several ways", () => {
  test("is counted once: the platform before its packages, and cores never", () => {
    const zones = (step: number) =>
      ["package 0 100", "dram 0 30", "core 0 50", "psys 0 200"]
        .map((line) => line.split(" "))
        .map(
          ([zone, index, watts]) =>
            `node_rapl_${zone}_joules_total{index="${index}",path="/x/${zone}"} ${Number(watts) * step}`,
        )
        .join("\n");
    const target = new Target();
    target.send(0, zones(0));
    target.send(1, zones(1));
    target.finish();
    expect(target.values("machine", "machine", "energyJoules")).toEqual([
      [0, "not_yet"],
      [1, 2000],
    ]);
    const without = new Target();
    const some = (step: number) => zones(step).split("\n").slice(0, 3).join("\n");
    without.send(0, some(0));
    without.send(1, some(1));
    without.finish();
    expect(without.values("machine", "machine", "energyJoules")).toEqual([
      [0, "not_yet"],
      [1, 1300],
    ]);
  });
});

describe("one scrape that comes in several requests", () => {
  const both = (n: number) => cpu(100 + n, 200 + n);
  const first = (samples: SenderSample[]) => samples.slice(0, 1);
  const second = (samples: SenderSample[]) => samples.slice(1);

  test("is one moment, whichever part comes first, and appears as soon as it is whole", () => {
    const target = new Target();
    target.send(0, both(0));
    target.send(15, both(15), { part: first });
    target.send(15, both(15), { part: second });
    target.send(30, both(30), { part: second });
    expect(target.values("machine", "machine", "cpuUserSeconds")).toEqual([
      [0, "not_yet"],
      [15, 3000],
    ]);
    target.send(30, both(30), { part: first });
    expect(target.values("machine", "machine", "cpuUserSeconds")).toEqual([
      [0, "not_yet"],
      [15, 3000],
      [30, 3000],
    ]);
  });

  test("whose part never comes loses no growth: it is in the next one", () => {
    const target = new Target();
    target.send(0, both(0));
    target.send(15, both(15), { part: first });
    target.send(30, both(30));
    target.finish();
    const grown = target
      .values("machine", "machine", "cpuUserSeconds")
      .slice(1)
      .map(([, value]) => value);
    expect(grown).toEqual([1500, 4500]);
  });

  test("and moments that come out of order within the time of grace are settled in order", () => {
    const target = new Target();
    target.send(0, both(0));
    target.send(15, both(15));
    const nowMs = (T0 + 46) * 1000;
    target.send(45, both(45), { nowMs });
    target.send(30, both(30), { nowMs: nowMs + 100 });
    expect(target.values("machine", "machine", "cpuUserSeconds")).toEqual([
      [0, "not_yet"],
      [15, 3000],
      [30, 3000],
      [45, 3000],
    ]);
  });

  test("a repeated one, and one from before, change neither growth nor state", () => {
    const target = new Target();
    target.send(0, both(0));
    target.send(15, both(15));
    target.send(30, both(30));
    target.finish();
    const before = JSON.stringify(target.state);
    const settled = target.settled.length;
    for (const step of [30, 15, 0]) target.send(step, both(step));
    target.finish();
    expect([target.settled.length, JSON.stringify(target.state)]).toEqual([settled, before]);
  });

  test("a moment that comes after later ones were settled keeps its gauges, and its growth lies in the later one", () => {
    const text = (step: number) => `${both(15 * step)}\nnode_load1 ${step}`;
    const target = new Target();
    for (const step of [0, 1, 3]) target.send(15 * step, text(step));
    target.finish();
    target.send(30, text(2));
    expect(target.values("machine", "machine", "load1")).toEqual([
      [0, 0],
      [15, 100],
      [45, 300],
      [30, 200],
    ]);
    expect(target.values("machine", "machine", "cpuUserSeconds").slice(1)).toEqual([
      [15, 3000],
      [45, 6000],
      [30, "not_yet"],
    ]);
    expect(target.values("machine", "machine", "spanSeconds").slice(1)).toEqual([
      [15, 15],
      [45, 30],
      [30, "not_yet"],
    ]);
  });
});

describe("readings that are made of parts", () => {
  test("used = size − free, uptime = now − start, bits = 8 × bytes, and what is only in the kernel is left out", () => {
    const target = new Target();
    target.send(
      0,
      `node_filesystem_size_bytes{mountpoint="/",fstype="ext4"} 5120
node_filesystem_free_bytes{mountpoint="/",fstype="ext4"} 1024
node_filesystem_avail_bytes{mountpoint="/",fstype="ext4"} 512
node_filesystem_size_bytes{mountpoint="/run",fstype="tmpfs"} 5120
node_network_speed_bytes{device="eth0"} 125000000
node_network_speed_bytes{device="eth1"} -125000
node_network_up{device="eth1"} 0
node_network_up{device="veth12ab"} 1
node_boot_time_seconds ${T0 - 3600}`,
    );
    target.finish();
    expect(target.values("filesystem", "/", "usedBytes")).toEqual([[0, 8]]);
    expect(target.values("filesystem", "/", "availableBytes")).toEqual([[0, 1]]);
    expect(target.values("machine", "machine", "uptimeSeconds")).toEqual([[0, 3600]]);
    expect(target.values("interface", "eth0", "speedBitsPerSecond")).toEqual([[0, 1000]]);
    expect(target.values("interface", "eth1", "speedBitsPerSecond")).toEqual([[0, "not_offered"]]);
    expect(target.state.entities.map(({ kind, key }) => `${kind} ${key}`).sort()).toEqual([
      "filesystem /",
      "interface eth0",
      "interface eth1",
      "machine machine",
    ]);
  });

  test("idle time of a node that only tells used time follows from its cores", () => {
    const text = (step: number) =>
      `machine_cpu_cores 4\ncontainer_cpu_user_seconds_total{id="/"} ${10 * step}\ncontainer_cpu_system_seconds_total{id="/"} ${2 * step}\ncontainer_cpu_user_seconds_total{id="/kubepods"} 7`;
    const target = new Target();
    target.send(0, text(0));
    target.send(10, text(1));
    target.finish();
    expect(target.values("machine", "machine", "cpuIdleSeconds")).toEqual([
      [0, "not_yet"],
      [10, 2800],
    ]);
  });
});
