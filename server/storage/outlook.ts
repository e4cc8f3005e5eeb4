import { asCaller, type Caller } from "@/server/access/caller";
import { readItem } from "@/server/clusters/timeline";
import { capacityOf } from "./capacity";
import { findCluster, poolsOf, readItems } from "./cluster-capacity";
import { type Forecast, forecast } from "./forecast/forecast";
import { dateOf, type Hour, pointsOf, readHistories, toldOf } from "./histories";
import type { Outlook, OutlookInput } from "./shapes";
import { hourOfPool } from "./units";

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Points of the chart on each side of now. */
const POINTS_MAX = 240;
/** How far the chart goes on at least and at most. */
const AHEAD_DAYS_MIN = 7;
const AHEAD_DAYS_MAX = 120;

/**
 * When is it full? The history of a volume or pool of a cluster, and how it goes on, worked out as it is asked for.
 * @throws DomainError not_found for a cluster that the caller may not see
 */
export function getOutlook(caller: Caller, { clusterId, kind, key }: OutlookInput, now = new Date()): Promise<Outlook> {
  return asCaller(caller, async (tx) => {
    const cluster = await findCluster(tx, caller, clusterId);
    const histories = await readHistories(tx, caller.orgId, { clusterId, kind, keys: [key] }, now);
    const told = kind === "pool" && !histories.has(key) ? await readItems(tx, caller.orgId, cluster, "part") : [];
    // Nothing tells of it at all: that is unknown and no mistake of the question.
    const hours = histories.get(key) ?? poolsOf(told.filter((part) => part.key === key)).map(hourOfPool);
    const points = pointsOf(kind, hours);
    const said = forecast(points);
    const claims = kind === "volume" ? await readItems(tx, caller.orgId, cluster, "claim") : [];
    const claim = readItem("claim", claims.find((one) => one.key === key)?.item);
    const step = Math.max(1, Math.ceil(hours.length / POINTS_MAX));
    return {
      ...capacityOf({ ...toldOf(kind, hours.at(-1)), ...(claim ? { provisionedBytes: claim.capacityBytes } : {}) }),
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
