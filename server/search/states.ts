import { sql } from "drizzle-orm";
import { HEALTHS, type Health } from "@/contract/cluster/healths";
import type { Transaction } from "@/db/client";
import type { Caller } from "@/server/access/caller";
import { connectivityOf } from "@/server/fleet/model";
import type { Match, SearchKind } from "./model";
import type { Found } from "./shapes";

/** A document that was found. */
export type Candidate = { kind: SearchKind; thingId: string; key: string; title: string; match: Match };

/** What was found with how it is; `hardware`: the UUID of the machine that it is. */
export type Stated = { found: Found; match: Match; hardware: string | null };

type Row = {
  place: number;
  title: string;
  site: string;
  is_simulated: boolean;
  cluster: string | null;
  detail: string | null;
  health: string | null;
  hardware: string | null;
  status: string | null;
  interval_seconds: number | null;
  last_received_at: Date | string | null;
};

/** The columns of every kind; what a kind has not is null. */
const columns = (own: {
  title: string;
  cluster?: string;
  detail?: string;
  health?: string;
  hardware?: string;
  agent?: boolean;
}) =>
  sql.raw(`w.place, ${own.title} as title, s.name as site, s.is_simulated, ${own.cluster ?? "null"} as cluster,
    ${own.detail ?? "null"} as detail, ${own.health ?? "null"} as health, ${own.hardware ?? "null"} as hardware,
    ${own.agent === false ? "null as status, null::real as interval_seconds, null::timestamptz as last_received_at" : "a.status, a.interval_seconds, a.last_received_at"}`);

const DETAIL = `case w.kind when 'node' then i.item->'internalIps'->>0 when 'volume' then i.item->>'phase'
  else i.item->>'namespace' end`;

/** How each of these is now; a thing that went away in between is left out. */
export async function readStates(tx: Transaction, caller: Caller, found: readonly Candidate[]): Promise<Stated[]> {
  if (found.length === 0) return [];
  const asked = found.map(({ kind, thingId, key }, place) => ({ place, kind, thing_id: thingId, key }));
  const { rows } = await tx.execute<Row>(sql`
    with w as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as w(place int, kind text, thing_id uuid, key text))
    select ${columns({ title: "s.name", detail: "s.region", agent: false })}
    from w join sites s on s.org_id = ${caller.orgId}::uuid and s.id = w.thing_id where w.kind = 'site'
    union all
    select ${columns({ title: "c.name", detail: "c.git_version", health: "c.health" })}
    from w join clusters c on c.org_id = ${caller.orgId}::uuid and c.id = w.thing_id
    join sites s on s.org_id = c.org_id and s.id = c.site_id
    left join agents a on a.org_id = c.org_id and a.id = c.agent_id where w.kind = 'cluster'
    union all
    select w.place, m.name, s.name, s.is_simulated, null, m.facts->'operatingSystem'->>'value', null,
      lower(m.facts->'systemUuid'->>'value'), a.status, coalesce(a.interval_seconds, t.interval_seconds),
      coalesce(a.last_received_at, t.last_received_at)
    from w join machines m on m.org_id = ${caller.orgId}::uuid and m.id = w.thing_id
    join sites s on s.org_id = m.org_id and s.id = m.site_id
    left join agents a on a.org_id = m.org_id and a.id = m.agent_id
    left join lateral (select t.interval_seconds, t.last_received_at from telemetry_streams t
      where a.id is null and t.org_id = m.org_id and t.machine_id = m.id and t.sender_id is not null
      order by t.last_received_at desc nulls last limit 1) t on true
    where w.kind = 'machine'
    union all
    select ${columns({
      title: "coalesce(i.item->>'name', i.key)",
      cluster: "c.name",
      detail: DETAIL,
      health: "i.item->>'health'",
      hardware: "lower(i.item->>'systemUuid')",
    })}
    from w join clusters c on c.org_id = ${caller.orgId}::uuid and c.id = w.thing_id
    join cluster_items i on i.org_id = c.org_id and i.cluster_id = c.id and i.generation = c.generation
      and i.kind = w.kind and i.key = w.key
    join sites s on s.org_id = c.org_id and s.id = c.site_id
    left join agents a on a.org_id = c.org_id and a.id = c.agent_id
    where w.kind in ('node', 'application', 'claim', 'volume')`);
  const now = new Date();
  return rows.flatMap((row) => {
    const candidate = found[row.place];
    return candidate ? [statedOf(row, candidate, now)] : [];
  });
}

function statedOf(row: Row, { kind, thingId, key, match }: Candidate, now: Date): Stated {
  const lastReceivedAt = row.last_received_at === null ? null : new Date(row.last_received_at);
  const agent =
    row.interval_seconds === null
      ? null
      : { isRevoked: row.status === "revoked", lastReceivedAt, intervalSeconds: row.interval_seconds };
  const health: Health | null = row.health === null ? null : (HEALTHS.find((one) => one === row.health) ?? "unknown");
  return {
    match,
    hardware: row.hardware,
    found: {
      ...{ kind, thingId, key, health, lastReceivedAt },
      title: row.title,
      siteName: row.site,
      isSimulated: row.is_simulated,
      clusterName: row.cluster,
      detail: row.detail,
      connectivity: kind === "site" ? null : connectivityOf(agent, now),
    },
  };
}
