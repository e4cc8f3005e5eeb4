import { type Block, createBlock, PRESENT } from "@/contract/codec/block";
import { encodeFrame } from "@/contract/codec/frame";
import { createLayout, type Dictionary } from "@/contract/codec/layout";
import { type Metric, metricsOf } from "@/contract/metrics";
import { type Database, withTenant } from "@/db/client";
import { appendFrames, FRAME_FLAGS, resolveDictionary } from "@/server/telemetry/inbox";
import { getOrCreateStream } from "@/server/telemetry/streams";
import type { Stage } from "./stage";

/** A machine with its stream, as enrolment and the gateway would have made them. */
export type TestStream = { id: number; orgId: string; siteId: string; machineId: string };

export async function createStream(stage: Stage, orgId: string, siteId: string, name: string): Promise<TestStream> {
  const [machine] = await stage.rows<{ id: string }>(
    `insert into machines (org_id, site_id, identity_kind, identity_value, name)
     values ($1, $2, 'system_uuid', gen_random_uuid()::text, $3) returning id`,
    [orgId, siteId, name],
  );
  if (!machine) throw new Error("no machine was made");
  const owner = { orgId, siteId, machineId: machine.id, senderId: null, name };
  const stream = await withTenant(stage.database, { orgId }, (tx) => getOrCreateStream(tx, owner));
  return { id: stream.id, orgId, siteId, machineId: machine.id };
}

/**
 * A block with a value, in steps, for every reading of every entity; null leaves the reading's entity out.
 * @param metricsOfKind the metrics of the version that writes it, where that is another one than this
 */
export function blockOf(
  entries: Dictionary,
  moments: readonly number[],
  readingAt: (place: { kind: string; key: string; metric: number; name: string; moment: number }) => number | null,
  metricsOfKind: (kind: string) => readonly Metric[] = metricsOf,
): Block {
  const block = createBlock(createLayout(entries, metricsOfKind), moments);
  entries.forEach(({ kind, key }, slot) => {
    metricsOfKind(kind).forEach(({ name }, metric) => {
      moments.forEach((moment, at) => {
        const value = readingAt({ kind, key, metric, name, moment });
        if (value === null) return;
        const cell = block.layout.columnOf(slot, metric) * moments.length + at;
        block.values[cell] = value;
        block.absence[cell] = PRESENT;
      });
    });
  });
  return block;
}

let sequence = 0;

/** Puts blocks into the inbox as the gateway does, each as a frame of its own. */
export async function receive(
  database: Database,
  stream: TestStream,
  blocks: readonly Block[],
  change: { isThinned?: boolean; epoch?: number; sequence?: number } = {},
): Promise<void> {
  await withTenant(database, { orgId: stream.orgId }, async (tx) => {
    for (const block of blocks) {
      const { entries } = block.layout;
      const dictionary = await resolveDictionary(tx, stream.orgId, stream.id, entries, stream.machineId);
      sequence += 1;
      await appendFrames(tx, stream.orgId, [
        {
          streamId: stream.id,
          dictionaryId: dictionary.id,
          firstMoment: block.moments[0] ?? 0,
          lastMoment: block.moments.at(-1) ?? 0,
          moments: block.moments.length,
          flags: change.isThinned ? FRAME_FLAGS.thinned : 0,
          epoch: change.epoch ?? 1,
          sequence: change.sequence ?? sequence,
          frame: encodeFrame(block),
        },
      ]);
    }
  });
}
