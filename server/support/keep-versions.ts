import { sql } from "drizzle-orm";
import type { InventoryChange } from "@/contract/inventory";
import type { Transaction } from "@/db/client";

/** Kinds of items that a version stands in (`told_running` and `told_kubelets` in the migration). */
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
  const here = sql`${orgId}::uuid, ${clusterId}::uuid`;
  await tx.execute(sql`
    insert into cluster_versions (org_id, cluster_id, running)
    select ${here}, told_running(${here}, ${generation})
    on conflict (org_id, cluster_id) do update set running = excluded.running
      where cluster_versions.running is distinct from excluded.running`);
  await tx.execute(sql`
    with told as (select * from told_kubelets(${here}, ${generation})),
    gone as (
      delete from cluster_kubelets k where k.org_id = ${orgId}::uuid and k.cluster_id = ${clusterId}::uuid
        and not exists (select from told t where t.cycle = k.cycle))
    insert into cluster_kubelets (org_id, cluster_id, cycle, nodes, control_plane_nodes)
    select ${here}, t.* from told t
    on conflict (org_id, cluster_id, cycle) do update
      set nodes = excluded.nodes, control_plane_nodes = excluded.control_plane_nodes
      where (cluster_kubelets.nodes, cluster_kubelets.control_plane_nodes)
        is distinct from (excluded.nodes, excluded.control_plane_nodes)`);
}
