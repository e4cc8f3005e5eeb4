import type { EntityKind } from "@/contract/metrics";

/** What of a reading waits for the other parts of its moment: entity, field, how it adds up, value, start of counting. */
export type PendingValue = readonly [
  entity: number,
  field: string,
  as: "first" | "sum" | "counter" | "delta" | "wrapping",
  /** Null for what is not a finite number; as text what JSON cannot say and a kept series still means exactly. */
  value: number | string | null,
  startMs: number | null,
];

/** A moment whose parts still come in: senders split one scrape over several requests. */
export type PendingMoment = { moment: number; sinceMs: number; values: Record<string, PendingValue> };

/** All that a target's counters need, from request to request. */
export type TargetState = {
  /** The stream's dictionary; an entity's place never changes. `last` is its newest recorded moment, 0 for none. */
  entities: { kind: EntityKind; key: string; last: number }[];
  /** By series: the total that was settled last, and at which moment. */
  counters: Record<string, [total: number, moment: number]>;
  /** Ascending by moment. */
  pending: PendingMoment[];
  /** Newest settled moment, 0 for none. */
  newest: number;
  /** Moments that were settled lately, in that order. */
  recent: number[];
  /** Values of the moment that was settled last: so many make the next one complete. */
  expected: number;
  intervalSeconds: number;
  /** Start of the machine, epoch seconds, 0 when not told: a counter that fell without a start has wrapped. */
  bootedAt: number;
};

export function createTargetState(): TargetState {
  return {
    entities: [],
    counters: {},
    pending: [],
    newest: 0,
    recent: [],
    expected: 0,
    intervalSeconds: 0,
    bootedAt: 0,
  };
}

/** The state as the database keeps it; Postgres packs it. */
export function packTargetState(state: TargetState): Buffer {
  return Buffer.from(JSON.stringify({ version: 1, ...state }), "utf8");
}

/** What `packTargetState` made. Counters that cannot be read begin anew, which is better than never again. */
export function unpackTargetState(bytes: Buffer): TargetState {
  const found = bytes.length === 0 ? null : (JSON.parse(bytes.toString("utf8")) as TargetState & { version: number });
  if (found?.version !== 1) return createTargetState();
  const { version: _, ...state } = found;
  return state;
}
