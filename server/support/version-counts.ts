import { and, count, eq, type SQL } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { type Caller, visibleSites } from "@/server/access/caller";
import { ofSite, speaksFor } from "@/server/clusters/connection";
import { clusterSupport } from "./model";
import type { SupportData } from "./support-data";
import type { Support } from "./support-schema";

/** Clusters that belong to the fleet now and that this caller may see; `clusters`, `sites` and `agents` are joined. */
export const ownFleet = (caller: Caller): SQL | undefined => and(visibleSites(caller), eq(agents.status, "active"));

export type VersionCount = { distribution: string | null; gitVersion: string | null; clusters: number };

/** How many clusters of the fleet, or of those that conditions on `clusters` and `sites` leave, run which version. */
export const countVersions = (
  tx: Transaction,
  caller: Caller,
  ...conditions: (SQL | undefined)[]
): Promise<VersionCount[]> =>
  tx
    .select({ distribution: clusters.distribution, gitVersion: clusters.gitVersion, clusters: count() })
    .from(clusters)
    .innerJoin(sites, ofSite)
    .innerJoin(agents, speaksFor)
    .where(and(ownFleet(caller), ...conditions))
    .groupBy(clusters.distribution, clusters.gitVersion);

/** The same with how long each is supported. */
export const supportedVersions = (
  data: SupportData,
  counts: readonly VersionCount[],
  today: Date,
): (VersionCount & { support: Support })[] =>
  counts.map((version) => ({ ...version, support: clusterSupport(data, version, today) }));
