import { and, count, eq, isNotNull, or, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { machines, sites } from "@/db/schema/fleet";
import { telemetryMachines } from "@/db/schema/telemetry";
import { type Caller, visibleSites } from "@/server/access/caller";
import { listClusterAttention } from "@/server/clusters/attention";
import { listOutageAttention } from "@/server/outages/attention";
import { CLOCK_OFFSET_SECONDS_MAX } from "@/server/telemetry/model";
import { attentionOf, FIRST_REPORT_SECONDS, PLAIN_LINE, rankAttention } from "./attention";
import { connectivitySql, figuresOf, isContestedSql, isInOutageSql, speaksFor } from "./machine-connection";
import { CLOCK_UNSURE_DAYS, FILL_CRITICAL_RATIO, FILL_WARNING_RATIO } from "./model";
import { listOrganisationAttention } from "./organisation-attention";
import type { Attention, FleetOverview } from "./shapes";

/** Lines of "needs you"; what is beyond is counted and led to, not cut in silence. */
const LINES_MAX = 100;

type Lines = Pick<FleetOverview, "attention" | "attentionMore">;

/** What needs a person, by consequence, and how much more there is than is listed. */
export async function listAttention(tx: Transaction, caller: Caller): Promise<Lines> {
  const machine = await listMachineAttention(tx, caller);
  const cluster = await listClusterAttention(tx, caller, LINES_MAX);
  const waiting = await listWaiting(tx, caller);
  const ranked = rankAttention([
    ...(await listOutageAttention(tx, caller)),
    ...machine.lines,
    ...cluster.lines,
    ...waiting.lines,
    ...(await listOrganisationAttention(tx, caller)),
  ]);
  const attention = ranked.slice(0, LINES_MAX);
  // A thing counts as beyond when none of its lines is listed.
  const listed = new Set(attention.map(keyOf));
  const cut = ranked.slice(LINES_MAX).filter((line) => !listed.has(keyOf(line)));
  const beyond = (isOf: (line: Attention) => boolean) => new Set(cut.filter(isOf).map(keyOf)).size;
  const ofMachine = (line: Attention) => line.machineId !== null;
  const ofCluster = (line: Attention) => line.clusterId !== null;
  const isPlain = ({ kind }: Attention) => kind !== "offline" && kind !== "never";
  return {
    attention,
    attentionMore: {
      machinesOffline: machine.offline + beyond((line) => ofMachine(line) && line.kind === "offline"),
      machinesNever: machine.never + beyond((line) => ofMachine(line) && line.kind === "never"),
      machinesOther: machine.other + beyond((line) => ofMachine(line) && isPlain(line)),
      clustersOffline: cluster.offline + beyond((line) => ofCluster(line) && line.kind === "offline"),
      clustersNever: cluster.never + beyond((line) => ofCluster(line) && line.kind === "never"),
      clustersUnwell: cluster.unwell + beyond((line) => ofCluster(line) && isPlain(line)),
      agentsWaiting: waiting.more + beyond(({ kind }) => kind === "waiting"),
    },
  };
}

const keyOf = ({ kind, machineId, clusterId, agentId, outage }: Attention) =>
  machineId ?? clusterId ?? outage?.id ?? agentId ?? kind;

type MachineLines = { lines: Attention[]; offline: number; never: number; other: number };

/** A rough filter in SQL keeps ten thousand healthy machines at home; `attentionOf` judges. */
async function listMachineAttention(tx: Transaction, caller: Caller): Promise<MachineLines> {
  const why = sql<"offline" | "never" | "other">`case ${connectivitySql} when 'offline' then 'offline'
    when 'never' then 'never' else 'other' end`;
  const isOnline = sql`${connectivitySql} = 'online'`;
  // Found once for all rows: whether each is contested takes a search of its own.
  const isEntangled = sql`${machines.id} in (
    select unnest(array[r.id, r.collides_with]) from machines r
    where r.org_id = ${caller.orgId}::uuid and r.collides_with is not null)`;
  const rows = await tx
    .select({
      machineId: machines.id,
      name: machines.name,
      siteName: sites.name,
      connectivity: connectivitySql,
      agentId: agents.id,
      lastReceivedAt: agents.lastReceivedAt,
      enrolledAt: agents.enrolledAt,
      intervalSeconds: agents.intervalSeconds,
      isContested: isContestedSql,
      sharedSince: agents.sharedSince,
      filesystemUsedRatioMax: telemetryMachines.filesystemUsedRatioMax,
      filesystemFullestKey: telemetryMachines.filesystemFullestKey,
      memoryTotalBytes: telemetryMachines.memoryTotalBytes,
      memoryUsedBytes: telemetryMachines.memoryUsedBytes,
      clockOffsetSeconds: agents.clockOffsetSeconds,
      clockUnsureAt: agents.clockUnsureAt,
      droppedMoments: sql<number>`coalesce((${agents.report} ->> 'droppedMoments')::int, 0)`,
      spoolError: sql<string | null>`${agents.report} ->> 'spoolError'`,
      isInOutage: isInOutageSql,
      isSimulated: sites.isSimulated,
      why,
      all: sql<number>`count(*) over (partition by ${why})`.mapWith(Number),
    })
    .from(machines)
    .innerJoin(sites, and(eq(sites.orgId, machines.orgId), eq(sites.id, machines.siteId)))
    .leftJoin(agents, speaksFor)
    .leftJoin(telemetryMachines, figuresOf)
    .where(
      and(
        visibleSites(caller),
        or(
          sql`${connectivitySql} = 'offline' and not ${isInOutageSql}`,
          sql`${connectivitySql} = 'never'
            and ${agents.enrolledAt} < now() - make_interval(secs => ${FIRST_REPORT_SECONDS})`,
          and(isEntangled, isContestedSql),
          isNotNull(agents.sharedSince),
          and(
            isOnline,
            or(
              sql`${agents.clockUnsureAt} > now() - make_interval(days => ${CLOCK_UNSURE_DAYS})`,
              sql`${telemetryMachines.filesystemUsedRatioMax} >= ${FILL_WARNING_RATIO}`,
              sql`${telemetryMachines.memoryUsedBytes} >= ${FILL_CRITICAL_RATIO} * ${telemetryMachines.memoryTotalBytes}`,
              sql`abs(${agents.clockOffsetSeconds}) > ${CLOCK_OFFSET_SECONDS_MAX}`,
              sql`coalesce((${agents.report} ->> 'droppedMoments')::int, 0) > 0`,
              sql`${agents.report} ->> 'spoolError' is not null`,
            ),
          ),
        ),
      ),
    )
    // The gravest first: what is cut is the mildest.
    .orderBy(
      sql`${agents.sharedSince} is null`,
      sql`array_position(array['offline','other','never'], ${why})`,
      sql`case when ${isOnline} then ${telemetryMachines.filesystemUsedRatioMax} end desc nulls last`,
      agents.lastReceivedAt,
    )
    .limit(LINES_MAX);
  const now = new Date();
  const beyond = (reason: (typeof rows)[number]["why"]) => {
    const own = rows.filter((row) => row.why === reason);
    return (own[0]?.all ?? 0) - own.length;
  };
  return {
    lines: rows.flatMap((row) => attentionOf(row, now)),
    offline: beyond("offline"),
    never: beyond("never"),
    other: beyond("other"),
  };
}

async function listWaiting(tx: Transaction, caller: Caller): Promise<{ lines: Attention[]; more: number }> {
  const isWaiting = and(visibleSites(caller), eq(agents.status, "waiting"));
  const atSite = and(eq(sites.orgId, agents.orgId), eq(sites.id, agents.siteId));
  const rows = await tx
    .select({
      agentId: agents.id,
      name: agents.hostname,
      siteName: sites.name,
      since: agents.enrolledAt,
      isSimulated: sites.isSimulated,
    })
    .from(agents)
    .innerJoin(sites, atSite)
    .where(isWaiting)
    .orderBy(agents.enrolledAt)
    .limit(LINES_MAX);
  const lines = rows.map(
    (row): Attention => ({
      ...PLAIN_LINE,
      ...row,
      clusterId: null,
      kind: "waiting",
      severity: "warning",
      machineId: null,
    }),
  );
  if (rows.length < LINES_MAX) return { lines, more: 0 };
  const [all] = await tx.select({ total: count() }).from(agents).innerJoin(sites, atSite).where(isWaiting);
  return { lines, more: (all?.total ?? rows.length) - rows.length };
}
