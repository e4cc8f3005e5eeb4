import { type SQL, sql } from "drizzle-orm";
import { agents } from "@/db/schema/agents";
import { clusters } from "@/db/schema/clusters";
import { machines, sites } from "@/db/schema/fleet";
import { telemetryMachines } from "@/db/schema/telemetry";
import { asCaller, type Caller, reachKey, visibleSites } from "@/server/access/caller";
import { connectivitySql as clusterConnectivity, speaksFor as speaksForCluster } from "@/server/clusters/connection";
import { connectivitySql, figuresOf, speaksFor } from "@/server/fleet/machine-connection";
import { FILL_CRITICAL_RATIO, FILL_WARNING_RATIO } from "@/server/fleet/model";
import { sharedAnswers } from "@/server/shared-answers";
import { MAP_NO_PLACE, MAP_STEPS_PER_DEGREE, SITE_STATES, siteConnectivity, siteHealth, siteState } from "./model";
import type { SiteFigures, SiteMap } from "./shapes";

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

/** `offset 0` below keeps Postgres from working a state out anew for each figure that counts it. */
const countOf = (condition: SQL) => sql`(count(*) filter (where ${condition}))::int`;

/** Machines by site, or of one site, to be joined as `m`; a silent machine's last figures are of the past and judge nothing. */
export const machinesBySite = (orgId: string, siteId: string | null = null): SQL => sql`(
  select site_id, count(*)::int as total,
    ${countOf(sql`connectivity = 'online'`)} as online, ${countOf(sql`connectivity = 'never'`)} as never,
    ${countOf(sql`connectivity = 'online' and fill >= ${FILL_CRITICAL_RATIO}`)} as critical,
    ${countOf(sql`connectivity = 'online' and fill >= ${FILL_WARNING_RATIO} and fill < ${FILL_CRITICAL_RATIO}`)} as warning,
    ${countOf(sql`connectivity = 'online' and fill is null`)} as unknown, max(received_at) as last_received_at
  from (select ${machines.siteId} as site_id, ${connectivitySql} as connectivity, ${fillSql} as fill, ${agents.lastReceivedAt} as received_at
    from ${machines} left join ${agents} on ${speaksFor} left join ${telemetryMachines} on ${figuresOf}
    where ${machines.orgId} = ${orgId}::uuid and ${siteId === null ? sql`true` : sql`${machines.siteId} = ${siteId}::uuid`} offset 0) as each_machine
  group by site_id) as m`;

/** Clusters by site, to be joined as `c`. */
export const clustersBySite = (orgId: string, siteId: string | null = null): SQL => sql`(
  select site_id, count(*)::int as total,
    ${countOf(sql`connectivity = 'online'`)} as online, ${countOf(sql`connectivity = 'never'`)} as never,
    ${countOf(sql`connectivity = 'online' and health = 'failed'`)} as critical,
    ${countOf(sql`connectivity = 'online' and health = 'degraded'`)} as warning,
    ${countOf(sql`connectivity = 'online' and health = 'unknown'`)} as unknown,
    ${countOf(sql`connectivity = 'online' and health = 'paused'`)} as paused, max(received_at) as last_received_at
  from (select ${clusters.siteId} as site_id, ${clusters.health} as health, ${clusterConnectivity} as connectivity, ${agents.lastReceivedAt} as received_at
    from ${clusters} left join ${agents} on ${speaksForCluster}
    where ${clusters.orgId} = ${orgId}::uuid and ${siteId === null ? sql`true` : sql`${clusters.siteId} = ${siteId}::uuid`} offset 0) as each_cluster
  group by site_id) as c`;

