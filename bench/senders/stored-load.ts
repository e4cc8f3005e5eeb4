import type pg from "pg";
import { RecordReader } from "@/e2e/system/record-reader";

/** How a sender's readings arrived. */
export type Arrival = { taken: number; stored: number; lost: number; doubled: number };

/** Compares what a sender read (1 to `taken` hundredths) with what its streams hold as load. The inbox has to be merged. */
export async function compareLoad(admin: pg.Client, orgId: string, tokenId: string, taken: number): Promise<Arrival> {
  const reader = await RecordReader.open(admin);
  const { rows } = await admin.query<{ id: number }>(
    "select id from telemetry_streams where org_id = $1 and sender_id = $2",
    [orgId, tokenId],
  );
  const seen = new Map<number, number>();
  for (const { id } of rows) {
    for (const { entry, metric, value } of await reader.readChunks(id)) {
      if (entry.kind !== "machine" || metric.name !== "load1") continue;
      seen.set(value, (seen.get(value) ?? 0) + 1);
    }
  }
  const found = [...seen].filter(([number]) => number >= 1 && number <= taken);
  return {
    taken,
    stored: found.length,
    lost: taken - found.length,
    doubled: found.filter(([, times]) => times > 1).length,
  };
}
