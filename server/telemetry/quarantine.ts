import { createHash } from "node:crypto";
import { and, count, desc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { Block } from "@/contract/codec/block";
import { decodeFrame, travellingFrame } from "@/contract/codec/frame";
import { createLayout } from "@/contract/codec/layout";
import { Report } from "@/contract/session";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { sites } from "@/db/schema/fleet";
import { telemetryQuarantine } from "@/db/schema/telemetry";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { recordAudit } from "@/server/audit/record";
import { DomainError, notFound } from "@/server/errors";
import { announce } from "@/server/live";
import { storableText } from "@/server/storable-json";
import { AgentLink } from "./agent-link";
import type { Verdict } from "./commit-queue";
import { commitFrames, type FrameItem, type RecordFrame } from "./frame-commit";
import { dictionaryHash } from "./inbox";
import { commitReports, type ReportItem } from "./report-commit";

const REASON_LENGTH_MAX = 1000;
const ROWS_MAX = 200;

/** Keeps a message that no attempt could store, with the reason; the same message again is one row. */
export async function quarantineMessage(
  database: Database,
  item: FrameItem | ReportItem,
  error: unknown,
): Promise<void> {
  const { link, epoch, sequence } = item;
  const content = contentOf(item);
  const reason = reasonOf(error).slice(0, REASON_LENGTH_MAX);
  await withTenant(database, { orgId: link.orgId }, async (tx) => {
    await tx
      .insert(telemetryQuarantine)
      .values({
        orgId: link.orgId,
        agentId: link.agentId,
        siteId: link.siteId,
        receivedAt: item.receivedAt,
        epoch,
        sequence,
        reason,
        digest: createHash("sha256").update(content.kind).update(content.content).digest(),
        ...content,
      })
      .onConflictDoNothing();
    await announce(tx, { orgId: link.orgId, siteId: link.siteId, machineId: null, topic: "agents" });
  });
}

function contentOf(item: FrameItem | ReportItem) {
  if ("report" in item) return { kind: "report" as const, content: Buffer.from(JSON.stringify(item.report)) };
  const { layout } = item.dictionary;
  const { entries } = layout;
  const dictionary = entries.map(({ kind, key }): [string, string] => [kind, key]);
  const frame = item.record?.frame ?? item.future?.frame;
  if (!frame) return { kind: "dictionary" as const, dictionary, content: Buffer.from(JSON.stringify(entries)) };
  return {
    kind: "frame" as const,
    dictionary,
    flags: item.flags,
    content: Buffer.from(travellingFrame(layout, frame)),
  };
}

/** The innermost error: what is around it repeats the statement with all values. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? storableText(error.message) : reasonOf(error.cause);
}

const QuarantinedMessage = z.object({
  id: z.number().int(),
  agentId: z.uuid(),
  machineId: z.uuid().nullable(),
  hostname: z.string(),
  siteId: z.uuid(),
  siteName: z.string(),
  receivedAt: z.date(),
  kind: z.enum(["frame", "report", "dictionary"]),
  epoch: z.number().int(),
  sequence: z.number().int(),
  reason: z.string(),
  bytes: z.number().int(),
});

/** The newest of what was set aside, and how much there is of it. */
export const Quarantine = z.object({ total: z.number().int(), messages: z.array(QuarantinedMessage) });
export type Quarantine = z.infer<typeof Quarantine>;

/** What was set aside of agents at sites that this caller may see, the newest first. */
export async function listQuarantined(caller: Caller): Promise<Quarantine> {
  return asCaller(caller, async (tx) => ({
    total: await countIn(tx, caller),
    messages: await tx
      .select({
        id: telemetryQuarantine.id,
        agentId: telemetryQuarantine.agentId,
        machineId: agents.machineId,
        hostname: agents.hostname,
        siteId: sites.id,
        siteName: sites.name,
        receivedAt: telemetryQuarantine.receivedAt,
        kind: telemetryQuarantine.kind,
        epoch: telemetryQuarantine.epoch,
        sequence: telemetryQuarantine.sequence,
        reason: telemetryQuarantine.reason,
        bytes: sql<number>`octet_length(${telemetryQuarantine.content})`,
      })
      .from(telemetryQuarantine)
      .innerJoin(agents, and(eq(agents.orgId, telemetryQuarantine.orgId), eq(agents.id, telemetryQuarantine.agentId)))
      .innerJoin(sites, and(eq(sites.orgId, telemetryQuarantine.orgId), eq(sites.id, telemetryQuarantine.siteId)))
      .where(visibleSites(caller))
      .orderBy(desc(telemetryQuarantine.receivedAt), desc(telemetryQuarantine.id))
      .limit(ROWS_MAX),
  }));
}

/** How many messages wait for a decision. */
export function countQuarantined(caller: Caller): Promise<number> {
  return asCaller(caller, (tx) => countIn(tx, caller));
}

async function countIn(tx: Transaction, caller: Caller): Promise<number> {
  const [row] = await tx
    .select({ total: count() })
    .from(telemetryQuarantine)
    .innerJoin(sites, and(eq(sites.orgId, telemetryQuarantine.orgId), eq(sites.id, telemetryQuarantine.siteId)))
    .where(visibleSites(caller));
  return row?.total ?? 0;
}

/** A message at a site that this caller may see. @throws DomainError not_found */
async function findQuarantined(tx: Transaction, caller: Caller, id: number) {
  const [found] = await tx
    .select({ message: telemetryQuarantine, hostname: agents.hostname })
    .from(telemetryQuarantine)
    .innerJoin(agents, and(eq(agents.orgId, telemetryQuarantine.orgId), eq(agents.id, telemetryQuarantine.agentId)))
    .innerJoin(sites, and(eq(sites.orgId, telemetryQuarantine.orgId), eq(sites.id, telemetryQuarantine.siteId)))
    .where(and(eq(telemetryQuarantine.id, id), visibleSites(caller)));
  if (!found) throw notFound("message");
  return found;
}

/** Takes a message off the list, with the line in the audit log that says why it is not there any more. */
async function settle(
  tx: Transaction,
  caller: Caller,
  { message, hostname }: Awaited<ReturnType<typeof findQuarantined>>,
  action: "telemetry:quarantine-replay" | "telemetry:quarantine-discard",
): Promise<void> {
  const { orgId, id, agentId, siteId, reason, kind, epoch, sequence } = message;
  await tx.delete(telemetryQuarantine).where(and(eq(telemetryQuarantine.orgId, orgId), eq(telemetryQuarantine.id, id)));
  await recordAudit(tx, {
    orgId,
    actor: { kind: "user", id: caller.userId, label: caller.email },
    action,
    subject: { kind: "agent", id: agentId, label: hostname },
    details: { reason, message: `${kind} ${epoch}.${sequence}`, bytes: message.content.length },
  });
  await announce(tx, { orgId, siteId, machineId: null, topic: "agents" });
}

/**
 * Throws a message away that was set aside. What it said is lost: nobody else has it, for its agent was told that it is
 * stored.
 * @throws DomainError not_found
 */
export function discardQuarantined(caller: Caller, id: number): Promise<void> {
  return asCaller(caller, async (tx) =>
    settle(tx, caller, await findQuarantined(tx, caller, id), "telemetry:quarantine-discard"),
  );
}

/**
 * Tries to store a message again that was set aside; it leaves the list when that succeeds.
 * @throws DomainError not_found; conflict `quarantine_fails` with the reason, `quarantine_revoked` when its agent may not speak
 */
export async function replayQuarantined(caller: Caller, id: number): Promise<void> {
  const found = await asCaller(caller, (tx) => findQuarantined(tx, caller, id));
  const { message, hostname } = found;
  const { agentId, siteId } = message;
  const link = new AgentLink({ id: agentId, orgId: caller.orgId, siteId, hostname });
  let refused: ReadonlyMap<unknown, Verdict>;
  try {
    refused = await store(caller.database, link, message);
  } catch (error) {
    throw new DomainError("conflict", "quarantine_fails", { reason: reasonOf(error).slice(0, REASON_LENGTH_MAX) });
  }
  if (refused.size > 0) throw new DomainError("conflict", "quarantine_revoked", { hostname });
  // Stored twice is stored once, so it may be done before the row goes.
  await asCaller(caller, (tx) => settle(tx, caller, found, "telemetry:quarantine-replay"));
}

async function store(
  database: Database,
  link: AgentLink,
  message: typeof telemetryQuarantine.$inferSelect,
): Promise<ReadonlyMap<unknown, Verdict>> {
  const { epoch, sequence, receivedAt, content, flags } = message;
  const queued = { orgId: link.orgId, source: { settle: () => {} }, id: 0, bytes: content.length, failures: 0 };
  const common = { ...queued, link, epoch, sequence, receivedAt };
  if (message.kind === "report") {
    const report = Report.parse(JSON.parse(content.toString("utf8")));
    return commitReports(database, link.orgId, [{ ...common, report }]);
  }
  const entries = (message.dictionary ?? []).map(([kind, key]) => ({ kind, key }));
  const layout = createLayout(entries);
  const dictionary = { hash: dictionaryHash(entries), layout, stored: null };
  const record = message.kind === "frame" ? recordOf(decodeFrame(layout, content), content) : null;
  return commitFrames(database, link.orgId, [{ ...common, dictionary, record, future: null, flags }], () => {});
}

function recordOf(block: Block, frame: Buffer): RecordFrame {
  const { moments } = block;
  // What is true now follows at the merge.
  return { firstMoment: moments[0] ?? 0, lastMoment: moments.at(-1) ?? 0, moments: moments.length, frame, block: null };
}
