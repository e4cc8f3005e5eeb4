import { sql } from "drizzle-orm";
import { openDatabase, withTenant } from "@/db/client";

/** Changes in a statement. */
const BATCH = 20;

/** Inventories that change while something else is measured: nine of ten changes are of a state, one is of a version. */
export class Ingest {
  private readonly database;
  private readonly done: Promise<number>;
  private isEnding = false;

  constructor(
    appUrl: string,
    private readonly orgId: string,
    changesPerSecond: number,
  ) {
    this.database = openDatabase(appUrl, { applicationName: "bench-ingest", connectionsMax: 1 });
    this.done = changesPerSecond > 0 ? this.run((1000 * BATCH) / changesPerSecond) : Promise.resolve(0);
  }

  private async run(pauseMs: number): Promise<number> {
    let changed = 0;
    while (!this.isEnding) {
      const { orgId } = this;
      const change = changed % (10 * BATCH) === 0 ? "version" : "health";
      await withTenant(this.database, { orgId }, (tx) =>
        tx.execute(sql`update cluster_items i set item = i.item || jsonb_build_object(${change}::text, md5(random()::text))
          from (select id from clusters where org_id = ${orgId}::uuid and id >= gen_random_uuid() order by id limit ${BATCH}) c
          where i.org_id = ${orgId}::uuid and i.cluster_id = c.id and i.generation = 1 and i.kind = 'application'
            and i.key = (select min(key) from cluster_items o where o.org_id = i.org_id and o.cluster_id = c.id
              and o.generation = 1 and o.kind = 'application')`),
      );
      changed += BATCH;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    return changed;
  }

  /** @returns how many items were changed */
  async end(): Promise<number> {
    this.isEnding = true;
    const changed = await this.done;
    await this.database.close();
    return changed;
  }
}
