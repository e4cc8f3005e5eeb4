import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { platform } from "node:os";
import { describe, expect, test } from "vitest";
import { MACHINE_FACTS } from "@/contract/fact-names";
import { METRIC_SETS } from "@/contract/metrics";
import { EntityDescription, MachineFacts } from "@/contract/telemetry";
import { FilesystemCollector } from "./collectors/filesystems";
import { BootTime } from "./collectors/operating-system";
import type { EntitySample } from "./entity-reading";
import type { HostRoots } from "./host-roots";
import { readMachineFacts } from "./machine-facts";
import { MachineReader } from "./machine-reader";
import { readMachine } from "./read-command";
import { Settler } from "./settle";
import { makeHost } from "./testing/made-up-host";

const THIS_MACHINE: HostRoots = { proc: "/proc", sys: "/sys", etc: "/etc", root: "/" };
const isLinux = platform() === "linux";

const fail = (collector: string, error: unknown) => {
  throw new Error(`${collector}: ${String(error)}`);
};
const namesOf = (kind: string): string[] =>
  Object.entries(METRIC_SETS)
    .find(([name]) => name === kind)?.[1]
    .map((metric) => metric.name)
    // What time a growth covers is known when it is recorded.
    .filter((name) => name !== "spanSeconds") ?? [];
const machineOf = (samples: EntitySample[]): EntitySample => {
  const [machine] = samples;
  if (machine?.kind !== "machine") throw new Error("the first entity is not the machine");
  return machine;
};

/** A server with one of everything. */
const SERVER = {
  "proc/stat": "cpu  25033 212 41045 647031 1452 0 246 34 0 0\nbtime 1795391966\n",
  "proc/loadavg": "0.62 1.23 0.91 2/131 20771\n",
  "proc/uptime": "4345.36 7515.87\n",
  "proc/meminfo": "MemTotal:  24684092 kB\nMemFree: 23424560 kB\nMemAvailable: 23849536 kB\n",
  "proc/sys/kernel/random/boot_id": "ff2ef91f-3826-4211-a27d-2b63cf66fa97\n",
  "proc/sys/kernel/osrelease": "6.1.0-28-amd64\n",
  "proc/self/mountinfo": "27 1 8:1 / / rw - ext4 /dev/sda1 rw\n",
  "proc/diskstats": "   8       0 sda 10 0 20 5 3 0 4 1 0 6 7\n",
  "proc/cpuinfo": "processor\t: 0\nmodel name\t: Example CPU\nflags\t\t: fpu vme\n",
  "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
  "etc/machine-id": "3d1219c7c4c5404aaa1f6d2a48adfda4\n",
  "sys/block/sda/size": "2048\n",
  "sys/class/net/eth0/uevent": "INTERFACE=eth0\n",
  "sys/class/net/eth0/operstate": "down\n",
  "sys/class/net/eth0/address": "02:fc:00:00:00:01\n",
  "sys/class/net/eth0/device/vendor": "0x8086\n",
  "sys/class/net/eth0/statistics/rx_bytes": "0\n",
  "sys/class/hwmon/hwmon0/name": "nvme\n",
  "sys/class/hwmon/hwmon0/temp1_input": "38850\n",
  "sys/class/powercap/intel-rapl:0/name": "package-0\n",
  "sys/class/powercap/intel-rapl:0/energy_uj": "1000000\n",
  "sys/class/powercap/intel-rapl:0/max_energy_range_uj": "262143328850\n",
  "sys/class/dmi/id/sys_vendor": "Dell Inc.\n",
  "sys/class/dmi/id/product_name": "PowerEdge R740\n",
  "sys/class/dmi/id/product_uuid": "4c4c4544-0042-4d10-8052-b4c04f4e3333\n",
  "sys/class/dmi/id/product_serial": "To be filled by O.E.M.\n",
};

