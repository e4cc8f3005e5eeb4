import type { EntityKind, MetricName } from "@/contract/metrics";
import type { UnknownReason } from "@/contract/unknown";
import type { Known } from "./host-roots";

/** A counter as the kernel gives it, before it is settled. */
export type RawCounter = {
  raw: bigint;
  /** So many raw steps are one unit of the reading: 100 ticks a second, 1,000,000 microjoules a joule. */
  perUnit: number;
  /** Set for a counter that runs over in normal use: its largest value, and the least time it can take to get there. */
  wrap?: { max: bigint; secondsMin: number };
  /** Set for a counter that may step back within a boot without having begun again. */
  canStepBack?: boolean;
};

/** What was read of some names of a kind, counters still raw. */
export type ReadingPart<K extends EntityKind> = {
  gauges: Partial<Record<MetricName<K>, Known<number>>>;
  counters: Partial<Record<MetricName<K>, Known<RawCounter>>>;
};

/** One entity as a collector found it. */
export type EntityReading<K extends EntityKind = EntityKind> = ReadingPart<K> & {
  kind: K;
  /** Stable within the machine, over reboots where the machine lets it. */
  key: string;
  attributes: Record<string, string>;
};

/** The same reason for each of several readings. */
export function unknownFor<N extends string>(
  names: readonly N[],
  reason: { unknown: UnknownReason },
): Partial<Record<N, { unknown: UnknownReason }>> {
  return Object.fromEntries(names.map((name) => [name, reason])) as Partial<Record<N, { unknown: UnknownReason }>>;
}

/** Attributes without those that could not be read; cut to what the wire takes. */
export function attributesOf(values: Record<string, string | null | undefined>): Record<string, string> {
  const entries = Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(entries.map(([name, value]) => [name, value.slice(0, 300)]));
}

/** An entity at one moment, in units; counters as settled totals, which only grow. */
export type EntitySample = {
  kind: EntityKind;
  /** Stable name within the machine: mount point, device, interface, sensor path; `machine` for the machine. */
  key: string;
  readings: Record<string, number>;
  /** Reading name → why it is missing. */
  unknown?: Record<string, UnknownReason>;
};
