import { sql } from "drizzle-orm";
import type { Dictionary } from "@/contract/codec/layout";
import { type Database, withTenant } from "@/db/client";
import { BatchLookup } from "@/server/batch-lookup";
import type { AgentLink, LinkedDictionary } from "@/server/telemetry/agent-link";
import type { LayoutBook } from "@/server/telemetry/layout-book";

type Wish = { agentId: string; hash: string };
type Found = { streamId: number; id: number; entityIds: number[]; entries: Dictionary } | null;

/** Dictionaries that agents told in earlier connections: what is stored does not have to come over the link again. */
export class DictionaryShelf {
  readonly #database: Database;
  readonly #layouts: LayoutBook;
  readonly #lookups = new Map<string, BatchLookup<Wish, Found>>();

  constructor(database: Database, layouts: LayoutBook) {
    this.#database = database;
    this.#layouts = layouts;
  }

  /** Null for one that never came. @throws whatever the database throws */
  async find(link: AgentLink, hash: Uint8Array): Promise<LinkedDictionary | null> {
    let lookup = this.#lookups.get(link.orgId);
    if (!lookup) {
      lookup = new BatchLookup((wishes) => this.#ask(link.orgId, wishes));
      this.#lookups.set(link.orgId, lookup);
    }
    const name = Buffer.from(hash);
    const found = await lookup.find({ agentId: link.agentId, hash: name.toString("hex") });
    if (!found) return null;
    const { entries, ...stored } = found;
    return link.keep({ hash: name, layout: this.#layouts.layoutOf(name, entries), stored });
  }

  #ask(orgId: string, wishes: Wish[]): Promise<Found[]> {
    return withTenant(this.#database, { orgId }, async (tx) => {
      const { rows } = await tx.execute<{
        place: string;
        stream_id: number;
        id: number;
        entity_ids: number[];
        entries: Dictionary;
      }>(sql`
        select w.place, d.stream_id, d.id, d.entity_ids,
          (select json_agg(json_build_object('kind', e.kind, 'key', e.key) order by i.place)
            from unnest(d.entity_ids) with ordinality as i(id, place)
            join telemetry_entities e on e.org_id = d.org_id and e.id = i.id) as entries
        from unnest(${sql.param(wishes.map(({ agentId }) => agentId))}::uuid[],
          ${sql.param(wishes.map(({ hash }) => hash))}::text[]) with ordinality as w(agent_id, hash, place)
        join agents a on a.org_id = ${orgId}::uuid and a.id = w.agent_id
        left join telemetry_streams sm
          on sm.org_id = a.org_id and sm.machine_id = a.machine_id and sm.sender_id is null
        left join telemetry_streams sc on sc.org_id = a.org_id and sc.cluster_id = a.cluster_id
        join telemetry_dictionaries d
          on d.org_id = a.org_id and d.stream_id = coalesce(sm.id, sc.id) and d.hash = decode(w.hash, 'hex')`);
      const found: Found[] = wishes.map(() => null);
      for (const { place, stream_id: streamId, id, entity_ids: entityIds, entries } of rows) {
        if (entries.length === entityIds.length) found[Number(place) - 1] = { streamId, id, entityIds, entries };
      }
      return found;
    });
  }
}
