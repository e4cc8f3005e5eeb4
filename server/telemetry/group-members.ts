import { type SQL, sql } from "drizzle-orm";
import { MACHINE_KINDS } from "@/contract/metrics";
import { parseSelector } from "@/contract/selector";
import type { Transaction } from "@/db/client";
import { type Caller, siteCondition, visibleSites } from "@/server/access/caller";
import type { GroupsInput } from "./groups-read";

/** Sites that stand together, with the streams that their sum is made of. */
export type Member = { key: string | null; name: string | null; sites: number; streamIds: number[] };

type Grouped = Pick<GroupsInput, "groupBy" | "selector">;

function keyOf({ groupBy }: Grouped): SQL {
  if (groupBy === "none") return sql`null::text`;
  return groupBy === "site" ? sql`sites.id::text` : sql`sites.labels ->> ${groupBy.label}`;
}

/** The sites that are asked for and within the caller's reach. */
function isMember(caller: Caller, { selector }: Grouped): SQL {
  const requirements = selector === null ? [] : parseSelector(selector);
  return sql.join([visibleSites(caller), ...requirements.map(siteCondition)], sql` and `);
}

export async function listMembers(tx: Transaction, caller: Caller, input: GroupsInput): Promise<Member[]> {
  const name: SQL = input.groupBy === "site" ? sql`sites.name` : sql`g.key`;
  const { rows } = await tx.execute<Omit<Member, "streamIds"> & { stream_ids: number[] | null }>(sql`
    select g.key, min(${name}) as name, count(distinct sites.id)::int as sites,
      array_agg(s.id order by s.id) filter (where s.id is not null) as stream_ids
    from sites cross join lateral (select ${keyOf(input)} as key) as g
    left join telemetry_streams s on s.org_id = sites.org_id and s.site_id = sites.id
    where ${isMember(caller, input)}
    group by g.key order by name nulls last`);
  return rows.map(({ stream_ids, ...row }) => ({ ...row, streamIds: stream_ids ?? [] }));
}

/** How many belong to a group, heard or not. */
export type Counts = { entities: number; machines: number; neverReported: number };
export const NONE: Counts = { entities: 0, machines: 0, neverReported: 0 };

/**
 * Of each group: the entities of the kind (parts of machines only where they were there since the time asked for began:
 * a disk that was taken out is not missing), its machines, and those of them that never told anything. A machine that never
 * reported is an entity of its kind all the same; of what parts it has nothing is known.
 */
export async function countEntities(
  tx: Transaction,
  caller: Caller,
  input: GroupsInput,
): Promise<Map<string | null, Counts>> {
  const isMachine = input.kind === "machine";
  const isThere = isMachine ? sql`true` : sql`e.observed_at >= ${input.from.toISOString()}::timestamptz`;
  // Nodes of clusters are counted where they speak for themselves, as in the sums.
  const isCounted = MACHINE_KINDS.includes(input.kind) ? sql`s.cluster_id is null` : sql`true`;
  const org = sql`${caller.orgId}::uuid`;
  // Each table is counted by sites before it is joined: none of them is small.
  const { rows } = await tx.execute<{ key: string | null } & Counts>(sql`
    with member as (select sites.id, ${keyOf(input)} as key from sites where ${isMember(caller, input)}),
    told as (
      select s.site_id, count(*) as entities from member
      join telemetry_streams s on s.org_id = ${org} and s.site_id = member.id
      join telemetry_entities e on e.org_id = ${org} and e.stream_id = s.id
      where e.kind = ${input.kind} and ${isThere} and ${isCounted} group by s.site_id),
    owned as (
      select m.site_id, count(*) as machines from member
      join machines m on m.org_id = ${org} and m.site_id = member.id group by m.site_id),
    silent as (
      select m.site_id, count(*) as machines from member
      join machines m on m.org_id = ${org} and m.site_id = member.id
      left join telemetry_machines t on t.org_id = ${org} and t.machine_id = m.id
      where t.readings_observed_at is null group by m.site_id)
    select member.key, coalesce(sum(owned.machines), 0)::int as machines,
      coalesce(sum(silent.machines), 0)::int as "neverReported",
      (coalesce(sum(told.entities), 0) + case when ${isMachine} then coalesce(sum(silent.machines), 0) else 0 end)::int
        as entities
    from member left join told on told.site_id = member.id left join owned on owned.site_id = member.id
    left join silent on silent.site_id = member.id
    group by member.key`);
  return new Map(rows.map(({ key, ...counts }) => [key, counts]));
}
