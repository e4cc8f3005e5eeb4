import type { Logger } from "pino";
import type { Database } from "@/db/client";
import { commitInventories, type InventoryItem } from "@/server/clusters/inventory-commit";
import { CommitQueue } from "@/server/telemetry/commit-queue";
import { commitFrames, type FrameItem, type StoredFrame } from "@/server/telemetry/frame-commit";
import { GrowthWatch } from "@/server/telemetry/growth-watch";
import { FRAME_FLAGS } from "@/server/telemetry/inbox";
import { quarantineMessage } from "@/server/telemetry/quarantine";
import { commitReports, type ReportItem } from "@/server/telemetry/report-commit";
import type { StateWriter } from "@/server/telemetry/state-writer";

const MEBIBYTE = 1024 * 1024;

const LIMITS = {
  lingerMs: 100,
  itemsMax: 2000,
  bytesMax: 16 * MEBIBYTE,
  organisationBytesMax: 64 * MEBIBYTE,
  queuedBytesMax: 192 * MEBIBYTE,
};

export type Queues = {
  frames: CommitQueue<FrameItem>;
  reports: CommitQueue<ReportItem>;
  inventories: CommitQueue<InventoryItem>;
};

/** The ways into the database: frames with what follows from them, and reports apart, which take longer. */
export function createQueues(
  database: Database,
  states: StateWriter,
  log: Logger,
  change: Partial<typeof LIMITS> = {},
): Queues {
  const quarantine = (item: FrameItem | ReportItem, error: unknown) => quarantineMessage(database, item, error);
  const growth = new GrowthWatch(database, log);
  const onStored = (frames: readonly StoredFrame[], made: number) => {
    growth.note(made);
    for (const frame of frames) noteFrame(states, frame);
  };
  return {
    frames: new CommitQueue<FrameItem>({
      ...LIMITS,
      ...change,
      transactionsMax: 3,
      commit: (orgId, items) => commitFrames(database, orgId, items, onStored),
      quarantine,
      log,
    }),
    reports: new CommitQueue<ReportItem>({
      ...LIMITS,
      ...change,
      itemsMax: 50,
      transactionsMax: 1,
      commit: (orgId, items) => commitReports(database, orgId, items),
      quarantine,
      log,
    }),
    inventories: new CommitQueue<InventoryItem>({
      ...LIMITS,
      ...change,
      itemsMax: 50,
      transactionsMax: 1,
      commit: (orgId, items) => commitInventories(database, orgId, items),
      // Nothing is lost by it at the edge, where the whole state is: it is tried again.
      quarantine: (_item, error) => Promise.reject(error),
      log,
    }),
  };
}

/** What a frame that was stored says of the present. */
function noteFrame(states: StateWriter, { item, agent, entityIds }: StoredFrame): void {
  const { orgId, link, record, epoch, sequence, receivedAt, flags } = item;
  states.touch(orgId, {
    agentId: link.agentId,
    receivedAt,
    newestMoment: record?.lastMoment ?? 0,
    epoch,
    sequence,
    clockOffsetSeconds: link.clockOffsetSeconds,
    isClockUnsure: (flags & FRAME_FLAGS.clockUnsure) !== 0,
  });
  if (!record?.block) return;
  states.offer(orgId, {
    siteId: agent.siteId,
    machineId: agent.machineId,
    streamId: agent.streamId,
    entityIds,
    block: record.block,
    epoch,
    sequence,
    receivedAt,
  });
}
