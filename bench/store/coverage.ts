import type pg from "pg";
import { RecordReader, type StoredReading } from "@/e2e/system/record-reader";

/** Whether the machine's record has holes. */
export type Coverage = {
  moments: number;
  /** All stored readings. */
  samples: number;
  firstMoment: number;
  lastMoment: number;
  /** Time between two neighbouring moments that is longer than the interval allows. */
  lostSeconds: number;
  /** Time that the spans of the counters leave out or cover twice. */
  spanErrorSeconds: number;
};

/** Looks at the entity "machine" of the only stream. The inbox has to be merged. */
export async function coverageOf(admin: pg.Client, orgId: string, intervalSeconds: number): Promise<Coverage> {
  const { rows } = await admin.query<{ id: number }>("select id from telemetry_streams where org_id = $1", [orgId]);
  const reader = await RecordReader.open(admin);
  const readings: StoredReading[] = [];
  for (const { id } of rows) readings.push(...(await reader.readChunks(id)));
  const spans = new Map<number, number>();
  const all = new Set<number>();
  for (const { entry, metric, moment, value } of readings) {
    if (entry.kind !== "machine") continue;
    all.add(moment);
    if (metric.name === "spanSeconds") spans.set(moment, value);
  }
  const moments = [...all].sort((left, right) => left - right);
  let lostSeconds = 0;
  let spanErrorSeconds = 0;
  moments.forEach((moment, at) => {
    const before = moments[at - 1];
    if (before === undefined) return;
    const distance = moment - before;
    if (distance > 2 * intervalSeconds + 1) lostSeconds += distance - intervalSeconds;
    spanErrorSeconds += Math.abs((spans.get(moment) ?? 0) - distance);
  });
  return {
    moments: moments.length,
    samples: readings.length,
    firstMoment: moments[0] ?? 0,
    lastMoment: moments.at(-1) ?? 0,
    lostSeconds,
    spanErrorSeconds,
  };
}
