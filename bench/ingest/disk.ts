import type pg from "pg";
import { fleetAgent, siteIdOf } from "@/agent/simulated/fleet-agent";
import { NoisyStream } from "@/bench/data/noisy-stream";
import { encodeStoredFrame } from "@/contract/codec/frame";
import { type Database, withTenant } from "@/db/client";
import { compactOrganisation } from "@/server/telemetry/compact";
import { appendFrames, resolveDictionary } from "@/server/telemetry/inbox";
import { sealOrganisation } from "@/server/telemetry/seal";
import { getOrCreateStream } from "@/server/telemetry/streams";
import type { LoadPlan } from "./load-plan";

const SECONDS_A_DAY = 86_400;
const MOMENTS_A_FRAME = 60;

/** Merges everything that is in the inbox of an organisation. */
export async function compactAll(worker: Database, orgId: string): Promise<void> {
  for (;;) {
    const { frames, failed } = await compactOrganisation(worker, orgId, { dueSeconds: 0 });
    if (failed > 0) throw new Error(`the merge of ${failed} streams failed`);
    if (frames === 0) return;
  }
}

/** Bytes on disk of a table with its partitions, indexes and what is kept out of line. */
export async function tableBytes(admin: pg.Client, table: string): Promise<number> {
  const { rows } = await admin.query<{ bytes: string }>(
    "select coalesce(sum(pg_total_relation_size(relid)), 0) as bytes from pg_partition_tree($1::regclass)",
    [table],
  );
  return Number(rows[0]?.bytes ?? 0);
}

/**
 * Bytes a sample of a whole day that is sealed: some streams' day, three days ago, past the gateway. `asLeft` is what
 * the partition takes after the seal, with the room that the hours took before; `packed` is what the rows need.
 */
export async function measureSealedBytes(
  admin: pg.Client,
  worker: Database,
  orgId: string,
  plan: LoadPlan,
  streams: number,
): Promise<{ asLeft: number; packed: number }> {
  const now = new Date();
  const begin = Math.floor(now.getTime() / 1000 / SECONDS_A_DAY - 3) * SECONDS_A_DAY;
  const day = new Date(begin * 1000).toISOString().slice(0, 10);
  await admin.query("select prepare_telemetry_day($1::date)", [day]);
  let samples = 0;
  for (let stream = 0; stream < Math.min(streams, plan.streams); stream += 1) {
    samples += await appendDay(worker, orgId, { ...plan, seed: plan.seed + 1 }, plan.seed, stream, begin);
  }
  await compactAll(worker, orgId);
  await sealOrganisation(worker, orgId, now);
  const partition = `telemetry_chunks_${day.replaceAll("-", "")}`;
  await admin.query("vacuum telemetry_chunks");
  const asLeft = (await tableBytes(admin, partition)) / samples;
  await admin.query(`vacuum full ${partition}`);
  return { asLeft, packed: (await tableBytes(admin, partition)) / samples };
}

async function appendDay(
  worker: Database,
  orgId: string,
  plan: LoadPlan,
  fleetSeed: number,
  stream: number,
  begin: number,
): Promise<number> {
  const noisy = new NoisyStream({ ...plan, stream, nodes: plan.nodesPerStream });
  const { machineId } = fleetAgent(fleetSeed, stream);
  const moments = Array.from(
    { length: SECONDS_A_DAY / plan.intervalSeconds },
    (_, at) => begin + at * plan.intervalSeconds,
  );
  await withTenant(worker, { orgId }, async (tx) => {
    const siteId = siteIdOf(fleetSeed, stream);
    const owner = { orgId, siteId, machineId, senderId: null, name: `edge-${stream}` };
    const { id: streamId } = await getOrCreateStream(tx, owner);
    const dictionary = await resolveDictionary(tx, orgId, streamId, noisy.layout.entries, machineId);
    const frames = [];
    for (let at = 0; at < moments.length; at += MOMENTS_A_FRAME) {
      const part = moments.slice(at, at + MOMENTS_A_FRAME);
      frames.push({
        streamId,
        dictionaryId: dictionary.id,
        firstMoment: part[0] ?? 0,
        lastMoment: part.at(-1) ?? 0,
        moments: part.length,
        flags: 0,
        epoch: 0,
        sequence: 0,
        frame: encodeStoredFrame(noisy.next(part)),
      });
    }
    await appendFrames(tx, orgId, frames);
  });
  return noisy.samplesPerMoment * moments.length;
}
