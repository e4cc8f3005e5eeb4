import { describe, expect, test } from "vitest";
import { makeHost } from "@/agent/testing/made-up-host";
import { collectCpu, parseBootSeconds, parseCpuTimes } from "./cpu";
import { collectLoad, parseLoad, parseUptime } from "./load";
import { collectMemory, parseMemory } from "./memory";

/** Taken from a virtual machine with two processors. */
const STAT = `cpu  25033 212 41045 647031 1452 0 246 34 0 0
cpu0 10902 135 13044 333048 286 0 49 20 0 0
cpu1 14131 77 28000 313983 1165 0 196 13 0 0
intr 1622716 0 29 0 0
ctxt 5017203
btime 1795391966
processes 20771
`;
const MEMINFO = `MemTotal:       24684092 kB
MemFree:        23424560 kB
MemAvailable:   23849536 kB
Buffers:            2320 kB
Cached:           518680 kB
SwapCached:            0 kB
SwapTotal:             0 kB
SwapFree:              0 kB
HugePages_Total:       0
`;

describe("CPU times", () => {
  test("are the first line's ticks of a hundredth of a second, all processors together", () => {
    expect(parseCpuTimes(STAT)).toMatchObject({
      cpuUserSeconds: { value: { raw: 25_033n, perUnit: 100, canStepBack: true } },
      cpuIdleSeconds: { value: { raw: 647_031n, perUnit: 100 } },
      cpuIrqSeconds: { value: { raw: 0n } },
      cpuStealSeconds: { value: { raw: 34n } },
    });
  });

  test("a column that the kernel lacks is unknown, and nought only where the kernel says nought", () => {
    expect(parseCpuTimes("cpu  1 2 3 4\n")).toMatchObject({
      cpuIdleSeconds: { value: { raw: 4n } },
      cpuIowaitSeconds: { unknown: { code: "not_offered" } },
    });
  });

  test("without /proc/stat each of them says so", async () => {
    const { counters } = await collectCpu(makeHost().roots);
    expect(Object.keys(counters)).toHaveLength(8);
    expect(counters.cpuUserSeconds).toEqual({
      unknown: { code: "not_offered", detail: "no /proc/stat on this machine" },
    });
  });

  test("the boot time is the kernel's", () => {
    expect(parseBootSeconds(STAT)).toEqual({ value: 1_795_391_966 });
    expect(parseBootSeconds("cpu  1 2 3 4")).toMatchObject({ unknown: { code: "not_offered" } });
  });
});

describe("load and uptime", () => {
  test("are read as the kernel writes them", () => {
    expect(parseLoad("0.62 1.23 0.91 2/131 20771")).toEqual({
      load1: { value: 0.62 },
      load5: { value: 1.23 },
      load15: { value: 0.91 },
    });
    expect(parseUptime("4345.36 7515.87")).toEqual({ uptimeSeconds: { value: 4345.36 } });
  });

  test("nonsense is implausible", async () => {
    expect(parseLoad("a b c")).toMatchObject({ load1: { unknown: { code: "implausible" } } });
    const host = makeHost({ "proc/loadavg": "", "proc/uptime": "" });
    const { gauges } = await collectLoad(host.roots);
    expect(gauges).toMatchObject({
      load15: { unknown: { code: "implausible" } },
      uptimeSeconds: { unknown: { code: "implausible" } },
    });
  });
});

describe("memory", () => {
  test("is in bytes, the kernel's kB being KiB; no swap is a known nought", () => {
    expect(parseMemory(MEMINFO)).toEqual({
      memoryTotalBytes: { value: 24_684_092 * 1024 },
      memoryAvailableBytes: { value: 23_849_536 * 1024 },
      memoryFreeBytes: { value: 23_424_560 * 1024 },
      memoryCachedBytes: { value: 518_680 * 1024 },
      swapTotalBytes: { value: 0 },
      swapFreeBytes: { value: 0 },
    });
  });

  test("a kernel without MemAvailable leaves it unknown instead of guessing", () => {
    expect(parseMemory("MemTotal: 5 kB\nMemFree: 1 kB\n").memoryAvailableBytes).toEqual({
      unknown: { code: "not_offered", detail: "/proc/meminfo has no MemAvailable" },
    });
  });

  test("without /proc/meminfo each of them says so", async () => {
    const { gauges } = await collectMemory(makeHost().roots);
    expect(Object.values(gauges).every((gauge) => "unknown" in gauge)).toBe(true);
  });
});
