import { and, eq, inArray, or } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { storageUnits } from "@/db/schema/storage";
import type { Caller } from "@/server/access/caller";
import { ofSite, speaksFor } from "@/server/clusters/connection";
import { connectivityOf } from "@/server/fleet/model";
import { inOrderOf, listPage } from "@/server/lists/page";
import type { ListInput } from "@/server/lists/shapes";
import type { UnitList, UnitRow } from "./shapes";
import { ofCluster, STORAGE } from "./unit-subject";

const UNIT = {
  kind: storageUnits.kind,
  key: storageUnits.key,
  name: storageUnits.name,
  namespace: storageUnits.namespace,
  class: storageUnits.class,
  rawBytes: storageUnits.rawBytes,
  reservedBytes: storageUnits.reservedBytes,
  provisionedBytes: storageUnits.provisionedBytes,
  usedBytes: storageUnits.usedBytes,
  availableBytes: storageUnits.availableBytes,
  formula: storageUnits.formula,
  capacityBytes: storageUnits.capacityBytes,
  verdict: storageUnits.verdict,
  fullFrom: storageUnits.fullFrom,
  fullLikely: storageUnits.fullLikely,
  fullTo: storageUnits.fullTo,
  bytesPerDay: storageUnits.bytesPerDay,
  basedAt: storageUnits.basedAt,
  basis: storageUnits.basis,
  computedAt: storageUnits.computedAt,
};

/** Pools and volumes by their ids, in that order; one that is gone is left out. */
export async function readUnits(tx: Transaction, orgId: string, ids: readonly string[]): Promise<UnitRow[]> {
  if (ids.length === 0) return [];
  const wanted = new Map<string, { clusterId: string; kind: "pool" | "volume"; keys: string[] }>();
  for (const id of ids) {
    const [clusterId = "", kind = "", ...key] = id.split("/");
    const place = `${clusterId}/${kind}`;
    const known = wanted.get(place) ?? { clusterId, kind: kind as "pool" | "volume", keys: [] };
    known.keys.push(key.join("/"));
    wanted.set(place, known);
  }
  const rows = await tx
    .select({
      ...UNIT,
      clusterId: clusters.id,
      clusterName: clusters.name,
      siteId: sites.id,
      siteName: sites.name,
      agentStatus: agents.status,
      intervalSeconds: agents.intervalSeconds,
      lastReceivedAt: agents.lastReceivedAt,
    })
    .from(storageUnits)
    .innerJoin(clusters, ofCluster)
    .innerJoin(sites, ofSite)
    .leftJoin(agents, speaksFor)
    .where(
      and(
        eq(storageUnits.orgId, orgId),
        or(
          ...[...wanted.values()].map(({ clusterId, kind, keys }) =>
            and(eq(storageUnits.clusterId, clusterId), eq(storageUnits.kind, kind), inArray(storageUnits.key, keys)),
          ),
        ),
      ),
    );
  const now = new Date();
  const made = rows.map(({ agentStatus, ...row }): UnitRow => {
    const { intervalSeconds, lastReceivedAt } = row;
    const agent =
      agentStatus === null || intervalSeconds === null
        ? null
        : { isRevoked: agentStatus === "revoked", lastReceivedAt, intervalSeconds };
    return { ...row, id: `${row.clusterId}/${row.kind}/${row.key}`, connectivity: connectivityOf(agent, now) };
  });
  return inOrderOf(ids, made, ({ id }) => id);
}

/** A page of what fills in all clusters, what is full first first. */
export function listUnits(caller: Caller, input: ListInput): Promise<UnitList> {
  return listPage(caller, STORAGE, input, (tx, ids) => readUnits(tx, caller.orgId, ids));
}
