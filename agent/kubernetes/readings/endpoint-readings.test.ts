import { describe, expect, it } from "vitest";
import { known, unknown } from "@/agent/host-roots";
import { CounterState, Settler } from "@/agent/settle";
import { isExporterMetric } from "./endpoint-parts";
import { EndpointReadings } from "./endpoint-readings";
import type { Endpoint } from "./endpoints";
import { ExpositionReader } from "./exposition";
import { SampleBook } from "./sample-book";

const endpoint = (key: string, node = "node-a"): Endpoint => ({
  key,
  url: new URL("http://10.0.0.1/metrics"),
  fault: null,
  node,
});
const AT_MS = 1_795_000_000_000;

/** What endpoints say over time, a minute apart. Null: no answer. */
class Bench {
  settler = new Settler();
  #readings = new EndpointReadings(this.settler);
  #nowMs = AT_MS;

  say(...answers: [key: string, text: string | null][]) {
    this.#nowMs += 60_000;
    const book = new SampleBook();
    const asked = answers.map(([key, text]) => {
      if (text === null) return { endpoint: endpoint(key), outcome: unknown("read_failed", "down") };
      const reader = new ExpositionReader(isExporterMetric);
      reader.push(Buffer.from(text));
      return { endpoint: endpoint(key), outcome: known({ samples: reader.end(), seconds: 0.01 }) };
    });
    this.#readings.put(book, asked, this.#nowMs);
    const { samples } = book.samples();
    return (kind: string, key: string) => samples.find((sample) => sample.kind === kind && sample.key === key);
  }

  restart() {
    this.settler = new Settler(CounterState.parse(JSON.parse(JSON.stringify(this.settler.state()))));
    this.#readings = new EndpointReadings(this.settler);
  }
}

const cpu = (...seconds: number[]) =>
  seconds.map((value, index) => `node_cpu_seconds_total{cpu="${index}",mode="user"} ${value}\n`).join("");
const rapl = (joules: number, boot = 1_794_000_000) =>
  `node_boot_time_seconds ${boot}\nnode_rapl_package_joules_total{index="0",path="/sys/class/powercap/intel-rapl:0"} ${joules}\n`;

/** Totals of a reading over several answers of one endpoint; a code where it is unknown. */
function totals(bench: Bench, texts: (string | null)[], [kind, key, name]: [string, string, string]) {
  return texts.map((text) => {
    const sample = bench.say(["exporter", text])(kind, key);
    return sample ? (sample.readings[name] ?? sample.unknown?.[name]?.code) : "no entity";
  });
}
const user: [string, string, string] = ["machine", "node-a", "cpuUserSeconds"];
const joules: [string, string, string] = ["machine", "node-a", "energyJoules"];

describe("counters of an endpoint", () => {
  it("are summed over processors, count from the first look on, and only grow", () => {
    expect(totals(new Bench(), [cpu(100, 200), cpu(101, 202), cpu(101.5, 202)], user)).toEqual(["not_yet", 3, 3.5]);
  });

  it("go on over an answer that failed: the next one holds its span too", () => {
    expect(totals(new Bench(), [cpu(100), cpu(101), null, cpu(105)], user)).toEqual(["not_yet", 1, "no entity", 5]);
  });

  it("that begin again count what they have grown to since", () => {
    expect(totals(new Bench(), [cpu(100), cpu(110), cpu(4), cpu(6)], user)).toEqual(["not_yet", 10, 14, 16]);
  });

  it("are unknown once when a processor comes or goes, and make no jump", () => {
    expect(
      totals(new Bench(), [cpu(100, 900), cpu(101, 901), cpu(102), cpu(103), cpu(104, 905), cpu(105, 906)], user),
    ).toEqual(["not_yet", 2, "not_yet", 3, "not_yet", 5]);
  });

  it("outlive the agent's process", () => {
    const bench = new Bench();
    totals(bench, [cpu(100), cpu(101)], user);
    bench.restart();
    expect(totals(bench, [cpu(110), cpu(111)], user)).toEqual([10, 11]);
  });

  it("stay with the endpoint that counts them: another one only takes over when that one is gone", () => {
    const bench = new Bench();
    const told = (...answers: [string, string | null][]) => {
      const sample = bench.say(...answers)("machine", "node-a");
      return sample?.readings.cpuUserSeconds ?? sample?.unknown?.cpuUserSeconds?.code;
    };
    told(["a", cpu(100)], ["b", cpu(5000)]);
    expect(told(["a", cpu(101)], ["b", cpu(5001)])).toBe(1);
    expect(told(["a", null], ["b", cpu(5003)])).toBe("read_failed");
    expect(told(["a", cpu(104)], ["b", cpu(5004)])).toBe(4);
    expect(told(["b", cpu(5005)])).toBe("not_yet");
    expect(told(["b", cpu(5007)])).toBe(6);
  });

  it("that are no number are implausible, and the next number holds the span", () => {
    const bench = new Bench();
    expect(totals(bench, [cpu(100), cpu(101), cpu(Number.NaN), cpu(103)], user)).toEqual([
      "not_yet",
      1,
      "implausible",
      3,
    ]);
  });

  it("said with a time of long ago are not believed", () => {
    expect(totals(new Bench(), [`node_load1 0.5 ${AT_MS - 600_000}\n`], ["machine", "node-a", "load1"])).toEqual([
      "no entity",
    ]);
    expect(totals(new Bench(), [`node_load1 0.5 ${AT_MS}\n`], ["machine", "node-a", "load1"])).toEqual([0.5]);
  });
});