describe.skipIf(!isLinux)("a complete reading (skipped where there is no /proc)", () => {
  test("of a server has every kind, each reading known or unknown for a reason, and fits the wire", async () => {
    const reader = new MachineReader(makeHost(SERVER).roots, new Settler(), fail);
    const { samples, descriptions } = await reader.read();
    expect(samples.map(({ kind, key }) => `${kind} ${key}`).sort()).toEqual([
      "disk sda",
      "energyZone intel-rapl:0",
      "filesystem /",
      "interface eth0",
      "machine machine",
      "sensor nvme/virtual/temp1",
    ]);
    for (const { kind, readings, unknown = {} } of samples) {
      expect([...Object.keys(readings), ...Object.keys(unknown)].sort(), kind).toEqual(namesOf(kind).sort());
    }
    for (const description of descriptions) expect(EntityDescription.parse(description)).toEqual(description);
    expect(descriptions.map(({ kind, key }) => `${kind} ${key}`).sort()).toEqual(
      samples.flatMap(({ kind, key }) => (kind === "machine" ? [] : [`${kind} ${key}`])).sort(),
    );
  });

  test("keeps a nought that was read apart from what was not read", async () => {
    const reader = new MachineReader(makeHost(SERVER).roots, new Settler(), fail);
    const { samples } = await reader.read();
    const eth0 = samples.find(({ kind }) => kind === "interface");
    expect(eth0?.readings).toEqual({ linkUp: 0, receivedBytes: 0 });
    expect(eth0?.unknown?.transmittedBytes).toMatchObject({ code: "not_offered" });
    expect(machineOf(samples).readings.cpuIrqSeconds).toBe(0);
    expect(machineOf(samples).unknown?.swapTotalBytes).toMatchObject({ code: "not_offered" });
  });

  test("of a host that tells nothing has no reading at all, and a reason for each", async () => {
    const reader = new MachineReader(makeHost().roots, new Settler(), fail);
    const { samples } = await reader.read();
    expect(samples).toHaveLength(1);
    const { readings, unknown = {} } = machineOf(samples);
    expect(readings).toEqual({});
    expect(Object.keys(unknown).sort()).toEqual(namesOf("machine").sort());
    expect(Object.values(unknown).every(({ detail }) => detail.length > 0)).toBe(true);
  });

  test("goes on without a collector that fails, and says which one it was", async () => {
    const failures: string[] = [];
    class BrokenCollector extends FilesystemCollector {
      override collect(): never {
        throw new Error("made up");
      }
    }
    const { roots } = makeHost(SERVER);
    const note = (collector: string) => void failures.push(collector);
    const reader = new MachineReader(roots, new Settler(), note, new BrokenCollector());
    const { samples } = await reader.read();
    expect(failures).toEqual(["filesystems"]);
    expect(samples.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["machine", "disk", "sensor"]));
    expect(samples.map(({ kind }) => kind)).not.toContain("filesystem");
  });
});

describe.skipIf(!isLinux)("the facts (skipped where there is no /proc)", () => {
  test("of a server are known, or unknown for a reason", async () => {
    const facts = await readMachineFacts(makeHost(SERVER).roots, new BootTime());
    expect(MachineFacts.parse(facts)).toEqual(facts);
    expect(Object.keys(facts).sort()).toEqual([...MACHINE_FACTS].sort());
    expect(facts).toMatchObject({
      operatingSystem: { value: "Debian GNU/Linux 12 (bookworm)" },
      kernelVersion: { value: "6.1.0-28-amd64" },
      virtualization: { value: "physical" },
      hypervisor: { unknown: { code: "not_offered" } },
      systemUuid: { value: "4c4c4544-0042-4d10-8052-b4c04f4e3333" },
      systemSerial: { unknown: { code: "implausible" } },
      bootedAt: { value: "2026-11-22T23:59:26.000Z" },
      memoryTotalBytes: { value: 24_684_092 * 1024 },
      networkInterfaces: { value: ["eth0 (02:fc:00:00:00:01)"] },
      energySource: { value: "package" },
      gpus: { unknown: { code: "not_offered" } },
    });
  });

  test("of a host that tells nothing are unknown, but for what the agent knows of itself", async () => {
    const facts = await readMachineFacts(makeHost().roots, new BootTime());
    const known = Object.entries(facts).flatMap(([name, fact]) => ("value" in fact ? [name] : []));
    expect(known.sort()).toEqual(["architecture", "hostname"]);
    expect(facts.energySource).toEqual({ unknown: { code: "not_offered", detail: "no powercap on this kernel" } });
    expect(facts.networkInterfaces).toMatchObject({ unknown: { code: "not_offered" } });
  });
});

describe.skipIf(!isLinux)("this very machine (skipped where there is no /proc)", () => {
  const output = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: "utf8" }).trim();

  test("has the processors, the memory and the root filesystem that the system's own tools tell", async () => {
    const { facts, samples } = (await readMachine(THIS_MACHINE)).reading;
    expect(facts.coresLogical).toEqual({ value: Number(output("getconf", "_NPROCESSORS_ONLN")) });
    const memTotal = Number(/^MemTotal: +(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]) * 1024;
    expect(facts.memoryTotalBytes).toEqual({ value: memTotal });
    expect(machineOf(samples).readings.memoryTotalBytes).toBe(memTotal);
    const root = samples.find(({ kind, key }) => kind === "filesystem" && key === "/");
    const [, kibibytes] = output("df", "-Pk", "/").split("\n").at(-1)?.split(/ +/) ?? [];
    expect(Math.ceil((root?.readings.sizeBytes ?? Number.NaN) / 1024)).toBe(Number(kibibytes));
  });
});
