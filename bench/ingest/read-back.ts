import type pg from "pg";
import { NoisyStream } from "@/bench/data/noisy-stream";
import { type Block, PRESENT } from "@/contract/codec/block";
import { isEntityKind, metricsOf } from "@/contract/metrics";
import { RecordReader } from "@/e2e/system/record-reader";
import { type AcknowledgedFrames, framesOf, type LoadPlan } from "./load-plan";

/** What was generated and acknowledged, compared with what is stored, reading by reading. */
export type Verdict = {
  /** Noisy readings, those that count as samples. */
  stored: number;
  /** Acknowledged and not stored. */
  lost: number;
  /** By how many steps the exact sums over all streams differ from what the chunks hold. */
  doubled: number;
  /** Stored with another value. */
  altered: number;
  /** Stored and never sent. */
  invented: number;
};

/** The inbox has to be merged before. */
export async function readBack(
  admin: pg.Client,
  orgId: string,
  plan: LoadPlan,
  acknowledged: AcknowledgedFrames,
): Promise<Verdict> {
  const verdict: Verdict = { stored: 0, lost: 0, doubled: 0, altered: 0, invented: 0 };
  const reader = await RecordReader.open(admin);
  const streamIds = await findStreams(admin, orgId);
  const counters = new Map<string, bigint>();
  for (const { stream, ...left } of acknowledged) {
    const stored = new Map<string, number>();
    for (const { moment, entry, metric, value } of await reader.readChunks(streamIds.get(stream) ?? 0)) {
      stored.set(`${moment} ${entry.kind} ${entry.key} ${metric.name}`, value);
      if (metric.kind !== "counter") continue;
      const sum = `${entry.kind} ${metric.name}`;
      counters.set(sum, (counters.get(sum) ?? 0n) + BigInt(value));
    }
    const noisy = new NoisyStream({ ...plan, stream, nodes: plan.nodesPerStream });
    for (const { kind, moments } of framesOf(plan)) {
      const isAcknowledged = left[kind] > 0;
      left[kind] -= 1;
      compare(noisy.next(moments), isAcknowledged, stored, verdict);
    }
    verdict.invented += stored.size;
  }
  verdict.doubled = await compareSums(admin, orgId, counters);
  return verdict;
}

/** Takes what it finds out of `stored`, so that in the end only what nobody sent is left. */
function compare(block: Block, isAcknowledged: boolean, stored: Map<string, number>, verdict: Verdict): void {
  const { layout, moments, values, absence } = block;
  for (let column = 0; column < layout.columns; column += 1) {
    const entry = layout.entries[layout.slots[column] ?? 0];
    const metric = layout.metricOf(column);
    for (let at = 0; at < moments.length; at += 1) {
      const place = column * moments.length + at;
      if (absence[place] !== PRESENT || !entry) continue;
      const name = `${moments[at]} ${entry.kind} ${entry.key} ${metric.name}`;
      const found = stored.get(name);
      stored.delete(name);
      if (found === undefined) {
        if (isAcknowledged) verdict.lost += 1;
        continue;
      }
      if (metric.name !== "spanSeconds") verdict.stored += 1;
      if (found !== values[place]) verdict.altered += 1;
    }
  }
}

async function compareSums(admin: pg.Client, orgId: string, counters: Map<string, bigint>): Promise<number> {
  const { rows } = await admin.query<{ kind: string; metric: number; sum: string }>(
    `select p.kind, p.metric, sum(p.sum)::text as sum from telemetry_group_5m p
     join telemetry_groups g on g.org_id = p.org_id and g.id = p.group_id
     where p.org_id = $1 and g.kind = 'all' group by 1, 2`,
    [orgId],
  );
  let difference = 0n;
  for (const { kind, metric, sum } of rows) {
    const found = isEntityKind(kind) ? metricsOf(kind)[metric] : undefined;
    if (found?.kind !== "counter") continue;
    const apart = BigInt(sum.split(".")[0] ?? 0) - (counters.get(`${kind} ${found.name}`) ?? 0n);
    difference += apart < 0n ? -apart : apart;
  }
  if (rows.length === 0) throw new Error("there are no sums over all streams");
  return Number(difference);
}

/** Number in the plan → id in the store; `enrolFleet` named the sites after the numbers. */
async function findStreams(admin: pg.Client, orgId: string): Promise<Map<number, number>> {
  const { rows } = await admin.query<{ id: number; stream: number }>(
    `select s.id, substring(t.name from '\\d+')::int as stream from telemetry_streams s
     join sites t on t.org_id = s.org_id and t.id = s.site_id where s.org_id = $1`,
    [orgId],
  );
  return new Map(rows.map(({ id, stream }) => [stream, id]));
}
