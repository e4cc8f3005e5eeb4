import { sql } from "drizzle-orm";
import { z } from "zod";
import type { ItemKind } from "@/contract/cluster/items";
import type { EntityKind } from "@/contract/metrics";
import { UnknownReason } from "@/contract/unknown";
import type { Transaction } from "@/db/client";
import type { UnknownReadings } from "@/db/schema/telemetry";
import { reasonsOf } from "@/server/fleet/entity-states";
import { unpackReadings } from "@/server/telemetry/entity-state";

/** Newest readings of a part of a cluster, by the names of its metric set. */
export const ItemReadings = z.object({
  readings: z.record(z.string(), z.number()),
  unknown: z.record(z.string(), UnknownReason),
  observedAt: z.date(),
});
export type ItemReadings = z.infer<typeof ItemReadings>;

/** What readings of an item are filed under. */
const ENTITY_OF: Partial<Record<ItemKind, EntityKind>> = {
  cluster: "cluster",
  node: "machine",
  application: "application",
  claim: "volume",
};

type Row = {
  key: string;
  state: Buffer;
  state_absence: Buffer | null;
  unknown: UnknownReadings;
  observed_at: Date;
};

/** Newest readings of items of one kind that the cluster's own agent told, by their keys; none where nothing was read. */
export async function readItemReadings(
  tx: Transaction,
  { orgId, clusterId, kind, keys }: { orgId: string; clusterId: string; kind: ItemKind; keys: readonly string[] },
): Promise<Record<string, ItemReadings>> {
  const entityKind = ENTITY_OF[kind];
  if (!entityKind || keys.length === 0) return {};
  const { rows } = await tx.execute<Row>(sql`
    select e.key, e.state, e.state_absence, e.unknown, e.observed_at from telemetry_streams s
    join telemetry_entities e on e.org_id = s.org_id and e.stream_id = s.id
    where s.org_id = ${orgId}::uuid and s.cluster_id = ${clusterId}::uuid and e.kind = ${entityKind}
      and e.key = any (${sql.param(keys)}::text[]) and e.state is not null and e.observed_at is not null`);
  return Object.fromEntries(
    rows.map((row) => [
      row.key,
      {
        readings: unpackReadings(entityKind, row.state) as Record<string, number>,
        unknown: reasonsOf(entityKind, row.state_absence, row.unknown),
        observedAt: new Date(row.observed_at),
      },
    ]),
  );
}
