import { sql } from "drizzle-orm";
import type { InventoryChange } from "@/contract/inventory";
import type { Transaction } from "@/db/client";

/** Kinds of items that a version stands in (`told_versions` in the migration). */
const KINDS = ["node", "system", "part"];

/** False for a change that cannot touch a version: most changes are of workloads. */
export const tellsVersions = ({ put, drop }: InventoryChange): boolean =>
  KINDS.some((kind) => kind in put || kind in drop);

/** Makes the kept versions of a cluster those that the items of this generation tell; what is so already is not written. */
export async function keepVersions(
  tx: Transaction,
  orgId: string,
  clusterId: string,
  generation: number,
): Promise<void> {
  await tx.execute(sql`
    with told as (select * from told_versions(${orgId}::uuid, ${clusterId}::uuid, ${generation})),
    gone as (
      delete from cluster_versions v where v.org_id = ${orgId}::uuid and v.cluster_id = ${clusterId}::uuid
        and not exists (select from told t where t.component = v.component and t.cycle = v.cycle))
    insert into cluster_versions (org_id, cluster_id, component, cycle, nodes, control_plane_nodes)
    select ${orgId}::uuid, ${clusterId}::uuid, t.* from told t
    on conflict (org_id, cluster_id, component, cycle) do update
      set nodes = excluded.nodes, control_plane_nodes = excluded.control_plane_nodes
      where (cluster_versions.nodes, cluster_versions.control_plane_nodes)
        is distinct from (excluded.nodes, excluded.control_plane_nodes)`);
}
