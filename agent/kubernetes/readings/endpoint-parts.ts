import { deriveGauges } from "@/contract/exporters/derive";
import type { LabelMap, Reading } from "@/contract/exporters/meaning";
import { EXPORTER_RULES } from "@/contract/exporters/prometheus";
import type { EntityKind } from "@/contract/metrics";
import type { ExpositionSample } from "./exposition";

/** One series of a counter, in thousandths of the unit of its reading. */
export type CountedSeries = { id: string; raw: bigint; wraps: boolean };

/** What one endpoint tells of one entity, counters as they stand. */
export type EntityParts = {
  kind: EntityKind;
  key: string;
  gauges: Map<string, number>;
  counters: Map<string, CountedSeries[]>;
  /** Fields with a value that is no finite number. */
  unreadable: Set<string>;
};

/** Raw steps of a counter in one unit of its reading. */
export const RAW_PER_UNIT = 1000;

const AGE_MS_MAX = 300_000;
const KEY_LENGTH_MAX = 200;
/** Kinds of which an exporter tells for the node that it runs on. */
const OF_NODE: ReadonlySet<EntityKind> = new Set([
  "machine",
  "filesystem",
  "disk",
  "interface",
  "sensor",
  "energyZone",
]);
/** Volumes of pods: they are told as volumes, under the names of their claims. */
const POD_MOUNTS = "/var/lib/kubelet/";

export const isExporterMetric = (name: string): boolean => Object.hasOwn(EXPORTER_RULES, name);

/**
 * Sorts what an endpoint said by entity and reading.
 * @param node whose figures an exporter of nodes tells
 * @param endpointKey tells tunnels of several pods apart
 */
export function partsOf(
  samples: readonly ExpositionSample[],
  node: string,
  endpointKey: string,
  nowMs: number,
): EntityParts[] {
  const entities = new Map<string, EntityParts>();
  for (const { name, labels, value, atMs } of samples) {
    // Said again and again by an exporter that no longer measures.
    if (atMs !== null && nowMs - atMs > AGE_MS_MAX) continue;
    for (const reading of EXPORTER_RULES[name]?.(labels) ?? []) {
      const key = placed(reading, node, endpointKey);
      if (key === null) continue;
      const id = `${reading.kind}\n${key}`;
      const parts: EntityParts = entities.get(id) ?? {
        kind: reading.kind,
        key,
        gauges: new Map(),
        counters: new Map(),
        unreadable: new Set(),
      };
      entities.set(id, parts);
      take(parts, reading, value, seriesId(name, labels));
    }
  }
  for (const { kind, gauges } of entities.values()) deriveGauges(kind, gauges, Math.floor(nowMs / 1000));
  return [...entities.values()];
}

function take({ gauges, counters, unreadable }: EntityParts, reading: Reading, value: number, id: string): void {
  const { field, scale, as, wraps = false } = reading;
  const scaled = value * scale;
  if (!Number.isFinite(scaled)) unreadable.add(field);
  else if (as === "first") gauges.set(field, gauges.get(field) ?? scaled);
  else if (as === "sum") gauges.set(field, (gauges.get(field) ?? 0) + scaled);
  else {
    const series = counters.get(field) ?? [];
    counters.set(field, series);
    series.push({ id, raw: BigInt(Math.round(scaled * RAW_PER_UNIT)), wraps });
  }
}

/** The key within the cluster; null for what is told elsewhere. */
function placed({ kind, key }: Reading, node: string, endpointKey: string): string | null {
  if (kind === "machine") return node.slice(0, KEY_LENGTH_MAX);
  if (kind === "probe") return `${key}/${endpointKey}`.slice(0, KEY_LENGTH_MAX);
  if (kind === "filesystem" && key.startsWith(POD_MOUNTS)) return null;
  return OF_NODE.has(kind) ? `${node}/${key}`.slice(0, KEY_LENGTH_MAX) : key;
}

const seriesId = (name: string, labels: LabelMap): string =>
  `${name}${JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)))}`;