describe("RAPL of a node", () => {
  it("that ran over within a boot grew by the rest of its range, and with a new boot by what it says", () => {
    const later = 1_795_000_030;
    expect(
      totals(
        new Bench(),
        [rapl(262_000), rapl(262_100), rapl(56.67115), rapl(100.67115), rapl(7, later), rapl(9, later)],
        joules,
      ),
    ).toEqual(["not_yet", 100, 200, 244, 251, 253]);
  });

  it("is unknown once after the agent was started again: whether the machine was too, nobody saw", () => {
    const bench = new Bench();
    totals(bench, [rapl(1000), rapl(1100)], joules);
    bench.restart();
    expect(totals(bench, [rapl(50), rapl(60)], joules)).toEqual(["not_yet", 110]);
  });
});

describe("what exporters tell", () => {
  const twice = (text: string, later: string) => {
    const bench = new Bench();
    bench.say(["exporter", text]);
    return bench.say(["exporter", later]);
  };

  it("Kepler before 0.10: energy of packages and memory make up the machine, cores lie inside", () => {
    const text = (n: number) => `kepler_node_package_joules_total{instance="x",package="0",mode="dynamic"} ${100 * n}
kepler_node_package_joules_total{instance="x",package="0",mode="idle"} ${50 * n}
kepler_node_dram_joules_total{package="0",mode="dynamic"} ${10 * n}
kepler_node_core_joules_total{package="0",mode="dynamic"} ${80 * n}
`;
    const entity = twice(text(1), text(2));
    expect(entity("machine", "node-a")?.readings.energyJoules).toBe(160);
    expect(entity("energyZone", "node-a/package-0")?.readings.energyJoules).toBe(150);
    expect(entity("energyZone", "node-a/core-0")?.readings.energyJoules).toBe(80);
  });

  it("Kepler from 0.10 on: by zone, and psys before packages", () => {
    const text = (
      n: number,
    ) => `kepler_node_cpu_joules_total{zone="package",path="/sys/class/powercap/intel-rapl:0"} ${100 * n}
kepler_node_cpu_joules_total{zone="psys",path="/sys/class/powercap/intel-rapl:1"} ${170 * n}
kepler_node_cpu_watts{zone="package",path="/sys/class/powercap/intel-rapl:0"} 1.5
`;
    const entity = twice(text(1), text(2));
    expect(entity("machine", "node-a")?.readings.energyJoules).toBe(170);
    expect(entity("energyZone", "node-a/intel-rapl:0")?.readings.energyJoules).toBe(100);
  });

  it("Scaphandre: in millionths", () => {
    const text = (n: number) => `scaph_host_energy_microjoules ${5_000_000 * n}\nscaph_host_power_microwatts 42\n`;
    expect(twice(text(1), text(3))("machine", "node-a")?.readings.energyJoules).toBe(10);
  });

  it("node-exporter: memory, filesystems without those of pods, disks, interfaces, each under its node", () => {
    const entity = new Bench().say([
      "exporter",
      `node_memory_MemTotal_bytes 8.0e+09
node_memory_MemAvailable_bytes 6e9
node_filesystem_size_bytes{device="/dev/sda1",fstype="ext4",mountpoint="/"} 1000
node_filesystem_free_bytes{device="/dev/sda1",fstype="ext4",mountpoint="/"} 400
node_filesystem_size_bytes{device="/dev/sdb",fstype="ext4",mountpoint="/var/lib/kubelet/pods/1/volumes/a"} 1000
node_network_speed_bytes{device="eth0"} 1.25e+08
node_network_up{device="lo"} 1
`,
    ]);
    expect(entity("machine", "node-a")?.readings).toEqual({ memoryTotalBytes: 8e9, memoryAvailableBytes: 6e9 });
    expect(entity("filesystem", "node-a//")?.readings).toEqual({
      sizeBytes: 1000,
      usedBytes: 600,
      availableBytes: 400,
    });
    expect(entity("filesystem", "node-a//var/lib/kubelet/pods/1/volumes/a")).toBeUndefined();
    expect(entity("interface", "node-a/eth0")?.readings).toEqual({ speedBitsPerSecond: 1e9 });
    expect(entity("interface", "node-a/lo")).toBeUndefined();
  });

  it("Longhorn: the pool of each node; blocks of volumes are no fill", () => {
    const entity = new Bench().say([
      "exporter",
      `longhorn_node_storage_capacity_bytes{node="node-b"} 1000
longhorn_node_storage_usage_bytes{node="node-b"} 300
longhorn_node_storage_reservation_bytes{node="node-b"} 100
longhorn_volume_actual_size_bytes{node="node-b",volume="pvc-1"} 77
`,
    ]);
    expect(entity("pool", "longhorn/node-b")?.readings).toEqual({
      rawBytes: 1000,
      usedBytes: 300,
      reservedBytes: 100,
      availableBytes: 700,
    });
    expect(entity("pool", "longhorn/node-b")?.unknown?.provisionedBytes?.code).toBe("not_offered");
  });

  it("cloudflared: a tunnel without a connection is down", () => {
    const up = (n: number) =>
      new Bench().say(["tunnel", `cloudflared_tunnel_ha_connections ${n}\n`])("probe", "cloudflared/tunnel")?.readings;
    expect([up(4), up(0)]).toEqual([{ isUp: 1 }, { isUp: 0 }]);
  });
});
