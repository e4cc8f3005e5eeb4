import type pg from "pg";
import { uuidFrom } from "@/agent/simulated/fleet-agent";
import type { FiveMinutes } from "@/server/telemetry/rollups";
import { differenceOf } from "@/server/telemetry/rollups";
import { type PatternDay, type PatternPlan, Patterns } from "./patterns";

export type FillPlan = PatternPlan & {
  streams: number;
  /** Days of roll-ups; the last `rawDays` of them have their readings too. */
  days: number;
  rawDays: number;
};
export type FilledFleet = { orgId: string; entitiesPerStream: number; today: number };

const REGIONS = 20;
const SECONDS_A_DAY = 86_400;
/** Days that are not sealed yet: today and yesterday, as hours. */
const OPEN_DAYS = 2;

/** Writes a whole fleet's month straight into the tables, by the product's own roll-ups and packing. */
export async function fillFleet(admin: pg.Client, plan: FillPlan, say: (line: string) => void): Promise<FilledFleet> {
  if (plan.patterns % REGIONS !== 0) throw new Error(`--patterns: expected a multiple of ${REGIONS}`);
  const orgId = uuidFrom(`query ${plan.seed} organisation`);
  const patterns = new Patterns(plan);
  const { entries } = patterns.layout;
  const now = Math.floor(Date.now() / 1000);
  const today = Math.floor(now / SECONDS_A_DAY);
  await admin.query("set synchronous_commit = off");
  await createFleet(admin, orgId, plan, entries);
  await admin.query(`create unlogged table bench_parts (pattern int, part int, first_moment int, last_moment int,
    moments int, samples int, head bytea, toc bytea, body bytea, kinds text[], sum_head bytea, sum_toc bytea,
    sum_body bytea)`);
  await admin.query("create unlogged table bench_hours (pattern int, head bytea, toc bytea, body bytea)");
  for (let day = today - plan.days + 1; day <= today; day += 1) {
    const isSealed = day <= today - OPEN_DAYS;
    const days = [...patterns.nextDay(day, now, isSealed)];
    await admin.query("select prepare_telemetry_day(date '1970-01-01' + $1::int)", [day]);
    await writeDay(admin, orgId, plan, day, days, { isSealed, isRaw: day > today - plan.rawDays });
    await writeGroups(admin, orgId, plan, days);
    if (isSealed) await writeEntityDays(admin, orgId, patterns, plan, day, days);
    say(`day ${day - today}: written`);
  }
  await admin.query("drop table bench_parts, bench_hours");
  await admin.query("set synchronous_commit = on");
  await admin.query("vacuum analyze");
  await admin.query("checkpoint");
  return { orgId, entitiesPerStream: entries.length, today };
}

