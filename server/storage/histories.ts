import { sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { readSeries } from "@/server/telemetry/series-read";
import type { Told } from "./capacity";
import { HISTORY_DAYS_MAX, type HistoryPoint } from "./forecast/history";

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Entities whose history is read at once. */
const CHUNK = 200;

export type UnitKind = "volume" | "pool";

/** What is read of an hour of a volume and of a pool. */
const READINGS = {
  volume: ["usedBytes", "availableBytes", "sizeBytes"],
  pool: ["usedBytes", "reservedBytes", "rawBytes", "provisionedBytes"],
} as const;

/** Means of an hour by the names of the readings, and the least and the most that was in use. */
export type Hour = { at: number; min: number; max: number } & Record<string, number>;

/** The hours of the volumes or pools of a cluster, by their keys; of those that nothing tells of, none. */
export async function readHistories(
  tx: Transaction,
  orgId: string,
  { clusterId, kind, keys }: { clusterId: string; kind: UnitKind; keys?: readonly string[] },
  now: Date,
): Promise<Map<string, Hour[]>> {
  const { rows: entities } = await tx.execute<{ id: number; key: string }>(sql`
    select distinct on (e.key) e.id, e.key from telemetry_streams s
    join telemetry_entities e on e.org_id = s.org_id and e.stream_id = s.id
    where s.org_id = ${orgId}::uuid and s.cluster_id = ${clusterId}::uuid and e.kind = ${kind}
      and ${keys === undefined ? sql`true` : sql`e.key = any (${sql.param(keys)}::text[])`}
    order by e.key, e.observed_at desc nulls last`);
  const to = Math.ceil(now.getTime() / 1000 / HOUR) * HOUR;
  const histories = new Map<string, Hour[]>();
  for (let from = 0; from < entities.length; from += CHUNK) {
    const chunk = entities.slice(from, from + CHUNK);
    const keyOf = new Map(chunk.map(({ id, key }) => [id, key]));
    const series = await readSeries(tx, {
      orgId,
      entityIds: chunk.map(({ id }) => id),
      lines: READINGS[kind].map((name) => ({ name, as: "gauge", of: name }) as const),
      from: to - HISTORY_DAYS_MAX * DAY,
      to,
      stepSeconds: HOUR,
      isLongAgo: true,
    });
    for (const { entityId, lines } of series) histories.set(keyOf.get(entityId) ?? "", hoursOf(lines));
  }
  return histories;
}

type Lines = Awaited<ReturnType<typeof readSeries>>[number]["lines"];

function hoursOf(lines: Lines): Hour[] {
  const hours = new Map<number, Hour>();
  for (const { name, points } of lines) {
    for (const { at, value, min, max } of points) {
      const hour = hours.get(at) ?? ({ at, min: Number.NaN, max: Number.NaN } as Hour);
      hour[name] = value;
      if (name === "usedBytes") Object.assign(hour, { min: min ?? value, max: max ?? value });
      hours.set(at, hour);
    }
  }
  return [...hours.values()].sort((left, right) => left.at - right.at);
}

/** What the forecast is made of. */
export const pointsOf = (kind: UnitKind, hours: readonly Hour[]): HistoryPoint[] =>
  hours.map((hour) => ({ at: hour.at, usedBytes: hour.usedBytes ?? null, capacityBytes: fullAt(kind, hour) }));

/** A filesystem is full when nothing is available, which is before its size where some is kept back (statfs(2)). */
function fullAt(kind: UnitKind, hour: Hour): number | null {
  const { usedBytes, availableBytes, sizeBytes, rawBytes, reservedBytes } = hour;
  if (kind === "pool") return rawBytes === undefined ? null : rawBytes - (reservedBytes ?? 0);
  if (usedBytes !== undefined && availableBytes !== undefined) return usedBytes + availableBytes;
  return sizeBytes ?? null;
}

/** The figures of an hour as they were told. */
export function toldOf(kind: UnitKind, hour: Hour | undefined): Told {
  const { usedBytes, availableBytes, sizeBytes, rawBytes, reservedBytes, provisionedBytes } = hour ?? ({} as Hour);
  return kind === "pool"
    ? { rawBytes, reservedBytes, provisionedBytes, usedBytes }
    : { rawBytes: sizeBytes, usedBytes, availableBytes };
}

export const dateOf = (seconds: number | null): Date | null => (seconds === null ? null : new Date(1000 * seconds));
