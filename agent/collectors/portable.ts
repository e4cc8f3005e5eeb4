import {
  arch,
  cpus,
  freemem,
  hostname,
  loadavg,
  machine,
  networkInterfaces,
  platform,
  release,
  totalmem,
  type,
  uptime,
} from "node:os";
import type { RawCounter, ReadingPart } from "@/agent/entity-reading";
import { type Known, known, unknown } from "@/agent/host-roots";
import type { MachineFacts } from "@/contract/telemetry";

/** `os.cpus()` counts in milliseconds. */
const MILLISECONDS_PER_SECOND = 1000;

/** What Node itself knows of a machine that is not Linux; the rest has no collector there. */
export function collectPortable(): ReadingPart<"machine"> {
  const sum = (mode: "user" | "nice" | "sys" | "idle" | "irq"): Known<RawCounter> =>
    known({
      raw: BigInt(cpus().reduce((total, cpu) => total + Math.round(cpu.times[mode]), 0)),
      perUnit: MILLISECONDS_PER_SECOND,
    });
  const [load1 = 0, load5 = 0, load15 = 0] = loadavg();
  const hasLoad = platform() !== "win32";
  return {
    gauges: {
      ...(hasLoad ? { load1: known(load1), load5: known(load5), load15: known(load15) } : {}),
      memoryTotalBytes: known(totalmem()),
      memoryFreeBytes: known(freemem()),
      uptimeSeconds: known(uptime()),
    },
    counters: {
      cpuUserSeconds: sum("user"),
      cpuNiceSeconds: sum("nice"),
      cpuSystemSeconds: sum("sys"),
      cpuIdleSeconds: sum("idle"),
      cpuIrqSeconds: sum("irq"),
    },
  };
}

/** Facts that Node knows on every platform. */
export function collectPortableFacts(): MachineFacts {
  const model = cpus()[0]?.model.trim();
  const cards = Object.entries(networkInterfaces()).flatMap(([name, addresses]) => {
    const mac = addresses?.find((address) => !address.internal)?.mac;
    return mac ? [`${name} (${mac})`] : [];
  });
  return {
    hostname: known(hostname()),
    operatingSystem: known(`${type()} ${release()}`),
    kernelVersion: known(release()),
    architecture: known(machine() || arch()),
    cpuModel: model ? known(model) : unknown("not_offered", "the system names no processor"),
    coresLogical: known(cpus().length),
    memoryTotalBytes: known(totalmem()),
    networkInterfaces: known(cards),
  };
}
