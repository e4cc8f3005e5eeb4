import { sql } from "drizzle-orm";
import { agents } from "@/db/schema/agents";
import { clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { storageLooks, storageUnits } from "@/db/schema/storage";
import { SITE } from "@/server/access/caller";
import { connectivitySql, ofSite, speaksFor } from "@/server/clusters/connection";
import type { ListSubject } from "@/server/lists/subject";
import { SOON_DAYS, UNIT_STATES } from "./model";

const isOnline = sql`${connectivitySql} = 'online'`;
const stateSql = sql`case when ${storageUnits.verdict} = 'filling'
  and ${storageUnits.fullFrom} < now() + make_interval(days => ${sql.raw(String(SOON_DAYS))}) then 'soon' else ${storageUnits.verdict} end`;
const fill = sql`(${storageUnits.usedBytes} / nullif(${storageUnits.capacityBytes}, 0))`;

/** The cluster that a pool or volume belongs to. */
export const ofCluster = sql`${clusters.orgId} = ${storageUnits.orgId} and ${clusters.id} = ${storageUnits.clusterId}`;

/** Pools and volumes of all clusters as lists read them; an id is its cluster's, its kind and its key. */
export const STORAGE: ListSubject<"storage"> = {
  kind: "storage",
  from: sql`${storageUnits} join ${clusters} on ${ofCluster} join ${sites} on ${ofSite}
    left join ${agents} on ${speaksFor}`,
  id: sql`${storageUnits.clusterId} || '/' || ${storageUnits.kind} || '/' || ${storageUnits.key}`,
  name: sql`${storageUnits.name}`,
  labels: [sql`${clusters.labels}`, sql`${sites.labels}`],
  labelled: sql`${clusters} join ${sites} on ${ofSite}`,
  facts: {
    ...SITE.facts,
    name: sql`${storageUnits.name}`,
    kind: sql`${storageUnits.kind}`,
    namespace: sql`${storageUnits.namespace}`,
    cluster: sql`${clusters.name}`,
    class: sql`${storageUnits.class}`,
    forecast: stateSql,
    connection: sql`${connectivitySql}`,
    used: sql`${storageUnits.usedBytes}`,
    size: sql`${storageUnits.capacityBytes}`,
    available: sql`${storageUnits.availableBytes}`,
    provisioned: sql`${storageUnits.provisionedBytes}`,
    fill,
    perDay: sql`${storageUnits.bytesPerDay}`,
    daysLeft: sql`(extract(epoch from ${storageUnits.fullLikely} - now()) / 86400)`,
  },
  search: [storageUnits.key, storageUnits.class, clusters.name, sites.name].map((column) => sql`${column}`),
  firstSort: "full",
  sorts: {
    full: sql`${storageUnits.fullOrder}`,
    name: sql`lower(${storageUnits.name})`,
    kind: sql`${storageUnits.kind}`,
    namespace: sql`lower(${storageUnits.namespace})`,
    cluster: sql`lower(${clusters.name})`,
    site: sql`lower(${sites.name})`,
    class: sql`lower(${storageUnits.class})`,
    fill,
    used: sql`${storageUnits.usedBytes}`,
    size: sql`${storageUnits.capacityBytes}`,
    provisioned: sql`${storageUnits.provisionedBytes}`,
    available: sql`${storageUnits.availableBytes}`,
    perDay: sql`${storageUnits.bytesPerDay}`,
    basedAt: sql`${storageUnits.basedAt}`,
  },
  isKnown: sql`(${isOnline} and ${storageUnits.usedBytes} is not null)`,
  state: stateSql,
  states: UNIT_STATES,
  wholes: {
    from: sql`${storageLooks} join ${clusters} on ${clusters.orgId} = ${storageLooks.orgId}
      and ${clusters.id} = ${storageLooks.clusterId} join ${sites} on ${ofSite} left join ${agents} on ${speaksFor}`,
    facts: [...Object.keys(SITE.facts), "cluster", "connection"],
    total: sql`${storageLooks.units}`,
    known: sql`case when ${isOnline} then ${storageLooks.unitsTold} else 0 end`,
  },
};
