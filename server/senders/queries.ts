import { and, asc, desc, eq, isNull, or, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { users } from "@/db/schema/access";
import { sites } from "@/db/schema/fleet";
import { apiTokens, senderMetrics, senderSites } from "@/db/schema/senders";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { notFound } from "@/server/errors";
import { apiTokenState, SENDER_METRICS_MAX, SENDERS_MAX } from "./model";

/** Tokens of the sites that this caller may see; those that are bound to a label only for who may see all sites. */
export function visibleTokens(caller: Caller): SQL {
  const own = eq(apiTokens.orgId, caller.orgId);
  const ofSite = and(own, visibleSites(caller)) ?? own;
  if (caller.scope.kind !== "all") return ofSite;
  return or(ofSite, and(own, isNull(apiTokens.siteId))) ?? own;
}

export const SenderRow = z.object({
  id: z.uuid(),
  name: z.string(),
  /** Null for a token whose label names the site. */
  siteName: z.string().nullable(),
  siteLabel: z.string().nullable(),
  state: z.enum(["open", "expired", "revoked"]),
  expiresAt: z.date().nullable(),
  createdAt: z.date(),
  createdByName: z.string().nullable(),
  lastUsedAt: z.date().nullable(),
  /** What the newest request said of its program. */
  lastAgent: z.string().nullable(),
  /** Why the newest request that was refused, whole or in part, was; in the words that its sender was told. */
  lastProblem: z.string().nullable(),
  lastProblemAt: z.date().nullable(),
  targets: z.number().int(),
  metrics: z.number().int(),
  unknownMetrics: z.number().int(),
  keptMetrics: z.number().int(),
  /** Site names that came in and that no site has. */
  unknownSites: z.number().int(),
});
export type SenderRow = z.infer<typeof SenderRow>;

/** The API tokens with what came in by them, newest first; the tokens themselves cannot be shown again. */
export async function listSenders(caller: Caller): Promise<SenderRow[]> {
  const count = (of: SQL) => sql<number>`(${of})`.mapWith(Number);
  const metricsWhere = (condition: SQL) =>
    count(sql`select count(*) from ${senderMetrics} where ${senderMetrics.orgId} = ${apiTokens.orgId}
      and ${senderMetrics.senderId} = ${apiTokens.id} and ${condition}`);
  const rows = await asCaller(caller, (tx) =>
    tx
      .select({
        id: apiTokens.id,
        name: apiTokens.name,
        siteName: sites.name,
        siteLabel: apiTokens.siteLabel,
        expiresAt: apiTokens.expiresAt,
        revokedAt: apiTokens.revokedAt,
        createdAt: apiTokens.createdAt,
        createdByName: users.name,
        lastUsedAt: apiTokens.lastUsedAt,
        lastAgent: apiTokens.lastAgent,
        lastProblem: apiTokens.lastProblem,
        lastProblemAt: apiTokens.lastProblemAt,
        targets: count(sql`select count(*) from sender_targets t
          where t.org_id = ${apiTokens.orgId} and t.sender_id = ${apiTokens.id}`),
        metrics: metricsWhere(sql`true`),
        unknownMetrics: metricsWhere(sql`${senderMetrics.meaning} = 'unknown' and not ${senderMetrics.kept}`),
        keptMetrics: metricsWhere(sql`${senderMetrics.kept}`),
        unknownSites: count(sql`select count(*) from sender_sites s
          where s.org_id = ${apiTokens.orgId} and s.sender_id = ${apiTokens.id}`),
      })
      .from(apiTokens)
      .leftJoin(sites, and(eq(sites.orgId, apiTokens.orgId), eq(sites.id, apiTokens.siteId)))
      .leftJoin(users, eq(users.id, apiTokens.createdBy))
      .where(visibleTokens(caller))
      .orderBy(sql`${apiTokens.revokedAt} is not null`, desc(apiTokens.createdAt))
      .limit(SENDERS_MAX),
  );
  const now = new Date();
  return rows.map(({ revokedAt, ...row }) => ({ ...row, state: apiTokenState({ revokedAt, ...row }, now) }));
}

export const SenderDetail = z.object({
  id: z.uuid(),
  name: z.string(),
  targets: z.array(
    z.object({
      name: z.string(),
      siteName: z.string(),
      machineId: z.uuid().nullable(),
      machineName: z.string().nullable(),
      lastReceivedAt: z.date().nullable(),
      intervalSeconds: z.number(),
    }),
  ),
  metrics: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      unit: z.string(),
      meaning: z.enum(["reading", "fact", "left_out", "unknown"]),
      series: z.number().int(),
      samples: z.number().int(),
      lastSeen: z.date(),
      kept: z.boolean(),
    }),
  ),
  unknownSites: z.array(z.object({ name: z.string(), samples: z.number().int(), lastSeen: z.date() })),
});
export type SenderDetail = z.infer<typeof SenderDetail>;

type TargetRow = {
  name: string;
  site_name: string;
  machine_id: string | null;
  machine_name: string | null;
  last_received_at: string | null;
  interval_seconds: number;
};

/**
 * What one sender sends: its targets, its metrics, what nobody understands first, and site names without a site.
 * @throws DomainError not_found
 */
export async function getSender(caller: Caller, senderId: string): Promise<SenderDetail> {
  return asCaller(caller, async (tx) => {
    const [token] = await tx
      .select({ id: apiTokens.id, name: apiTokens.name })
      .from(apiTokens)
      .leftJoin(sites, and(eq(sites.orgId, apiTokens.orgId), eq(sites.id, apiTokens.siteId)))
      .where(and(eq(apiTokens.id, senderId), visibleTokens(caller)));
    if (!token) throw notFound("API token");
    const targets = await tx.execute<TargetRow>(sql`
      select s.name, sites.name as site_name, m.id as machine_id, m.name as machine_name, s.last_received_at,
        s.interval_seconds
      from telemetry_streams s join sites on sites.org_id = s.org_id and sites.id = s.site_id
      left join machines m on m.org_id = s.org_id and m.id = s.machine_id
      where s.org_id = ${caller.orgId}::uuid and s.sender_id = ${senderId}::uuid
      order by s.name limit ${SENDERS_MAX}`);
    const metrics = await tx
      .select(METRIC_COLUMNS)
      .from(senderMetrics)
      .where(and(eq(senderMetrics.orgId, caller.orgId), eq(senderMetrics.senderId, senderId)))
      .orderBy(sql`${senderMetrics.meaning} <> 'unknown'`, asc(senderMetrics.name))
      .limit(SENDER_METRICS_MAX);
    const unknownSites = await tx
      .select({ name: senderSites.name, samples: senderSites.samples, lastSeen: senderSites.lastSeen })
      .from(senderSites)
      .where(and(eq(senderSites.orgId, caller.orgId), eq(senderSites.senderId, senderId)))
      .orderBy(desc(senderSites.lastSeen))
      .limit(SENDERS_MAX);
    return {
      ...token,
      targets: targets.rows.map((row) => ({
        name: row.name,
        siteName: row.site_name,
        machineId: row.machine_id,
        machineName: row.machine_name,
        lastReceivedAt: row.last_received_at === null ? null : new Date(row.last_received_at),
        intervalSeconds: row.interval_seconds,
      })),
      metrics,
      unknownSites,
    };
  });
}

const METRIC_COLUMNS = {
  name: senderMetrics.name,
  type: senderMetrics.type,
  unit: senderMetrics.unit,
  meaning: senderMetrics.meaning,
  series: senderMetrics.series,
  samples: senderMetrics.samples,
  lastSeen: senderMetrics.lastSeen,
  kept: senderMetrics.kept,
};
