import { and, count, desc, eq, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { AGENT_STATUSES } from "@/contract/agents";
import { AgentHealth } from "@/contract/session";
import { users } from "@/db/schema/access";
import { agents, joinTokens } from "@/db/schema/agents";
import { machines, sites } from "@/db/schema/fleet";
import { telemetryMisdated, telemetryStreams } from "@/db/schema/telemetry";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { isContestedSql } from "@/server/fleet/machine-connection";
import { CONNECTIVITIES, connectivityOf } from "@/server/fleet/model";
import { agentCursor, parseAgentCursor, searchWords, TOKENS_MAX, tokenState } from "./model";

/** Rows of one page, at most. */
const PAGE_ROWS_MAX = 200;

export const AgentListInput = z.object({
  search: z.string().max(200).default(""),
  status: z.enum(AGENT_STATUSES).nullable().default(null),
  /** Only those that came in with this token. */
  tokenId: z.uuid().nullable().default(null),
  /** `next` of the page before; without it the first one. */
  cursor: z.string().max(100).nullish(),
  limit: z.number().int().min(1).max(PAGE_ROWS_MAX).default(100),
});
export type AgentListInput = z.infer<typeof AgentListInput>;

export const AgentRow = z.object({
  id: z.uuid(),
  status: z.enum(AGENT_STATUSES),
  connectivity: z.enum(CONNECTIVITIES),
  hostname: z.string(),
  siteId: z.uuid(),
  siteName: z.string(),
  machineId: z.uuid().nullable(),
  machineName: z.string().nullable(),
  clusterId: z.uuid().nullable(),
  /** True for the agent that speaks for its machine; false when another took its place. */
  isSpeaking: z.boolean(),
  /** Another live agent claims the same identity; true on both sides. */
  isContested: z.boolean(),
  /** Since when two processes use its key side by side; null once a person has decided. */
  sharedSince: z.date().nullable(),
  platform: z.string(),
  version: z.string(),
  systemUuid: z.string().nullable(),
  systemSerial: z.string().nullable(),
  providerId: z.string().nullable(),
  osMachineId: z.string().nullable(),
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
  /** When data last came whose times could not be corrected. */
  clockUnsureAt: z.date().nullable(),
  report: AgentHealth.nullable(),
  ignoredEntities: z.number().int(),
  ignoredReadings: z.number().int(),
  /** Observations set aside because their time cannot be right. */
  misdatedObservations: z.number().int(),
});
export type AgentRow = z.infer<typeof AgentRow>;

export const AgentList = z.object({
  rows: z.array(AgentRow),
  /** How many fit in all, and how many of these have ever sent something. */
  total: z.number().int(),
  reporting: z.number().int(),
  /** Where the next page begins; null after the last one. */
  next: z.string().nullable(),
});
export type AgentList = z.infer<typeof AgentList>;

const isNotWaiting = sql<boolean>`(${agents.status} <> 'waiting')`;
const isRevoked = sql<boolean>`(${agents.status} = 'revoked')`;
/** To the microsecond, as the database keeps it; a Date would cut it and skip rows at the border of a page. */
const enrolledMicros = sql<string>`(extract(epoch from ${agents.enrolledAt}) * 1000000)::bigint::text`;
const isContested = sql<boolean>`(coalesce(${machines.agentId} = ${agents.id}, false) and ${isContestedSql})`;
const misdated = sql<number>`(select count(*) from ${telemetryMisdated} x
  join ${telemetryStreams} s on s.org_id = x.org_id and s.id = x.stream_id and s.sender_id is null
  where s.org_id = ${agents.orgId} and s.machine_id = ${agents.machineId})`.mapWith(Number);

/** Every word has to be part of a name; of an id only where it is long enough not to be in most by chance. */
function matches(search: string): SQL | undefined {
  const names = sql`concat_ws(chr(10), ${agents.hostname}, ${machines.name}, ${sites.name}, ${agents.version},
    ${agents.systemSerial}, ${joinTokens.name})`;
  const ids = sql`concat_ws(chr(10), ${agents.id}, ${agents.systemUuid}, ${agents.providerId}, ${agents.osMachineId})`;
  return and(
    ...searchWords(search).map(({ pattern, isIdPart }) =>
      isIdPart ? sql`(${names} ilike ${pattern} or ${ids} ilike ${pattern})` : sql`${names} ilike ${pattern}`,
    ),
  );
}

/** A page of the agents at sites that this caller may see: those that wait first, then the newest, revoked ones last. */
export async function listAgents(caller: Caller, input: AgentListInput): Promise<AgentList> {
  const filter = and(
    visibleSites(caller),
    input.status ? eq(agents.status, input.status) : undefined,
    input.tokenId ? eq(agents.joinTokenId, input.tokenId) : undefined,
    matches(input.search),
  );
  const after = input.cursor ? parseAgentCursor(input.cursor) : null;
  const beyond = after
    ? sql`((${isNotWaiting}, ${isRevoked}) > (${after.isNotWaiting}, ${after.isRevoked})
        or ((${isNotWaiting}, ${isRevoked}) = (${after.isNotWaiting}, ${after.isRevoked})
          and (${agents.enrolledAt}, ${agents.id})
            < (timestamptz 'epoch' + ${after.enrolledMicros}::bigint * interval '1 microsecond', ${after.id}::uuid)))`
    : undefined;
  const { rows, totals } = await asCaller(caller, async (tx) => {
    const rows = await tx
      .select({
        id: agents.id,
        status: agents.status,
        hostname: agents.hostname,
        siteId: sites.id,
        siteName: sites.name,
        machineId: agents.machineId,
        machineName: machines.name,
        clusterId: agents.clusterId,
        isSpeaking: sql<boolean>`coalesce(${machines.agentId} = ${agents.id}, false)`,
        isContested,
        sharedSince: agents.sharedSince,
        platform: agents.platform,
        version: agents.version,
        systemUuid: agents.systemUuid,
        systemSerial: agents.systemSerial,
        providerId: agents.providerId,
        osMachineId: agents.osMachineId,
        joinTokenId: joinTokens.id,
        joinTokenName: joinTokens.name,
        isApprovalRequired: joinTokens.isApprovalRequired,
        enrolledAt: agents.enrolledAt,
        enrolledMicros,
        approvedAt: agents.approvedAt,
        revokedAt: agents.revokedAt,
        intervalSeconds: agents.intervalSeconds,
        lastReceivedAt: agents.lastReceivedAt,
        lastObservedAt: agents.lastObservedAt,
        clockOffsetSeconds: agents.clockOffsetSeconds,
        clockUnsureAt: agents.clockUnsureAt,
        report: agents.report,
        ignoredEntities: agents.ignoredEntities,
        ignoredReadings: agents.ignoredReadings,
        misdatedObservations: misdated,
      })
      .from(agents)
      .innerJoin(sites, atSite)
      .innerJoin(joinTokens, ofToken)
      .leftJoin(machines, ofMachine)
      .where(and(filter, beyond))
      .orderBy(isNotWaiting, isRevoked, desc(agents.enrolledAt), desc(agents.id))
      // One more than asked for tells whether there is a next page.
      .limit(input.limit + 1);
    const [totals] = await tx
      .select({ total: count(), reporting: count(agents.lastReceivedAt) })
      .from(agents)
      .innerJoin(sites, atSite)
      .innerJoin(joinTokens, ofToken)
      .leftJoin(machines, ofMachine)
      .where(filter);
    return { rows, totals };
  });
  const now = new Date();
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    rows: page.map(({ enrolledMicros: _, ...row }) => ({
      ...row,
      connectivity: connectivityOf({ ...row, isRevoked: row.status === "revoked" }, now),
    })),
    total: totals?.total ?? 0,
    reporting: totals?.reporting ?? 0,
    next: last && rows.length > page.length ? agentCursor(last) : null,
  };
}

const atSite = and(eq(sites.orgId, agents.orgId), eq(sites.id, agents.siteId));
const ofToken = and(eq(joinTokens.orgId, agents.orgId), eq(joinTokens.id, agents.joinTokenId));
const ofMachine = and(eq(machines.orgId, agents.orgId), eq(machines.id, agents.machineId));

/** What the navigation needs on every page: how many agents wait for a person. */
export const AgentCounts = z.object({ waiting: z.number().int() });
export type AgentCounts = z.infer<typeof AgentCounts>;

export async function countAgents(caller: Caller): Promise<AgentCounts> {
  const [row] = await asCaller(caller, (tx) =>
    tx
      .select({ waiting: count() })
      .from(agents)
      .innerJoin(sites, atSite)
      .where(and(visibleSites(caller), eq(agents.status, "waiting"))),
  );
  return { waiting: row?.waiting ?? 0 };
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
      .limit(TOKENS_MAX),
  );
  const now = new Date();
  return rows.map(({ revokedAt, ...row }) => ({ ...row, state: tokenState({ ...row, revokedAt }, now) }));
}
