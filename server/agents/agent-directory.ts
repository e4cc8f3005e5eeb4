import type { AgentStatus } from "@/contract/agents";
import type { Database } from "@/db/client";
import { BatchLookup } from "@/server/batch-lookup";
import type { SiteLinkSettings } from "@/server/telemetry/link-settings";

/** An agent as its key id names it. Nothing is proven yet. */
export type KnownAgent = {
  id: string;
  orgId: string;
  siteId: string;
  machineId: string | null;
  hostname: string;
  status: AgentStatus;
  /** Ed25519, 32 raw bytes. */
  publicKey: Buffer;
  link: SiteLinkSettings;
};

type Row = {
  id: string;
  org_id: string;
  site_id: string;
  machine_id: string | null;
  hostname: string;
  status: AgentStatus;
  public_key: Buffer;
  link_profile: SiteLinkSettings["profile"];
  link_bytes_per_day: string | null;
  link_bits_per_second: string | null;
  link_interval_seconds: number | null;
  link_batch_seconds: number | null;
};

/** Looks agents up by their key ids; those that come together are looked up together. */
export class AgentDirectory {
  readonly #lookup: BatchLookup<string, KnownAgent | null>;

  constructor(database: Database) {
    this.#lookup = new BatchLookup(async (ids) => {
      const { rows } = await database.pool.query<Row>({
        name: "find-agents",
        text: "select * from find_agents($1::uuid[])",
        values: [ids],
      });
      const known = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => {
        const row = known.get(id.toLowerCase());
        return row ? agentOf(row) : null;
      });
    });
  }

  /**
   * Null for a key id that no agent has.
   * @throws whatever the database throws: the caller says "unavailable" then, never "unknown"
   */
  find(id: string): Promise<KnownAgent | null> {
    return this.#lookup.find(id);
  }
}

const numberOf = (text: string | null) => (text === null ? null : Number(text));

function agentOf(row: Row): KnownAgent {
  return {
    id: row.id,
    orgId: row.org_id,
    siteId: row.site_id,
    machineId: row.machine_id,
    hostname: row.hostname,
    status: row.status,
    publicKey: row.public_key,
    link: {
      profile: row.link_profile,
      bytesPerDay: numberOf(row.link_bytes_per_day),
      bitsPerSecond: numberOf(row.link_bits_per_second),
      intervalSeconds: row.link_interval_seconds,
      batchSeconds: row.link_batch_seconds,
    },
  };
}