/** Both judgements and the one shape, from what was counted. */
export function judgeSite(figures: Omit<SiteFigures, "lastReceivedAt">) {
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

/** Whole numbers as 4 bytes each, the lowest first, in base64. */
const packNumbers = (values: readonly number[]): string => {
  const bytes = Buffer.allocUnsafe(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeInt32LE(value, 4 * at);
  return bytes.toString("base64");
};
const packPlaces = (degrees: readonly (number | null)[]): string =>
  packNumbers(degrees.map((value) => (value === null ? MAP_NO_PLACE : Math.round(value * MAP_STEPS_PER_DEGREE))));

const shared = sharedAnswers<Omit<SiteMap, "at">>("site map", ({ ids }) => countIds(ids));

/** An id is 16 bytes, which are 64 characters of base64 for three. */
const countIds = (ids: string): number => Math.floor((ids.length * 3) / 64);

/** The map as everybody is shown it who sees the same sites: counted for all of them. */
export async function shareSiteMap(caller: Caller): Promise<SiteMap> {
  const { answer, countedAt } = await shared.get(reachKey(caller), () => readSiteMap(caller));
  return { ...answer, at: countedAt };
}

const { lastReceivedAt: _, ...COUNTS } = SITE_FIGURES;
type Counts = Omit<SiteFigures, "lastReceivedAt">;
type Columns = { [Name in keyof Counts]: number[] } & {
  ids: string[];
  names: string[];
  regions: (string | null)[];
  countries: (string | null)[];
  latitudes: (number | null)[];
  longitudes: (number | null)[];
  simulated: boolean[];
};

/** One row of columns: that Postgres writes them as JSON is several times cheaper than 20,000 rows of 22 values. */
async function readColumns(caller: Caller): Promise<Columns> {
  const selected = {
    ids: sites.id,
    names: sites.name,
    regions: sites.region,
    countries: sites.country,
    latitudes: sites.latitude,
    longitudes: sites.longitude,
    simulated: sites.isSimulated,
    ...COUNTS,
  };
  const columns = Object.entries(selected).map(([name, column]) => sql`${column} as ${sql.identifier(name)}`);
  const gathered = Object.keys(selected).map(
    (name) => sql`${name}::text, coalesce(json_agg(${sql.identifier(name)}), '[]')`,
  );
  const { rows } = await asCaller(caller, (tx) =>
    tx.execute<{ columns: Columns }>(sql`
      select json_build_object(${sql.join(gathered, sql`, `)}) as columns from (
        select ${sql.join(columns, sql`, `)} from ${sites}
          left join ${machinesBySite(caller.orgId)} on m.site_id = ${sites.id}
          left join ${clustersBySite(caller.orgId)} on c.site_id = ${sites.id}
        where ${visibleSites(caller)} order by lower(${sites.name})) as each_site`),
  );
  const [row] = rows;
  if (!row) throw new Error("an aggregate gave no row");
  return row.columns;
}

/**
 * All sites that this caller may see, by columns, in the order of their names: small enough to be sent whole, so that
 * map and list are of the same moment. Sites without coordinates are among them.
 */
export async function readSiteMap(caller: Caller): Promise<Omit<SiteMap, "at">> {
  const columns = await readColumns(caller);
  const regions = dictionary();
  const countries = dictionary();
  const states = columns.ids.map((__, at) => {
    const counts = Object.fromEntries(
      Object.keys(COUNTS).map((name) => [name, columns[name as keyof Counts][at] ?? 0]),
    );
    return SITE_STATES.indexOf(judgeSite(counts as Counts).state);
  });
  const numbered = ({ numberOf }: typeof regions, texts: readonly (string | null)[]) =>
    packNumbers(texts.map((text) => (text === null ? -1 : numberOf(text))));
  return {
    ids: Buffer.from(columns.ids.join("").replaceAll("-", ""), "hex").toString("base64"),
    names: columns.names.map((name) => name.replaceAll("\n", " ")).join("\n"),
    region: numbered(regions, columns.regions),
    country: numbered(countries, columns.countries),
    regions: regions.texts,
    countries: countries.texts,
    latitude: packPlaces(columns.latitudes),
    longitude: packPlaces(columns.longitudes),
    state: packNumbers(states),
    machines: packNumbers(columns.machines),
    machinesOnline: packNumbers(columns.machinesOnline),
    clusters: packNumbers(columns.clusters),
    clustersOnline: packNumbers(columns.clustersOnline),
    simulated: packNumbers(columns.simulated.map(Number)),
  };
}
