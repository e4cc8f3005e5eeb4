import {
  always,
  diskKey,
  filesystemKey,
  interfaceKey,
  keyed,
  type LabelMap,
  leftOut,
  machine,
  type Reading,
  type Rule,
  type Rules,
} from "@/contract/exporters/meaning";
import type { MetricName } from "@/contract/metrics";

/** The first of these attributes that is there: names of today's conventions first, then those before them. */
const attribute = (labels: LabelMap, ...names: string[]): string | undefined =>
  names.map((name) => labels.get(name)).find((value) => value !== undefined);

const CPU_STATES: Record<string, MetricName<"machine">> = {
  user: "cpuUserSeconds",
  nice: "cpuNiceSeconds",
  system: "cpuSystemSeconds",
  kernel: "cpuSystemSeconds",
  idle: "cpuIdleSeconds",
  iowait: "cpuIowaitSeconds",
  wait: "cpuIowaitSeconds",
  interrupt: "cpuIrqSeconds",
  softirq: "cpuSoftirqSeconds",
  steal: "cpuStealSeconds",
};

const cpuTime: Rule = (labels) => {
  const field = CPU_STATES[attribute(labels, "cpu.mode", "system.cpu.state", "state") ?? ""];
  return field ? [machine(field, "counter")] : null;
};

/** States that make up the whole memory; slabs lie inside others. */
const memoryUsage: Rule = (labels) => {
  const total = machine("$memoryBytes", "sum");
  switch (attribute(labels, "system.memory.state", "state")) {
    case "used":
    case "buffered":
    case "buffers":
      return [total];
    case "cached":
      return [total, machine("memoryCachedBytes")];
    case "free":
      return [total, machine("memoryFreeBytes")];
    default:
      return null;
  }
};

const pagingUsage: Rule = (labels) => {
  const total = machine("swapTotalBytes", "sum");
  const state = attribute(labels, "system.paging.state", "state");
  if (state === "used") return [total];
  return state === "free" ? [total, machine("swapFreeBytes", "sum")] : null;
};

const mount = (labels: LabelMap): string | null =>
  filesystemKey(
    attribute(labels, "system.filesystem.mountpoint", "mountpoint"),
    attribute(labels, "system.filesystem.type", "type"),
  );
const filesystem = (key: string, field: string, as: Reading["as"]): Reading => ({
  kind: "filesystem",
  key,
  field,
  as,
  scale: 1,
});

const filesystemUsage: Rule = (labels) => {
  const key = mount(labels);
  if (key === null) return null;
  const total = filesystem(key, "$partsBytes", "sum");
  switch (attribute(labels, "system.filesystem.state", "state")) {
    case "used":
      return [total, filesystem(key, "usedBytes", "first")];
    case "free":
      return [total, filesystem(key, "availableBytes", "first")];
    case "reserved":
      return [total];
    default:
      return null;
  }
};

const filesystemInodes: Rule = (labels) => {
  const key = mount(labels);
  if (key === null) return null;
  const total = filesystem(key, "inodesTotal", "sum");
  const state = attribute(labels, "system.filesystem.state", "state");
  if (state === "used") return [total];
  return state === "free" ? [total, filesystem(key, "inodesFree", "first")] : null;
};

const disk = keyed("disk", (labels) => diskKey(attribute(labels, "system.device", "device")));
const networkInterface = keyed("interface", (labels) =>
  interfaceKey(attribute(labels, "network.interface.name", "system.device", "device")),
);

/** One rule of two, by the direction of the point. */
const byDirection =
  (rules: Record<string, Rule>): Rule =>
  (labels) =>
    rules[attribute(labels, "disk.io.direction", "network.io.direction", "direction") ?? ""]?.(labels) ?? null;

/** System and hardware metrics of the OpenTelemetry semantic conventions. */
export const OTEL_RULES: Rules = {
  "system.cpu.time": cpuTime,
  "system.cpu.load_average.1m": always(machine("load1")),
  "system.cpu.load_average.5m": always(machine("load5")),
  "system.cpu.load_average.15m": always(machine("load15")),
  "system.cpu.logical.count": always(machine("$cores")),
  "system.cpu.utilization": leftOut,
  "system.memory.usage": memoryUsage,
  "system.memory.limit": always(machine("memoryTotalBytes")),
  "system.memory.linux.available": always(machine("memoryAvailableBytes")),
  "system.linux.memory.available": always(machine("memoryAvailableBytes")),
  "system.memory.utilization": leftOut,
  "system.paging.usage": pagingUsage,
  "system.uptime": always(machine("uptimeSeconds")),
  "system.filesystem.usage": filesystemUsage,
  "system.filesystem.inodes.usage": filesystemInodes,
  "system.filesystem.utilization": leftOut,
  "system.disk.io": byDirection({ read: disk("readBytes", "counter"), write: disk("writtenBytes", "counter") }),
  "system.disk.operations": byDirection({
    read: disk("readOperations", "counter"),
    write: disk("writeOperations", "counter"),
  }),
  "system.disk.io_time": disk("busySeconds", "counter"),
  "system.network.io": byDirection({
    receive: networkInterface("receivedBytes", "counter"),
    transmit: networkInterface("transmittedBytes", "counter"),
  }),
  "system.network.errors": byDirection({
    receive: networkInterface("receivedErrors", "counter"),
    transmit: networkInterface("transmittedErrors", "counter"),
  }),
  "system.network.dropped": byDirection({
    receive: networkInterface("receivedDrops", "counter"),
    transmit: networkInterface("transmittedDrops", "counter"),
  }),
  "system.network.packet.dropped": byDirection({
    receive: networkInterface("receivedDrops", "counter"),
    transmit: networkInterface("transmittedDrops", "counter"),
  }),
  "hw.temperature": keyed("sensor", (labels) => labels.get("hw.id") ?? null)("temperatureCelsius"),
  // Parts of hardware; the figure of the host comes in a metric of its own and is never a sum of these.
  "hw.energy": (labels) => [
    {
      kind: "energyZone",
      key: [labels.get("hw.type"), labels.get("hw.id")].filter(Boolean).join("/").slice(0, 200) || "hw",
      field: "energyJoules",
      as: "counter",
      scale: 1,
    },
  ],
  "hw.host.energy": always(machine("$energyHost", "counter")),
  "hw.host.power": leftOut,
};
