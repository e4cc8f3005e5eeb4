import { sql } from "drizzle-orm";
import { agents } from "@/db/schema/agents";
import { clusterApplications, clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { SITE } from "@/server/access/caller";
import { versionSql } from "@/server/access/selector-sql";
import type { ListSubject } from "@/server/lists/subject";
import { HEALTHS_BY_RANK } from "./cluster-subject";
import { connectivitySql, ofSite, speaksFor } from "./connection";

const isOnline = sql`${connectivitySql} = 'online'`;
const healthNow = sql`case when ${isOnline} then ${clusterApplications.health} else 'unknown' end`;

/** The cluster that an application runs in. */
export const ofCluster = sql`${clusters.orgId} = ${clusterApplications.orgId} and ${clusters.id} = ${clusterApplications.clusterId}`;

/** Applications of all clusters as lists read them; an id is its cluster's and its key. */
export const APPLICATIONS: ListSubject<"application"> = {
  kind: "application",
  from: sql`${clusterApplications} join ${clusters} on ${ofCluster} join ${sites} on ${ofSite}
    left join ${agents} on ${speaksFor}`,
  id: sql`${clusterApplications.clusterId} || '/' || ${clusterApplications.key}`,
  name: sql`${clusterApplications.name}`,
  labels: [sql`${clusters.labels}`, sql`${sites.labels}`],
  labelled: sql`${clusters} join ${sites} on ${ofSite}`,
  facts: {
    ...SITE.facts,
    name: sql`${clusterApplications.name}`,
    namespace: sql`${clusterApplications.namespace}`,
    cluster: sql`${clusters.name}`,
    health: healthNow,
    lastHealth: sql`${clusterApplications.health}`,
    connection: sql`${connectivitySql}`,
    version: sql`${clusterApplications.version}`,
    by: sql`${clusterApplications.keptBy}`,
    ready: sql`case when ${isOnline} then ${clusterApplications.ready} end`,
    wanted: sql`${clusterApplications.wanted}`,
    workloads: sql`${clusterApplications.workloads}`,
    distribution: sql`${clusters.distribution}`,
    clusterVersion: sql`${clusters.gitVersion}`,
  },
  search: [clusterApplications.key, clusterApplications.version, clusters.name, sites.name].map(
    (column) => sql`${column}`,
  ),
  firstSort: "health",
  sorts: {
    health: sql`array_position(${sql.param(HEALTHS_BY_RANK)}::text[], ${healthNow})`,
    name: sql`lower(${clusterApplications.name})`,
    namespace: sql`lower(${clusterApplications.namespace})`,
    cluster: sql`lower(${clusters.name})`,
    site: sql`lower(${sites.name})`,
    connectivity: sql`array_position(array['offline','never','revoked','online'], ${connectivitySql})`,
    version: versionSql(sql`${clusterApplications.version}`),
    replicas: sql`${clusterApplications.ready} / nullif(${clusterApplications.wanted}, 0)::float8`,
    workloads: sql`${clusterApplications.workloads}`,
    since: sql`${clusterApplications.healthChangedAt}`,
    lastReceived: sql`${agents.lastReceivedAt}`,
  },
  isKnown: sql`(${isOnline} and ${clusterApplications.health} <> 'unknown')`,
  state: healthNow,
  states: HEALTHS_BY_RANK,
};
