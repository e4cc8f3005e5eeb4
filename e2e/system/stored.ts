import type pg from "pg";
import { RecordReader } from "./record-reader";

/** What the database holds of a machine. */
export type Stored = {
  /** Epoch seconds, ascending, each once. */
  moments: number[];
  /** Readings that are there twice with different values. */
  contradictions: number;
  /** Seconds between the first and the last moment that no record's span covers, or that two cover. */
  uncoveredSeconds: number;
};

/** Reads everything of the entity "machine", whether it is merged or still waits. */
export async function readStored(admin: pg.Client): Promise<Stored> {
  const reader = await RecordReader.open(admin);
  const { rows } = await admin.query<{ id: number }>("select id from telemetry_streams");
  const spans = new Map<number, number>();
  const values = new Map<string, number>();
  let contradictions = 0;
  for (const { id } of rows) {
    for (const reading of [...(await reader.readChunks(id)), ...(await reader.readInbox(id))]) {
      const { entry, metric, moment, value } = reading;
      if (entry.kind !== "machine") continue;
      const name = `${moment} ${metric.name}`;
      if ((values.get(name) ?? value) !== value) contradictions += 1;
      values.set(name, value);
      if (!spans.has(moment) || metric.name === "spanSeconds") {
        spans.set(moment, metric.name === "spanSeconds" ? value : 0);
      }
    }
  }
  const moments = [...spans.keys()].sort((left, right) => left - right);
  const uncoveredSeconds = moments.reduce((sum, moment, at) => {
    const before = moments[at - 1];
    return before === undefined ? 0 : sum + Math.abs(moment - before - (spans.get(moment) ?? 0));
  }, 0);
  return { moments, contradictions, uncoveredSeconds };
}
