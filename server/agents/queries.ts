import { and, desc, eq, isNotNull, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { z } from "zod";
import { AGENT_STATUSES } from "@/contract/agents";
import { AgentReport } from "@/contract/telemetry";
import type { Transaction } from "@/db/client";
import { users } from "@/db/schema/access";
import { agents, joinTokens } from "@/db/schema/agents";
import { machines, sites } from "@/db/schema/fleet";
import { telemetryMisdated } from "@/db/schema/telemetry";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { CONNECTIVITIES, connectivityOf } from "@/server/fleet/model";
import { AGENTS_MAX, tokenState } from "./model";

export const AgentRow = z.object({
  id: z.uuid(),
  status: z.enum(AGENT_STATUSES),
  connectivity: z.enum(CONNECTIVITIES),
  hostname: z.string(),
  siteId: z.uuid(),
  siteName: z.string(),
  machineId: z.uuid().nullable(),
  machineName: z.string().nullable(),
  /** True for the agent that speaks for its machine; false when another took its place. */
  isSpeaking: z.boolean(),
  /** Another machine with the same identity, where two live agents claim it; both are told of each other. */
  collidesWith: z.uuid().nullable(),
  platform: z.string(),
  version: z.string(),
  systemUuid: z.string().nullable(),
  systemSerial: z.string().nullable(),
  joinTokenId: z.uuid(),
  joinTokenName: z.string(),
  isApprovalRequired: z.boolean(),
  enrolledAt: z.date(),
  approvedAt: z.date().nullable(),
  revokedAt: z.date().nullable(),
  intervalSeconds: z.number(),
  lastReceivedAt: z.date().nullable(),
  lastObservedAt: z.date().nullable(),
  clockOffsetSeconds: z.number().nullable(),
  report: AgentReport.nullable(),
  ignoredEntities: z.number().int(),
  ignoredReadings: z.number().int(),
  /** Observations set aside because their time cannot be right. */
  misdatedObservations: z.number().int(),
});
export type AgentRow = z.infer<typeof AgentRow>;

/** Of each machine that another live agent claims, one that stands for its rivals. */
function rivalsOf(tx: Transaction) {
  const rival = alias(machines, "rival");
  const speaker = alias(agents, "rival_speaker");
  return tx
    .select({
      orgId: rival.orgId,
      collidesWith: rival.collidesWith,
      id: sql<string>`min(${rival.id}::text)::uuid`.as("rival_id"),
    })
    .from(rival)
    .innerJoin(speaker, and(eq(speaker.orgId, rival.orgId), eq(speaker.id, rival.agentId)))
    .where(and(isNotNull(rival.collidesWith), eq(speaker.status, "active")))
    .groupBy(rival.orgId, rival.collidesWith)
    .as("rivals");
}

/** The agents at sites that this caller may see, at most AGENTS_MAX: those that wait first, then the newest. */
export async function listAgents(caller: Caller): Promise<AgentRow[]> {
  const rows = await asCaller(caller, (tx) => {
    const rivals = rivalsOf(tx);
    return tx
      .select({
        id: agents.id,
        status: agents.status,
        hostname: agents.hostname,
        siteId: sites.id,
        siteName: sites.name,
        machineId: agents.machineId,
        machineName: machines.name,
        isSpeaking: sql<boolean>`coalesce(${machines.agentId} = ${agents.id}, false)`,
        collidesWith: sql<string | null>`case when ${agents.status} = 'active' and ${machines.agentId} = ${agents.id}
          then coalesce(${machines.collidesWith}, ${rivals.id}) end`,
        platform: agents.platform,
        version: agents.version,
        systemUuid: agents.systemUuid,
        systemSerial: agents.systemSerial,
        joinTokenId: joinTokens.id,
        joinTokenName: joinTokens.name,
        isApprovalRequired: joinTokens.isApprovalRequired,
        enrolledAt: agents.enrolledAt,
        approvedAt: agents.approvedAt,
        revokedAt: agents.revokedAt,
        intervalSeconds: agents.intervalSeconds,
        lastReceivedAt: agents.lastReceivedAt,
        lastObservedAt: agents.lastObservedAt,
        clockOffsetSeconds: agents.clockOffsetSeconds,
        report: agents.report,
        ignoredEntities: agents.ignoredEntities,
        ignoredReadings: agents.ignoredReadings,
        misdatedObservations: sql<number>`(select count(*) from ${telemetryMisdated}
          where ${telemetryMisdated.orgId} = ${agents.orgId} and ${telemetryMisdated.agentId} = ${agents.id})`.mapWith(
          Number,
        ),
      })
      .from(agents)
      .innerJoin(sites, and(eq(sites.orgId, agents.orgId), eq(sites.id, agents.siteId)))
      .innerJoin(joinTokens, and(eq(joinTokens.orgId, agents.orgId), eq(joinTokens.id, agents.joinTokenId)))
      .leftJoin(machines, and(eq(machines.orgId, agents.orgId), eq(machines.id, agents.machineId)))
      .leftJoin(rivals, and(eq(rivals.orgId, machines.orgId), eq(rivals.collidesWith, machines.id)))
      .where(visibleSites(caller))
      .orderBy(sql`${agents.status} <> 'waiting'`, sql`${agents.status} = 'revoked'`, desc(agents.enrolledAt))
      .limit(AGENTS_MAX);
  });
  const now = new Date();
  return rows.map((row) => ({
    ...row,
    connectivity: connectivityOf({ ...row, isRevoked: row.status === "revoked" }, now),
  }));
}

export const JoinTokenRow = z.object({
  id: z.uuid(),
  name: z.string(),
  siteId: z.uuid(),
  siteName: z.string(),
  labels: z.record(z.string(), z.string()),
  usesMax: z.number().int(),
  usesCount: z.number().int(),
  isApprovalRequired: z.boolean(),
  expiresAt: z.date(),
  createdAt: z.date(),
  createdByName: z.string().nullable(),
  state: z.enum(["open", "used_up", "expired", "revoked"]),
});
export type JoinTokenRow = z.infer<typeof JoinTokenRow>;

/** Join tokens of the sites that this caller may see; the tokens themselves are not stored and cannot be shown again. */
export async function listJoinTokens(caller: Caller): Promise<JoinTokenRow[]> {
  const rows = await asCaller(caller, (tx) =>
    tx
      .select({
        id: joinTokens.id,
        name: joinTokens.name,
        siteId: sites.id,
        siteName: sites.name,
        labels: joinTokens.labels,
        usesMax: joinTokens.usesMax,
        usesCount: joinTokens.usesCount,
        isApprovalRequired: joinTokens.isApprovalRequired,
        expiresAt: joinTokens.expiresAt,
        revokedAt: joinTokens.revokedAt,
        createdAt: joinTokens.createdAt,
        createdByName: users.name,
      })
      .from(joinTokens)
      .innerJoin(sites, and(eq(sites.orgId, joinTokens.orgId), eq(sites.id, joinTokens.siteId)))
      .leftJoin(users, eq(users.id, joinTokens.createdBy))
      .where(visibleSites(caller))
      .orderBy(desc(joinTokens.createdAt))
      .limit(AGENTS_MAX),
  );
  const now = new Date();
  return rows.map(({ revokedAt, ...row }) => ({ ...row, state: tokenState({ ...row, revokedAt }, now) }));
}
