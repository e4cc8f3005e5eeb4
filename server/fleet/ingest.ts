import { and, eq, sql } from "drizzle-orm";
import type { MachineFacts } from "@/contract/telemetry";
import type { Transaction } from "@/db/client";
import { fleetChanges, machines } from "@/db/schema/fleet";
import { readEntityStates } from "./entity-states";
import { deriveFigures, type MachineFigures } from "./figures";
import { type EntityState, factChanges, factValue } from "./model";

export type FiguresWrite = MachineFigures & { machineId: string };

/** Writes the figures of many machines in one statement. Older readings never overwrite newer ones. */
export async function writeFigures(tx: Transaction, orgId: string, rows: readonly FiguresWrite[]): Promise<void> {
  if (rows.length === 0) return;
  const ordered = [...rows].sort((a, b) => (a.machineId < b.machineId ? -1 : 1));
  const column = (take: (row: FiguresWrite) => string | number | null) => sql.param(ordered.map(take));
  await tx.execute(sql`
    insert into telemetry_machines as t (org_id, machine_id, site_id, stream_id, cpu_used_ratio, load1,
      memory_total_bytes, memory_used_bytes, filesystem_used_ratio_max, filesystem_fullest_key,
      temperature_celsius_max, power_watts, unknown, readings_observed_at, readings_received_at)
    select m.org_id, m.id, m.site_id, e.stream_id, r.cpu, r.load1, r.memory_total, r.memory_used, r.filesystem,
      r.fullest, r.temperature, r.power, r.unknown, r.observed_at, r.received_at
    from unnest(${column((row) => row.machineId)}::uuid[], ${column((row) => row.cpuUsedRatio)}::float8[],
      ${column((row) => row.load1)}::float8[], ${column((row) => row.memoryTotalBytes)}::float8[],
      ${column((row) => row.memoryUsedBytes)}::float8[], ${column((row) => row.filesystemUsedRatioMax)}::float8[],
      ${column((row) => row.filesystemFullestKey)}::text[], ${column((row) => row.temperatureCelsiusMax)}::float8[],
      ${column((row) => row.powerWatts)}::float8[], ${column((row) => JSON.stringify(row.unknown))}::jsonb[],
      ${column((row) => row.readingsObservedAt.toISOString())}::timestamptz[],
      ${column((row) => row.readingsReceivedAt.toISOString())}::timestamptz[])
      as r(machine_id, cpu, load1, memory_total, memory_used, filesystem, fullest, temperature, power, unknown,
        observed_at, received_at)
    join machines m on m.org_id = ${orgId}::uuid and m.id = r.machine_id
    join lateral (select stream_id from telemetry_entities e
      where e.org_id = m.org_id and e.machine_id = m.id and e.kind = 'machine'
      order by e.observed_at desc nulls last limit 1) e on true
    on conflict (org_id, machine_id) do update set site_id = excluded.site_id, stream_id = excluded.stream_id,
      cpu_used_ratio = excluded.cpu_used_ratio, load1 = excluded.load1,
      memory_total_bytes = excluded.memory_total_bytes, memory_used_bytes = excluded.memory_used_bytes,
      filesystem_used_ratio_max = excluded.filesystem_used_ratio_max,
      filesystem_fullest_key = excluded.filesystem_fullest_key,
      temperature_celsius_max = excluded.temperature_celsius_max, power_watts = excluded.power_watts,
      unknown = excluded.unknown, readings_observed_at = excluded.readings_observed_at,
      readings_received_at = excluded.readings_received_at
    where t.readings_observed_at is null or t.readings_observed_at <= excluded.readings_observed_at`);
}

/** Derives the figures of machines anew from the newest readings of their entities. */
export async function refreshMachines(tx: Transaction, orgId: string, machineIds: readonly string[]): Promise<void> {
  if (machineIds.length === 0) return;
  const states = new Map<string, EntityState[]>();
  for (const state of await readEntityStates(tx, orgId, machineIds)) {
    states.set(state.machineId, [...(states.get(state.machineId) ?? []), state]);
  }
  const rows = [...states].flatMap(([machineId, own]) => {
    const figures = deriveFigures(own);
    return figures ? [{ machineId, ...figures }] : [];
  });
  await writeFigures(tx, orgId, rows);
}

/** Takes over the facts and writes what changed into the timeline. */
export async function writeMachineFacts(
  tx: Transaction,
  orgId: string,
  machineId: string,
  facts: MachineFacts,
  observedAt: Date | null,
  receivedAt: Date,
): Promise<void> {
  const here = and(eq(machines.orgId, orgId), eq(machines.id, machineId));
  const [before] = await tx.select({ facts: machines.facts }).from(machines).where(here);
  if (!before) throw new Error(`machine ${machineId} is not there`);
  const hostname = factValue(facts, "hostname");
  const cores = factValue(facts, "coresLogical");
  await tx
    .update(machines)
    .set({
      facts,
      factsObservedAt: observedAt,
      factsReceivedAt: receivedAt,
      name: typeof hostname === "string" && hostname !== "" ? hostname : sql`${machines.name}`,
      coresLogical: typeof cores === "number" ? cores : null,
    })
    .where(here);
  const changes = factChanges(before.facts, facts);
  if (changes.length > 0) {
    await tx
      .insert(fleetChanges)
      .values(changes.map((change) => ({ orgId, machineId, observedAt, receivedAt, ...change })));
  }
}
