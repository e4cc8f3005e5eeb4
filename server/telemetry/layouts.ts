import { sql } from "drizzle-orm";
import { createLayout, type DictionaryEntry, type Layout } from "@/contract/codec/layout";
import type { Transaction } from "@/db/client";

/** Columns of all layouts that are kept together: some tens of megabytes. */
const COLUMNS_KEPT = 1_000_000;

/**
 * Layouts of stored lists of entities. What kind and key an entity has never changes, and a list stands in a row that
 * its reader was allowed to see: so they are good for every reader of the organisation, and for ever. Those that were not
 * asked for the longest go first.
 */
class KeptLayouts {
  readonly #layouts = new Map<string, Layout>();
  #columns = 0;

  get(name: string): Layout | undefined {
    const known = this.#layouts.get(name);
    if (known) {
      this.#layouts.delete(name);
      this.#layouts.set(name, known);
    }
    return known;
  }

  keep(name: string, layout: Layout): void {
    this.#layouts.set(name, layout);
    this.#columns += layout.columns;
    for (const [oldest, { columns }] of this.#layouts) {
      if (this.#columns <= COLUMNS_KEPT || oldest === name) return;
      this.#layouts.delete(oldest);
      this.#columns -= columns;
    }
  }
}

const kept = new KeptLayouts();

/** A list of entities as `array_to_json(…)::text` gives it: many times faster to read than a list of Postgres. */
export type IdsText = string;

/** Layouts of the entity lists of some streams, with what is read about them. */
export class Layouts {
  readonly #entries = new Map<number, DictionaryEntry>();

  constructor(
    readonly tx: Transaction,
    readonly orgId: string,
    readonly streamIds: readonly number[],
  ) {}

  async of(ids: IdsText): Promise<Layout> {
    const name = `${this.orgId} ${ids}`;
    const known = kept.get(name);
    if (known) return known;
    const entityIds: number[] = JSON.parse(ids);
    // Asked for again where an entity is new since: lists only ever name what is there.
    if (entityIds.some((id) => !this.#entries.has(id))) await this.#load();
    const layout = createLayout(
      entityIds.map((id) => {
        const entry = this.#entries.get(id);
        if (!entry) throw new Error(`entity ${id} of a stored list is not there`);
        return entry;
      }),
    );
    kept.keep(name, layout);
    return layout;
  }

  async #load(): Promise<void> {
    const { rows } = await this.tx.execute<{ id: number } & DictionaryEntry>(sql`
      select id, kind, key from telemetry_entities
      where org_id = ${this.orgId}::uuid and stream_id = any(${sql.param([...this.streamIds])}::int[])`);
    for (const { id, kind, key } of rows) this.#entries.set(id, { kind, key });
  }
}
