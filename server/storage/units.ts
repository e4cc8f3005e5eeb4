import { sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { readItem } from "@/server/clusters/timeline";
import { type Capacity, capacityOf, type Told } from "./capacity";
import { type FoundCluster, poolsOf, readItems } from "./cluster-capacity";
import { type Forecast, forecast } from "./forecast/forecast";
import { dateOf, type Hour, pointsOf, readHistories, toldOf, type UnitKind } from "./histories";
import type { Pool } from "./shapes";

/** What a unit is, and all that is known of how full it was. */
type Unit = {
  kind: UnitKind;
  key: string;
  name: string;
  namespace: string | null;
  class: string | null;
  capacity: Capacity;
  hours: readonly Hour[];
};

/**
 * Works out anew what fills in a cluster, and keeps that instead of what was kept. What is told of only now and has no
 * history yet is there with its figures, and too little is known for a forecast.
 * @returns how many units it has
 */
export async function keepUnits(tx: Transaction, orgId: string, cluster: FoundCluster, now: Date): Promise<number> {
  const units = [...(await volumesOf(tx, orgId, cluster, now)), ...(await poolUnits(tx, orgId, cluster, now))];
  const rows = units.map((unit) => rowOf(unit));
  await tx.execute(sql`
    with told as (select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t(kind text, key text, name text,
      namespace text, class text, raw_bytes float8, reserved_bytes float8, provisioned_bytes float8, used_bytes float8,
      available_bytes float8, formula text, capacity_bytes float8, verdict text, full_from timestamptz,
      full_likely timestamptz, full_to timestamptz, bytes_per_day float8, based_at timestamptz, basis jsonb, full_order timestamptz)),
    gone as (delete from storage_units u where u.org_id = ${orgId}::uuid and u.cluster_id = ${cluster.id}::uuid
      and not exists (select from told where told.kind = u.kind and told.key = u.key))
    insert into storage_units (org_id, cluster_id, kind, key, name, namespace, class, raw_bytes, reserved_bytes,
      provisioned_bytes, used_bytes, available_bytes, formula, capacity_bytes, verdict, full_from, full_likely, full_to,
      bytes_per_day, based_at, basis, full_order, computed_at)
    select ${orgId}::uuid, ${cluster.id}::uuid, told.*, ${now.toISOString()}::timestamptz from told
    on conflict (org_id, cluster_id, kind, key) do update set name = excluded.name, namespace = excluded.namespace,
      class = excluded.class, raw_bytes = excluded.raw_bytes, reserved_bytes = excluded.reserved_bytes,
      provisioned_bytes = excluded.provisioned_bytes, used_bytes = excluded.used_bytes,
      available_bytes = excluded.available_bytes, formula = excluded.formula, capacity_bytes = excluded.capacity_bytes,
      verdict = excluded.verdict, full_from = excluded.full_from, full_likely = excluded.full_likely,
      full_to = excluded.full_to, bytes_per_day = excluded.bytes_per_day, based_at = excluded.based_at,
      basis = excluded.basis, full_order = excluded.full_order, computed_at = excluded.computed_at`);
  await tx.execute(sql`
    insert into storage_looks (org_id, cluster_id, looked_at, units, units_told)
    values (${orgId}::uuid, ${cluster.id}::uuid, ${now.toISOString()}::timestamptz, ${rows.length}::int,
      ${rows.filter((row) => row.used_bytes !== null).length}::int)
    on conflict (org_id, cluster_id) do update set looked_at = excluded.looked_at, units = excluded.units,
      units_told = excluded.units_told`);
  return units.length;
}

/** Claims, whether anything tells how full they are or not. */
async function volumesOf(tx: Transaction, orgId: string, cluster: FoundCluster, now: Date): Promise<Unit[]> {
  const claims = await readItems(tx, orgId, cluster, "claim");
  if (claims.length === 0) return [];
  const histories = await readHistories(tx, orgId, { clusterId: cluster.id, kind: "volume" }, now);
  return claims.flatMap(({ key, item }): Unit[] => {
    const claim = readItem("claim", item);
    if (!claim) return [];
    const hours = histories.get(key) ?? [];
    const told: Told = { ...toldOf("volume", hours.at(-1)), provisionedBytes: claim.capacityBytes };
    return [
      {
        ...{ kind: "volume", key, name: claim.name, namespace: claim.namespace, class: claim.storageClass ?? null },
        capacity: capacityOf(told),
        hours,
      },
    ];
  });
}

/** Pools that are measured, and those that a system tells of in its objects. */
async function poolUnits(tx: Transaction, orgId: string, cluster: FoundCluster, now: Date): Promise<Unit[]> {
  const histories = await readHistories(tx, orgId, { clusterId: cluster.id, kind: "pool" }, now);
  const measured = [...histories].map(([key, hours]): Unit => {
    const [system = "", ...name] = key.split("/");
    return {
      ...{ kind: "pool", key, name: name.join("/") || key, namespace: null, class: system },
      capacity: capacityOf(toldOf("pool", hours.at(-1))),
      hours,
    };
  });
  const told = poolsOf(await readItems(tx, orgId, cluster, "part"))
    // What is measured of a system's nodes is the same storage again.
    .filter(({ system }) => !measured.some((unit) => unit.class === system))
    .map((pool): Unit => {
      const { key, name, system, receivedAt: _receivedAt, ...capacity } = pool;
      return { kind: "pool", key, name, namespace: null, class: system, capacity, hours: [hourOfPool(pool)] };
    });
  return [...measured, ...told];
}

/** A pool that is only told of, as the one hour of its history. */
export function hourOfPool({ receivedAt, usedBytes, rawBytes, reservedBytes, provisionedBytes }: Pool): Hour {
  const told = Object.entries({ usedBytes, rawBytes, reservedBytes, provisionedBytes }).filter(
    ([, value]) => value !== null,
  );
  const used = usedBytes ?? Number.NaN;
  return { ...Object.fromEntries(told), at: Math.floor(receivedAt.getTime() / 1000), min: used, max: used } as Hour;
}

function rowOf({ kind, key, name, namespace, class: of, capacity, hours }: Unit) {
  const points = pointsOf(kind, hours);
  const said = forecast(points);
  return {
    ...{ kind, key, name, namespace, class: of },
    raw_bytes: capacity.rawBytes,
    reserved_bytes: capacity.reservedBytes,
    provisioned_bytes: capacity.provisionedBytes,
    used_bytes: capacity.usedBytes,
    available_bytes: capacity.availableBytes,
    formula: capacity.formula,
    capacity_bytes: points.findLast(({ capacityBytes }) => capacityBytes !== null)?.capacityBytes ?? null,
    verdict: said.verdict,
    full_from: dateOf(said.fullFrom),
    full_likely: dateOf(said.fullLikely),
    full_to: dateOf(said.fullTo),
    bytes_per_day: said.bytesPerDay,
    based_at: dateOf(said.basedAt),
    basis: said.basis,
    full_order: orderOf(said),
  };
}

/** By the date; then what fills later than can be told or not at all; null, and so last, what is unknown. */
function orderOf({ verdict, fullLikely }: Forecast): Date | "infinity" | null {
  if (verdict === "full" || verdict === "filling") return dateOf(fullLikely) ?? "infinity";
  return verdict === "steady" ? "infinity" : null;
}
