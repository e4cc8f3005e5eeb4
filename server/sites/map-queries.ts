import { type SQL, sql } from "drizzle-orm";
import { agents } from "@/db/schema/agents";
import { clusters } from "@/db/schema/clusters";
import { machines, sites } from "@/db/schema/fleet";
import { telemetryMachines } from "@/db/schema/telemetry";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { connectivitySql as clusterConnectivity, speaksFor as speaksForCluster } from "@/server/clusters/queries";
import { connectivitySql, figuresOf, speaksFor } from "@/server/fleet/machine-queries";
import { FILL_CRITICAL_RATIO, FILL_WARNING_RATIO } from "@/server/fleet/model";
import { SITE_STATES, siteConnectivity, siteHealth, siteState } from "./model";
import { type SiteFigures, type SiteMap, siteCoordinate } from "./shapes";

/** The fullest of what a machine's judgement goes by, as `fillSeverity` does; null = it told neither. */
const fillSql = sql`greatest(${telemetryMachines.filesystemUsedRatioMax},
  ${telemetryMachines.memoryUsedBytes} / nullif(${telemetryMachines.memoryTotalBytes}, 0))`;

/** What of a site the judgement needs, over all that is at it, one row a site. */
export const SITE_FIGURES = {
  machines: sql<number>`coalesce(m.total, 0)`,
  machinesOnline: sql<number>`coalesce(m.online, 0)`,
  machinesNever: sql<number>`coalesce(m.never, 0)`,
  machinesCritical: sql<number>`coalesce(m.critical, 0)`,
  machinesWarning: sql<number>`coalesce(m.warning, 0)`,
  machinesUnknown: sql<number>`coalesce(m.unknown, 0)`,
  clusters: sql<number>`coalesce(c.total, 0)`,
  clustersOnline: sql<number>`coalesce(c.online, 0)`,
  clustersNever: sql<number>`coalesce(c.never, 0)`,
  clustersCritical: sql<number>`coalesce(c.critical, 0)`,
  clustersWarning: sql<number>`coalesce(c.warning, 0)`,
  clustersUnknown: sql<number>`coalesce(c.unknown, 0)`,
  clustersPaused: sql<number>`coalesce(c.paused, 0)`,
  lastReceivedAt: sql<Date | null>`greatest(m.last_received_at, c.last_received_at)`.mapWith(agents.lastReceivedAt),
} satisfies Record<keyof SiteFigures, SQL>;

const countOf = (condition: SQL) => sql`(count(*) filter (where ${condition}))::int`;

/** Machines by site, or of one site, to be joined as `m`; a silent machine's last figures are of the past and judge nothing. */
export const machinesBySite = (orgId: string, siteId: string | null = null): SQL => sql`(
  select site_id, count(*)::int as total,
    ${countOf(sql`is_online`)} as online, ${countOf(sql`connectivity = 'never'`)} as never,
    ${countOf(sql`is_online and fill >= ${FILL_CRITICAL_RATIO}`)} as critical,
    ${countOf(sql`is_online and fill >= ${FILL_WARNING_RATIO} and fill < ${FILL_CRITICAL_RATIO}`)} as warning,
    ${countOf(sql`is_online and fill is null`)} as unknown, max(received_at) as last_received_at
  from (select ${machines.siteId} as site_id, ${connectivitySql} as connectivity,
      ${connectivitySql} = 'online' as is_online, ${fillSql} as fill, ${agents.lastReceivedAt} as received_at
    from ${machines} left join ${agents} on ${speaksFor} left join ${telemetryMachines} on ${figuresOf}
    where ${machines.orgId} = ${orgId}::uuid and ${siteId === null ? sql`true` : sql`${machines.siteId} = ${siteId}::uuid`}) as each_machine
  group by site_id) as m`;

