import { sql } from "drizzle-orm";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { MISSED_INTERVALS_MAX } from "@/server/fleet/model";
import { announceMachines } from "@/server/live";
import { findOutages } from "./find-outages";
import { deafnessOf, type GatewayRun, isHeld } from "./hearing";
import type { Thing } from "./model";
import { dropOld, type KeptMember, readKept, writeOutcomes, writePlan } from "./store";
import { readDark, readThings } from "./things";
import { planOutages } from "./track";

/** What a look at the fleet found. */
export type Watched = { isBusy: boolean; begun: number; dark: number; ended: number };

/**
 * Looks at who is silent and keeps the outages of an organisation: begins them, lets them grow, notes who returned, ends
 * them. One at a time; another that comes meanwhile leaves at once.
 */
export async function watchOutages(database: Database, orgId: string, now = new Date()): Promise<Watched> {
  return withTenant(database, { orgId }, async (tx) => {
    const { rows } = await tx.execute<{ is_free: boolean }>(
      sql`select pg_try_advisory_xact_lock(hashtext('outages'), hashtext(${orgId})) as is_free`,
    );
    if (!rows[0]?.is_free) return { isBusy: true, begun: 0, dark: 0, ended: 0 };
    const dark = await readDark(tx, orgId);
    const kept = await readKept(tx, orgId);
    // A fleet that is all there costs one pass over its agents and nothing else.
    if (dark.size === 0 && kept.length === 0) return { isBusy: false, begun: 0, dark: 0, ended: 0 };
    await dropOld(tx, orgId);
    const ended = await writeOutcomes(tx, orgId);
    const begun = await regroup(tx, orgId, now, dark);
    const { rows: changed } = await tx.execute<{ site_id: string }>(sql`
      select distinct a.site_id from outages o
      join outage_members m on m.org_id = o.org_id and m.outage_id = o.id
      join agents a on a.org_id = m.org_id and a.id = m.agent_id
      where o.org_id = ${orgId}::uuid and o.updated_at = now()`);
    await announceMachines(
      tx,
      orgId,
      "fleet",
      changed.map(({ site_id: siteId }) => ({ siteId, machineId: null })),
    );
    return { isBusy: false, begun, dark: dark.size, ended };
  });
}

async function regroup(tx: Transaction, orgId: string, now: Date, dark: Map<string, number>): Promise<number> {
  const kept = await readKept(tx, orgId);
  const spells = new Map<string, KeptMember>();
  for (const outage of kept) for (const member of outage.members) spells.set(member.id, member);
  if (
    [...dark.keys()].every((id) => spells.get(id)?.isDark) &&
    !kept.some(({ isOpen, undecided }) => isOpen && undecided > 0)
  ) {
    // Nothing fell silent since the last look, and all that could be said of these was said.
    return 0;
  }
  const deafness = deafnessOf(await readRuns(tx), now.getTime());
  const things = (await readThings(tx, orgId)).map((thing): Thing => {
    const member = spells.get(thing.id);
    const isDark =
      dark.has(thing.id) &&
      (member?.isDark || !isHeld(deafness, thing.heardMs, MISSED_INTERVALS_MAX * thing.intervalMs));
    const own = isDark && !member?.isDark ? { fromMs: thing.heardMs, toMs: thing.heardMs + thing.intervalMs } : null;
    return {
      id: thing.id,
      facts: thing.facts,
      heardMs: thing.heardMs,
      dark: own ?? (member ? { fromMs: member.fromMs, toMs: member.toMs } : null),
    };
  });
  const plan = planOutages(findOutages(things), kept, new Set(dark.keys()));
  await writePlan(tx, orgId, plan, things);
  return plan.begun.length;
}

async function readRuns(tx: Transaction): Promise<GatewayRun[]> {
  const { rows } = await tx.execute<{ started_ms: number; heard_ms: number }>(sql`
    select (extract(epoch from started_at) * 1000)::float8 as started_ms,
      (extract(epoch from heard_at) * 1000)::float8 as heard_ms from gateway_runs`);
  return rows.map((row) => ({ startedMs: row.started_ms, heardMs: row.heard_ms }));
}
