import { and, asc, count, desc, eq, ilike, inArray, or, type SQL, sql } from "drizzle-orm";
import { ITEM_KINDS, type ItemKind } from "@/contract/cluster/items";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { clusterChanges, clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { clusterVersions } from "@/db/schema/support";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { notFound } from "@/server/errors";
import { type Connectivity, connectivityOf, MISSED_INTERVALS_MAX } from "@/server/fleet/model";
import { currentSupport } from "@/server/support/dates";
import { clusterSupport } from "@/server/support/model";
import { versionsOf } from "@/server/support/versions";
import { LABEL_TEXT_PATTERN, readItem } from "./model";
import { readItemReadings } from "./readings";
import type { ClusterDetail, ClusterList, ClusterListInput, ClusterRow } from "./shapes";

/** The agent that speaks for a cluster now. */
export const speaksFor = and(eq(agents.orgId, clusters.orgId), eq(agents.id, clusters.agentId));
/** The site that a cluster stands at. */
export const ofSite = and(eq(sites.orgId, clusters.orgId), eq(sites.id, clusters.siteId));

/** `connectivityOf` in SQL, for filters and counts; a test holds the two together. */
export const connectivitySql = sql<Connectivity>`case
  when ${agents.id} is null or ${agents.status} = 'revoked' then 'revoked'
  when ${agents.lastReceivedAt} is null then 'never'
  when now() - ${agents.lastReceivedAt} > ${MISSED_INTERVALS_MAX} * make_interval(secs => ${agents.intervalSeconds})
    then 'offline'
  else 'online' end`;

/** Another cluster with a live agent claims the same UID; true on both sides. */
export const isContestedSql = sql<boolean>`(coalesce(${agents.status} = 'active', false) and exists (
  select from clusters r join agents s on s.org_id = r.org_id and s.id = r.agent_id
  where r.org_id = ${clusters.orgId} and s.status = 'active'
    and (r.id = ${clusters.collidesWith} or r.collides_with = ${clusters.id})))`;

const ROW = {
  id: clusters.id,
  name: clusters.name,
  labels: clusters.labels,
  siteId: sites.id,
  siteName: sites.name,
  siteLabels: sites.labels,
  isSimulated: sites.isSimulated,
  health: clusters.health,
  isContested: isContestedSql,
  gitVersion: clusters.gitVersion,
  distribution: clusters.distribution,
  provider: clusters.provider,
  region: clusters.region,
  nodesTotal: clusters.nodesTotal,
  nodesReady: clusters.nodesReady,
  applicationsTotal: clusters.applicationsTotal,
  applicationsUnwell: clusters.applicationsUnwell,
  systemsTotal: clusters.systemsTotal,
  systemsUnwell: clusters.systemsUnwell,
  cpuAllocatableCores: clusters.cpuAllocatableCores,
  cpuRequestedCores: clusters.cpuRequestedCores,
  memoryAllocatableBytes: clusters.memoryAllocatableBytes,
  memoryRequestedBytes: clusters.memoryRequestedBytes,
  claimedBytes: clusters.claimedBytes,
  sourcesUnknown: clusters.sourcesUnknown,
  agentId: agents.id,
  agentStatus: agents.status,
  intervalSeconds: agents.intervalSeconds,
  lastReceivedAt: agents.lastReceivedAt,
};

/** The worst first; what is not of now is not known to be well. */
const healthRank = sql`case when ${connectivitySql} = 'online'
  then array_position(array['failed','degraded','unknown','paused','healthy'], ${clusters.health}) else 3 end`;
const SORTS = {
  health: healthRank,
  name: sql`lower(${clusters.name})`,
  site: sql`lower(${sites.name})`,
  connectivity: sql`array_position(array['offline','never','revoked','online'], ${connectivitySql})`,
  version: sql`string_to_array(substring(${clusters.gitVersion} from '^v?(\\d+\\.\\d+\\.\\d+)'), '.')::int[]`,
  nodes: sql`${clusters.nodesTotal}`,
  applications: sql`${clusters.applicationsTotal}`,
  cpu: sql`${clusters.cpuRequestedCores} / nullif(${clusters.cpuAllocatableCores}, 0)`,
  memory: sql`${clusters.memoryRequestedBytes} / nullif(${clusters.memoryAllocatableBytes}, 0)`,
  claimed: sql`${clusters.claimedBytes}`,
  lastReceived: sql`${agents.lastReceivedAt}`,
} satisfies Record<ClusterListInput["sort"], SQL>;

type RowShape = Omit<ClusterRow, "connectivity" | "support"> & { agentStatus: string | null };

function rowOf({ agentStatus, ...row }: RowShape, now: Date): ClusterRow {
  const agent =
    row.agentId && row.intervalSeconds !== null
      ? {
          isRevoked: agentStatus === "revoked",
          lastReceivedAt: row.lastReceivedAt,
          intervalSeconds: row.intervalSeconds,
        }
      : null;
  return { ...row, connectivity: connectivityOf(agent, now), support: clusterSupport(currentSupport().data, row, now) };
}

/** What a search in a pattern of `ilike` looks for, with the pattern's own signs taken as they are. */
export const likePattern = (text: string): string =>
  `%${text.trim().replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`;

/** A search that is a label, `key=value`, finds what has it, itself or by its site. */
function hasLabel(text: string): SQL | undefined {
  const [, key, value] = LABEL_TEXT_PATTERN.exec(text) ?? [];
  return key === undefined
    ? undefined
    : sql`coalesce(${clusters.labels} ->> ${key}, ${sites.labels} ->> ${key}) = ${value}`;
}

/** A page of clusters, with how many there are in all and how many of these are known to be current. */
export async function listClusters(caller: Caller, input: ClusterListInput): Promise<ClusterList> {
  return asCaller(caller, async (tx) => {
    const pattern = likePattern(input.search);
    const filter = and(
      visibleSites(caller),
      input.siteId ? eq(sites.id, input.siteId) : undefined,
      input.connectivity.length > 0 ? inArray(connectivitySql, input.connectivity) : undefined,
      input.health.length > 0 ? inArray(clusters.health, input.health) : undefined,
      input.distribution ? eq(clusters.distribution, input.distribution) : undefined,
      input.search.trim() === ""
        ? undefined
        : or(
            ...[clusters.name, sites.name, clusters.uid, clusters.gitVersion, clusters.provider, clusters.region].map(
              (column) => ilike(column, pattern),
            ),
            hasLabel(input.search),
          ),
    );
    const inOrder = input.order === "asc" ? asc : desc;
    // Unknown figures come last whichever way one sorts: they are neither large nor small.
    const rows = await tx
      .select(ROW)
      .from(clusters)
      .innerJoin(sites, ofSite)
      .leftJoin(agents, speaksFor)
      .where(filter)
      .orderBy(sql`${inOrder(SORTS[input.sort])} nulls last`, asc(sql`lower(${clusters.name})`), asc(clusters.id))
      .limit(input.limit)
      .offset(input.cursor);
    const [totals] = await tx
      .select({
        total: count(),
        simulated: sql<number>`count(*) filter (where ${sites.isSimulated})`.mapWith(Number),
        known:
          sql<number>`count(*) filter (where ${connectivitySql} = 'online' and ${clusters.confirmedAt} is not null)`.mapWith(
            Number,
          ),
      })
      .from(clusters)
      .innerJoin(sites, ofSite)
      .leftJoin(agents, speaksFor)
      .where(filter);
    const distributions = await tx
      .selectDistinct({ distribution: clusters.distribution })
      .from(clusters)
      .innerJoin(sites, ofSite)
      .where(visibleSites(caller))
      .orderBy(clusters.distribution);
    const now = new Date();
    return {
      rows: rows.map((row) => rowOf(row, now)),
      total: totals?.total ?? 0,
      known: totals?.known ?? 0,
      simulated: totals?.simulated ?? 0,
      distributions: distributions.flatMap(({ distribution }) => distribution ?? []),
    };
  });
}

/** Items of one kind of what is told of a cluster now, by their keys. */
async function readKind<K extends ItemKind>(tx: Transaction, orgId: string, clusterId: string, kind: K) {
  const { rows } = await tx.execute<{ key: string; item: unknown }>(sql`
    select i.key, i.item from cluster_items i
    join clusters c on c.org_id = i.org_id and c.id = i.cluster_id and c.generation = i.generation
    where i.org_id = ${orgId}::uuid and i.cluster_id = ${clusterId}::uuid and i.kind = ${kind} order by i.key`);
  return rows.flatMap(({ key, item }) => {
    const read = readItem(kind, item);
    return read ? [{ key, ...read }] : [];
  });
}

/**
 * Everything that is known of one cluster but the items of its lists.
 * @throws DomainError not_found, also for a cluster at a site that this caller may not see
 */
export async function getCluster(caller: Caller, clusterId: string): Promise<ClusterDetail> {
  const { orgId } = caller;
  return asCaller(caller, async (tx) => {
    const [row] = await tx
      .select({
        ...ROW,
        uid: clusters.uid,
        createdAt: clusters.createdAt,
        toldAt: clusters.toldAt,
        confirmedAt: clusters.confirmedAt,
        agentVersion: agents.version,
      })
      .from(clusters)
      .innerJoin(sites, ofSite)
      .leftJoin(agents, speaksFor)
      .where(and(eq(clusters.id, clusterId), visibleSites(caller)));
    if (!row) throw notFound("cluster");
    const { uid, createdAt, toldAt, confirmedAt, agentVersion, ...listed } = row;
    const read = <K extends ItemKind>(kind: K) => readKind(tx, orgId, clusterId, kind);
    const [cluster] = await read("cluster");
    const now = new Date();
    return {
      ...rowOf(listed, now),
      uid,
      createdAt,
      toldAt,
      confirmedAt,
      agentVersion,
      collision: await findRival(tx, caller, clusterId),
      cluster: cluster ?? null,
      readings: (await readItemReadings(tx, { orgId, clusterId, kind: "cluster", keys: ["cluster"] })).cluster ?? null,
      sources: await read("source"),
      counts: await countItems(tx, orgId, clusterId),
      versions: versionsOf(currentSupport().data, now, {
        distribution: listed.distribution,
        gitVersion: listed.gitVersion,
        nodes: await read("node"),
        systems: await read("system"),
        databases: await readDatabases(tx, orgId, clusterId),
      }),
      changes: await tx
        .select({
          id: clusterChanges.id,
          kind: clusterChanges.kind,
          subject: clusterChanges.subject,
          before: clusterChanges.before,
          after: clusterChanges.after,
          observedAt: clusterChanges.observedAt,
          receivedAt: clusterChanges.receivedAt,
        })
        .from(clusterChanges)
        .where(and(eq(clusterChanges.orgId, orgId), eq(clusterChanges.clusterId, clusterId)))
        .orderBy(desc(clusterChanges.receivedAt), desc(clusterChanges.id))
        .limit(50),
    };
  });
}

/** Major versions of PostgreSQL in a cluster, as they were kept; one that is not told is left out here. */
async function readDatabases(tx: Transaction, orgId: string, clusterId: string): Promise<string[]> {
  const [kept] = await tx
    .select({ running: clusterVersions.running })
    .from(clusterVersions)
    .where(and(eq(clusterVersions.orgId, orgId), eq(clusterVersions.clusterId, clusterId)));
  return (kept?.running ?? []).flatMap((running) => /^postgresql (\d+)$/.exec(running)?.[1] ?? []);
}

async function countItems(tx: Transaction, orgId: string, clusterId: string): Promise<ClusterDetail["counts"]> {
  const { rows } = await tx.execute<{ kind: ItemKind; items: number }>(sql`
    select i.kind, count(*)::int as items from cluster_items i
    join clusters c on c.org_id = i.org_id and c.id = i.cluster_id and c.generation = i.generation
    where i.org_id = ${orgId}::uuid and i.cluster_id = ${clusterId}::uuid group by i.kind`);
  return Object.fromEntries(
    rows.filter(({ kind }) => ITEM_KINDS.includes(kind)).map(({ kind, items }) => [kind, items]),
  );
}

/** The other cluster that claims this one's identity, at sites that this caller may see. */
async function findRival(tx: Transaction, caller: Caller, clusterId: string): Promise<ClusterDetail["collision"]> {
  const [rival] = await tx
    .select({ clusterId: clusters.id, name: clusters.name, siteName: sites.name })
    .from(clusters)
    .innerJoin(sites, ofSite)
    .innerJoin(agents, speaksFor)
    .where(
      and(
        visibleSites(caller),
        eq(agents.status, "active"),
        or(
          eq(clusters.collidesWith, clusterId),
          sql`${clusters.id} = (select o.collides_with from clusters o
            where o.org_id = ${caller.orgId}::uuid and o.id = ${clusterId}::uuid)`,
        ),
      ),
    )
    .limit(1);
  return rival ?? null;
}
