import { type SQL, sql } from "drizzle-orm";
import type { Health } from "@/contract/cluster/healths";
import { agents } from "@/db/schema/agents";
import { clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { SITE } from "@/server/access/caller";
import type { ListSubject } from "@/server/lists/subject";
import { connectivitySql, isContestedSql, ofSite, speaksFor } from "./connection";

/** Healths, the worst first; what is not of now is not known to be well. */
export const HEALTHS_BY_RANK: readonly Health[] = ["failed", "degraded", "unknown", "paused", "healthy"];

/** What changes by itself is known only while the cluster is connected. */
const now = (figure: SQL): SQL => sql`case when ${connectivitySql} = 'online' then ${figure} end`;
const healthNow = sql`case when ${connectivitySql} = 'online' then ${clusters.health} else 'unknown' end`;
const rank = sql`array_position(${sql.param(HEALTHS_BY_RANK)}::text[], ${healthNow})`;

/** Clusters as lists read them. */
export const CLUSTERS: ListSubject<"cluster"> = {
  kind: "cluster",
  from: sql`${clusters} join ${sites} on ${ofSite} left join ${agents} on ${speaksFor}`,
  id: sql`${clusters.id}`,
  name: sql`${clusters.name}`,
  labels: [sql`${clusters.labels}`, sql`${sites.labels}`],
  facts: {
    ...SITE.facts,
    name: sql`${clusters.name}`,
    health: healthNow,
    lastHealth: sql`case when ${clusters.confirmedAt} is not null then ${clusters.health} end`,
    connection: sql`${connectivitySql}`,
    version: sql`${clusters.gitVersion}`,
    distribution: sql`${clusters.distribution}`,
    provider: sql`${clusters.provider}`,
    cloudRegion: sql`${clusters.region}`,
    nodes: sql`${clusters.nodesTotal}`,
    nodesReady: now(sql`${clusters.nodesReady}`),
    applications: sql`${clusters.applicationsTotal}`,
    applicationsUnwell: now(sql`${clusters.applicationsUnwell}`),
    systems: sql`${clusters.systemsTotal}`,
    systemsUnwell: now(sql`${clusters.systemsUnwell}`),
    cores: sql`${clusters.cpuAllocatableCores}`,
    memory: sql`${clusters.memoryAllocatableBytes}`,
    cpuRequested: now(sql`${clusters.cpuRequestedCores} / nullif(${clusters.cpuAllocatableCores}, 0)`),
    memoryRequested: now(sql`${clusters.memoryRequestedBytes} / nullif(${clusters.memoryAllocatableBytes}, 0)`),
    claimed: now(sql`${clusters.claimedBytes}`),
    agentVersion: sql`${agents.version}`,
    contested: sql`${isContestedSql}::text`,
  },
  search: [clusters.name, sites.name, clusters.uid, clusters.gitVersion, clusters.provider, clusters.region].map(
    (column) => sql`${column}`,
  ),
  firstSort: "health",
  sorts: {
    health: rank,
    name: sql`lower(${clusters.name})`,
    site: sql`lower(${sites.name})`,
    connectivity: sql`array_position(array['offline','never','revoked','online'], ${connectivitySql})`,
    version: sql`string_to_array(substring(${clusters.gitVersion} from '^v?(\\d+\\.\\d+\\.\\d+)'), '.')::int[]`,
    distribution: sql`lower(${clusters.distribution})`,
    provider: sql`lower(${clusters.provider})`,
    region: sql`lower(${clusters.region})`,
    nodes: sql`${clusters.nodesTotal}`,
    applications: sql`${clusters.applicationsTotal}`,
    systems: sql`${clusters.systemsTotal}`,
    cpu: sql`${clusters.cpuRequestedCores} / nullif(${clusters.cpuAllocatableCores}, 0)`,
    memory: sql`${clusters.memoryRequestedBytes} / nullif(${clusters.memoryAllocatableBytes}, 0)`,
    claimed: sql`${clusters.claimedBytes}`,
    lastReceived: sql`${agents.lastReceivedAt}`,
  },
  isKnown: sql`(${connectivitySql} = 'online' and ${clusters.confirmedAt} is not null)`,
  state: healthNow,
  states: HEALTHS_BY_RANK,
};
