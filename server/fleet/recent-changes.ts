import { type SQL, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { sites } from "@/db/schema/fleet";
import { type Caller, visibleSites } from "@/server/access/caller";
import type { OverviewChange } from "./shapes";

const CHANGES_MAX = 30;
const HOURS = 24;

/** Kinds whose values differ at each place: the same thing happened nevertheless. */
const OWN_VALUES = sql.raw(
  "('reboot', 'first_seen', 'hostname', 'systemUuid', 'systemSerial', 'site', 'identity_claimed', 'node_rebooted')",
);

/**
 * What changed within a day at machines and clusters, the newest first. The same change at many places is one line: "k3s
 * 1.30.2 → 1.30.4 on 38 clusters".
 */
export async function listRecentChanges(tx: Transaction, caller: Caller): Promise<OverviewChange[]> {
  const grouped = (of: "machine" | "cluster", subject: SQL, from: SQL) => sql`
    select ${of} as of, f.kind, ${subject} as subject,
      case when count(distinct t.id) = 1 then max(f.before) when f.kind not in ${OWN_VALUES} then max(f.before) end as before,
      case when count(distinct t.id) = 1 then max(f.after) when f.kind not in ${OWN_VALUES} then max(f.after) end as after,
      count(distinct t.id)::int as places, max(f.received_at) as received_at, max(f.observed_at) as observed_at,
      (array_agg(t.id order by f.received_at desc))[1] as place_id,
      (array_agg(t.name order by f.received_at desc))[1] as place_name
    from ${from}
    join sites on ${sites.orgId} = t.org_id and ${sites.id} = t.site_id
    where ${visibleSites(caller)} and f.org_id = ${caller.orgId}::uuid
      and f.received_at > now() - make_interval(hours => ${HOURS})
    group by f.kind, ${subject}, case when f.kind not in ${OWN_VALUES} then f.before end,
      case when f.kind not in ${OWN_VALUES} then f.after end`;
  const { rows } = await tx.execute<{
    of: "machine" | "cluster";
    kind: string;
    subject: string | null;
    before: string | null;
    after: string | null;
    places: number;
    received_at: string;
    observed_at: string | null;
    place_id: string;
    place_name: string;
  }>(sql`
    (${grouped("machine", sql`null::text`, sql`fleet_changes f join machines t on t.org_id = f.org_id and t.id = f.machine_id`)})
    union all
    (${grouped(
      "cluster",
      sql`(case when f.kind like 'system%' then f.subject end)`,
      sql`cluster_changes f join clusters t on t.org_id = f.org_id and t.id = f.cluster_id`,
    )})
    order by received_at desc, kind, subject, place_id limit ${CHANGES_MAX}`);
  return rows.map((row) => ({
    key: `${row.of} ${row.kind} ${row.subject} ${row.before} ${row.after} ${row.place_id}`,
    of: row.of,
    kind: row.kind,
    subject: row.subject,
    before: row.before,
    after: row.after,
    places: row.places,
    observedAt: row.observed_at === null ? null : new Date(row.observed_at),
    receivedAt: new Date(row.received_at),
    placeId: row.place_id,
    placeName: row.place_name,
  }));
}
