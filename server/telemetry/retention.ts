import { sql } from "drizzle-orm";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { readSettings } from "./settings";

export type Expired = { chunks: number; misdated: number };

/** Months of long-term history are dropped whole; within a month the rows of one organisation stay until its end. */
const MONTHLY = ["telemetry_hours", "telemetry_entity_days"] as const;
/** What could not be placed in history is kept so long for somebody to look at. */
const MISDATED_DAYS = 35;

/**
 * Deletes what an organisation does not keep any more although another one does; what nobody keeps goes with its
 * partition (`maintainPartitions`). A day that was never sealed is never deleted: its long-term history is not made yet.
 */
export async function expireOrganisation(database: Database, orgId: string, now: Date = new Date()): Promise<Expired> {
  return withTenant(database, { orgId }, async (tx) => {
    const settings = await readSettings(tx, orgId);
    const since = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString().slice(0, 10);
    const org = sql`org_id = ${orgId}::uuid`;
    const chunks = await tx.execute(sql`
      delete from telemetry_chunks where ${org} and part < 0 and day < ${since(settings.rawDays)}::date`);
    const fiveMinutes = sql`date_trunc('month', ${since(settings.fiveMinuteDays)}::date)::date`;
    for (const name of HISTORY_TABLES.fiveMinutes)
      await tx.execute(sql`delete from ${sql.identifier(name)} where ${org} and day < ${fiveMinutes}`);
    const hours = sql`date_trunc('month', ${since(settings.hourDays)}::date)::date`;
    for (const name of MONTHLY)
      await tx.execute(sql`delete from ${sql.identifier(name)} where ${org} and day < ${hours}`);
    await tx.execute(sql`delete from telemetry_group_5m where ${org} and at < ${hours}::timestamp at time zone 'utc'`);
    const misdated = await tx.execute(sql`
      delete from telemetry_misdated where ${org} and received_at < ${since(MISDATED_DAYS)}::date`);
    await tx.execute(sql`delete from telemetry_audits where ${org} and at < ${since(settings.hourDays)}::date`);
    return { chunks: chunks.rowCount ?? 0, misdated: misdated.rowCount ?? 0 };
  });
}

/** What history costs on disk. */
export type StorageCost = {
  /**
   * By table with its indexes; `bytes` of the whole server, `ownBytes` the part of this organisation, estimated, and null
   * of small tables where it is not counted.
   */
  tables: { name: string; bytes: number; ownBytes: number | null; partitions: number }[];
  /** Present values in chunks of this organisation, and what one costs there. */
  samples: number;
  bytesPerSample: number | null;
  /** Oldest day of which every reading is kept. */
  oldestDay: string | null;
  /** Each kind of history: the bytes of this organisation, from which day on, and of how many days there is something. */
  kinds: Record<HistoryKind, { bytes: number; oldestDay: string | null; days: number }>;
};

export type HistoryKind = keyof typeof HISTORY_TABLES;
/** The tables that hold a kind of history. */
const HISTORY_TABLES = {
  raw: ["telemetry_chunks"],
  fiveMinutes: ["telemetry_stream_5m", "telemetry_strips_5m"],
  hours: ["telemetry_hours", "telemetry_entity_days", "telemetry_group_5m"],
} as const;

/** Sizes are the server's own; an organisation's share follows from its rows. */
export async function storageCost(tx: Transaction, orgId: string): Promise<StorageCost> {
  const { rows: sizes } = await tx.execute<{ name: string; bytes: string; partitions: number }>(
    sql`select name, bytes, partitions from list_telemetry_sizes() order by bytes desc`,
  );
  const stored = sql`pg_column_size(head) + pg_column_size(toc) + pg_column_size(body)`;
  const org = sql`org_id = ${orgId}::uuid`;
  const { rows } = await tx.execute<Record<string, string | null>>(sql`select
    (select coalesce(sum(${stored}), 0) from telemetry_chunks where ${org}) as telemetry_chunks,
    (select coalesce(sum(${stored}), 0) from telemetry_hours where ${org}) as telemetry_hours,
    (select coalesce(sum(${stored}), 0) from telemetry_stream_5m where ${org}) as telemetry_stream_5m,
    (select coalesce(sum(${stored} + pg_column_size(stream_ids)), 0) from telemetry_strips_5m where ${org}) as telemetry_strips_5m,
    (select coalesce(sum(pg_column_size(frame)), 0) from telemetry_inbox where ${org}) as telemetry_inbox,
    (select count(*) * 110 from telemetry_group_5m where ${org}) as telemetry_group_5m,
    (select count(*) * 110 from telemetry_entity_days where ${org}) as telemetry_entity_days,
    (select coalesce(sum(samples), 0) from telemetry_chunks where ${org}) as samples`);
  const own = rows[0] ?? {};
  const { rows: spans } = await tx.execute<{ kind: HistoryKind; oldest: string | null; days: number }>(sql`
    select 'raw' as kind, min(day)::text as oldest, count(distinct day)::int as days from telemetry_chunks where ${org}
    union all select 'fiveMinutes', min(day)::text, count(distinct day)::int
      from (select day from telemetry_stream_5m where ${org} union select day from telemetry_strips_5m where ${org}) as own
    union all select 'hours', min(day)::text, count(distinct day)::int from telemetry_hours where ${org}`);
  const kindOf = (kind: HistoryKind) => {
    const span = spans.find((candidate) => candidate.kind === kind);
    const bytes = HISTORY_TABLES[kind].reduce((sum, table) => sum + Number(own[table] ?? 0), 0);
    return { bytes, oldestDay: span?.oldest ?? null, days: span?.days ?? 0 };
  };
  const kinds = { raw: kindOf("raw"), fiveMinutes: kindOf("fiveMinutes"), hours: kindOf("hours") };
  const samples = Number(own.samples ?? 0);
  return {
    tables: sizes.map(({ name, bytes, partitions }) => ({
      name,
      bytes: Number(bytes),
      ownBytes: own[name] === undefined ? null : Math.min(Number(bytes), Number(own[name])),
      partitions,
    })),
    samples,
    bytesPerSample: samples > 0 ? Number(own.telemetry_chunks ?? 0) / samples : null,
    oldestDay: kinds.raw.oldestDay,
    kinds,
  };
}
