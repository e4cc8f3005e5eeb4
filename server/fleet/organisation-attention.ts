import { and, count, desc, eq, gt, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { auditEntries } from "@/db/schema/audit";
import { sites } from "@/db/schema/fleet";
import { telemetryAudits, telemetryQuarantine } from "@/db/schema/telemetry";
import { type Caller, visibleSites } from "@/server/access/caller";
import type { AuditAction } from "@/server/audit/model";
import { PLAIN_LINE } from "./attention";
import type { Attention } from "./shapes";

const OVER_QUOTA: AuditAction = "telemetry:over-quota";
const OF_ALL = { ...PLAIN_LINE, machineId: null, clusterId: null, agentId: null, name: "", siteName: null } as const;

/** What needs a person and is of no machine and no cluster. */
export async function listOrganisationAttention(tx: Transaction, caller: Caller): Promise<Attention[]> {
  return [
    ...(await listWrongSums(tx, caller)),
    ...(await listQuarantine(tx, caller)),
    ...(await listOverQuota(tx, caller)),
  ];
}

/**
 * What nightly audits found in the last month: each looks at another hour, so a clean one says nothing of what was found
 * before. Sums are over all sites, so only who sees all of them is told.
 */
async function listWrongSums(tx: Transaction, caller: Caller): Promise<Attention[]> {
  if (caller.scope.kind !== "all") return [];
  const [last] = await tx
    .select({ at: telemetryAudits.at, different: telemetryAudits.different })
    .from(telemetryAudits)
    .where(
      and(
        eq(telemetryAudits.orgId, caller.orgId),
        gt(telemetryAudits.different, 0),
        sql`${telemetryAudits.at} > now() - interval '30 days'`,
      ),
    )
    .orderBy(desc(telemetryAudits.at))
    .limit(1);
  if (!last) return [];
  return [{ ...OF_ALL, kind: "sums", severity: "critical", figure: last.different, since: last.at }];
}

/** Messages that arrived and could not be stored: one line for all of them. */
async function listQuarantine(tx: Transaction, caller: Caller): Promise<Attention[]> {
  const [row] = await tx
    .select({
      total: count(),
      since: sql<Date | null>`min(${telemetryQuarantine.receivedAt})`.mapWith(telemetryQuarantine.receivedAt),
    })
    .from(telemetryQuarantine)
    .innerJoin(sites, and(eq(sites.orgId, telemetryQuarantine.orgId), eq(sites.id, telemetryQuarantine.siteId)))
    .where(visibleSites(caller));
  if (!row || row.total === 0) return [];
  return [{ ...OF_ALL, kind: "quarantine", severity: "warning", figure: row.total, since: row.since }];
}

/** The last agent of which the gateway wrote down, within the hour, that it was turned away. */
async function listOverQuota(tx: Transaction, caller: Caller): Promise<Attention[]> {
  const [row] = await tx
    .select({
      machineId: agents.machineId,
      agentId: agents.id,
      name: agents.hostname,
      siteName: sites.name,
      isSimulated: sites.isSimulated,
      since: auditEntries.at,
      figure: sql<number | null>`(${auditEntries.details} ->> 'bytesPerSecond')::float8`,
    })
    .from(auditEntries)
    .innerJoin(agents, and(eq(agents.orgId, auditEntries.orgId), sql`${agents.id}::text = ${auditEntries.subjectId}`))
    .innerJoin(sites, and(eq(sites.orgId, agents.orgId), eq(sites.id, agents.siteId)))
    .where(
      and(
        visibleSites(caller),
        eq(auditEntries.action, OVER_QUOTA),
        sql`${auditEntries.at} > now() - interval '65 minutes'`,
      ),
    )
    .orderBy(desc(auditEntries.at))
    .limit(1);
  return row ? [{ ...PLAIN_LINE, ...row, clusterId: null, kind: "quota", severity: "warning" }] : [];
}
