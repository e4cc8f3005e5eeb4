import { and, eq, sql } from "drizzle-orm";
import { isEntityKind, metricsOf } from "@/contract/metrics";
import type { Report } from "@/contract/session";
import type { MachineFacts } from "@/contract/telemetry";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { machines } from "@/db/schema/fleet";
import { telemetryStreams } from "@/db/schema/telemetry";
import { settleIdentity } from "@/server/agents/settle-identity";
import { writeMachineFacts } from "@/server/fleet/ingest";
import { announceMachines } from "@/server/live";
import type { AgentLink } from "./agent-link";
import { type BoundAgent, bindAgents } from "./bind-agents";
import type { Queued, Verdict } from "./commit-queue";
import { REVOKED } from "./frame-commit";

export type ReportItem = Queued & {
  link: AgentLink;
  report: Report;
  epoch: number;
  sequence: number;
  receivedAt: Date;
};

/**
 * Stores the reports of one organisation in one transaction. When this returns, the commit has happened. A report that
 * is older than what is stored changes nothing, and neither does the same one again.
 *
 * @returns verdicts of those whose agents lost the right to speak
 * @throws whatever the database throws; nothing is stored then
 */
export async function commitReports(
  database: Database,
  orgId: string,
  items: readonly ReportItem[],
): Promise<ReadonlyMap<ReportItem, Verdict>> {
  const refused = new Map<ReportItem, Verdict>();
  await withTenant(database, { orgId }, async (tx) => {
    const bound = await bindAgents(
      tx,
      orgId,
      items.map(({ link }) => link),
    );
    const told: BoundAgent[] = [];
    // By agent, as everybody locks them; of one agent in the order of its own count.
    const ordered = [...items].sort(
      (a, b) => (a.link.agentId < b.link.agentId ? -1 : a.link.agentId > b.link.agentId ? 1 : 0) || inOrder(a, b),
    );
    for (const item of ordered) {
      const agent = bound.get(item.link.agentId);
      if (!agent) refused.set(item, REVOKED);
      else {
        const written = await writeReport(tx, orgId, agent, item);
        if (written) told.push(written);
      }
    }
    await announceMachines(tx, orgId, "telemetry", told);
  });
  return refused;
}

const inOrder = (a: ReportItem, b: ReportItem) => a.epoch - b.epoch || a.sequence - b.sequence;

/** @returns what the agent speaks for; null for a report that came too late to be true */
async function writeReport(
  tx: Transaction,
  orgId: string,
  bound: BoundAgent,
  item: ReportItem,
): Promise<BoundAgent | null> {
  const { report, epoch, sequence, link, receivedAt } = item;
  const ignored = countIgnored(report);
  const isNewest = sql`(${epoch}::bigint, ${sequence}::bigint) >= (${agents.reportEpoch}, ${agents.reportSequence})`;
  const taken = await tx
    .update(agents)
    .set({
      report: report.agent,
      version: report.agent.version,
      intervalSeconds: report.agent.intervalSeconds,
      reportEpoch: epoch,
      reportSequence: sequence,
      ignoredEntities: sql`${agents.ignoredEntities} + ${ignored.entities}`,
      ignoredReadings: sql`${agents.ignoredReadings} + ${ignored.readings}`,
      lastReceivedAt: sql`greatest(${agents.lastReceivedAt}, ${receivedAt.toISOString()}::timestamptz)`,
    })
    .where(and(eq(agents.orgId, orgId), eq(agents.id, link.agentId), isNewest))
    .returning({ id: agents.id });
  if (taken.length === 0) return null;
  const agent = report.facts ? await settle(tx, orgId, bound, link, report.facts) : bound;
  await tx
    .update(telemetryStreams)
    .set({
      intervalSeconds: report.agent.intervalSeconds,
      thinnedSince: report.agent.thinnedSince ? new Date(report.agent.thinnedSince) : null,
    })
    .where(and(eq(telemetryStreams.orgId, orgId), eq(telemetryStreams.id, agent.streamId)));
  const { machineId } = agent;
  if (report.facts && machineId && !(await areFactsKnown(tx, orgId, machineId, report.facts))) {
    const observedAt = link.newestMoment > 0 ? new Date(1000 * link.newestMoment) : null;
    await writeMachineFacts(tx, orgId, machineId, report.facts, observedAt, receivedAt);
  }
  if (report.descriptions) await writeDescriptions(tx, orgId, agent, report.descriptions);
  if (report.unknown) await writeUnknown(tx, orgId, agent, report.unknown);
  return agent;
}