/** Clusters by site, to be joined as `c`. */
export const clustersBySite = (orgId: string, siteId: string | null = null): SQL => sql`(
  select site_id, count(*)::int as total,
    ${countOf(sql`is_online`)} as online, ${countOf(sql`connectivity = 'never'`)} as never,
    ${countOf(sql`is_online and health = 'failed'`)} as critical,
    ${countOf(sql`is_online and health = 'degraded'`)} as warning,
    ${countOf(sql`is_online and health = 'unknown'`)} as unknown,
    ${countOf(sql`is_online and health = 'paused'`)} as paused, max(received_at) as last_received_at
  from (select ${clusters.siteId} as site_id, ${clusters.health} as health, ${clusterConnectivity} as connectivity,
      ${clusterConnectivity} = 'online' as is_online, ${agents.lastReceivedAt} as received_at
    from ${clusters} left join ${agents} on ${speaksForCluster}
    where ${clusters.orgId} = ${orgId}::uuid and ${siteId === null ? sql`true` : sql`${clusters.siteId} = ${siteId}::uuid`}) as each_cluster
  group by site_id) as c`;

/** Both judgements and the one shape, from what was counted. */
export function judgeSite(figures: SiteFigures) {
  const connectivity = siteConnectivity({
    total: figures.machines + figures.clusters,
    online: figures.machinesOnline + figures.clustersOnline,
    never: figures.machinesNever + figures.clustersNever,
  });
  const health = siteHealth({
    online: figures.machinesOnline + figures.clustersOnline,
    critical: figures.machinesCritical + figures.clustersCritical,
    warning: figures.machinesWarning + figures.clustersWarning,
    unknown: figures.machinesUnknown + figures.clustersUnknown,
    paused: figures.clustersPaused,
  });
  return { connectivity, health, state: siteState(connectivity, health) };
}

/** Numbers each text once, in the order in which they come. */
function dictionary() {
  const texts: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    const known = numbers.get(text);
    if (known !== undefined) return known;
    numbers.set(text, texts.length);
    return texts.push(text) - 1;
  };
  return { texts, numberOf };
}

/**
 * All sites that this caller may see, by columns, in the order of their names: small enough to be sent whole, so that
 * map and list are of the same moment. Sites without coordinates are among them, with null.
 */
export async function readSiteMap(caller: Caller): Promise<SiteMap> {
  const rows = await asCaller(caller, (tx) =>
    tx
      .select({
        id: sites.id,
        name: sites.name,
        region: sites.region,
        country: sites.country,
        latitude: sites.latitude,
        longitude: sites.longitude,
        isSimulated: sites.isSimulated,
        ...SITE_FIGURES,
      })
      .from(sites)
      .leftJoin(machinesBySite(caller.orgId), sql`m.site_id = ${sites.id}`)
      .leftJoin(clustersBySite(caller.orgId), sql`c.site_id = ${sites.id}`)
      .where(visibleSites(caller))
      .orderBy(sql`lower(${sites.name})`),
  );
  const regions = dictionary();
  const countries = dictionary();
  return {
    at: new Date(),
    ids: Buffer.from(rows.map((row) => row.id.replaceAll("-", "")).join(""), "hex").toString("base64"),
    names: rows.map((row) => row.name),
    regions: regions.texts,
    countries: countries.texts,
    region: rows.map((row) => (row.region === null ? -1 : regions.numberOf(row.region))),
    country: rows.map((row) => (row.country === null ? -1 : countries.numberOf(row.country))),
    latitude: rows.map((row) => siteCoordinate(row.latitude)),
    longitude: rows.map((row) => siteCoordinate(row.longitude)),
    state: rows.map((row) => SITE_STATES.indexOf(judgeSite(row).state)),
    machines: rows.map((row) => row.machines),
    machinesOnline: rows.map((row) => row.machinesOnline),
    clusters: rows.map((row) => row.clusters),
    clustersOnline: rows.map((row) => row.clustersOnline),
    simulated: rows.flatMap((row, at) => (row.isSimulated ? [at] : [])),
  };
}