/** Sites, ten machines each, one stream a site, and its entities with ids that follow from stream and slot. */
async function createFleet(
  admin: pg.Client,
  orgId: string,
  plan: FillPlan,
  entries: readonly { kind: string; key: string }[],
): Promise<void> {
  await admin.query("insert into organisations (id, name) values ($1, 'Bench')", [orgId]);
  await admin.query(
    `insert into sites (org_id, id, name, labels) select $1::uuid, gen_random_uuid(), 'Site ' || n,
       jsonb_build_object('region', 'r' || n % ${REGIONS}, 'tier', 't' || n % 7, 'site', 's' || n)
     from generate_series(0, $2::int - 1) n`,
    [orgId, plan.streams],
  );
  await admin.query(
    `insert into telemetry_streams (org_id, id, site_id, name, interval_seconds) overriding system value
     select org_id, 1 + substring(name from '\\d+')::int, id, name, $2 from sites where org_id = $1`,
    [orgId, plan.intervalSeconds],
  );
  await admin.query(
    `insert into machines (org_id, site_id, identity_kind, identity_value, name)
     select s.org_id, s.site_id, 'sender', s.id || '/' || n, s.name || ' node ' || n
     from telemetry_streams s, generate_series(0, $2::int - 1) n where s.org_id = $1`,
    [orgId, plan.nodes],
  );
  await admin.query(
    `insert into telemetry_entities (org_id, id, stream_id, machine_id, kind, key, observed_at, received_at)
     overriding system value
     select s.org_id, (s.id - 1) * $4 + e.place, s.id, m.id, e.kind, e.key, now(), now()
     from telemetry_streams s
     cross join unnest($2::text[], $3::text[]) with ordinality as e(kind, key, place)
     join machines m on m.org_id = s.org_id and m.identity_kind = 'sender'
       and m.identity_value = s.id || '/' || substring(e.key from '\\d+')
     where s.org_id = $1`,
    [orgId, entries.map(({ kind }) => kind), entries.map(({ key }) => key), entries.length],
  );
  await admin.query(
    `insert into telemetry_machines (org_id, machine_id, site_id, stream_id, cpu_used_ratio, load1, memory_total_bytes,
       memory_used_bytes, filesystem_used_ratio_max, filesystem_fullest_key, temperature_celsius_max, power_watts,
       readings_observed_at, readings_received_at)
     select org_id, id, site_id, split_part(identity_value, '/', 1)::int, random(), 4 * random(), 16e9, 16e9 * random(),
       random(), '/', 40 + 40 * random(), 200 * random(), now(), now() from machines where org_id = $1`,
    [orgId],
  );
  await admin.query(
    `insert into telemetry_groups (org_id, id, kind, label, value) overriding system value
     select $1::uuid, 1, 'all', '', '' union all
     select $1::uuid, 2 + n, 'label', 'region', 'r' || n from generate_series(0, ${REGIONS - 1}) n`,
    [orgId],
  );
  // What the gateway makes afterwards goes on behind these numbers.
  for (const table of ["telemetry_streams", "telemetry_entities", "telemetry_groups"]) {
    await admin.query(`select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) from ${table}))`);
  }
}

async function writeDay(
  admin: pg.Client,
  orgId: string,
  plan: FillPlan,
  day: number,
  days: readonly PatternDay[],
  { isSealed, isRaw }: { isSealed: boolean; isRaw: boolean },
): Promise<void> {
  await admin.query("truncate bench_parts, bench_hours");
  for (const { pattern, parts, hours } of days) {
    for (const { part, moments, chunk, sums, packedSums } of parts) {
      await admin.query("insert into bench_parts values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)", [
        pattern,
        part,
        moments[0],
        moments.at(-1),
        moments.length,
        moments.length * plan.nodes * 14,
        chunk.head,
        chunk.toc,
        chunk.body,
        sums.kinds,
        packedSums.head,
        packedSums.toc,
        packedSums.body,
      ]);
    }
    await admin.query("insert into bench_hours (pattern, head, toc, body) values ($1, $2, $3, $4)", [
      pattern,
      hours.head,
      hours.toc,
      hours.body,
    ]);
  }
  const streams = `from telemetry_streams s join bench_parts p on p.pattern = (s.id - 1) % ${plan.patterns}`;
  const date = "date '1970-01-01' + $2::int";
  const entityIds = "array(select generate_series((s.id - 1) * $3::int + 1, s.id * $3::int))";
  const entitiesPerStream = (await countEntities(admin, orgId)) / plan.streams;
  if (isRaw) {
    await admin.query(
      `insert into telemetry_chunks (org_id, stream_id, day, part, entity_ids, first_moment, last_moment, moments, samples,
         groups, head, toc, body)
       select $1::uuid, s.id, ${date}, p.part, ${entityIds}, p.first_moment, p.last_moment, p.moments, p.samples,
         array[1, 2 + (s.id - 1) % ${REGIONS}], p.head, p.toc, p.body ${streams} where s.org_id = $1`,
      [orgId, day, entitiesPerStream],
    );
  }
  await admin.query(
    `insert into telemetry_stream_5m (org_id, stream_id, day, part, kinds, head, toc, body)
     select $1::uuid, s.id, ${date}, p.part, p.kinds, p.sum_head, p.sum_toc, p.sum_body ${streams} where s.org_id = $1`,
    [orgId, day],
  );
  if (!isSealed) return;
  await admin.query(
    `insert into telemetry_hours (org_id, stream_id, day, entity_ids, head, toc, body)
     select $1::uuid, s.id, ${date}, ${entityIds}, p.head, p.toc, p.body
     from telemetry_streams s join bench_hours p on p.pattern = (s.id - 1) % ${plan.patterns} where s.org_id = $1`,
    [orgId, day, entitiesPerStream],
  );
}