/** Facts may show that the agent's disk is in other hardware now: then it speaks for another machine, with its stream. */
async function settle(
  tx: Transaction,
  orgId: string,
  bound: BoundAgent,
  link: AgentLink,
  facts: MachineFacts,
): Promise<BoundAgent> {
  const { agentId } = link;
  if (!bound.machineId) return bound;
  const machineId = await settleIdentity(tx, orgId, { agentId, machineId: bound.machineId }, facts);
  if (machineId === bound.machineId) return bound;
  return (await bindAgents(tx, orgId, [link])).get(agentId) ?? bound;
}

/** The same facts again are no news; neither when they were told nor the timeline changes. */
async function areFactsKnown(
  tx: Transaction,
  orgId: string,
  machineId: string,
  facts: NonNullable<Report["facts"]>,
): Promise<boolean> {
  const [row] = await tx
    .select({ isSame: sql<boolean>`${machines.facts} = ${JSON.stringify(facts)}::jsonb` })
    .from(machines)
    .where(and(eq(machines.orgId, orgId), eq(machines.id, machineId)));
  return row?.isSame ?? false;
}

/** What a newer agent tells of things that this version has no place for. */
function countIgnored(report: Report): { entities: number; readings: number } {
  const kinds = [
    ...(report.descriptions ?? []).map(({ kind }) => kind),
    ...Object.keys(report.unknown ?? {}).map((name) => kindOf(name)),
  ];
  let readings = 0;
  for (const [name, reasons] of Object.entries(report.unknown ?? {})) {
    const kind = kindOf(name);
    if (!isEntityKind(kind) || kind === "machine") continue;
    const names = new Set(metricsOf(kind).map((metric) => metric.name));
    readings += Object.keys(reasons).filter((reading) => !names.has(reading)).length;
  }
  return { entities: kinds.filter((kind) => !isEntityKind(kind)).length, readings };
}

/** Before the newline stands the kind, behind it the key. */
const kindOf = (name: string) => name.slice(0, Math.max(0, name.indexOf("\n")));

type Told = { kind: string; key: string; value: unknown };

async function writeDescriptions(
  tx: Transaction,
  orgId: string,
  agent: BoundAgent,
  descriptions: NonNullable<Report["descriptions"]>,
): Promise<void> {
  const known = descriptions.filter(({ kind }) => isEntityKind(kind));
  const told = known.map(({ kind, key, attributes }) => ({ kind, key, value: attributes }));
  await insertMissing(tx, orgId, agent, told);
  await tx.execute(sql`
    update telemetry_entities e set attributes = t.value from ${tableOf(told)}
    where e.org_id = ${orgId}::uuid and e.stream_id = ${agent.streamId} and e.kind = t.kind and e.key = t.key
      and e.attributes <> t.value`);
}

/** Replaces the edge's words of before: what is not named any more is known again. */
async function writeUnknown(
  tx: Transaction,
  orgId: string,
  agent: BoundAgent,
  unknown: NonNullable<Report["unknown"]>,
): Promise<void> {
  const told = Object.entries(unknown).flatMap(([name, value]): Told[] => {
    const kind = kindOf(name);
    const key = name.slice(kind.length + 1);
    return isEntityKind(kind) && key !== "" ? [{ kind, key, value }] : [];
  });
  await insertMissing(tx, orgId, agent, told);
  await tx.execute(sql`
    update telemetry_entities e set unknown = coalesce(t.value, '{}')
    from telemetry_entities o left join ${tableOf(told)} on t.kind = o.kind and t.key = o.key
    where o.org_id = ${orgId}::uuid and o.stream_id = ${agent.streamId} and e.org_id = o.org_id and e.id = o.id
      and e.unknown <> coalesce(t.value, '{}')`);
}

const tableOf = (told: readonly Told[]) =>
  sql`jsonb_to_recordset(${JSON.stringify(told)}::jsonb) as t(kind text, key text, value jsonb)`;

/** A report may come before the first frame that names its entities. */
async function insertMissing(tx: Transaction, orgId: string, agent: BoundAgent, told: readonly Told[]): Promise<void> {
  await tx.execute(sql`
    insert into telemetry_entities (org_id, stream_id, machine_id, kind, key)
    select distinct ${orgId}::uuid, ${agent.streamId}::int, ${agent.machineId}::uuid, t.kind, t.key
    from ${tableOf(told)}
    where not exists (select from telemetry_entities e where e.org_id = ${orgId}::uuid
      and e.stream_id = ${agent.streamId} and e.kind = t.kind and e.key = t.key)
    order by 4, 5
    on conflict do nothing`);
}
