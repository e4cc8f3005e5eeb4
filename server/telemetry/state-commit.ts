import { sql } from "drizzle-orm";
import { isEntityKind } from "@/contract/metrics";
import type { Transaction } from "@/db/client";
import { numberArray } from "@/db/number-array";
import type { UnknownReadings } from "@/db/schema/telemetry";
import { reasonsOf } from "@/server/fleet/entity-states";
import { deriveFigures } from "@/server/fleet/figures";
import { type FiguresWrite, writeFigures } from "@/server/fleet/ingest";
import type { EntityState } from "@/server/fleet/model";
import { announceMachines } from "@/server/live";
import { unpackReadings } from "./entity-state";
import { type NewestState, newestStates, type StateOffer } from "./live-states";

/** What is to be noted of an agent that was heard. */
export type AgentTouch = {
  agentId: string;
  receivedAt: Date;
  /** Newest recorded moment, epoch seconds; 0 = none. */
  newestMoment: number;
  epoch: number;
  sequence: number;
  clockOffsetSeconds: number | null;
  isClockUnsure: boolean;
};

/**
 * Moves "what is true now" of one organisation forward, never back: entities, the figures of machines that follow from
 * them, and when agents were heard; and tells the consoles once.
 */
export async function commitStates(
  tx: Transaction,
  orgId: string,
  streams: readonly (readonly StateOffer[])[],
  touches: readonly AgentTouch[],
): Promise<void> {
  // By id, as everybody who writes several of them does.
  const states = streams.flatMap((offers) => newestStates(offers)).sort((a, b) => a.entityId - b.entityId);
  const written = await writeStates(tx, orgId, states);
  await writeFigures(tx, orgId, figuresOf(states, written));
  await touchAgents(tx, orgId, touches);
  const machines = new Map<string, { siteId: string; machineId: string }>();
  for (const { offer } of states) {
    if (offer.machineId) machines.set(offer.machineId, { siteId: offer.siteId, machineId: offer.machineId });
  }
  await announceMachines(tx, orgId, "telemetry", [...machines.values()]);
}

type Written = { machineId: string | null; unknown: UnknownReadings };

async function writeStates(
  tx: Transaction,
  orgId: string,
  states: readonly NewestState[],
): Promise<Map<number, Written>> {
  if (states.length === 0) return new Map();
  const column = (take: (state: NewestState) => number) => numberArray(states, take);
  // Behind each other in one parameter: bytes travel as they are, where an array would be text.
  const bytes = Buffer.concat(states.flatMap(({ state, absence }) => [state, absence]));
  const { rows } = await tx.execute<{ id: number; machine_id: string | null; unknown: UnknownReadings }>(sql`
    update telemetry_entities e set state = n.state, state_absence = n.absence, observed_at = to_timestamp(n.moment),
      received_at = to_timestamp(n.received), state_epoch = n.epoch, state_sequence = n.sequence
    from (
      select r.*, substring(${bytes}::bytea from (r.upto - 9 * r.readings + 1)::int for 8 * r.readings) as state,
        substring(${bytes}::bytea from (r.upto - r.readings + 1)::int for r.readings) as absence
      from (
        select r.*, sum(9 * r.readings) over (order by r.place) as upto
        from unnest(${column(({ entityId }) => entityId)}::int[], ${column(({ absence }) => absence.length)}::int[],
          ${column(({ moment }) => moment)}::bigint[], ${column(({ offer }) => offer.receivedAt.getTime() / 1000)}::float8[],
          ${column(({ offer }) => offer.epoch)}::bigint[], ${column(({ offer }) => offer.sequence)}::bigint[])
          with ordinality as r(id, readings, moment, received, epoch, sequence, place)) as r
      order by r.id) as n
    where e.org_id = ${orgId}::uuid and e.id = n.id and (n.epoch, n.sequence) > (e.state_epoch, e.state_sequence)
    returning e.id, e.machine_id, e.unknown`);
  return new Map(rows.map(({ id, machine_id: machineId, unknown }) => [id, { machineId, unknown }]));
}

/**
 * The figures of machines whose own readings came. What counts as present came with them, at the same moment, so
 * nothing has to be read again.
 */
function figuresOf(states: readonly NewestState[], written: ReadonlyMap<number, Written>): FiguresWrite[] {
  const machines = new Map<string, EntityState[]>();
  for (const state of states) {
    const { entityId, kind, key, moment, offer } = state;
    const { machineId, unknown } = written.get(entityId) ?? { machineId: null, unknown: {} };
    if (!machineId || !isEntityKind(kind) || !FIGURE_KINDS.has(kind)) continue;
    const own = machines.get(machineId) ?? [];
    own.push({
      id: entityId,
      kind,
      key,
      attributes: {},
      readings: unpackReadings(kind, state.state),
      unknown: kind === "machine" ? reasonsOf(kind, state.absence, unknown) : {},
      observedAt: new Date(1000 * moment),
      receivedAt: offer.receivedAt,
    });
    machines.set(machineId, own);
  }
  return [...machines].flatMap(([machineId, own]) => {
    const figures = deriveFigures(own.sort(byKindAndKey));
    return figures ? [{ machineId, ...figures }] : [];
  });
}

/** Kinds that figures of machines follow from. */
const FIGURE_KINDS: ReadonlySet<string> = new Set(["machine", "filesystem", "sensor"]);

const byKindAndKey = (a: EntityState, b: EntityState) =>
  a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : a.key < b.key ? -1 : 1;

async function touchAgents(tx: Transaction, orgId: string, touches: readonly AgentTouch[]): Promise<void> {
  if (touches.length === 0) return;
  const ordered = [...touches].sort((a, b) => (a.agentId < b.agentId ? -1 : 1));
  const column = (take: (touch: AgentTouch) => number | string | boolean | null) => sql.param(ordered.map(take));
  await tx.execute(sql`
    update agents a set
      last_received_at = greatest(a.last_received_at, t.received),
      clock_offset_seconds = coalesce(t.clock_offset, a.clock_offset_seconds),
      clock_unsure_at = case when t.is_unsure then t.received else a.clock_unsure_at end,
      last_observed_at = case when t.is_newest and t.moment > 0 then to_timestamp(t.moment) else a.last_observed_at end,
      state_epoch = case when t.is_newest then t.epoch else a.state_epoch end,
      state_sequence = case when t.is_newest then t.sequence else a.state_sequence end
    from (
      select t.*, (t.epoch, t.sequence) > (o.state_epoch, o.state_sequence) as is_newest
      from unnest(${column(({ agentId }) => agentId)}::uuid[],
        ${column(({ receivedAt }) => receivedAt.toISOString())}::timestamptz[],
        ${column(({ newestMoment }) => newestMoment)}::bigint[], ${column(({ epoch }) => epoch)}::bigint[],
        ${column(({ sequence }) => sequence)}::bigint[],
        ${column(({ clockOffsetSeconds }) => clockOffsetSeconds)}::real[],
        ${column(({ isClockUnsure }) => isClockUnsure)}::boolean[])
        as t(id, received, moment, epoch, sequence, clock_offset, is_unsure)
      join agents o on o.org_id = ${orgId}::uuid and o.id = t.id
      -- In the order in which everybody takes them: how the outer join goes about it is the planner's affair.
      order by t.id for no key update of o) as t
    where a.org_id = ${orgId}::uuid and a.id = t.id`);
}
