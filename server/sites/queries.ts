import { and, desc, eq, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { clusterChanges, clusters } from "@/db/schema/clusters";
import { fleetChanges, machines, sites } from "@/db/schema/fleet";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { notFound } from "@/server/errors";
import { writeSitesCsv } from "./csv";
import { clustersBySite, judgeSite, machinesBySite, SITE_FIGURES } from "./map-queries";
import type { SiteChange, SiteDetail } from "./shapes";

const CHANGES_MAX = 30;

/** What is kept of a site, under the names of the model. */
export const PLACE = {
  name: sites.name,
  region: sites.region,
  country: sites.country,
  address: sites.address,
  latitude: sites.latitude,
  longitude: sites.longitude,
  timeZone: sites.timeZone,
  gridZone: sites.gridZone,
  tariff: sites.tariff,
  pue: sites.pue,
  contact: sites.contact,
  runbookUrl: sites.runbookUrl,
  carrier: sites.carrier,
  powerFeed: sites.powerFeed,
  owner: sites.owner,
  deputy: sites.deputy,
  labels: sites.labels,
};

/**
 * Everything that is known of one site but the rows of what is at it.
 * @throws DomainError not_found, also for a site that this caller may not see
 */
export async function getSite(caller: Caller, siteId: string): Promise<SiteDetail> {
  return asCaller(caller, async (tx) => {
    const [row] = await tx
      .select({
        ...PLACE,
        id: sites.id,
        isSimulated: sites.isSimulated,
        createdAt: sites.createdAt,
        figures: SITE_FIGURES,
      })
      .from(sites)
      .leftJoin(machinesBySite(caller.orgId, siteId), sql`m.site_id = ${sites.id}`)
      .leftJoin(clustersBySite(caller.orgId, siteId), sql`c.site_id = ${sites.id}`)
      .where(and(visibleSites(caller), eq(sites.id, siteId)));
    if (!row) throw notFound("site");
    const { figures, ...place } = row;
    const judged = judgeSite(figures);
    return {
      ...place,
      ...judged,
      // Of a silent site the last contact is when it went; since when another state holds is kept nowhere.
      since: judged.state === "offline" ? figures.lastReceivedAt : null,
      lastReceivedAt: figures.lastReceivedAt,
      machines: figures.machines,
      machinesOnline: figures.machinesOnline,
      clusters: figures.clusters,
      clustersOnline: figures.clustersOnline,
      changes: await listChanges(tx, caller.orgId, siteId),
    };
  });
}

/** What happened to machines and clusters at a site, the newest first. */
async function listChanges(tx: Transaction, orgId: string, siteId: string): Promise<SiteChange[]> {
  const ofMachines = await tx
    .select({
      id: fleetChanges.id,
      kind: fleetChanges.kind,
      before: fleetChanges.before,
      after: fleetChanges.after,
      observedAt: fleetChanges.observedAt,
      receivedAt: fleetChanges.receivedAt,
      ofId: machines.id,
      ofName: machines.name,
    })
    .from(fleetChanges)
    .innerJoin(machines, and(eq(machines.orgId, fleetChanges.orgId), eq(machines.id, fleetChanges.machineId)))
    .where(and(eq(machines.orgId, orgId), eq(machines.siteId, siteId)))
    .orderBy(desc(fleetChanges.receivedAt), desc(fleetChanges.id))
    .limit(CHANGES_MAX);
  const ofClusters = await tx
    .select({
      id: clusterChanges.id,
      kind: clusterChanges.kind,
      subject: clusterChanges.subject,
      before: clusterChanges.before,
      after: clusterChanges.after,
      observedAt: clusterChanges.observedAt,
      receivedAt: clusterChanges.receivedAt,
      ofId: clusters.id,
      ofName: clusters.name,
    })
    .from(clusterChanges)
    .innerJoin(clusters, and(eq(clusters.orgId, clusterChanges.orgId), eq(clusters.id, clusterChanges.clusterId)))
    .where(and(eq(clusters.orgId, orgId), eq(clusters.siteId, siteId)))
    .orderBy(desc(clusterChanges.receivedAt), desc(clusterChanges.id))
    .limit(CHANGES_MAX);
  return [
    ...ofMachines.map((change) => ({ ...change, of: "machine" as const, subject: null })),
    ...ofClusters.map((change) => ({ ...change, of: "cluster" as const })),
  ]
    .sort((left, right) => right.receivedAt.getTime() - left.receivedAt.getTime())
    .slice(0, CHANGES_MAX);
}

/** All sites that this caller may see as a CSV that can be imported again. */
export async function exportSites(caller: Caller, separator: "," | ";"): Promise<string> {
  const rows = await asCaller(caller, (tx) =>
    tx
      .select({ id: sites.id, ...PLACE })
      .from(sites)
      .where(visibleSites(caller))
      .orderBy(sql`lower(${sites.name})`),
  );
  return writeSitesCsv(rows, separator);
}
