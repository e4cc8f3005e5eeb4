/**
 * The metric sets: for each kind of entity the readings that it can have, in a fixed order.
 *
 * A set only ever grows at its end. Position is meaning on the wire and in the store, so moving or removing an entry
 * would silently re-label history; `contract/metrics.test.ts` holds the published order and steps. What was written
 * says itself how many metrics its writer had (`codec/widths.ts`), so that a set may grow at any time.
 */

/**
 * `gauge`: the value itself. `counter`: the growth since the entity's last recorded moment, settled at the edge; the
 * reading `spanSeconds` of the same entity and moment says how long that was. `double`: a value of unknown scale that
 * is kept exactly as it came.
 */
export type MetricKind = "gauge" | "counter" | "double";

export type Metric = {
  /** Name with its unit at the end, for example `memoryTotalBytes`. */
  readonly name: string;
  readonly kind: MetricKind;
  /** Size of one step in the unit of the name; values travel and are kept as whole numbers of steps. */
  readonly step: number;
};

const gauge = <const N extends string>(name: N, step = 1) => ({ name, kind: "gauge", step }) as const;
const counter = <const N extends string>(name: N, step = 1) => ({ name, kind: "counter", step }) as const;

const KIBIBYTE = 1024;
/** `/proc/stat` counts in hundredths of a second (proc_stat(5), USER_HZ). */
const CENTISECOND = 0.01;
const MILLISECOND = 0.001;
/** Time in seconds that the counters of the same moment cover: since the entity's last recorded moment. */
const SPAN = gauge("spanSeconds");

export const METRIC_SETS = {
  /** One computer. CPU times are summed over all logical processors, as `/proc/stat` gives them (proc_stat(5)). */
  machine: [
    SPAN,
    counter("cpuUserSeconds", CENTISECOND),
    counter("cpuNiceSeconds", CENTISECOND),
    counter("cpuSystemSeconds", CENTISECOND),
    counter("cpuIdleSeconds", CENTISECOND),
    counter("cpuIowaitSeconds", CENTISECOND),
    counter("cpuIrqSeconds", CENTISECOND),
    counter("cpuSoftirqSeconds", CENTISECOND),
    counter("cpuStealSeconds", CENTISECOND),
    gauge("load1", 0.01),
    gauge("load5", 0.01),
    gauge("load15", 0.01),
    gauge("memoryTotalBytes", KIBIBYTE),
    gauge("memoryAvailableBytes", KIBIBYTE),
    gauge("memoryFreeBytes", KIBIBYTE),
    gauge("memoryCachedBytes", KIBIBYTE),
    gauge("swapTotalBytes", KIBIBYTE),
    gauge("swapFreeBytes", KIBIBYTE),
    gauge("uptimeSeconds"),
    counter("energyJoules", 0.1),
    // Where only the use of all processors together is told (metrics.k8s.io), over a time of the teller's choice.
    gauge("cpuUsedCores", MILLISECOND),
  ],
  /** One mounted, real filesystem (statfs(2)); used = size − free, available = free to unprivileged users. */
  filesystem: [
    gauge("sizeBytes", 512),
    gauge("usedBytes", 512),
    gauge("availableBytes", 512),
    gauge("inodesTotal"),
    gauge("inodesFree"),
  ],
  /** One whole block device, never a partition (kernel documentation, admin-guide/iostats: sectors of 512 bytes). */
  disk: [
    SPAN,
    gauge("sizeBytes", 512),
    counter("readBytes", 512),
    counter("writtenBytes", 512),
    counter("readOperations"),
    counter("writeOperations"),
    counter("busySeconds", MILLISECOND),
  ],
  /** One network interface (kernel documentation, networking/statistics). */
  interface: [
    SPAN,
    counter("receivedBytes"),
    counter("transmittedBytes"),
    counter("receivedErrors"),
    counter("transmittedErrors"),
    counter("receivedDrops"),
    counter("transmittedDrops"),
    gauge("linkUp"),
    gauge("speedBitsPerSecond", 1_000_000),
  ],
  /** One temperature sensor (kernel documentation, hwmon/sysfs-interface). */
  sensor: [gauge("temperatureCelsius", 0.1), gauge("criticalCelsius", 0.1)],
  /** One RAPL zone. Zones overlap (psys holds package, package holds core): they are never added up here. */
  energyZone: [SPAN, counter("energyJoules", 0.1)],
  /** One volume that workloads use (Kubernetes kubelet_volume_stats_*, CSI NodeGetVolumeStats). */
  volume: [
    SPAN,
    gauge("sizeBytes", 512),
    gauge("usedBytes", 512),
    gauge("availableBytes", 512),
    gauge("inodesTotal"),
    gauge("inodesFree"),
    counter("readBytes", 512),
    counter("writtenBytes", 512),
    counter("readOperations"),
    counter("writeOperations"),
    counter("readSeconds", MILLISECOND),
    counter("writeSeconds", MILLISECOND),
  ],
  /** One pool that volumes are cut from. */
  pool: [
    gauge("rawBytes", KIBIBYTE),
    gauge("reservedBytes", KIBIBYTE),
    gauge("provisionedBytes", KIBIBYTE),
    gauge("usedBytes", KIBIBYTE),
    gauge("availableBytes", KIBIBYTE),
  ],
  /** One Kubernetes cluster. */
  cluster: [
    gauge("nodesTotal"),
    gauge("nodesReady"),
    gauge("podsTotal"),
    gauge("podsRunning"),
    gauge("podsPending"),
    gauge("podsFailed"),
    gauge("cpuAllocatableCores", MILLISECOND),
    gauge("cpuRequestedCores", MILLISECOND),
    gauge("memoryAllocatableBytes", KIBIBYTE),
    gauge("memoryRequestedBytes", KIBIBYTE),
    gauge("apiLatencySeconds", MILLISECOND),
    gauge("cpuUsedCores", MILLISECOND),
    gauge("memoryUsedBytes", KIBIBYTE),
  ],
  /** One application: workloads that belong together. */
  application: [
    SPAN,
    gauge("replicasWanted"),
    gauge("replicasReady"),
    gauge("cpuRequestedCores", MILLISECOND),
    gauge("memoryRequestedBytes", KIBIBYTE),
    counter("cpuUsedSeconds", CENTISECOND),
    gauge("memoryUsedBytes", KIBIBYTE),
    counter("restarts"),
    gauge("cpuUsedCores", MILLISECOND),
  ],
  /** One question asked again and again from the edge: is it reachable, how fast. */
  probe: [gauge("isUp"), gauge("latencySeconds", 0.0001)],
  /** One way from a site to a gateway, and what went over it. */
  link: [
    SPAN,
    counter("liveBytes"),
    counter("backlogBytes"),
    counter("reportBytes"),
    counter("controlBytes"),
    counter("framingSentBytes"),
    counter("framingReceivedBytes"),
    counter("controlReceivedBytes"),
    counter("connects"),
    counter("refusals"),
    gauge("roundTripSeconds", MILLISECOND),
    gauge("spoolBytes"),
    gauge("spoolMoments"),
    counter("thinnedMoments"),
    counter("droppedMoments"),
    counter("samples"),
  ],
  /** One series of a third-party sender that somebody asked to keep; the key is its name with sorted labels. */
  series: [{ name: "value", kind: "double", step: 1 }],
} as const satisfies Record<string, readonly Metric[]>;

