import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { HostRoots } from "@/agent/host-roots";
import { MachineReader } from "@/agent/machine-reader";
import { Settler } from "@/agent/settle";
import { makeHost } from "@/agent/testing/made-up-host";
import { chooseEnergySource, collectEnergy, type EnergyZone } from "./energy";

const RANGE = 262_143_328_850;
const zone = (key: string, name: string, microjoules: number, range = RANGE) => ({
  [`sys/class/powercap/${key}/name`]: `${name}\n`,
  [`sys/class/powercap/${key}/energy_uj`]: `${microjoules}\n`,
  [`sys/class/powercap/${key}/max_energy_range_uj`]: `${range}\n`,
});
const moment = (bootId: string, uptimeSeconds: number) => ({
  "proc/uptime": `${uptimeSeconds}.00 1.00\n`,
  "proc/sys/kernel/random/boot_id": `${bootId}\n`,
});

const SERVER = {
  ...moment("boot-a", 1000),
  ...zone("intel-rapl:0", "package-0", 1_000_000),
  ...zone("intel-rapl:0:0", "core", 1_000_000),
  ...zone("intel-rapl:0:1", "dram", 1_000_000),
  ...zone("intel-rapl:1", "package-1", 1_000_000),
  ...zone("intel-rapl:1:0", "dram", 1_000_000),
};

const fail = (collector: string) => {
  throw new Error(`${collector} failed`);
};

async function zonesOf(roots: HostRoots): Promise<EnergyZone[]> {
  const found = await collectEnergy(roots);
  if ("unknown" in found) throw new Error(found.unknown.detail);
  return found.value;
}

async function sourceOf(roots: HostRoots) {
  const chosen = chooseEnergySource(await collectEnergy(roots));
  if ("unknown" in chosen) throw new Error(chosen.unknown.detail);
  return { source: chosen.value.source, keys: chosen.value.zones.map(({ reading }) => reading.key) };
}

async function joulesAfter(host: ReturnType<typeof makeHost>, steps: Record<string, string>[]) {
  const reader = new MachineReader(host.roots, new Settler(), fail);
  const readings = [];
  for (const files of [{}, ...steps]) {
    host.write(files);
    const { samples } = await reader.read();
    readings.push(samples);
  }
  return readings;
}

