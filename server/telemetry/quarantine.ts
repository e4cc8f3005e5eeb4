import { createHash } from "node:crypto";
import { and, desc, eq } from "drizzle-orm";
import { z } from "zod";
import type { Block } from "@/contract/codec/block";
import { decodeFrame } from "@/contract/codec/frame";
import { createLayout } from "@/contract/codec/layout";
import { Report } from "@/contract/session";
import { type Database, withTenant } from "@/db/client";
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
  const { entries } = item.dictionary.layout;
  const dictionary = entries.map(({ kind, key }): [string, string] => [kind, key]);
  const frame = item.record?.frame ?? item.future?.frame;
  if (!frame) return { kind: "dictionary" as const, dictionary, content: Buffer.from(JSON.stringify(entries)) };
  return { kind: "frame" as const, dictionary, flags: item.flags, content: Buffer.from(frame) };
}

/** The innermost error: what is around it repeats the statement with all values. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? storableText(error.message) : reasonOf(error.cause);
}

export const QuarantinedMessage = z.object({
  id: z.number().int(),
  agentId: z.uuid(),
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
export type QuarantinedMessage = z.infer<typeof QuarantinedMessage>;

/** What was set aside of agents at sites that this caller may see, the newest first. */
export async function listQuarantined(caller: Caller): Promise<QuarantinedMessage[]> {
  const rows = await asCaller(caller, (tx) =>
    tx
      .select({
        id: telemetryQuarantine.id,
        agentId: telemetryQuarantine.agentId,
        hostname: agents.hostname,
        siteId: sites.id,
        siteName: sites.name,
        receivedAt: telemetryQuarantine.receivedAt,
        kind: telemetryQuarantine.kind,
        epoch: telemetryQuarantine.epoch,
        sequence: telemetryQuarantine.sequence,
        reason: telemetryQuarantine.reason,
        content: telemetryQuarantine.content,
      })
      .from(telemetryQuarantine)
      .innerJoin(agents, and(eq(agents.orgId, telemetryQuarantine.orgId), eq(agents.id, telemetryQuarantine.agentId)))
      .innerJoin(sites, and(eq(sites.orgId, telemetryQuarantine.orgId), eq(sites.id, telemetryQuarantine.siteId)))
      .where(visibleSites(caller))
      .orderBy(desc(telemetryQuarantine.receivedAt), desc(telemetryQuarantine.id))
      .limit(ROWS_MAX),
  );
  return rows.map(({ content, ...row }) => ({ ...row, bytes: content.length }));
}

/**
 * Tries to store a message again that was set aside; it leaves the list when that succeeds.
 * @throws DomainError not_found; conflict `quarantine_fails` with the reason, `quarantine_revoked` when its agent may not speak
 */
export async function replayQuarantined(caller: Caller, id: number): Promise<void> {
  const row = await asCaller(caller, async (tx) => {
    const [found] = await tx
      .select({ message: telemetryQuarantine, hostname: agents.hostname })
      .from(telemetryQuarantine)
      .innerJoin(agents, and(eq(agents.orgId, telemetryQuarantine.orgId), eq(agents.id, telemetryQuarantine.agentId)))
      .innerJoin(sites, and(eq(sites.orgId, telemetryQuarantine.orgId), eq(sites.id, telemetryQuarantine.siteId)))
      .where(and(eq(telemetryQuarantine.id, id), visibleSites(caller)));
    return found;
  });
  if (!row) throw notFound("message");
  const { message, hostname } = row;
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
  await asCaller(caller, async (tx) => {
    await tx
      .delete(telemetryQuarantine)
      .where(and(eq(telemetryQuarantine.orgId, caller.orgId), eq(telemetryQuarantine.id, id)));
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: { kind: "user", id: caller.userId, label: caller.email },
      action: "telemetry:quarantine-replay",
      subject: { kind: "agent", id: agentId, label: hostname },
      details: { reason: message.reason },
    });
    await announce(tx, { orgId: caller.orgId, siteId, machineId: null, topic: "agents" });
  });
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
