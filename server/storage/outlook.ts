import { sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { asCaller, type Caller } from "@/server/access/caller";
import { readSeries } from "@/server/telemetry/series-read";
import { capacityOf, type Told } from "./capacity";
import { findCluster } from "./cluster-capacity";
import { type Forecast, forecast } from "./forecast/forecast";
import { HISTORY_DAYS_MAX, type HistoryPoint } from "./forecast/history";
import type { Outlook, OutlookInput } from "./shapes";

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Points of the chart on each side of now. */
const POINTS_MAX = 240;
/** How far the chart goes on at least and at most. */
const AHEAD_DAYS_MIN = 7;
const AHEAD_DAYS_MAX = 120;

/** Readings of a volume and a pool, in the order in which an hour is read. */
const READINGS = {
  volume: ["usedBytes", "availableBytes", "sizeBytes"],
  pool: ["usedBytes", "reservedBytes", "rawBytes", "provisionedBytes"],
} as const;

type Hour = { at: number; min: number; max: number } & Record<string, number>;

/**
 * When is it full? The history of a volume or pool of a cluster, and how it goes on, worked out as it is asked for.
 * @throws DomainError not_found for a cluster that the caller may not see
 */
export function getOutlook(caller: Caller, { clusterId, kind, key }: OutlookInput, now = new Date()): Promise<Outlook> {
  return asCaller(caller, async (tx) => {
    await findCluster(tx, caller, clusterId);
    const hours = await readHistory(tx, caller.orgId, { clusterId, kind, key }, now);
    const points = hours.map(
      (hour): HistoryPoint => ({
        at: hour.at,
        usedBytes: hour.usedBytes ?? null,
        capacityBytes: fullAt(kind, hour),
      }),
    );
    const said = forecast(points);
    const newest = hours.at(-1);
    const step = Math.max(1, Math.ceil(hours.length / POINTS_MAX));
    return {
      ...capacityOf(newest ? toldOf(kind, newest) : {}),
      verdict: said.verdict,
      fullFrom: dateOf(said.fullFrom),
      fullLikely: dateOf(said.fullLikely),
      fullTo: dateOf(said.fullTo),
      basedAt: dateOf(said.basedAt),
      basis: said.basis,
      bytesPerDay: said.bytesPerDay,
      capacityBytes: points.findLast((point) => point.capacityBytes !== null)?.capacityBytes ?? null,
      stepSeconds: step * HOUR,
      history: thinned(hours, step),
      ahead: aheadOf(said, hours),
    };
  });
}

const dateOf = (seconds: number | null): Date | null => (seconds === null ? null : new Date(1000 * seconds));

/** A filesystem is full when nothing is available, which is before its size where some is kept back (statfs(2)). */
function fullAt(kind: OutlookInput["kind"], hour: Hour): number | null {
  const { usedBytes, availableBytes, sizeBytes, rawBytes, reservedBytes } = hour;
  if (kind === "pool") return rawBytes === undefined ? null : rawBytes - (reservedBytes ?? 0);
  if (usedBytes !== undefined && availableBytes !== undefined) return usedBytes + availableBytes;
  return sizeBytes ?? null;
}

function toldOf(kind: OutlookInput["kind"], hour: Hour): Told {
  const { usedBytes, availableBytes, sizeBytes, rawBytes, reservedBytes, provisionedBytes } = hour;
  return kind === "pool"
    ? { rawBytes, reservedBytes, provisionedBytes, usedBytes }
    : { rawBytes: sizeBytes, usedBytes, availableBytes };
}

async function readHistory(
  tx: Transaction,
  orgId: string,
  { clusterId, kind, key }: OutlookInput,
  now: Date,
): Promise<Hour[]> {
  const { rows } = await tx.execute<{ id: number }>(sql`
    select e.id from telemetry_streams s join telemetry_entities e on e.org_id = s.org_id and e.stream_id = s.id
    where s.org_id = ${orgId}::uuid and s.cluster_id = ${clusterId}::uuid and e.kind = ${kind} and e.key = ${key}
    order by e.observed_at desc nulls last limit 1`);
  const [entity] = rows;
  // No driver tells of it: that is unknown and no mistake of the question.
  if (!entity) return [];
  const to = Math.ceil(now.getTime() / 1000 / HOUR) * HOUR;
  const [series] = await readSeries(tx, {
    orgId,
    entityIds: [entity.id],
    lines: READINGS[kind].map((name) => ({ name, as: "gauge", of: name }) as const),
    from: to - HISTORY_DAYS_MAX * DAY,
    to,
    stepSeconds: HOUR,
    isLongAgo: true,
  });
  const hours = new Map<number, Hour>();
  for (const { name, points } of series?.lines ?? []) {
    for (const { at, value, min, max } of points) {
      const hour = hours.get(at) ?? ({ at, min: Number.NaN, max: Number.NaN } as Hour);
      hour[name] = value;
      if (name === "usedBytes") Object.assign(hour, { min: min ?? value, max: max ?? value });
      hours.set(at, hour);
    }
  }
  return [...hours.values()].sort((left, right) => left.at - right.at);
}

/** Several hours as one point; hours without a reading are no part of it. */
function thinned(hours: readonly Hour[], step: number): Outlook["history"] {
  const groups = new Map<number, Hour[]>();
  for (const hour of hours) {
    if (hour.usedBytes === undefined) continue;
    const at = Math.floor(hour.at / HOUR / step) * step * HOUR;
    const group = groups.get(at);
    if (group) group.push(hour);
    else groups.set(at, [hour]);
  }
  return [...groups].map(([at, group]) => ({
    at: new Date(1000 * at),
    value: group.reduce((sum, { usedBytes }) => sum + (usedBytes ?? 0), 0) / group.length,
    min: Math.min(...group.map(({ min }) => min)),
    max: Math.max(...group.map(({ max }) => max)),
  }));
}

/** As far ahead as it looks back, and to the late edge where that is near. */
function aheadOf(said: Forecast, hours: readonly Hour[]): Outlook["ahead"] {
  const start = said.basedAt;
  const first = hours[0];
  if (start === null || !first) return [];
  const days = Math.min(AHEAD_DAYS_MAX, Math.max(AHEAD_DAYS_MIN, (start - first.at) / DAY));
  const step = Math.max(6 * HOUR, (days * DAY) / (POINTS_MAX / 2));
  const points: Outlook["ahead"] = [];
  for (let at = start; at <= start + days * DAY; at += step) {
    const band = said.at(at);
    if (band) points.push({ at: new Date(1000 * Math.round(at)), ...band });
  }
  return points;
}
