import { sql } from "drizzle-orm";
import type { EntityKind } from "@/contract/metrics";
import { type Database, type Transaction, withTenant } from "@/db/client";
import type { AuditDifference } from "@/db/schema/telemetry";
import { announce } from "@/server/live";
import { EntityBook, loadHours } from "./chunk-store";
import { differenceOf, sumFiveMinutes } from "./rollups";
import { readSettings } from "./settings";

export type Audited = { checked: number; different: number };

/** Differences that are kept in detail. */
const DETAIL_MAX = 50;
const STREAMS_AT_A_TIME = 50;

/**
 * Computes one hour of one group anew from the chunks themselves and compares it with the sums that merges have moved.
 * What is found is stored, announced, and listed under what needs a person: sums are moved by differences, so a wrong
 * one would never right itself.
 *
 * @param random 0 to below 1, chooses the hour and the group
 */
export async function auditOrganisation(
  database: Database,
  orgId: string,
  random: () => number = Math.random,
): Promise<Audited> {
  const audit = async (tx: Transaction): Promise<Audited> => {
    const choice = await choose(tx, orgId, random);
    if (!choice) return { checked: 0, different: 0 };
    const sums = await recompute(tx, orgId, choice);
    const { checked, differences } = await compare(tx, orgId, choice, sums);
    await tx.execute(sql`
      insert into telemetry_audits (org_id, checked, different, detail)
      values (${orgId}::uuid, ${checked}, ${differences.length},
        ${JSON.stringify(differences.slice(0, DETAIL_MAX))}::jsonb)`);
    if (differences.length > 0) await announce(tx, { orgId, siteId: null, machineId: null, topic: "fleet" });
    return { checked, different: differences.length };
  };
  // Merges go on meanwhile: sums and chunks have to be of one state.
  return withTenant(database, { orgId }, audit, { isolationLevel: "repeatable read" });
}

/** Hour since 1970. */
type Choice = { hour: number; groupId: number };

async function choose(tx: Transaction, orgId: string, random: () => number): Promise<Choice | null> {
  const { rawDays } = await readSettings(tx, orgId);
  // Of days past keeping some streams' chunks may be gone: what is left there adds up to less.
  const candidates = sql`org_id = ${orgId}::uuid and cardinality(groups) > 0
    and day > (now() at time zone 'utc')::date - ${rawDays}::int`;
  const { rows } = await tx.execute<{ first: number; last: number; groups: number[] }>(sql`
    select first_moment / 3600 as first, last_moment / 3600 as last, groups from telemetry_chunks where ${candidates}
    order by telemetry_chunks.day, stream_id, part
    offset floor(${random()}::float8 * (select count(*) from telemetry_chunks where ${candidates})) limit 1`);
  const [row] = rows;
  if (!row) return null;
  // A sealed day that was read for one hour only has nothing to check in its other hours.
  const hour = row.first + Math.floor(random() * (row.last - row.first + 1));
  return { hour, groupId: row.groups[Math.floor(random() * row.groups.length)] ?? 0 };
}

type Sums = Map<string, { sum: bigint; entities: number }>;

async function recompute(tx: Transaction, orgId: string, { hour, groupId }: Choice): Promise<Sums> {
  const { rows } = await tx.execute<{ stream_id: number }>(sql`
    select distinct stream_id from telemetry_chunks where org_id = ${orgId}::uuid
      and day = date '1970-01-01' + ${Math.floor(hour / 24)}::int and (part = ${hour % 24} or part < 0)
      and ${groupId} = any (groups) order by stream_id`);
  const sums: Sums = new Map();
  for (let at = 0; at < rows.length; at += STREAMS_AT_A_TIME) {
    const streamIds = rows.slice(at, at + STREAMS_AT_A_TIME).map((row) => row.stream_id);
    const { rows: entities } = await tx.execute<{ id: number; kind: EntityKind; key: string }>(sql`
      select id, kind, key from telemetry_entities
      where org_id = ${orgId}::uuid and stream_id = any (${sql.param(streamIds)}::int[])`);
    const wanted = streamIds.map((streamId) => ({ streamId, firstHour: hour, lastHour: hour, isThinned: false }));
    for (const stored of (await loadHours(tx, orgId, new EntityBook(entities), wanted)).values()) {
      for (const own of stored.filter((candidate) => candidate.hour === hour && candidate.groups.includes(groupId))) {
        for (const { kind, metric, at: moment, sum, entities: heard } of differenceOf(
          null,
          sumFiveMinutes(own.recorded.block),
        )) {
          const name = `${kind} ${metric} ${moment}`;
          const known = sums.get(name) ?? { sum: 0n, entities: 0 };
          sums.set(name, { sum: known.sum + sum, entities: known.entities + heard });
        }
      }
    }
  }
  return sums;
}

async function compare(
  tx: Transaction,
  orgId: string,
  { hour, groupId }: Choice,
  sums: Sums,
): Promise<{ checked: number; differences: AuditDifference[] }> {
  const { rows } = await tx.execute<{ kind: string; metric: number; at: number; sum: string; entities: string }>(sql`
    select kind, metric, extract(epoch from at)::int as at, sum::text, entities from telemetry_group_5m
    where org_id = ${orgId}::uuid and group_id = ${groupId}
      and at >= to_timestamp(${3600 * hour}) and at < to_timestamp(${3600 * (hour + 1)})`);
  const stored = new Map(
    rows.map((row) => [
      `${row.kind} ${row.metric} ${row.at}`,
      { sum: BigInt(row.sum), entities: Number(row.entities) },
    ]),
  );
  const names = new Set([...stored.keys(), ...sums.keys()]);
  const differences = [...names].flatMap((name) => {
    const is = stored.get(name) ?? { sum: 0n, entities: 0 };
    const expected = sums.get(name) ?? { sum: 0n, entities: 0 };
    if (is.sum === expected.sum && is.entities === expected.entities) return [];
    const [kind = "", metric, at] = name.split(" ");
    return {
      groupId,
      kind,
      metric: Number(metric),
      at: new Date(1000 * Number(at)).toISOString(),
      stored: `${is.sum} of ${is.entities}`,
      recomputed: `${expected.sum} of ${expected.entities}`,
    };
  });
  return { checked: names.size, differences };
}