/** One figure a day of everything that was read: what forecasts are made of. Written when a day is sealed. */
async function writeEntityDays(
  admin: pg.Client,
  orgId: string,
  { layout }: Patterns,
  plan: FillPlan,
  day: number,
  days: readonly PatternDay[],
): Promise<void> {
  const rows = days.flatMap(({ pattern, day: { n, sum, min, max } }) =>
    Array.from(n, (count, column) => ({
      pattern,
      slot: layout.slots[column] ?? 0,
      metric: layout.metricIndexes[column] ?? 0,
      figures: [count, sum[column] ?? 0, min[column] ?? 0, max[column] ?? 0] as const,
    })).filter(({ figures: [count] }) => count > 0),
  );
  await admin.query(
    `insert into telemetry_entity_days (org_id, entity_id, day, metric, n, sum, min, max)
     select $1::uuid, (s.id - 1) * $2::int + r.slot + 1, date '1970-01-01' + $3::int, r.metric, r.n, r.sum, r.min, r.max
     from unnest($4::int[], $5::int[], $6::smallint[], $7::int[], $8::float8[], $9::float8[], $10::float8[])
       as r(pattern, slot, metric, n, sum, min, max)
     join telemetry_streams s on (s.id - 1) % ${plan.patterns} = r.pattern where s.org_id = $1`,
    [
      orgId,
      layout.entries.length,
      day,
      rows.map(({ pattern }) => pattern),
      rows.map(({ slot }) => slot),
      rows.map(({ metric }) => metric),
      ...[0, 1, 2, 3].map((index) => rows.map(({ figures }) => figures[index])),
    ],
  );
}

async function countEntities(admin: pg.Client, orgId: string): Promise<number> {
  const { rows } = await admin.query<{ n: number }>(
    "select count(*)::int as n from telemetry_entities where org_id = $1",
    [orgId],
  );
  return rows[0]?.n ?? 0;
}

/** Sums of all and of each region: a pattern's figures as often as streams repeat it. */
async function writeGroups(
  admin: pg.Client,
  orgId: string,
  plan: FillPlan,
  days: readonly PatternDay[],
): Promise<void> {
  const times = BigInt(plan.streams / plan.patterns);
  const figures = new Map<
    string,
    { group: number; kind: string; metric: number; at: number; sum: bigint; heard: number }
  >();
  const add = (group: number, sums: FiveMinutes) => {
    for (const { kind, metric, at, sum, entities } of differenceOf(null, sums)) {
      const name = `${group} ${kind} ${metric} ${at}`;
      const known = figures.get(name) ?? { group, kind, metric, at, sum: 0n, heard: 0 };
      known.sum += times * sum;
      known.heard += Number(times) * entities;
      figures.set(name, known);
    }
  };
  for (const { pattern, parts } of days) {
    for (const { sums } of parts) for (const group of [1, 2 + (pattern % REGIONS)]) add(group, sums);
  }
  const rows = [...figures.values()];
  await admin.query(
    `insert into telemetry_group_5m (org_id, group_id, kind, metric, at, sum, entities)
     select $1::uuid, g, k, m, to_timestamp(a), s, e
     from unnest($2::int[], $3::text[], $4::smallint[], $5::bigint[], $6::numeric[], $7::bigint[]) as r(g, k, m, a, s, e)`,
    [
      orgId,
      rows.map(({ group }) => group),
      rows.map(({ kind }) => kind),
      rows.map(({ metric }) => metric),
      rows.map(({ at }) => at),
      rows.map(({ sum }) => sum.toString()),
      rows.map(({ heard }) => heard),
    ],
  );
}
