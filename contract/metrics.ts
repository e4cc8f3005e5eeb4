/**
 * The metric sets: for each kind of entity the readings that it can have, in a fixed order.
 *
 * A set only ever grows at its end. Position is meaning in the store (`telemetry_samples.readings`), so moving or
 * removing an entry would silently re-label history; `contract/metrics.test.ts` holds the published order.
 */

/** `gauge`: the value itself. `counter`: settled at the edge, only grows for the life of the agent's state. */
export type MetricKind = "gauge" | "counter";

export type Metric = {
  /** Name with its unit at the end, for example `memoryTotalBytes`. */
  readonly name: string;
  readonly kind: MetricKind;
};

const gauge = <const N extends string>(name: N) => ({ name, kind: "gauge" }) as const;
const counter = <const N extends string>(name: N) => ({ name, kind: "counter" }) as const;

export const METRIC_SETS = {
  /** One computer. CPU times are summed over all logical processors, as `/proc/stat` gives them (proc_stat(5)). */
  machine: [
    counter("cpuUserSeconds"),
    counter("cpuNiceSeconds"),
    counter("cpuSystemSeconds"),
    counter("cpuIdleSeconds"),
    counter("cpuIowaitSeconds"),
    counter("cpuIrqSeconds"),
    counter("cpuSoftirqSeconds"),
    counter("cpuStealSeconds"),
    gauge("load1"),
    gauge("load5"),
    gauge("load15"),
    gauge("memoryTotalBytes"),
    gauge("memoryAvailableBytes"),
    gauge("memoryFreeBytes"),
    gauge("memoryCachedBytes"),
    gauge("swapTotalBytes"),
    gauge("swapFreeBytes"),
    gauge("uptimeSeconds"),
    counter("energyJoules"),
  ],
  /** One mounted, real filesystem (statfs(2)); used = size − free, available = free to unprivileged users. */
  filesystem: [
    gauge("sizeBytes"),
    gauge("usedBytes"),
    gauge("availableBytes"),
    gauge("inodesTotal"),
    gauge("inodesFree"),
  ],
  /** One whole block device, never a partition (kernel documentation, admin-guide/iostats). */
  disk: [
    gauge("sizeBytes"),
    counter("readBytes"),
    counter("writtenBytes"),
    counter("readOperations"),
    counter("writeOperations"),
    counter("busySeconds"),
  ],
  /** One network interface (kernel documentation, networking/statistics). */
  interface: [
    counter("receivedBytes"),
    counter("transmittedBytes"),
    counter("receivedErrors"),
    counter("transmittedErrors"),
    counter("receivedDrops"),
    counter("transmittedDrops"),
    gauge("linkUp"),
    gauge("speedBitsPerSecond"),
  ],
  /** One temperature sensor (kernel documentation, hwmon/sysfs-interface). */
  sensor: [gauge("temperatureCelsius"), gauge("criticalCelsius")],
  /** One RAPL zone. Zones overlap (psys holds package, package holds core): they are never added up here. */
  energyZone: [counter("energyJoules")],
} as const satisfies Record<string, readonly Metric[]>;

export type EntityKind = keyof typeof METRIC_SETS;
export const ENTITY_KINDS = Object.keys(METRIC_SETS) as EntityKind[];

/** The reading names of one kind, for example `MetricName<"filesystem">`. */
export type MetricName<K extends EntityKind = EntityKind> = (typeof METRIC_SETS)[K][number]["name"];

/** What was read of one entity: a name that is missing was not read. It is never zero instead. */
export type Readings<K extends EntityKind = EntityKind> = Partial<Record<MetricName<K>, number>>;

/** Position of a reading in its metric set, starting at 0; throws for a name that the set does not have. */
export function metricIndex<K extends EntityKind>(kind: K, name: MetricName<K>): number {
  const set: readonly Metric[] = METRIC_SETS[kind];
  const index = set.findIndex((metric) => metric.name === name);
  if (index < 0) throw new RangeError(`Metric set ${kind} has no reading ${name}`);
  return index;
}

/**
 * Readings by name → the fixed order of the metric set, `null` where nothing was read.
 * Names that this version does not know are left out; the caller counts them (`unknownReadingNames`).
 */
export function packReadings(kind: EntityKind, readings: Record<string, number>): (number | null)[] {
  const set: readonly Metric[] = METRIC_SETS[kind];
  return set.map((metric) => readings[metric.name] ?? null);
}

/** The fixed order of the metric set → readings by name. Positions beyond the known set are left out. */
export function unpackReadings<K extends EntityKind>(kind: K, packed: readonly (number | null)[]): Readings<K> {
  const readings: Record<string, number> = {};
  const set: readonly Metric[] = METRIC_SETS[kind];
  set.forEach((metric, index) => {
    const value = packed[index];
    if (value !== null && value !== undefined) readings[metric.name] = value;
  });
  return readings as Readings<K>;
}
