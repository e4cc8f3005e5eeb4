import { sql } from "drizzle-orm";
import { MACHINE_KINDS } from "@/contract/metrics";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { appendFrames, type InboxRow, resolveDictionary } from "@/server/telemetry/inbox";
import type { ProvenSender } from "./authenticate-sender";
import { writeCurrentState } from "./current-state";
import type { HostFacts } from "./host-facts";
import type { SenderLedger } from "./ledger";
import type { Planner, TargetName } from "./plan";
import { reject, type SenderRequest, type SenderSample } from "./samples";
import { addContributions, type Contribution, forgetEnded, type SettledMoment, settleReady } from "./settle";
import { framesOf, type TargetFrame } from "./target-frames";
import { packTargetState, type TargetState } from "./target-state";
import { type LockedTarget, lockTarget } from "./targets";

export type Stored = {
  /** Samples whose site name no site has; they were kept out, by name. */
  unknownSites: Map<string, number>;
};

type TargetPart = { target: TargetName; contributions: Contribution[]; facts: HostFacts };

const FUTURE_MS_MAX = 5 * 60_000;
const AGE_DAYS_MAX = 30;
const DAY_MS = 86_400_000;

/**
 * Stores the samples of one request in one transaction: counters are settled, complete moments become frames of the
 * inbox, the others wait in the target's row. When this returns, the commit has happened. Storing it again changes
 * nothing. What cannot be stored for ever is added to the rejections of the request.
 *
 * @throws whatever the database throws; nothing is stored then
 */
export async function storeSamples(
  services: { database: Database; ledger: SenderLedger; planner: Planner },
  sender: ProvenSender,
  request: SenderRequest,
  received: { at: Date; agent: string },
): Promise<Stored> {
  const { orgId, id: senderId } = sender;
  const nowMs = received.at.getTime();
  const timely = takeTimely(request, nowMs);
  const stored = await withTenant(services.database, { orgId }, async (tx) => {
    const kept = await services.ledger.keptNames(tx, orgId, senderId, nowMs);
    const parts = groupByTarget(services.planner, timely, kept);
    const sites = sender.siteId ? null : await findSites(tx, orgId, parts);
    const unknownSites = new Map<string, number>();
    for (const part of parts) {
      const siteName = part.target.siteName ?? "";
      const siteId = sender.siteId ?? sites?.get(siteName.toLowerCase());
      if (!siteId) {
        unknownSites.set(siteName, (unknownSites.get(siteName) ?? 0) + part.samples);
        continue;
      }
      if (part.contributions.length === 0 && !(await isKnownForFacts(tx, orgId, senderId, part))) continue;
      await storePart(tx, { orgId, senderId, siteId }, part, received.at);
    }
    return { unknownSites };
  });
  countSamples(services, sender, request, timely, stored.unknownSites, received);
  return stored;
}

/** Takes out what lies in the future or before what is kept. */
function takeTimely(request: SenderRequest, nowMs: number): SenderSample[] {
  const isTimely = ({ atMs }: SenderSample) => atMs <= nowMs + FUTURE_MS_MAX && atMs > nowMs - AGE_DAYS_MAX * DAY_MS;
  const timely: SenderSample[] = [];
  for (const sample of request.samples) {
    if (isTimely(sample)) timely.push(sample);
    else {
      request.untimely[sample.isPart ? "parts" : "samples"] += 1;
      const expected = `expected one of the last ${AGE_DAYS_MAX} days`;
      reject(request, 1, `found the time ${sample.atMs} ms at ${sample.series.name}, ${expected}`);
    }
  }
  return timely;
}

function groupByTarget(
  planner: Planner,
  samples: readonly SenderSample[],
  kept: ReadonlySet<string>,
): (TargetPart & { samples: number })[] {
  const parts = new Map<string, TargetPart & { samples: number }>();
  for (const { series, atMs, startMs, value, type } of samples) {
    const plan = planner.plan(series);
    const name = plan.target.name;
    let part = parts.get(name);
    if (!part) {
      part = { target: plan.target, contributions: [], facts: {}, samples: 0 };
      parts.set(name, part);
    }
    part.samples += 1;
    if (Object.keys(plan.facts).length > 0) part.facts = { ...part.facts, ...plan.facts };
    const isDelta = type === "delta";
    for (const { id, reading } of plan.readings)
      part.contributions.push({ id, reading, atMs, startMs, value, isDelta });
    if (plan.meaning !== "reading" && plan.kept && kept.has(series.name)) {
      part.contributions.push({ ...plan.kept, atMs, startMs, value, isDelta: false });
    }
  }
  // By name: everybody locks in this order.
  return [...parts.values()].sort((a, b) => (a.target.name < b.target.name ? -1 : 1));
}

