import { sql } from "drizzle-orm";
import { ENTITY_KINDS } from "@/contract/metrics";
import type { Transaction } from "@/db/client";
import { numberArray } from "@/db/number-array";
import { differenceOf, type FiveMinutes } from "./rollups";

/** The five-minute sums of a chunk and the groups that hold them. */
export type Contribution = { groups: readonly number[]; sums: FiveMinutes | null };

type Movement = { group: number; kind: string; metric: number; at: number; sum: bigint; entities: number };

/** Gathers by how much group sums move in one transaction; `write` moves them. */
export class GroupMovements {
  readonly #movements = new Map<number, Map<number, Movement>>();

  /** A chunk's sums were `before` and are `after` from now on. Groups may differ: a site can move and be relabelled. */
  move(before: Contribution | null, after: Contribution): void {
    const left = before?.groups.filter((group) => !after.groups.includes(group)) ?? [];
    const kept = after.groups.filter((group) => before?.groups.includes(group));
    const joined = after.groups.filter((group) => !kept.includes(group));
    this.#add(left, before?.sums ?? null, null);
    this.#add(kept, before?.sums ?? null, after.sums);
    this.#add(joined, null, after.sums);
  }

  #add(groups: readonly number[], before: FiveMinutes | null, after: FiveMinutes | null): void {
    if (groups.length === 0) return;
    const own = groups.map((group) => ({ group, movements: this.#of(group) }));
    for (const figure of differenceOf(before, after)) {
      // One number for kind, metric and moment, because a text for each would cost more than all the rest.
      const name = (64 * ENTITY_KINDS.indexOf(figure.kind) + figure.metric) * 2 ** 32 + figure.at;
      for (const { group, movements } of own) {
        const known = movements.get(name);
        if (known) {
          known.sum += figure.sum;
          known.entities += figure.entities;
        } else movements.set(name, { group, ...figure });
      }
    }
  }

  #of(group: number): Map<number, Movement> {
    const movements = this.#movements.get(group) ?? new Map<number, Movement>();
    this.#movements.set(group, movements);
    return movements;
  }

  /** In the order of the key, so that two writers wait for each other and never for ever. */
  async write(tx: Transaction, orgId: string): Promise<void> {
    const rows = [...this.#movements.values()]
      .flatMap((movements) => [...movements.values()])
      .filter(({ sum, entities }) => sum !== 0n || entities !== 0)
      .sort((a, b) => a.group - b.group || compare(a.kind, b.kind) || a.metric - b.metric || a.at - b.at);
    if (rows.length === 0) return;
    const column = (take: (row: Movement) => number | bigint) => numberArray(rows, take);
    await tx.execute(sql`
      insert into telemetry_group_5m as g (org_id, group_id, kind, metric, at, sum, entities)
      select ${orgId}::uuid, r.group_id, r.kind, r.metric, to_timestamp(r.at), r.sum, r.entities
      from unnest(${column((row) => row.group)}::int[], ${sql.param(rows.map((row) => row.kind))}::text[],
        ${column((row) => row.metric)}::smallint[], ${column((row) => row.at)}::bigint[],
        ${column((row) => row.sum)}::numeric[], ${column((row) => row.entities)}::bigint[])
        as r(group_id, kind, metric, at, sum, entities)
      on conflict (org_id, group_id, kind, metric, at)
        do update set sum = g.sum + excluded.sum, entities = g.entities + excluded.entities`);
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The groups that streams belong to now: all, and one for the value of each grouped label of their site. Groups that
 * are new are made.
 * @returns stream → ids of its groups, ascending
 */
export async function findGroups(
  tx: Transaction,
  orgId: string,
  streamIds: readonly number[],
): Promise<Map<number, number[]>> {
  const { rows } = await tx.execute<{ stream_id: number; groups: number[] }>(sql`
    with wanted as (
      select s.id as stream_id, g.kind, g.label, g.value
      from telemetry_streams s join sites on sites.org_id = s.org_id and sites.id = s.site_id
      left join telemetry_settings t on t.org_id = s.org_id
      cross join lateral (
        select 'all' as kind, '' as label, '' as value
        union all select 'label', name, sites.labels ->> name
        from unnest(coalesce(t.grouped_labels, '{region}')) as name where sites.labels ? name) as g
      where s.org_id = ${orgId}::uuid and s.id = any (${sql.param([...streamIds])}::int[])),
    made as (
      insert into telemetry_groups (org_id, kind, label, value)
      select distinct ${orgId}::uuid, kind, label, value from wanted w
      where not exists (select from telemetry_groups g
        where g.org_id = ${orgId}::uuid and g.kind = w.kind and g.label = w.label and g.value = w.value)
      order by kind, label, value
      on conflict (org_id, kind, label, value) do update set label = excluded.label
      returning id, kind, label, value),
    known as (
      select id, kind, label, value from telemetry_groups where org_id = ${orgId}::uuid
      union select id, kind, label, value from made)
    select w.stream_id, array_agg(k.id order by k.id) as groups
    from wanted w join known k on k.kind = w.kind and k.label = w.label and k.value = w.value
    group by w.stream_id`);
  return new Map(rows.map((row) => [row.stream_id, row.groups]));
}
