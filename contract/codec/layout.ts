import { ENTITY_KINDS, type EntityKind, type Metric, metricsOf } from "@/contract/metrics";
import { CodecError } from "./codec-error";

/** An entity within its stream. */
export type DictionaryEntry = { kind: EntityKind; key: string };
/** An ordered list of entities that never changes; an entity's place in it is its slot. */
export type Dictionary = readonly DictionaryEntry[];

/** Most columns that a frame may have. */
export const COLUMNS_MAX = 65_536;

/** Where the values of a dictionary's entities stand: by kind, then metric, then entity. */
export type Layout = {
  readonly entries: Dictionary;
  readonly columns: number;
  /** Slot of the entity that a column belongs to. */
  readonly slots: Uint16Array;
  /** Position of the column's metric in its kind's set. */
  readonly metricIndexes: Uint8Array;
  /** True for a column of unscaled doubles. */
  readonly isDouble: Uint8Array;
  /** The metric of a column. */
  metricOf(column: number): Metric;
  /** The column of an entity's reading. */
  columnOf(slot: number, metricIndex: number): number;
};

/**
 * The layout that follows from a dictionary.
 * @throws CodecError for one with more than `COLUMNS_MAX` columns or with an entity that occurs twice
 */
export function createLayout(entries: Dictionary): Layout {
  const names = new Set(entries.map(({ kind, key }) => `${kind}\n${key}`));
  if (names.size !== entries.length) throw new CodecError("found an entity twice in a dictionary");
  const columns = entries.reduce((total, { kind }) => total + metricsOf(kind).length, 0);
  if (columns > COLUMNS_MAX) throw new CodecError(`found ${columns} columns, expected ${COLUMNS_MAX} at most`);
  const slots = new Uint16Array(columns);
  const metricIndexes = new Uint8Array(columns);
  const isDouble = new Uint8Array(columns);
  const metrics: Metric[] = [];
  /** Of each slot: the column of its first metric, and how far apart its metrics stand. */
  const first = new Uint32Array(entries.length);
  const stride = new Uint32Array(entries.length);
  let column = 0;
  for (const kind of ENTITY_KINDS) {
    const members: number[] = [];
    entries.forEach((entry, slot) => {
      if (entry.kind === kind) members.push(slot);
    });
    members.forEach((slot, place) => {
      first[slot] = column + place;
      stride[slot] = members.length;
    });
    metricsOf(kind).forEach((metric, metricIndex) => {
      for (const slot of members) {
        slots[column] = slot;
        metricIndexes[column] = metricIndex;
        isDouble[column] = metric.kind === "double" ? 1 : 0;
        metrics.push(metric);
        column += 1;
      }
    });
  }
  return {
    entries,
    columns,
    slots,
    metricIndexes,
    isDouble,
    metricOf: (at) => {
      const metric = metrics[at];
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