async function findSites(
  tx: Transaction,
  orgId: string,
  parts: readonly TargetPart[],
): Promise<ReadonlyMap<string, string>> {
  const names = [...new Set(parts.map(({ target }) => (target.siteName ?? "").toLowerCase()))];
  const { rows } = await tx.execute<{ id: string; name: string }>(sql`
    select id, lower(name) as name from sites
    where org_id = ${orgId}::uuid and lower(name) = any(${sql.param(names)}::text[])`);
  return new Map(rows.map(({ name, id }) => [name, id]));
}

/** Facts alone make no target, but one that is there takes them. */
async function isKnownForFacts(tx: Transaction, orgId: string, senderId: string, part: TargetPart): Promise<boolean> {
  if (Object.keys(part.facts).length === 0) return false;
  const { rows } = await tx.execute(sql`
    select from telemetry_streams s join sender_targets t on t.org_id = s.org_id and t.stream_id = s.id
    where s.org_id = ${orgId}::uuid and s.sender_id = ${senderId}::uuid and s.name = ${part.target.name}`);
  return rows.length > 0;
}

async function storePart(
  tx: Transaction,
  owner: { orgId: string; senderId: string; siteId: string },
  part: TargetPart,
  now: Date,
): Promise<void> {
  const isMachine = part.contributions.some(({ reading }) => MACHINE_KINDS.includes(reading.kind));
  const wish = { ...owner, name: part.target.name, host: part.target.host, facts: part.facts, isMachine };
  const target = await lockTarget(tx, wish, now);
  const taken = part.contributions.filter(({ reading }) => !target.covered.has(reading.kind));
  addContributions(target.state, taken, now.getTime());
  const settled = settleReady(target.state, now.getTime());
  await writeTarget(tx, owner.orgId, target, settled, now);
}

/** Writes what was settled as frames, and the state for the next request. */
export async function writeTarget(
  tx: Transaction,
  orgId: string,
  target: LockedTarget,
  settled: readonly SettledMoment[],
  now: Date,
): Promise<void> {
  const { state, streamId } = target;
  const dictionary = state.entities.map(({ kind, key }) => ({ kind, key }));
  const frames = framesOf(dictionary, settled);
  const newest = frames.at(-1);
  if (newest) {
    const resolved = await resolveDictionary(tx, orgId, streamId, dictionary, target.machineId);
    await appendFrames(
      tx,
      orgId,
      frames.map((frame) => inboxRow(frame, streamId, resolved.id)),
    );
    const { siteId, machineId } = target;
    await writeCurrentState(tx, { orgId, siteId, machineId, entityIds: resolved.entityIds, block: newest.block }, now);
  }
  if (settled.length > 0) forgetEnded(state);
  await saveState(tx, orgId, streamId, state, now);
}

/** A sender has no epoch of its own: its moments are its order. */
function inboxRow(
  { block, firstMoment, lastMoment, frame }: TargetFrame,
  streamId: number,
  dictionaryId: number,
): InboxRow {
  const moments = block.moments.length;
  return { streamId, dictionaryId, firstMoment, lastMoment, moments, flags: 0, epoch: 0, sequence: lastMoment, frame };
}

async function saveState(
  tx: Transaction,
  orgId: string,
  streamId: number,
  state: TargetState,
  now: Date,
): Promise<void> {
  const [oldest] = state.pending;
  const pendingSince = oldest ? new Date(oldest.sinceMs).toISOString() : null;
  await tx.execute(sql`
    update sender_targets set state = ${packTargetState(state)}::bytea, pending_since = ${pendingSince}::timestamptz
    where org_id = ${orgId}::uuid and stream_id = ${streamId}`);
  await tx.execute(sql`
    update telemetry_streams set last_received_at = greatest(last_received_at, ${now.toISOString()}::timestamptz),
      last_moment = greatest(last_moment, nullif(${state.newest}::int, 0)),
      interval_seconds = case when ${state.intervalSeconds}::real > 0 then ${state.intervalSeconds}::real else interval_seconds end
    where org_id = ${orgId}::uuid and id = ${streamId}`);
}

function countSamples(
  { ledger, planner }: { ledger: SenderLedger; planner: Planner },
  sender: ProvenSender,
  request: SenderRequest,
  timely: readonly SenderSample[],
  unknownSites: ReadonlyMap<string, number>,
  received: { at: Date; agent: string },
): void {
  const counts = ledger.open(sender.orgId, sender.id, received.agent, received.at);
  for (const { series, type } of timely) ledger.countSample(sender.id, counts, series, planner.plan(series), type);
  ledger.describe(sender.id, request.descriptions);
  for (const [name, samples] of unknownSites) ledger.countUnknownSite(counts, name, samples);
}