describe("the machine's energy", () => {
  test("is the packages and their memory; cores lie inside and are not added", async () => {
    const host = makeHost(SERVER);
    const readings = await joulesAfter(host, [
      {
        ...moment("boot-a", 1060),
        ...zone("intel-rapl:0", "package-0", 7_000_000),
        ...zone("intel-rapl:0:0", "core", 5_000_000),
        ...zone("intel-rapl:0:1", "dram", 2_000_000),
        ...zone("intel-rapl:1", "package-1", 4_000_000),
      },
    ]);
    expect(readings[0]?.[0]?.unknown?.energyJoules).toMatchObject({ code: "not_yet" });
    expect(readings[1]?.[0]?.readings.energyJoules).toBe(6 + 1 + 3 + 0);
    const zones = readings[1]?.filter(({ kind }) => kind === "energyZone");
    expect(zones?.map(({ key, readings: { energyJoules } }) => [key, energyJoules])).toEqual([
      ["intel-rapl:0", 6],
      ["intel-rapl:0:0", 4],
      ["intel-rapl:0:1", 1],
      ["intel-rapl:1", 3],
      ["intel-rapl:1:0", 0],
    ]);
  });

  test("is psys alone where the platform is measured, for it holds the packages", async () => {
    const host = makeHost({ ...SERVER, ...zone("intel-rapl:2", "psys", 10_000_000) });
    expect(await sourceOf(host.roots)).toEqual({ source: "psys", keys: ["intel-rapl:2"] });
    const readings = await joulesAfter(host, [
      {
        ...moment("boot-a", 1060),
        ...zone("intel-rapl:2", "psys", 60_000_000),
        ...zone("intel-rapl:0", "package-0", 9_000_000),
      },
    ]);
    expect(readings[1]?.[0]?.readings.energyJoules).toBe(50);
  });

  test("is psys too where another package than the first measures the platform", async () => {
    const host = makeHost({ ...SERVER, ...zone("intel-rapl:2", "psys-1", 10_000_000) });
    expect(await sourceOf(host.roots)).toEqual({ source: "psys", keys: ["intel-rapl:2"] });
  });

  test("is the packages where two zones claim to be the platform: nothing tells whether to add them", async () => {
    const host = makeHost({
      ...SERVER,
      ...zone("intel-rapl:2", "psys", 10_000_000),
      ...zone("intel-rapl:3", "psys-1", 10_000_000),
    });
    expect(await sourceOf(host.roots)).toMatchObject({ source: "package+dram" });
  });

  test("counts a package once that is offered by register and by memory", async () => {
    const host = makeHost({ ...SERVER, ...zone("intel-rapl-mmio:0", "package-0", 1_000_000) });
    const zones = await zonesOf(host.roots);
    expect(zones.map(({ reading }) => reading.key)).not.toContain("intel-rapl-mmio:0");
    expect(await sourceOf(host.roots)).toMatchObject({
      source: "package+dram",
      keys: ["intel-rapl:0", "intel-rapl:1", "intel-rapl:0:1", "intel-rapl:1:0"],
    });
  });

  test("goes on over a wrap and over a reboot without a fall", async () => {
    const host = makeHost({ ...moment("boot-a", 1000), ...zone("intel-rapl:0", "package-0", RANGE - 2_000_000) });
    const readings = await joulesAfter(host, [
      { ...moment("boot-a", 1060), ...zone("intel-rapl:0", "package-0", 1_000_000) },
      { ...moment("boot-b", 30), ...zone("intel-rapl:0", "package-0", 400_000) },
      { ...moment("boot-b", 90), ...zone("intel-rapl:0", "package-0", 900_000) },
    ]);
    expect(readings.map((entities) => entities[0]?.readings.energyJoules)).toEqual([undefined, 3, undefined, 3.5]);
    expect(readings[2]?.[0]?.unknown?.energyJoules?.detail).toContain("started again");
  });

  test("is unknown for one reading when 500 W for the span could have hidden a wrap", async () => {
    const small = 65_712_999_613;
    const host = makeHost({ ...moment("boot-a", 1000), ...zone("intel-rapl:0", "package-0", 0, small) });
    const readings = await joulesAfter(host, [
      { ...moment("boot-a", 1130), ...zone("intel-rapl:0", "package-0", 1_000_000, small) },
      { ...moment("boot-a", 1262), ...zone("intel-rapl:0", "package-0", 2_000_000, small) },
      { ...moment("boot-a", 1300), ...zone("intel-rapl:0", "package-0", 5_000_000, small) },
    ]);
    expect(readings.map((entities) => entities[0]?.readings.energyJoules)).toEqual([undefined, 1, undefined, 4]);
  });

  test("readings between two long intervals leave no doubt", async () => {
    const host = makeHost({ ...moment("boot-a", 1000), ...zone("intel-rapl:0", "package-0", 0) });
    const reader = new MachineReader(host.roots, new Settler(), fail);
    await reader.read();
    expect(reader.energyWrapSeconds).toBeCloseTo(524.3, 1);
    for (let step = 1; step <= 5; step += 1) {
      host.write({ ...moment("boot-a", 1000 + step * 300), ...zone("intel-rapl:0", "package-0", step * 1_000_000) });
      await reader.keepEnergy();
    }
    host.write(moment("boot-a", 2700));
    const { samples } = await reader.read();
    expect(samples[0]?.readings.energyJoules).toBe(5);
  });

  test("a sleep that outlasted a wrap between two observations is unknown in the next one, once", async () => {
    const host = makeHost({ ...moment("boot-a", 1000), ...zone("intel-rapl:0", "package-0", 0) });
    const reader = new MachineReader(host.roots, new Settler(), fail);
    await reader.read();
    host.write({ ...moment("boot-a", 9000), ...zone("intel-rapl:0", "package-0", 7_000_000) });
    await reader.keepEnergy();
    host.write({ ...moment("boot-a", 9060), ...zone("intel-rapl:0", "package-0", 9_000_000) });
    const after = await reader.read();
    host.write({ ...moment("boot-a", 9120), ...zone("intel-rapl:0", "package-0", 10_000_000) });
    const later = await reader.read();
    const [machine] = after.samples;
    expect(machine?.readings).not.toHaveProperty("energyJoules");
    expect(machine?.unknown?.energyJoules?.detail).toContain("not read for 8000 s");
    expect(later.samples[0]?.readings.energyJoules).toBe(3);
  });

  test("is not offered, and not nought, on a kernel without powercap", async () => {
    const [machine] = (await joulesAfter(makeHost(moment("boot-a", 1)), []))[0] ?? [];
    expect(machine?.unknown?.energyJoules).toEqual({ code: "not_offered", detail: "no powercap on this kernel" });
    expect(machine?.readings).not.toHaveProperty("energyJoules");
  });

  test("is not permitted where a container engine has laid an empty folder over the zones", async () => {
    const host = makeHost(moment("boot-a", 1));
    host.link("sys/class/powercap/intel-rapl:0", "../../devices/virtual/powercap/intel-rapl/intel-rapl:0");
    expect(await collectEnergy(host.roots)).toEqual({
      unknown: { code: "not_permitted", detail: "powercap is hidden from this container" },
    });
    const [machine] = (await joulesAfter(host, []))[0] ?? [];
    expect(machine?.unknown?.energyJoules?.code).toBe("not_permitted");
  });

  test("a counter above its own range is implausible", async () => {
    const host = makeHost(zone("intel-rapl:0", "package-0", RANGE + 1));
    const [found] = await zonesOf(host.roots);
    expect(found?.reading.counters.energyJoules).toMatchObject({ unknown: { code: "implausible" } });
  });
});

const CAPTURE = join(import.meta.dirname, "../../../shared/captures/fakesys_powercap_tree");

test.skipIf(!existsSync(CAPTURE))(
  "reads a captured powercap tree of two packages and psys (skipped where the capture is not at hand)",
  async () => {
    const { roots, link } = makeHost();
    cpSync(join(CAPTURE, "devices"), join(roots.sys, "devices"), { recursive: true });
    // The capture holds each link of sysfs as a file with the link's target.
    for (const name of readdirSync(join(CAPTURE, "class/powercap"))) {
      link(`sys/class/powercap/${name}`, readFileSync(join(CAPTURE, "class/powercap", name), "utf8").trim());
    }
    const zones = await zonesOf(roots);
    expect(zones.map(({ name }) => name).sort()).toEqual(["dram", "package-0", "package-1", "psys"]);
    expect(await sourceOf(roots)).toMatchObject({ source: "psys" });
    expect(zones.every(({ reading }) => "value" in (reading.counters.energyJoules ?? {}))).toBe(true);
  },
);
