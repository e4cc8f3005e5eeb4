import type pg from "pg";
import { percentile, significant } from "@/bench/options";

const TRIGGERS = ["inserted", "updated", "deleted"].map((when) => `search_items_${when}`);

/** A whole of so many items: staged, shown, and the one before taken away, as the gateway does it. */
async function tellWhole(admin: pg.Client, cluster: string, items: number, generation: number): Promise<number> {
  const startedAt = performance.now();
  await admin.query("begin");
  await admin.query(
    `insert into cluster_items (org_id, cluster_id, generation, kind, key, item, share)
     select org_id, id, $3, kind, kind || '/' || n, jsonb_build_object('namespace', 'shop', 'name', kind || '-' || md5(n::text),
       'uid', md5('u' || n), 'health', 'healthy', 'reasons', '[]'::jsonb, 'workloads', n, 'by', 'helm'), n
     from clusters, generate_series(1, $2::int) n,
       lateral (select (array['application', 'claim', 'workload', 'part'])[1 + n % 4] as kind) k where id = $1`,
    [cluster, items, generation],
  );
  await admin.query("update clusters set generation = $2 where id = $1", [cluster, generation]);
  await admin.query("delete from cluster_items where cluster_id = $1 and generation < $2", [cluster, generation]);
  await admin.query("commit");
  return performance.now() - startedAt;
}

/** A whole that is told for the first time, told anew, and states that change: with and without documents, in turns. */
export async function measureWrites(admin: pg.Client, orgId: string, options: { items: number; pairs: number }) {
  const taken: Record<string, number[]> = {};
  const note = (name: string, milliseconds: number) => {
    taken[name] = [...(taken[name] ?? []), milliseconds];
  };
  for (let pair = 0; pair < options.pairs; pair += 1) {
    for (const isOn of [pair % 2 === 0, pair % 2 !== 0]) {
      const suffix = isOn ? "with documents" : "without";
      for (const trigger of TRIGGERS) {
        await admin.query(`alter table cluster_items ${isOn ? "enable" : "disable"} trigger ${trigger}`);
      }
      await admin.query(`alter table clusters ${isOn ? "enable" : "disable"} trigger search_cluster_updated`);
      const { rows } = await admin.query<{ id: string }>(
        `insert into clusters (org_id, site_id, uid, name) select org_id, id, gen_random_uuid()::text, 'written'
         from sites where org_id = $1 limit 1 returning id`,
        [orgId],
      );
      const cluster = rows[0]?.id ?? "";
      note(`first whole, ${suffix}`, await tellWhole(admin, cluster, options.items, 1));
      note(`the same whole, ${suffix}`, await tellWhole(admin, cluster, options.items, 2));
      const startedAt = performance.now();
      await admin.query(
        `update cluster_items set item = item || '{"health": "degraded"}' where cluster_id = $1 and share % 10 = 0`,
        [cluster],
      );
      note(`${options.items / 10} states, ${suffix}`, performance.now() - startedAt);
      await admin.query("delete from clusters where id = $1", [cluster]);
    }
  }
  return Object.fromEntries(Object.entries(taken).map(([name, all]) => [name, significant(percentile(all, 50), 3)]));
}
