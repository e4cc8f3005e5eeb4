import { type Metric, metricsOf } from "@/contract/metrics";
import { CodecError } from "./codec-error";

/** An entity within its stream. One whose kind only a newer version knows has its place, and no readings here. */
export type DictionaryEntry = { kind: string; key: string };
/** An ordered list of entities that never changes; an entity's place in it is its slot. */
export type Dictionary = readonly DictionaryEntry[];

/** Most columns that a frame may have, and most entities. */
export const COLUMNS_MAX = 65_536;

/** A kind within a layout: how many entities it has there, and the metrics that each of them has. */
export type LayoutKind = { readonly kind: string; readonly entities: number; readonly metrics: readonly Metric[] };

/** Where the values of a dictionary's entities stand: by kind, then metric, then entity. */
export type Layout = {
  readonly entries: Dictionary;
  readonly columns: number;
  /** In the order of their first entities. */
  readonly kinds: readonly LayoutKind[];
  /** Slot of the entity that a column belongs to. */
  readonly slots: Uint16Array;
  /** Position of the column's metric in its kind's set. */
  readonly metricIndexes: Uint16Array;
  /** True for a column of unscaled doubles. */
  readonly isDouble: Uint8Array;
  /** True for a column that is the first of its kind and metric: what stands before it is no neighbour. */
  readonly isFirst: Uint8Array;
  /** Number of metrics that the entity in a slot has. */
  readonly widths: Uint16Array;
  /** The metric of a column. */
  metricOf(column: number): Metric;
  /** The column of an entity's reading. */
  columnOf(slot: number, metricIndex: number): number;
};

/**
 * The layout that follows from a dictionary.
 * @param metricsOfKind the metrics that each kind has: those of this version, unless it is about what another one wrote
 * @throws CodecError for one with more than `COLUMNS_MAX` columns or with an entity that occurs twice
 */
export function createLayout(
  entries: Dictionary,
  metricsOfKind: (kind: string) => readonly Metric[] = metricsOf,
): Layout {
  if (entries.length > COLUMNS_MAX) {
    throw new CodecError(`found ${entries.length} entities, expected ${COLUMNS_MAX} at most`);
  }
  const names = new Set(entries.map(({ kind, key }) => `${kind}\n${key}`));
  if (names.size !== entries.length) throw new CodecError("found an entity twice in a dictionary");
  const members = new Map<string, number[]>();
  entries.forEach(({ kind }, slot) => {
    const slots = members.get(kind);
    if (slots) slots.push(slot);
    else members.set(kind, [slot]);
  });
  const kinds = [...members].map(([kind, slots]) => ({ kind, entities: slots.length, metrics: metricsOfKind(kind) }));
  const columns = kinds.reduce((total, { entities, metrics }) => total + entities * metrics.length, 0);
  if (columns > COLUMNS_MAX) throw new CodecError(`found ${columns} columns, expected ${COLUMNS_MAX} at most`);
  const slots = new Uint16Array(columns);
  const metricIndexes = new Uint16Array(columns);
  const isDouble = new Uint8Array(columns);
  const isFirst = new Uint8Array(columns);
  const metricsByColumn: Metric[] = [];
  /** Of each slot: the column of its first metric, how far apart its metrics stand, and how many there are. */
  const first = new Uint32Array(entries.length);
  const stride = new Uint32Array(entries.length);
  const widths = new Uint16Array(entries.length);
  let column = 0;
  for (const { kind, metrics } of kinds) {
    const own = members.get(kind) ?? [];
    own.forEach((slot, place) => {
      first[slot] = column + place;
      stride[slot] = own.length;
      widths[slot] = metrics.length;
    });
    metrics.forEach((metric, metricIndex) => {
      isFirst[column] = 1;
      for (const slot of own) {
        slots[column] = slot;
        metricIndexes[column] = metricIndex;
        isDouble[column] = metric.kind === "double" ? 1 : 0;
        metricsByColumn.push(metric);
        column += 1;
      }
    });
  }
  return {
    entries,
    columns,
    kinds,
    slots,
    metricIndexes,
    isDouble,
    isFirst,
    widths,
    metricOf: (at) => {
      const metric = metricsByColumn[at];
      if (!metric) throw new RangeError(`Column ${at} of ${columns}`);
      return metric;
    },
    columnOf: (slot, metricIndex) => (first[slot] ?? 0) + metricIndex * (stride[slot] ?? 0),
  };
}

/** The text whose SHA-256 names a dictionary (its first eight bytes are used). */
export function dictionaryText(entries: Dictionary): string {
  return JSON.stringify(entries.map(({ kind, key }) => [kind, key]));
}