export type EntityKind = keyof typeof METRIC_SETS;
export const ENTITY_KINDS = Object.keys(METRIC_SETS) as EntityKind[];

/** A machine and its parts: an agent of a cluster may tell of them too, of nodes that have agents of their own as well. */
export const MACHINE_KINDS: readonly EntityKind[] = [
  "machine",
  "filesystem",
  "disk",
  "interface",
  "sensor",
  "energyZone",
];

/** The reading names of one kind, for example `MetricName<"filesystem">`. */
export type MetricName<K extends EntityKind = EntityKind> = (typeof METRIC_SETS)[K][number]["name"];

/** What was read of one entity, in the units of the names: a name that is missing was not read, never zero instead. */
export type Readings<K extends EntityKind = EntityKind> = Partial<Record<MetricName<K>, number>>;

/** True for a kind that this version has a metric set for. */
export function isEntityKind(kind: string): kind is EntityKind {
  return Object.hasOwn(METRIC_SETS, kind);
}

const NO_METRICS: readonly Metric[] = [];

/** The metric set of a kind, for loops that do not care which kind it is; empty for a kind of a newer version. */
export function metricsOf(kind: string): readonly Metric[] {
  return isEntityKind(kind) ? METRIC_SETS[kind] : NO_METRICS;
}

/** Position of a reading in its metric set, starting at 0; throws for a name that the set does not have. */
export function metricIndex<K extends EntityKind>(kind: K, name: MetricName<K>): number {
  const index = metricsOf(kind).findIndex((metric) => metric.name === name);
  if (index < 0) throw new RangeError(`Metric set ${kind} has no reading ${name}`);
  return index;
}

/**
 * A reading in its unit → whole steps, rounded to the nearest; `double` stays as it is.
 * A counter is quantised as the cumulative value and then subtracted, so that its increments never drift.
 */
export function toSteps(metric: Metric, value: number): number {
  return metric.kind === "double" ? value : Math.round(value / metric.step);
}

/** Whole steps → the reading in its unit. Division where the step is a decimal fraction, so that 3 × 0.1 is 0.3. */
export function fromSteps(metric: Metric, steps: number): number {
  if (metric.kind === "double" || metric.step === 1) return steps;
  return metric.step > 1 ? steps * metric.step : steps / Math.round(1 / metric.step);
}
