import { and, eq, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { telemetryStreams } from "@/db/schema/telemetry";

/** What a stream belongs to: the agents of one machine, or one target of a third-party sender. */
export type StreamOwner = {
  orgId: string;
  siteId: string;
  machineId: string | null;
  /** Null for the stream of a machine's agents. */
  senderId: string | null;
  /** Of a sender's target: what tells it from the sender's other targets. Of a machine: its name. */
  name: string;
};

export type Stream = { id: number; siteId: string; machineId: string | null; intervalSeconds: number };

const SHAPE = {
  id: telemetryStreams.id,
  siteId: telemetryStreams.siteId,
  machineId: telemetryStreams.machineId,
  intervalSeconds: telemetryStreams.intervalSeconds,
};

/**
 * The stream of this owner, made when it is new. A stream outlives agents: a machine that is installed anew goes on
 * with its stream; one that moved to another site takes it along.
 */
export async function getOrCreateStream(tx: Transaction, owner: StreamOwner, intervalSeconds = 60): Promise<Stream> {
  const { orgId, siteId, machineId, senderId, name } = owner;
  if (!machineId && !senderId) throw new RangeError("A stream needs a machine or a sender");
  const isOwners = and(
    eq(telemetryStreams.orgId, orgId),
    senderId
      ? and(eq(telemetryStreams.senderId, senderId), eq(telemetryStreams.name, name))
      : and(eq(telemetryStreams.machineId, machineId ?? ""), sql`${telemetryStreams.senderId} is null`),
  );
  for (;;) {
    const [known] = await tx.select(SHAPE).from(telemetryStreams).where(isOwners);
    if (known && known.siteId === siteId && known.machineId === machineId) return known;
    if (known) {
      await tx
        .update(telemetryStreams)
        .set({ siteId, machineId })
        .where(and(eq(telemetryStreams.orgId, orgId), eq(telemetryStreams.id, known.id)));
      return { ...known, siteId, machineId };
    }
    const [made] = await tx
      .insert(telemetryStreams)
      .values({ orgId, siteId, machineId, senderId, name, intervalSeconds })
      .onConflictDoNothing()
      .returning(SHAPE);
    if (made) return made;
  }
}
