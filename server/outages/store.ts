import { sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import type { OutageGroup, Thing } from "./model";
import type { OutagePlan } from "./track";

/** Past outages are kept so long. */
const KEPT_DAYS = 30;
/** So long after its end an outage still takes in what turns out to belong to it. */
const SETTLED_MINUTES = 60;

export type KeptMember = { id: string; isDark: boolean; fromMs: number; toMs: number };
/** An outage that goes on or has just ended. */
export type KeptOutage = { id: string; isOpen: boolean; undecided: number; members: KeptMember[] };

/** Outages that may still change, with their members. */
export async function readKept(tx: Transaction, orgId: string): Promise<KeptOutage[]> {
  const { rows } = await tx.execute<{
    id: string;
    is_open: boolean;
    undecided: number;
    agent_id: string;
    is_dark: boolean;
    from_ms: number;
    to_ms: number;
  }>(sql`
    select o.id, o.ended_at is null as is_open, (o.peers -> 'things' ->> 'undecided')::int as undecided,
      m.agent_id, m.outcome is null as is_dark,
      (extract(epoch from m.dark_from) * 1000)::float8 as from_ms,
      (extract(epoch from m.dark_to) * 1000)::float8 as to_ms
    from outages o join outage_members m on m.org_id = o.org_id and m.outage_id = o.id
    where o.org_id = ${orgId}::uuid
      and (o.ended_at is null or o.ended_at > now() - make_interval(mins => ${SETTLED_MINUTES}))
    -- What is dark in one and was in another is told as dark: the last one counts.
    order by m.outcome is null, o.began_from, o.id, m.agent_id`);
  const byId = new Map<string, KeptOutage>();
  for (const row of rows) {
    const outage = byId.get(row.id) ?? { id: row.id, isOpen: row.is_open, undecided: row.undecided, members: [] };
    byId.set(row.id, outage);
    outage.members.push({ id: row.agent_id, isDark: row.is_dark, fromMs: row.from_ms, toMs: row.to_ms });
  }
  return [...byId.values()];
}

/** Notes who is heard again, and who was taken out; ends outages in which nobody is dark. Gives how many ended. */
export async function writeOutcomes(tx: Transaction, orgId: string): Promise<number> {
  await tx.execute(sql`
    with over as (
      update outage_members m
      set outcome = case when a.status = 'active' and a.last_received_at > m.dark_from then 'returned' else 'removed' end,
        ended_at = case when a.status = 'active' and a.last_received_at > m.dark_from then a.last_received_at
          else now() end
      from agents a
      where m.org_id = ${orgId}::uuid and m.outcome is null and a.org_id = m.org_id and a.id = m.agent_id
        -- Microseconds of the one were rounded on their way through the search.
        and (a.status <> 'active' or a.last_received_at > m.dark_from + interval '1 millisecond')
      returning m.outage_id)
    update outages o set updated_at = now()
    where o.org_id = ${orgId}::uuid and o.id in (select outage_id from over)`);
  const { rowCount } = await tx.execute(sql`
    update outages o set updated_at = now(),
      ended_at = (select max(m.ended_at) from outage_members m where m.org_id = o.org_id and m.outage_id = o.id)
    where o.org_id = ${orgId}::uuid and o.ended_at is null
      and not exists (select from outage_members m
        where m.org_id = o.org_id and m.outage_id = o.id and m.outcome is null)`);
  return rowCount ?? 0;
}

/** Deletes what ended so long ago that nobody asks for it. */
export async function dropOld(tx: Transaction, orgId: string): Promise<void> {
  await tx.execute(sql`delete from outages
    where org_id = ${orgId}::uuid and ended_at < now() - make_interval(days => ${KEPT_DAYS})`);
}

/** Writes what the search found. */
export async function writePlan(
  tx: Transaction,
  orgId: string,
  plan: OutagePlan,
  things: readonly Thing[],
): Promise<void> {
  const byId = new Map(things.map((thing) => [thing.id, thing]));
  for (const { id, into } of plan.merged) {
    await tx.execute(sql`delete from outage_members where org_id = ${orgId}::uuid and outage_id = ${id}::uuid`);
    await tx.execute(sql`update outages set merged_into = ${into}::uuid, ended_at = coalesce(ended_at, now()),
      updated_at = now() where org_id = ${orgId}::uuid and id = ${id}::uuid`);
  }
  for (const { id, group } of plan.seen) await writeOutage(tx, orgId, id, group, byId);
  for (const group of plan.begun) await writeOutage(tx, orgId, null, group, byId);
}

async function writeOutage(
  tx: Transaction,
  orgId: string,
  id: string | null,
  group: OutageGroup,
  byId: ReadonlyMap<string, Thing>,
): Promise<void> {
  const { cause, confidence, factors, evidence, things, sites } = group;
  const peers = JSON.stringify({ things, sites });
  const { rows } = await tx.execute<{ id: string; is_new: boolean }>(sql`
    insert into outages as o (org_id, id, cause, confidence, factors, evidence, peers, began_from, began_to)
    values (${orgId}::uuid, coalesce(${id}::uuid, gen_random_uuid()), ${cause}, ${confidence},
      ${JSON.stringify(factors)}::jsonb, ${JSON.stringify(evidence)}::jsonb, ${peers}::jsonb,
      ${new Date(group.fromMs).toISOString()}::timestamptz, ${new Date(group.toMs).toISOString()}::timestamptz)
    on conflict (org_id, id) do update set cause = excluded.cause, confidence = excluded.confidence,
      factors = excluded.factors, evidence = excluded.evidence, peers = excluded.peers,
      began_from = least(o.began_from, excluded.began_from), began_to = excluded.began_to, updated_at = now()
    where (o.cause, o.confidence, o.factors, o.peers) is distinct from
      (excluded.cause, excluded.confidence, excluded.factors, excluded.peers)
    returning id`);
  const outageId = rows[0]?.id ?? id;
  if (!outageId) throw new Error("an outage was neither written nor there");
  const members = [...group.memberIds, ...group.maybeIds].flatMap((member) => {
    const spell = byId.get(member)?.dark;
    return spell ? [{ member, spell }] : [];
  });
  const sure = new Set(group.memberIds);
  const column = (take: (one: (typeof members)[number]) => string | boolean) => sql.param(members.map(take));
  // Whoever is dark in another outage is taken over: it was put elsewhere before more was known.
  await tx.execute(sql`delete from outage_members where org_id = ${orgId}::uuid and outage_id <> ${outageId}::uuid
    and outcome is null and agent_id = any (${column(({ member }) => member)}::uuid[])`);
  await tx.execute(sql`
    insert into outage_members as m (org_id, outage_id, agent_id, is_sure, dark_from, dark_to, outcome, ended_at)
    select ${orgId}::uuid, ${outageId}::uuid, r.agent_id, r.is_sure, r.dark_from, r.dark_to,
      case when a.last_received_at > r.dark_from + interval '1 millisecond' then 'returned' end,
      case when a.last_received_at > r.dark_from + interval '1 millisecond' then a.last_received_at end
    from unnest(${column(({ member }) => member)}::uuid[], ${column(({ member }) => sure.has(member))}::bool[],
      ${column(({ spell }) => new Date(spell.fromMs).toISOString())}::timestamptz[],
      ${column(({ spell }) => new Date(spell.toMs).toISOString())}::timestamptz[])
      as r(agent_id, is_sure, dark_from, dark_to)
    join agents a on a.org_id = ${orgId}::uuid and a.id = r.agent_id
    on conflict (org_id, outage_id, agent_id) do update set is_sure = excluded.is_sure,
      -- Dark once more: the return was a short one.
      dark_from = excluded.dark_from, dark_to = excluded.dark_to,
      outcome = excluded.outcome, ended_at = excluded.ended_at
    where m.is_sure <> excluded.is_sure or (m.outcome is not null and excluded.outcome is null)`);
  await tx.execute(sql`update outages o set ended_at = null, updated_at = now()
    where o.org_id = ${orgId}::uuid and o.id = ${outageId}::uuid and o.ended_at is not null and exists (
      select from outage_members m where m.org_id = o.org_id and m.outage_id = o.id and m.outcome is null)`);
}
